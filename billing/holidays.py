"""The calendars of banking days: what an opening knows of them, and the acts that add to them.

A row counts for openings after the day it was announced on. Rows are only added, and never with a
day before today, so that what an opening knew stays what it was: a replay gives the same.
"""

import datetime
from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.acts import Refused
from accounts.models import User
from billing.bankdays import BankDays
from billing.models import BankCalendar, BusinessDay, Holiday

#: Days that one entry may span.
MOST_DAYS = 60


class HolidayRefused(Refused):
    """The calendar or the holiday cannot be entered; the message says which value and why."""


class NoCalendar(LookupError):
    """The terms of a product name a bank calendar that the book does not have."""


def known_at(opening: datetime.date, code: str) -> BankDays:
    """The calendar as announced before the opening of a day, in one query; raises NoCalendar."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select c.weekend,
                   coalesce(array_agg(h."on" order by h.announced_on, h.id)
                            filter (where h.id is not null), '{}'),
                   coalesce(array_agg(h.worked order by h.announced_on, h.id)
                            filter (where h.id is not null), '{}')
            from billing_bankcalendar c
            left join billing_holiday h on h.calendar_id = c.id and h.announced_on < %s
            where c.code = %s
            group by c.id
            """,
            [opening, code],
        )
        row = cursor.fetchone()
    if row is None:
        raise NoCalendar(f"the book has no bank calendar {code!r}")
    weekend, days, worked = row
    # the last announced stands: it comes last
    return BankDays(frozenset(weekend), dict(zip(days, worked, strict=True)))


def add_calendar(
    *, code: str, name: str, weekend: Sequence[int], by: User | None = None
) -> BankCalendar:
    """A calendar, without holidays yet; `weekend` are weekdays off, Monday 1 to Sunday 7."""
    days = sorted(set(weekend))
    if any(day not in range(1, 8) for day in days) or len(days) == 7:
        raise HolidayRefused(_("a calendar has weekdays 1 to 7 off, and at least one that is not"))
    try:
        with transaction.atomic():
            return BankCalendar.objects.create(code=code, name=name, weekend=days, entered_by=by)
    except IntegrityError as error:
        raise HolidayRefused(_("there is a calendar %(code)s already") % {"code": code}) from error


def span(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    """The days first..last; refused unless they are 1 to 60."""
    if not 0 <= (last - first).days < MOST_DAYS:
        raise HolidayRefused(
            _("%(first)s to %(last)s: 1 to %(most)s days are possible")
            % {"first": first, "last": last, "most": MOST_DAYS}
        )
    return [first + datetime.timedelta(days=n) for n in range((last - first).days + 1)]


def require_enterable(
    *,
    calendar: BankCalendar,
    days: Sequence[datetime.date],
    announced_on: datetime.date,
    today: datetime.date,
) -> None:
    """Refused if an opening that is past would have known it (announced before today, or before
    the last day opened), or where the day was announced on that day already."""
    earliest = max(today, _last_opened() or today)
    if announced_on < earliest:
        raise HolidayRefused(
            _("announced on %(day)s: bills of days since then are issued; %(first)s is possible")
            % {"day": announced_on, "first": earliest}
        )
    known = Holiday.objects.filter(calendar=calendar, on__in=days, announced_on=announced_on)
    if (row := known.order_by("on").first()) is not None:
        raise HolidayRefused(
            _("%(day)s was announced on %(announced)s already; a later announcement corrects it")
            % {"day": row.on, "announced": announced_on}
        )


def add_holidays(
    *,
    calendar: BankCalendar,
    days: Sequence[datetime.date],
    name: str,
    announced_on: datetime.date,
    today: datetime.date,
    worked: bool = False,
    by: User | None = None,
) -> list[Holiday]:
    """Days that are no banking days, or (`worked`) are after all. Refused as in
    `require_enterable`."""
    with transaction.atomic():
        BankCalendar.objects.select_for_update().get(pk=calendar.pk)  # two at once wait
        require_enterable(calendar=calendar, days=days, announced_on=announced_on, today=today)
        return Holiday.objects.bulk_create(
            Holiday(
                calendar=calendar,
                on=day,
                name=name,
                worked=worked,
                announced_on=announced_on,
                entered_by=by,
            )
            for day in days
        )


def _last_opened() -> datetime.date | None:
    return BusinessDay.objects.order_by("-on").values_list("on", flat=True).first()
