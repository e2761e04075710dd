"""The sign-in pages: allauth's flows in the look of the desk."""

import base64
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.signin import sessions


class Dressed:
    """A page of allauth's with what the desk's templates need."""

    title: Any = ""
    template_name: str
    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = super().get_context_data(**kwargs)  # type: ignore[misc]
        return {
            **admin.site.each_context(self.request),
            **shown,
            "title": self.title,
            "mfa_required": settings.STAFF_MFA == "required",
        }


class ForStaff(Dressed):
    """Customers have their own door; they see nothing of these pages."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not _is_staff(request):
            return redirect(settings.LOGIN_URL)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return answer


class SignIn(Dressed, account.LoginView):
    title = gettext_lazy("Sign in")
    template_name = "admin/signin/sign_in.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not _is_staff(request):
            # A customer's session ends where somebody signs in as staff in the same browser.
            if request.method == "POST":
                request.session.flush()
            request.user = AnonymousUser()
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


class SignOut(ForStaff, account.LogoutView):
    title = gettext_lazy("Sign out")
    template_name = "admin/signin/sign_out.html"

    def get_redirect_url(self) -> str:
        return reverse("account_login")


class Password(ForStaff, account.PasswordChangeView):
    title = gettext_lazy("Change password")
    template_name = "admin/signin/password.html"

    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        messages.success(
            self.request, _("Your password is changed. Your other sessions have ended.")
        )
        return answer

    def get_default_success_url(self) -> str:
        return reverse("mfa_index")


class PasswordAgain(ForStaff, account.ReauthenticateView):
    title = gettext_lazy("Once more, please")
    template_name = "admin/signin/again.html"


class Code(Dressed, factor.AuthenticateView):
    title = gettext_lazy("Second factor")
    template_name = "admin/signin/code.html"


class CodeAgain(ForStaff, factor.ReauthenticateView):
    title = gettext_lazy("Second factor")
    template_name = "admin/signin/again.html"


class SetUp(ForStaff, totp.ActivateTOTPView):
    title = gettext_lazy("Set up a second factor")
    template_name = "admin/signin/set_up.html"

    def get_success_url(self) -> str:
        return reverse("mfa_view_recovery_codes")


class Remove(ForStaff, totp.DeactivateTOTPView):
    title = gettext_lazy("Remove the second factor")
    template_name = "admin/signin/remove.html"
    success_url = reverse_lazy("mfa_index")


class NewCodes(ForStaff, codes.GenerateRecoveryCodesView):
    title = gettext_lazy("New recovery codes")
    template_name = "admin/signin/new_codes.html"


class Codes(ForStaff, codes.ViewRecoveryCodesView):
    """Shown once; what is offered as a file is in the page itself, for the same reason."""

    title = gettext_lazy("Recovery codes")
    template_name = "admin/signin/codes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = super().get_context_data(**kwargs)
        if shown["can_view_codes"]:
            text = "\n".join(shown["unused_codes"]) + "\n"
            encoded = base64.b64encode(text.encode()).decode()
            shown["file"] = f"data:text/plain;base64,{encoded}"
        return shown


class Own(ForStaff, factor.IndexView):
    """One's own way in: second factor, password, sessions."""

    title = gettext_lazy("My sign-in")
    template_name = "admin/signin/own.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = super().get_context_data(**kwargs)
        user = self.request.user
        assert isinstance(user, User)
        current = self.request.session.session_key
        codes_left = shown["authenticators"].get("recovery_codes")
        return {
            **shown,
            "has_factor": is_mfa_enabled(user),
            "codes_left": len(codes_left.get_unused_codes()) if codes_left else 0,
            "sessions": sessions.of(user, current),
        }


@require_http_methods(["POST"])
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End one of one's own other sessions, or all of them."""
    user = request.user
    if not (isinstance(user, User) and user.is_staff):
        return redirect(settings.LOGIN_URL)
    chosen = request.POST.get("session", "")
    which = [int(chosen)] if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else None
    if chosen == "others" or which is not None:
        sessions.end(request, user, by=user, which=which)
        messages.success(request, _("Ended."))
    return redirect("mfa_index")


def closed(request: HttpRequest) -> HttpResponse:
    """An account that was closed between the password and the code."""
    shown = {**admin.site.each_context(request), "title": _("This account is closed.")}
    return TemplateResponse(request, "admin/signin/closed.html", shown, status=403)


def _is_staff(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_staff
