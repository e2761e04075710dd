"""When a customer may be contacted: never from 22:00 to 08:00 of their own time zone, and within
their own hours where they gave any."""

import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone

from accounts.notices.models import EARLIEST, LATEST, ContactPreference


def next_moment(now: datetime.datetime, preference: ContactPreference | None) -> datetime.datetime:
    """`now` if it is within the customer's hours, else the beginning of the next ones.

    The wall clock of the zone decides, so that a change of its offset at night changes nothing.
    """
    zone = zone_of(preference)
    first, last = EARLIEST, LATEST
    if preference is not None:
        first = max(preference.contact_from, EARLIEST)
        last = min(preference.contact_until, LATEST)
    local = now.astimezone(zone)
    if first <= local.time() < last:
        return now
    day = local.date() if local.time() < first else local.date() + datetime.timedelta(days=1)
    return datetime.datetime.combine(day, first, zone).astimezone(datetime.UTC)


def zone_of(preference: ContactPreference | None) -> datetime.tzinfo:
    """The customer's zone; the book's where they gave none that exists."""
    if preference is not None and preference.time_zone:
        try:
            return ZoneInfo(preference.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    return timezone.get_default_timezone()
