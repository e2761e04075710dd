"""New versions of the rules of appeals, and of the calendars of working hours.

Both are published from a day on and never edited. `by` is somebody who may (accounts/roles.py), or
None for the system; `on` the business date of today, which the first day has to be after (None:
the caller has seen to it); `after` the version that was compared, as its pk or 0 for none: if
another came meanwhile, nothing is published.
"""

import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from appeals import rules
from appeals.clocks import calendar
from appeals.models import AppealRules, WorkCalendar
from appeals.operations.actors import AppealRefused, NotAllowed
from billing.terms import TermsError

PUBLISH_RULES = "appeals.add_appealrules"
PUBLISH_CALENDARS = "appeals.add_workcalendar"


@transaction.atomic
def publish_rules(
    *,
    document: object,
    effective_from: datetime.date,
    by: User | None,
    preset: str = "",
    on: datetime.date | None = None,
    after: int | None = None,
) -> AppealRules:
    """Figures from a day on, which may not be past another version's. Appeals that are open keep
    the dates they have. Raises AppealRefused, NotAllowed."""
    _require(by, PUBLISH_RULES)
    try:
        figures = rules.load(document)
        calendar.find(figures.service.calendar)
    except TermsError as error:
        raise AppealRefused(str(error)) from error
    except KeyError as error:
        raise AppealRefused(_("there is no calendar %(code)s") % {"code": error.args[0]}) from error
    _in_time(AppealRules.objects.all(), effective_from, on, after)
    return AppealRules.objects.create(
        document=figures.document(),
        effective_from=effective_from,
        preset=preset,
        published_by=by,
    )


@transaction.atomic
def keep_calendar(
    *,
    code: str,
    name: str,
    document: object,
    effective_from: datetime.date,
    by: User | None,
    on: datetime.date | None = None,
    after: int | None = None,
) -> WorkCalendar:
    """Working hours and holidays under a code from a day on; the hours of days before stay as they
    were. Raises AppealRefused, NotAllowed."""
    _require(by, PUBLISH_CALENDARS)
    try:
        calendar.load(document)
    except TermsError as error:
        raise AppealRefused(str(error)) from error
    _in_time(WorkCalendar.objects.filter(code=code), effective_from, on, after)
    return WorkCalendar.objects.create(
        code=code, name=name, document=document, effective_from=effective_from, published_by=by
    )


def latest(rows: models.QuerySet[AppealRules] | models.QuerySet[WorkCalendar]) -> int:
    """The pk of the last version of these; 0 if there is none."""
    found: int | None = rows.order_by("-effective_from").values_list("pk", flat=True).first()
    return found or 0


def _require(by: User | None, permission: str) -> None:
    if by is not None and not (by.is_staff and by.is_active and by.has_perm(permission)):
        raise NotAllowed(_("You may not publish what appeals go by."))


def _in_time(
    rows: models.QuerySet[AppealRules] | models.QuerySet[WorkCalendar],
    first: datetime.date,
    on: datetime.date | None,
    after: int | None,
) -> None:
    if on is not None and first <= on:
        raise AppealRefused(_("The first day is after today: what was counted stays counted."))
    if after is not None and latest(rows) != after:
        raise AppealRefused(_("Another version was published meanwhile. Look again."))
    if rows.filter(effective_from__gte=first).exists():
        raise AppealRefused(_("Another version takes effect on that day or later."))
