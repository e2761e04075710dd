"""What keeps a customer's account theirs: the second factor, their sessions, their tokens."""

import base64
import datetime
from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import tokens
from accounts.access.rates import TooOften
from accounts.models import Customer, User
from accounts.signin import factor, guard, sessions
from appeals.portal.door import for_customers
from appeals.portal.views.signin import PASSWORD_BY_NUMBER, FactorForm, wrong_code

#: Without a password to ask for, only a sign-in as young as this sets up a second factor.
YOUNG = datetime.timedelta(minutes=15)


class SetUpForm(forms.Form):
    """A code of the app and, where there is one, the password: a session that somebody left open
    is not enough to lock its owner out."""

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label=gettext_lazy("Code that the app shows"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code"}
        ),
    )

    def __init__(self, *args: Any, user: User, number: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.number = user, number
        if not user.has_usable_password():
            del self.fields["password"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        try:
            PASSWORD_BY_NUMBER.count(self.number.upper())
        except TooOften as error:
            text = _("Too many tries. Wait a quarter of an hour, then try again.")
            raise forms.ValidationError(text) from error
        if not self.user.check_password(password):
            raise forms.ValidationError(_("This is not your password."))
        return password


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def set_up(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/settings/factor/`: the recovery codes are on the answer of the POST and never again."""
    user = _user(request)
    if factor.has(user):
        return redirect("my:security")
    at = timezone.now()
    form = SetUpForm(request.POST or None, user=user, number=customer.number)
    if not user.has_usable_password() and not _is_young(user, at):
        return render(request, "my/factor.html", {"customer": customer, "old": True})
    if request.method == "POST" and form.is_valid():
        try:
            codes = factor.set_up(request, user, form.cleaned_data["code"], at=at)
        except (factor.Wrong, guard.LockedOut) as error:
            form.add_error("code", wrong_code(error))
        else:
            return _show(request, customer, codes)
    context = {
        "customer": customer,
        "form": form,
        "offered": factor.offer(user, anew=request.method != "POST"),
    }
    return render(request, "my/factor.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def remove(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/settings/factor/remove/`: whoever shows a code of it goes back to one factor."""

    def done(at: datetime.datetime, code: str) -> HttpResponse:
        factor.take_away(request, _user(request), code, at=at)
        messages.success(request, _("The second step is removed. Other devices are signed out."))
        return redirect("my:security")

    return _with_code(request, customer, done, removes=True)


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def new_codes(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/settings/factor/codes/`: new recovery codes in place of the old ones."""

    def done(at: datetime.datetime, code: str) -> HttpResponse:
        return _show(request, customer, factor.renew(request, _user(request), code, at=at))

    return _with_code(request, customer, done)


def _with_code(
    request: HttpRequest,
    customer: Customer,
    done: Callable[[datetime.datetime, str], HttpResponse],
    **shown: Any,
) -> HttpResponse:
    """What a code of the factor opens; `done` takes the code, or raises factor.Wrong or
    guard.LockedOut."""
    if not factor.has(_user(request)):
        return redirect("my:security")
    form = FactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return done(timezone.now(), form.cleaned_data["code"])
        except (factor.Wrong, guard.LockedOut) as error:
            form.add_error("code", wrong_code(error))
    return render(request, "my/factor_code.html", {"customer": customer, "form": form, **shown})


@require_safe
@for_customers
def security(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/settings/security/`: the second step, and everything that is signed in."""
    user = _user(request)
    context = {
        "customer": customer,
        "has_factor": factor.has(user),
        "codes_left": factor.codes_left(user),
        "sessions": sessions.of(user, request.session.session_key),
        "tokens": tokens.open_tokens(customer, timezone.now()),
    }
    return render(request, "my/security.html", context)


@require_POST
@for_customers
def end_sessions(request: HttpRequest, customer: Customer) -> HttpResponse:
    """End one of one's other sessions, all others, or everything: every session and token."""
    user, at = _user(request), timezone.now()
    chosen = request.POST.get("session", "")
    if chosen == "everywhere":
        sessions.end(request, user, by=user)
        tokens.revoke_all(customer=customer, at=at)
        sessions.end_this(request)
        logout(request)
        messages.success(request, _("You are signed out everywhere, and no token opens anything."))
        return redirect("my:login")
    if chosen == "others":
        sessions.end(request, user, by=user)
        messages.success(request, _("Your other devices are signed out."))
    elif _is_id(chosen) and sessions.end(request, user, by=user, which=[int(chosen)]):
        messages.success(request, _("That device is signed out."))
    return redirect("my:security")


def _show(request: HttpRequest, customer: Customer, codes: list[str]) -> HttpResponse:
    encoded = base64.b64encode(("\n".join(codes) + "\n").encode()).decode()
    context = {
        "customer": customer,
        "codes": codes,
        "file": f"data:text/plain;base64,{encoded}",
    }
    return render(request, "my/factor_codes.html", context)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _is_young(user: User, at: datetime.datetime) -> bool:
    return user.last_login is not None and at - user.last_login < YOUNG


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
