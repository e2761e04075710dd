"""The view that every address of partners is built on."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.authentication import BearerToken
from accounts.api.schema import CONFLICTS, REFUSES
from accounts.api.throttles import ByCaller
from accounts.api.views import ApiView
from accounts.partner import tokens
from accounts.partner.models import ServiceAccount, ServiceToken

KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": r"^[\x21-\x7e]{8,100}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="Your own name for this request, 8 to 100 visible characters. The same key and "
    "body is answered the same for 30 days; while it is under way 409; with another body 422.",
)


#: What every write may answer with beside its own: the key is in flight, or of another body.
ONCE = {**CONFLICTS, **REFUSES}


@dataclass(frozen=True)
class Partner:
    """The service account whose token it is; no user, and no rights beside the token's."""

    account: ServiceAccount
    token: ServiceToken

    is_authenticated = True
    is_active = True
    is_anonymous = False

    @property
    def pk(self) -> str:
        return f"partner:{self.account.pk}"


class PartnerToken(BearerToken):
    def caller(self, secret: str) -> tuple[Partner, ServiceToken] | None:
        token = tokens.find(secret, timezone.now())
        return None if token is None else (Partner(token.account, token), token)


class PartnerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.partner.views.PartnerToken"
    name = "partnerToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of a service account; an administrator makes it at the desk.",
        }


class HasScope(BasePermission):
    """The token has the scope that the view asks for."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        asked: str = getattr(view, "scope", "")
        return isinstance(request.auth, ServiceToken) and asked in request.auth.scopes


class ByAccount(ByCaller):
    """The rates of the service account, in its row."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        user: Any = request.user
        if isinstance(user, Partner):
            account = user.account
            self.rates = {
                **ByCaller.rates,
                "read": f"{account.reads_a_minute}/min",
                "write": f"{account.writes_a_minute}/min",
            }
        return super().allow_request(request, view)


class PartnerView(ApiView):
    """An address for partners. Reading takes `scope`; a write takes an idempotency key too."""

    authentication_classes: Any = [PartnerToken]
    permission_classes: Any = [HasScope]
    throttle_classes: Any = [ByAccount]
    scope: ClassVar[str]

    @property
    def account(self) -> ServiceAccount:
        token = self.request.auth
        assert isinstance(token, ServiceToken)
        return token.account

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method not in SAFE_METHODS:
            # Before the parser does, for the fingerprint; `body` alone would refuse a large file.
            http: Any = request._request
            http._body = http.read(self.most_bytes)
