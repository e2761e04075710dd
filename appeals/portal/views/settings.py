"""Language, contact, password, tokens, and the customer's own data."""

import datetime
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import operations as accounts_operations
from accounts import takeaway
from accounts.access import tokens
from accounts.access.models import Door, Scope
from accounts.access.rates import TooOften
from accounts.models import Customer, User
from accounts.notices import preferences
from accounts.notices.choices import Channel
from accounts.signin import factor, sessions
from appeals.portal.door import for_customers

_HOURS = [(datetime.time(hour), f"{hour}:00") for hour in range(8, 23)]
ZONES = [
    "Asia/Shanghai",
    "Asia/Urumqi",
    "Asia/Hong_Kong",
    "Asia/Taipei",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
]


def _time(text: str) -> datetime.time:
    return datetime.time.fromisoformat(text)


class ContactForm(forms.Form):
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=[("zh-hans", "简体中文"), ("en", "English")]
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Where we write to you"),
        required=False,
        choices=[(Channel.EMAIL.value, gettext_lazy("By e-mail too"))],
        widget=forms.CheckboxSelectMultiple,
    )
    contact_from = forms.TypedChoiceField(
        label=gettext_lazy("Not before"), choices=_HOURS[:-1], coerce=_time
    )
    contact_until = forms.TypedChoiceField(
        label=gettext_lazy("Not after"), choices=_HOURS[1:], coerce=_time
    )
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        mine = str(self.initial.get("time_zone") or "")
        zones = [*ZONES, *([mine] if mine and mine not in ZONES else [])]
        field.choices = [("", _("Ours")), *((z, z.replace("_", " ")) for z in zones)]


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def settings(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/settings/`: how we may reach the customer."""
    kept = preferences.of(customer.pk)
    initial = {
        "language": customer.language,
        "email": kept.email or "",
        "channels": kept.channels,
        "contact_from": kept.contact_from,
        "contact_until": kept.contact_until,
        # where nothing was ever saved, the database's default is not there yet
        "time_zone": kept.time_zone if isinstance(kept.time_zone, str) else "",
    }
    form = ContactForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        language = values.pop("language")
        try:
            preferences.change(customer=customer, by=request.user, at=timezone.now(), **values)
        except preferences.PreferenceRefused as error:
            form.add_error(error.field, str(error).capitalize())
        else:
            accounts_operations.change_language(customer=customer, language=language)
            with translation.override(language):
                messages.success(request, _("Saved."))
            return redirect("my:settings")
    context = {
        "customer": customer,
        "form": form,
        "tokens": tokens.open_tokens(customer, timezone.now()),
        "has_factor": factor.has(cast(User, request.user)),
        "has_password": cast(User, request.user).has_usable_password(),
    }
    return render(request, "my/settings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def password(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/settings/password/`: a new one ends every other session."""
    user = cast(User, request.user)
    kind = PasswordChangeForm if user.has_usable_password() else SetPasswordForm
    form = kind(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        sessions.end(request, user, by=user)
        sessions.end_this(request)
        update_session_auth_hash(request, user)
        sessions.begun(request)
        messages.success(request, _("Your password is changed. Other devices are signed out."))
        return redirect("my:settings")
    return render(request, "my/password.html", {"customer": customer, "form": form})


class TokenForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("What is it for?"), max_length=60)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"),
        choices=[
            (Scope.READ.value, gettext_lazy("read: lines, bills, score, reasons, appeals")),
            (Scope.WRITE.value, gettext_lazy("act: pay, appeal, answer offers, change settings")),
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("It lasts"),
        choices=[
            (30, gettext_lazy("30 days")),
            (90, gettext_lazy("90 days")),
            (365, gettext_lazy("a year")),
        ],
        coerce=int,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def new_token(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/settings/tokens/new/`: the secret is on the answer of the POST and never again."""
    form = TokenForm(request.POST or None, initial={"scopes": [Scope.READ.value], "days": 90})
    context: dict[str, Any] = {"customer": customer, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            token, secret = tokens.issue(customer=customer, at=timezone.now(), **form.cleaned_data)
        except tokens.TokenRefused as error:
            form.add_error(None, str(error))
        else:
            context |= {"token": token, "secret": secret}
    return render(request, "my/token.html", context)


@require_POST
@for_customers
def revoke_token(request: HttpRequest, customer: Customer, public_id: UUID) -> HttpResponse:
    if tokens.revoke(customer=customer, public_id=public_id, at=timezone.now()):
        messages.success(request, _("The token is revoked. It opens nothing any more."))
    return redirect("my:settings")


@require_safe
@for_customers
def data(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/data/`: what the export is, and the button."""
    labels = [source.label for source in takeaway.sources()]
    return render(request, "my/data.html", {"customer": customer, "labels": labels})


@require_POST
@for_customers
def download(request: HttpRequest, customer: Customer) -> HttpResponse | StreamingHttpResponse:
    at = timezone.now()
    try:
        pieces = takeaway.take(customer=customer, door=Door.PORTAL, at=at)
    except TooOften:
        messages.error(request, _("You took your data several times today. Try again tomorrow."))
        return redirect("my:data")
    answer = StreamingHttpResponse(pieces, content_type="application/zip")
    name = f"fairline-{customer.number}-{at:%Y-%m-%d}.zip"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
