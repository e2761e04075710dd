"""What a mark holds back, and takes up again when it ends."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.marks import MarkKind
from accounts.operations import MarkRefused
from billing import operations as money
from billing.models import Fact, OpenBill
from risk import marks, operations, status
from risk.models import Point, PolicyVersion, Restriction
from tests.factories import line, make_customer, make_user, open_days

pytestmark = pytest.mark.django_db

TODAY = dt.date(2025, 3, 20)
DEATH = dt.date(2025, 3, 5)


@pytest.fixture
def late() -> Any:
    """A customer with a bill of 10,000, due on 2 March and unpaid."""
    customer = make_customer(dt.date(2025, 1, 1))
    money.book_bill(
        line=line(customer),
        number=f"B-{customer.number}",
        principal=Decimal(10_000),
        due_on=dt.date(2025, 3, 2),
        on=dt.date(2025, 2, 10),
    )
    open_days(customer, dt.date(2025, 1, 1), TODAY)
    return customer


def mark(customer: Any, kind: str, from_on: dt.date = DEATH, **more: Any) -> Any:
    return marks.mark(
        customer=customer,
        kind=kind,
        from_on=from_on,
        on=TODAY,
        by=make_user(),
        reason="certificate 123",
        at=timezone.now(),
        **more,
    )


def end(row: Any, **more: Any) -> Any:
    return marks.end_mark(
        mark=row, on=TODAY, by=make_user(), reason="another person", at=timezone.now(), **more
    )


def by_hand(customer: Any) -> list[tuple[str, dt.date, dt.date | None]]:
    rows = Restriction.objects.filter(customer=customer, trigger="manual", reversed_on=None)
    return sorted(rows.values_list("line__product", "from_on", "until_on"))


@pytest.mark.parametrize("kind", marks.CLOSES_CREDIT)
def test_no_line_can_be_used_from_the_first_day_of_the_mark(late, kind) -> None:
    mark(late, kind)
    assert by_hand(late) == [("cash_loan", DEATH, None), ("pay_later", DEATH, None)]
    assert {row["available"] for row in status.lines(late.pk, TODAY)} == {Decimal(0)}


@pytest.mark.parametrize("kind", [MarkKind.HARDSHIP, MarkKind.DO_NOT_CONTACT])
def test_other_marks_close_no_line(late, kind) -> None:
    mark(late, kind)
    assert by_hand(late) == []


def test_the_end_of_a_mark_lifts_what_it_closed(late) -> None:
    end(mark(late, MarkKind.COURT_FREEZE))
    assert by_hand(late) == [("cash_loan", DEATH, TODAY), ("pay_later", DEATH, TODAY)]


def test_a_mark_set_in_error_never_closed_anything(late) -> None:
    row = end(mark(late, MarkKind.DECEASED), in_error=True)
    assert row.until_on == row.from_on == DEATH
    assert all(until == first for _, first, until in by_hand(late))


def test_what_staff_lifted_before_is_not_lifted_twice(late) -> None:
    row = mark(late, MarkKind.COURT_FREEZE)
    number = f"MARK-{row.pk}-{line(late).pk}"
    operations.lift_restriction(
        customer=late, number=number, on=TODAY, reason="the court allows", despite_mark=True
    )
    end(row)
    assert all(until == TODAY for _, _, until in by_hand(late))


def adverse(customer: Any) -> list[tuple[dt.date, str]]:
    """The points for being overdue that stand."""
    rows = Point.objects.filter(customer=customer, cause="past_due", reverses_id=None)
    undone = Point.objects.filter(customer=customer, reverses_id__isnull=False)
    rows = rows.exclude(pk__in=undone.values("reverses_id"))
    return sorted((row.on, f"{row.cause}/{row.threshold}") for row in rows)


def fees(customer: Any) -> Decimal:
    return OpenBill.objects.get(customer=customer).fee


def test_from_the_date_of_death_no_fee_and_no_milestone_stands(late) -> None:
    assert fees(late) == Decimal("90.00")  # 18 days
    assert adverse(late) == [
        (dt.date(2025, 3, 3), "past_due/1"),
        (dt.date(2025, 3, 10), "past_due/8"),
    ]
    mark(late, MarkKind.DECEASED)
    assert fees(late) == Decimal("10.00")  # of 3 and 4 March
    assert adverse(late) == [(dt.date(2025, 3, 3), "past_due/1")]


def test_a_death_that_was_none_is_charged_as_if_never_marked(late) -> None:
    end(mark(late, MarkKind.DECEASED), in_error=True)
    assert fees(late) == Decimal("90.00")
    assert len(adverse(late)) == 2


def test_hardship_holds_what_the_policy_says(late) -> None:
    mark(late, MarkKind.HARDSHIP)
    assert fees(late) == Decimal("90.00")
    version = PolicyVersion.objects.get()
    PolicyVersion.objects.create(
        name="gentle",
        effective_from=TODAY,
        status="published",
        document={**version.document, "hardship": {"hold_fees": True, "hold_milestones": False}},
    )
    other = make_customer(dt.date(2025, 1, 1))
    row = mark(other, MarkKind.HARDSHIP, from_on=TODAY, until_on=TODAY + dt.timedelta(30))
    held = Fact.objects.filter(customer=other, kind="hold")
    assert {(fact.until_on, tuple(fact.holds or ())) for fact in held} == {
        (TODAY + dt.timedelta(30), ("fees",))
    }
    end(row)
    assert Fact.objects.filter(customer=other, kind="release_hold").count() == 2


def test_a_mark_is_not_set_ahead(late) -> None:
    with pytest.raises(MarkRefused):
        mark(late, MarkKind.HARDSHIP, from_on=TODAY + dt.timedelta(1))
    with pytest.raises(MarkRefused):
        mark(late, MarkKind.HARDSHIP, until_on=TODAY)


def test_a_death_before_the_customers_first_day_counts_from_that_day(late) -> None:
    mark(late, MarkKind.DECEASED, from_on=dt.date(2024, 12, 1))
    assert [first for _, first, _ in by_hand(late)] == [late.opened_on, late.opened_on]
