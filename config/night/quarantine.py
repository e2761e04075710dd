"""A customer whose day cannot be opened stops nobody else.

A slice that fails is halved until the sick customer stands alone, in quarantine, with the error on
its row; the others go on. Facts about them are still booked; their consequences come when staff
retry and the days since then are replayed.
"""

import datetime
from dataclasses import replace

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from accounts import operations as accounts_operations
from accounts.models import User
from accounts.work import sync as work
from billing.engine import scope as scopes
from billing.models import AheadOfNight, Quarantine
from billing.queries import opened_through
from config.night.telling import tell
from risk import assessment, rules
from risk.engine import day as engine
from risk.engine.replay import replay
from risk.engine.steps import Day
from risk.notices import telling

SICK = (DatabaseError, ArithmeticError, ValueError)


#: So many sick customers in one slice of one day are no accident of theirs.
EPIDEMIC = 100


class Epidemic(Exception):
    """The fault is the program's or the database's: nobody is quarantined, the slice waits."""

    def __init__(self, day: datetime.date, error: str) -> None:
        super().__init__(
            f"{day} cannot be opened: it fails for more than {EPIDEMIC} customers of a slice, "
            f"so the fault is not theirs and nobody was quarantined: {error}"
        )


class NotQuarantined(Exception):
    """The customer is in no quarantine."""


class StillFails(Exception):
    """The customer's days still cannot be opened; the message is the error."""


def isolate(day: Day, report: engine.Report) -> None:
    """Open a day that failed for its scope: halves, their halves, down to the sick customers.

    Raises Epidemic if these are more than a few.
    """
    predicate = day.scope.predicate.format(column="c.id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"select c.id from accounts_customer c where {predicate} order by c.id",
            day.scope.params,
        )
        customers = [row[0] for row in cursor.fetchall()]
    _halve(day, customers, report, [])


def retry_quarantined(customer_id: int, *, by: User | None) -> None:
    """Open the days a quarantined customer missed; raises NotQuarantined or StillFails."""
    with transaction.atomic():
        accounts_operations.lock(customer_id)
        assessment.share_shard(customer_id)
        row = Quarantine.objects.filter(customer_id=customer_id, released_at=None).first()
        if row is None:
            raise NotQuarantined
        through = opened_through(customer_id)
        error = None if through is None else _replay(row, through)
        if error is None:
            row.released_at, row.released_by = timezone.now(), by
            AheadOfNight.objects.filter(customer_id=customer_id).delete()
            work.open_since(customer_id, row.since, through or row.since)
        else:
            row.error, row.attempts = error, row.attempts + 1
        row.save()
        work.close_gone(customer_id)
    if error is not None:
        raise StillFails(error)


def _replay(row: Quarantine, through: datetime.date) -> str | None:
    try:
        with transaction.atomic():
            replay(
                [row.customer_id],
                since=row.since,
                through=through,
                rulebook=rules.current(),
                booked_on=through,
                because_of=f"quarantine {row.pk}",
            )
            telling.tell_customer(row.customer_id, on=through, rulebook=rules.current())
    except (OperationalError, InterfaceError):
        raise
    except SICK as error:
        return str(error)[:2000]
    return None


def _halve(day: Day, customers: list[int], report: engine.Report, sick: list[int]) -> None:
    if not customers:
        return
    part = replace(day, scope=scopes.of(customers))
    try:
        with transaction.atomic():
            engine.take_day(part, report)
            tell(part, report)
    except (OperationalError, InterfaceError):
        raise
    except SICK as error:
        if len(customers) == 1:
            sick.extend(customers)
            if len(sick) > EPIDEMIC:
                raise Epidemic(day.on, str(error)[:2000]) from error
            _quarantine(customers[0], day, str(error)[:2000])
            return
        middle = len(customers) // 2
        _halve(day, customers[:middle], report, sick)
        _halve(day, customers[middle:], report, sick)


def _quarantine(customer_id: int, day: Day, error: str) -> None:
    Quarantine.objects.create(customer_id=customer_id, since=day.on, error=error)
