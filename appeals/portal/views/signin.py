"""Signing in, by a one-time code or a password, and out."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.forms import CharField, Form, TextInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import channels, codes
from accounts.access.rates import Rate, TooOften
from accounts.models import User
from accounts.signin import factor, guard
from accounts.signin.client import address
from appeals.portal import entering
from appeals.portal.door import customer_of, way_on

_ASKED = "code_asked_for"

PASSWORD_BY_NUMBER = Rate("password-number", 10, 900)
PASSWORD_FROM_ADDRESS = Rate("password-address", 60, 900)


class CustomerLogin(AuthenticationForm):
    """Signs in those who are customers; staff have a door of their own."""

    error_messages = {
        "invalid_login": gettext_lazy("The number and the password do not belong together."),
        "inactive": gettext_lazy("This account is closed."),
        "too_often": gettext_lazy("Too many tries. Wait a quarter of an hour, then try again."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = gettext_lazy("Customer number")

    def clean(self) -> dict[str, Any]:
        """People sign in by their customer number, whatever their user is called."""
        number = str(self.cleaned_data.get("username") or "").strip()
        self._count(number)
        known = User.objects.filter(customer__number__in={number, number.upper()}).first()
        if known is not None:
            self.cleaned_data["username"] = known.username
        cleaned: dict[str, Any] = super().clean()
        return cleaned

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if user.customer_id is None:
            raise ValidationError(self.error_messages["invalid_login"], code="invalid_login")

    def _count(self, number: str) -> None:
        try:
            PASSWORD_BY_NUMBER.count(number.upper())
            if self.request is not None:
                PASSWORD_FROM_ADDRESS.count(address(self.request))
        except TooOften as error:
            raise ValidationError(self.error_messages["too_often"], code="too_often") from error


class Login(LoginView):
    """`/my/login/`: with a password."""

    template_name = "my/login.html"
    authentication_form = CustomerLogin

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if customer_of(request) is not None:
            return redirect("my:overview")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> Any:
        return entering.enter(self.request, form.get_user(), way_on(self.request))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        extra = {"codes": channels.offered(), "next": self.request.GET.get("next", "")}
        return super().get_context_data(**kwargs) | extra


class NumberForm(Form):
    number = CharField(
        label=gettext_lazy("Customer number"),
        max_length=40,
        widget=TextInput(attrs={"autocomplete": "username", "autocapitalize": "characters"}),
    )


class CodeForm(Form):
    code = CharField(
        label=gettext_lazy("Code of six digits"),
        max_length=12,
        widget=TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def ask_code(request: HttpRequest) -> HttpResponse:
    """`/my/login/code/`: ask for a code."""
    if customer_of(request) is not None or not channels.offered():
        return redirect("my:overview" if channels.offered() else "my:login")
    form = NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"]
        try:
            codes.ask(number=number, address=address(request), at=timezone.now())
        except TooOften:
            form.add_error(None, _("Too many codes were asked for. Try again in an hour."))
        else:
            request.session[_ASKED] = {"number": number, "next": way_on(request)}
            return redirect("my:enter_code")
    return render(request, "my/login_code.html", {"form": form, "next": way_on(request)})


@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """`/my/login/code/enter/`: enter it."""
    asked = request.session.get(_ASKED)
    if not asked:
        return redirect("my:login_code")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = _redeem(request, form, asked["number"])
        if user is not None:
            request.session.pop(_ASKED, None)
            return entering.enter(request, user, asked["next"])
    here = channels.shown_here()
    context = {
        "form": form,
        "number": asked["number"],
        "sandbox": here,
        "sandbox_code": channels.last_code(asked["number"]) if here else "",
    }
    return render(request, "my/login_enter.html", context)


class FactorForm(Form):
    code = CharField(
        label=gettext_lazy("Code of your app, or a recovery code"),
        max_length=20,
        widget=TextInput(
            attrs={"autocomplete": "one-time-code", "class": "code", "spellcheck": "false"}
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """`/my/login/factor/`: for those who have one, after the code or the password was right."""
    if customer_of(request) is not None:
        return redirect("my:overview")
    waiting = entering.waiting(request)
    if waiting is None:
        return redirect("my:login")
    form = FactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            factor.check(request, waiting.user, form.cleaned_data["code"], at=timezone.now())
        except (factor.Wrong, guard.LockedOut) as error:
            form.add_error("code", wrong_code(error))
        else:
            return entering.begin(request, waiting.user, waiting.way_on)
    return render(request, "my/login_factor.html", {"form": form})


def wrong_code(error: Exception) -> str:
    """Why a code of the second factor does not let in."""
    if isinstance(error, guard.LockedOut):
        return _("Too many tries. Wait a quarter of an hour, then try again.")
    return _("This code is not right. Codes change every half minute, and each is good once.")


def _redeem(request: HttpRequest, form: CodeForm, number: str) -> User | None:
    code = form.cleaned_data["code"].replace(" ", "")
    try:
        user = codes.redeem(number=number, code=code, address=address(request), at=timezone.now())
    except TooOften:
        form.add_error(None, _("Too many tries. Wait a while, then ask for a new code."))
        return None
    if user is None:
        form.add_error("code", _("This code does not fit, or it is over. Ask for a new one."))
    return user
