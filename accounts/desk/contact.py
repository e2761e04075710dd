"""How a customer wants to hear from us, on the desk: masked, and changed on their word."""

import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts import operations
from accounts.desk import stale
from accounts.desk.items import person
from accounts.models import ContactPreference, Customer
from accounts.notices import preferences
from accounts.notices.choices import Channel

CHANGE = "accounts.change_contactpreference"


class ContactForm(forms.Form):
    """The address is never shown in clear: an empty field leaves it as it is."""

    email = forms.CharField(
        label=gettext_lazy("New e-mail address"),
        max_length=254,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "email", "autocomplete": "off"}),
    )
    forget = forms.BooleanField(label=gettext_lazy("Forget the address"), required=False)
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Beside the app"),
        choices=[(code, label) for code, label in Channel.choices if code != Channel.IN_APP],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    time_zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=64,
        required=False,
        help_text=gettext_lazy("Such as Asia/Shanghai; empty: that of the book."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    contact_from = forms.TimeField(
        label=gettext_lazy("Not before"), widget=UnfoldAdminTextInputWidget(attrs={"type": "time"})
    )
    contact_until = forms.TimeField(
        label=gettext_lazy("Not after"),
        help_text=gettext_lazy("Never before 08:00 or after 22:00."),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "time"}),
    )

    def changes(self) -> dict[str, Any]:
        values = {k: v for k, v in self.cleaned_data.items() if k not in ("email", "forget")}
        if self.cleaned_data["forget"]:
            values["email"] = ""
        elif self.cleaned_data["email"]:
            values["email"] = self.cleaned_data["email"]
        return values


@transaction.atomic
def page(request: HttpRequest, customer_id: int, site: Any) -> HttpResponse:
    """The form, and keeping it; for those who may change how a customer is reached."""
    user: Any = request.user
    if not (user.has_perm(CHANGE) and user.has_perm("accounts.view_customer")):
        raise PermissionDenied
    people = Customer.objects.only("pk", "number", "name", "language")
    customer = get_object_or_404(people, pk=customer_id)
    if request.method == "POST":
        operations.lock(customer.pk)  # two savings cannot both find it as shown
    kept = preferences.of(customer.pk)
    form = ContactForm(request.POST or None, initial=_initial(kept))
    late = _late(kept, request.POST.get(stale.FIELD, "")) if request.method == "POST" else None
    if request.method == "POST" and late is None and form.is_valid():
        try:
            preferences.change(customer=customer, by=user, at=timezone.now(), **form.changes())
        except preferences.PreferenceRefused as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(
                reverse("admin:accounts_customer_change", args=[customer.pk])
            )
    shown = {
        **site.each_context(request),
        "title": _("How to reach %(name)s") % {"name": customer.name},
        "customer": customer,
        "kept": kept,
        "language": dict(settings.LANGUAGES).get(customer.language, customer.language),
        "form": form,
        "seen": stale.token(_seen(kept)),
        "stale": late,
    }
    status = 409 if late else 200
    response = TemplateResponse(request, "admin/notices/contact.html", shown, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _seen(kept: ContactPreference) -> dict[str, Any]:
    """What the page shows, and when it was changed last: an address is shown masked."""
    at = kept.changed_at.isoformat() if isinstance(kept.changed_at, datetime.datetime) else ""
    return {**_initial(kept), "email": kept.masked_email, "_at": at}


def _late(kept: ContactPreference, token: str) -> stale.Stale | None:
    """What changed since the page that sends `token` was made, and who changed it last."""
    before, now = stale.shown(token) or {}, _seen(kept)
    if before == now:
        return None
    labels = {name: field.label for name, field in ContactForm.base_fields.items()}
    changed = [stale.Change(kept.changed_at, person(kept.changed_by))] if kept.changed_by else []
    return stale.Stale(stale.differences(before, now, {**labels, "email": _("E-mail")}), changed)


def _initial(kept: ContactPreference) -> dict[str, Any]:
    def clock(value: datetime.time) -> str:
        return value.strftime("%H:%M")

    return {
        "channels": kept.channels,
        "time_zone": kept.time_zone,
        "contact_from": clock(kept.contact_from),
        "contact_until": clock(kept.contact_until),
    }
