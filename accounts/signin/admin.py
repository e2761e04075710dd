"""Signing in on the desk: lock-outs, and the page of somebody's way in."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.admin.exceptions import NotRegistered
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts.desk.formats import pill
from accounts.desk.records import ReadOnlyAdmin
from accounts.models import Attempts, SignInEvent, User
from accounts.signin import acts, guard, sessions

for _theirs in (Authenticator, UserSession, EmailAddress):
    # Secrets and session keys are nobody's to browse or to edit.
    try:
        admin.site.unregister(_theirs)
    except NotRegistered:
        continue


def to_sign_in(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """The desk's one door: what the admin would show as its own form leads there."""
    if isinstance(request.user, User) and request.user.is_staff:
        return HttpResponseRedirect(reverse("admin:index"))
    back = request.GET.get("next", reverse("admin:index"))
    return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': back})}")


def to_password(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    return HttpResponseRedirect(reverse("account_change_password"))


# Read once, when the addresses are made.
_site: Any = admin.site
_site.login, _site.password_change = to_sign_in, to_password


@admin.register(Attempts)
class AttemptsAdmin(ReadOnlyAdmin):
    """Counted attempts of late; those that are locked can be let in again."""

    list_display = ("shown", "kind", "state", "failures", "since", "locked_until")
    list_filter = ("kind",)
    list_before_template = None
    actions = ("lift",)
    empty_words = _("Nobody failed to sign in of late.")

    @admin.display(description=_("state"))
    def state(self, row: Attempts) -> SafeString:
        if row.locked_until and row.locked_until > timezone.now():
            return pill(_("Locked out"), "bad")
        return pill(_("Open"), "none")

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.lift_lockout")

    @admin.action(description=_("Let them try again"), permissions=["lift"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Attempts]) -> None:
        assert isinstance(request.user, User)
        for row in queryset[:100]:
            guard.lift(row, by=request.user, at=timezone.now())
        messages.success(request, gettext("They can try again."))


class WayIn:
    """For the admin of users: somebody's second factor, sessions, lock-outs and events."""

    admin_site: Any
    opts: Any

    @action(  # type: ignore[untyped-decorator]
        description=_("Sign-in"), url_path="sign-in", icon="key", permissions=["view"]
    )
    def way_in(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user = get_object_or_404(User, pk=object_id)
        by = request.user
        assert isinstance(by, User)
        may_act = bool(self.has_change_permission(request, user))  # type: ignore[attr-defined]
        may_lift = by.has_perm("accounts.lift_lockout")
        if request.method == "POST":
            _do(request, user, by, may_act=may_act, may_lift=may_lift)
            return HttpResponseRedirect(request.path)
        mine = user == by
        locks = Attempts.objects.filter(user=user, locked_until__gt=timezone.now())
        shown = {
            **self.admin_site.each_context(request),
            "title": gettext("Sign-in"),
            "opts": self.opts,
            "original": user,
            "person": user,
            "is_self": mine,
            "may_act": may_act,
            "may_lift": may_lift,
            "has_factor": is_mfa_enabled(user),
            "sessions": sessions.of(user, request.session.session_key if mine else None),
            "locks": locks,
            "events": SignInEvent.objects.filter(user=user)
            .select_related("by")
            .order_by("-at", "-pk")[:20],
        }
        return TemplateResponse(request, "admin/signin/of_user.html", shown)


def _do(request: HttpRequest, user: User, by: User, *, may_act: bool, may_lift: bool) -> None:
    asked, now = request.POST.get("act"), timezone.now()
    if asked == "lift" and may_lift:
        acts.let_in(user, by=by, at=now)
        messages.success(request, gettext("They can try again."))
    elif asked == "end" and may_act and user != by:
        acts.end_all(user, by=by, at=now)
        messages.success(request, gettext("Their sessions have ended."))
    elif asked == "reset" and may_act and user != by:
        acts.reset_factor(user, by=by, at=now)
        messages.success(request, gettext("The second factor is gone, and their sessions ended."))
    else:
        raise PermissionDenied
