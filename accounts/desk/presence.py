"""The line that says who else is at a customer, asked for by static/desk/presence.js."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils.translation import gettext as _

from accounts import presence
from accounts.models import User

SEPARATOR = " · "


class Present:
    """For the admin of customers: …/<pk>/presence/."""

    admin_site: Any

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.presence_view)
        own = path("<int:pk>/presence/", view, name="accounts_customer_presence")
        return [own, *super().get_urls()]  # type: ignore[misc]

    def presence_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Who else is here, in words; `leave` says that one's own page is closed."""
        user = request.user
        if not (isinstance(user, User) and user.has_perm("accounts.view_customer")):
            raise PermissionDenied
        if "leave" in request.GET:
            presence.gone(pk, user)
            return JsonResponse({"words": ""})
        doing = presence.ACTING if request.GET.get("doing") == "acting" else presence.READING
        others = presence.here(pk, user, doing)
        return JsonResponse({"words": SEPARATOR.join(said(other) for other in others)})


def said(other: presence.Other) -> str:
    if other.doing == presence.ACTING:
        return _("%(name)s is about to act on this customer") % {"name": other.name}
    return _("%(name)s is looking at this customer, too") % {"name": other.name}
