"""A customer's token in the header `Authorization: Bearer …`."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.access import tokens
from accounts.access.models import ApiToken, Scope
from accounts.models import Customer


@dataclass(frozen=True)
class Caller:
    """The customer whose token it is; no user, and no rights beside the token's."""

    customer: Customer
    token: ApiToken

    is_authenticated = True
    is_active = True
    is_anonymous = False

    @property
    def pk(self) -> str:
        return f"token:{self.token.pk}"


class BearerToken(authentication.BaseAuthentication):
    """Says no in one way, whether a token is unknown, over, revoked, or its owner inactive."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        found = self.caller(secret.strip())
        if found is None:
            raise exceptions.AuthenticationFailed(_("This token opens nothing."))
        return found

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def caller(self, secret: str) -> tuple[Any, Any] | None:
        """Who calls, and the open token; None where the secret opens nothing."""
        raise NotImplementedError


class CustomerToken(BearerToken):
    def caller(self, secret: str) -> tuple[Caller, ApiToken] | None:
        token = tokens.find(secret, timezone.now())
        return None if token is None else (Caller(token.customer, token), token)


class InScope(BasePermission):
    """Reading takes the scope `read`, everything else `write`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, ApiToken):
            return False
        read = request.method in SAFE_METHODS or getattr(view, "only_reads", False)
        return (Scope.READ if read else Scope.WRITE) in request.auth.scopes
