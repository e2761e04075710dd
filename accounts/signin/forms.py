"""The forms of the sign-in pages: allauth's, with our count of attempts and our look."""

from collections.abc import Callable
from typing import Any

from allauth.account import forms as account
from allauth.account.models import Login
from allauth.core import context
from allauth.mfa.base import forms as factor
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import INPUT_CLASSES

from accounts.models import User
from accounts.signin import door, guard


def too_many() -> forms.ValidationError:
    minutes = int(guard.LOCKED_FOR.total_seconds() // 60)
    text = ngettext(
        "Too many attempts. Try again in %(n)s minute, or ask an administrator.",
        "Too many attempts. Try again in %(n)s minutes, or ask an administrator.",
        minutes,
    )
    return forms.ValidationError(text % {"n": minutes}, code="locked_out")


def _dress(form: forms.Form, ids: dict[str, str] | None = None) -> None:
    for name, field in form.fields.items():
        field.widget.attrs["class"] = " ".join(INPUT_CLASSES)
        field.widget.attrs.pop("placeholder", None)
        if ids and name in ids:
            field.widget.attrs["id"] = ids[name]


def _checked(name: str, password: str, wrong: Any) -> User:
    try:
        return door.by_password(context.request, name, password, at=timezone.now())
    except guard.LockedOut as error:
        raise too_many() from error
    except door.Wrong as error:
        raise forms.ValidationError(wrong, code="wrong") from error


class SignInForm(account.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = gettext_lazy("User name")
        self.fields["password"].label = gettext_lazy("Password")
        self.fields["password"].help_text = ""
        self.fields["login"].widget.attrs.update(autofocus=True, autocapitalize="none")
        _dress(self, {"login": "id_username", "password": "id_password"})

    def _clean_with_password(self, credentials: dict[str, Any]) -> dict[str, Any]:
        wrong = _("The user name and the password do not belong together.")
        self.user = _checked(self.cleaned_data["login"], credentials["password"], wrong)
        self._login = Login(user=self.user)
        return dict(self.cleaned_data)


class PasswordAgainForm(account.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = gettext_lazy("Password")
        self.fields["password"].help_text = ""
        _dress(self)

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        _checked(self.user.username, password, _("This is not your password."))
        return password


class ChangePasswordForm(account.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = gettext_lazy("Password until now")
        self.fields["oldpassword"].help_text = ""
        self.fields["password1"].label = gettext_lazy("New password")
        self.fields["password2"].label = gettext_lazy("New password once more")
        _dress(self)

    def clean_oldpassword(self) -> str:
        password = str(self.cleaned_data.get("oldpassword", ""))
        _checked(self.user.username, password, _("This is not your password."))
        return password


def _code(user: User, text: str, check: Callable[[], Any]) -> None:
    """Run allauth's check of a code as a counted attempt."""
    try:
        last = door.begin_code(user, at=timezone.now())
    except guard.LockedOut as error:
        raise too_many() from error
    try:
        check()
    except forms.ValidationError as error:
        door.wrong_code(context.request, user, last=last)
        words = _("This code is not right. Codes change every half minute.")
        raise forms.ValidationError(words, code="wrong") from error


class _Counted:
    """For allauth's forms that take a code of the app, or a recovery code."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]
    user: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress_code(self)

    def clean_code(self) -> str:
        code = self.cleaned_data["code"] = "".join(str(self.cleaned_data["code"]).split())
        _code(self.user, code, super().clean_code)  # type: ignore[misc]
        kind = self.authenticator.type  # type: ignore[attr-defined]
        recovery = kind == Authenticator.Type.RECOVERY_CODES
        door.right_code(context.request, self.user, recovery=recovery)
        return code


def _dress_code(form: Any) -> None:
    field = form.fields["code"]
    field.label = gettext_lazy("Verification code")
    field.max_length = 20
    field.widget.attrs.update(autofocus=True, maxlength=20, spellcheck="false")
    _dress(form)


class CodeForm(_Counted, factor.AuthenticateForm):
    pass


class CodeAgainForm(_Counted, factor.ReauthenticateForm):
    pass


class SetUpForm(ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress_code(self)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"

    def clean_code(self) -> str:
        code = self.cleaned_data["code"] = "".join(str(self.cleaned_data["code"]).split())
        _code(self.user, code, super().clean_code)
        door.right_code(context.request, self.user, recovery=False)
        return code
