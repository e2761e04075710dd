"""New versions of the rules of appeals, and the calendars of working hours."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from appeals import rules
from appeals.clocks import calendar
from appeals.models import AppealRules, WorkCalendar
from appeals.operations.actors import AppealRefused
from billing.terms import TermsError


@transaction.atomic
def publish_rules(
    *, document: object, effective_from: datetime.date, by: User | None, preset: str = ""
) -> AppealRules:
    """Figures from a day on, which may not be past another version's. Appeals that are open keep
    the dates they have."""
    try:
        figures = rules.load(document)
        calendar.find(figures.service.calendar)
    except (TermsError, KeyError) as error:
        raise AppealRefused(str(error)) from error
    if AppealRules.objects.filter(effective_from__gte=effective_from).exists():
        raise AppealRefused(_("Other rules take effect on that day or later."))
    return AppealRules.objects.create(
        document=figures.document(),
        effective_from=effective_from,
        preset=preset,
        published_by=by,
    )


def keep_calendar(*, code: str, name: str, document: object) -> WorkCalendar:
    """A working calendar under its code, new or changed; every change is kept on record."""
    try:
        calendar.load(document)
    except TermsError as error:
        raise AppealRefused(str(error)) from error
    row, _new = WorkCalendar.objects.update_or_create(
        code=code, defaults={"name": name, "document": document}
    )
    return row
