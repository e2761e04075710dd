"""How a customer wants to hear from us."""

import datetime
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import operations
from accounts.notices.choices import Channel
from accounts.notices.models import EARLIEST, LATEST, ContactPreference


class PreferenceRefused(Exception):
    """A preference cannot be kept; `field` says which, the message why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def of(customer_id: int) -> ContactPreference:
    """The customer's preferences; those of somebody who gave none are not saved."""
    found = ContactPreference.objects.filter(pk=customer_id).first()
    return found or ContactPreference(customer_id=customer_id, time_zone="")


@transaction.atomic
def change(*, customer: Any, by: Any, at: datetime.datetime, **values: Any) -> ContactPreference:
    """Change any of `email` ("" for none), `time_zone`, `contact_from`, `contact_until`,
    `channels`; what is not named stays. Each change is on record. Raises PreferenceRefused."""
    operations.lock(customer.pk)
    preference = of(customer.pk)
    for name, value in values.items():
        setattr(preference, name, _CLEAN[name](value))
    if preference.contact_from >= preference.contact_until:
        raise PreferenceRefused("contact_until", _("the end must be after the beginning"))
    preference.changed_by, preference.changed_at = by, at
    preference.save()
    return preference


def _email(value: str | None) -> str | None:
    address = (value or "").strip()
    if not address:
        return None
    try:
        validate_email(address)
    except ValidationError:
        raise PreferenceRefused("email", _("this is no e-mail address")) from None
    if len(address) > 254:
        raise PreferenceRefused("email", _("this is no e-mail address"))
    return address


def _time_zone(value: str | None) -> str:
    name = (value or "").strip()
    if name and name not in available_timezones():
        raise PreferenceRefused("time_zone", _("no such time zone"))
    return name


def _hour(field: str) -> Any:
    def clean(value: datetime.time) -> datetime.time:
        if not EARLIEST <= value <= LATEST:
            raise PreferenceRefused(field, _("between 08:00 and 22:00"))
        return value

    return clean


def _channels(value: Any) -> list[str]:
    wanted = list(dict.fromkeys(value))
    if unknown := set(wanted) - set(Channel.values):
        raise PreferenceRefused(
            "channels", _("no such channel: %(names)s") % {"names": ", ".join(sorted(unknown))}
        )
    # What we tell is always kept where the customer can read it.
    return list(dict.fromkeys([Channel.IN_APP.value, *wanted]))


_CLEAN = {
    "email": _email,
    "time_zone": _time_zone,
    "contact_from": _hour("contact_from"),
    "contact_until": _hour("contact_until"),
    "channels": _channels,
}
