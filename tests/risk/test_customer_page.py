"""The customer's page: marks, promises, trend, plans, repayments, panels, looking back."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from billing import operations as money
from billing import promises
from billing.models import Entry, Fact
from risk import marks
from risk.desk import acts, page, panels
from risk.desk.look_back import look_back
from risk.desk.panels import Panel
from risk.models import Point
from tests.factories import line, make_customer, make_user, open_days

pytestmark = pytest.mark.django_db

TODAY = dt.date(2025, 3, 20)


def day(month: int, day_: int) -> dt.date:
    return dt.date(2025, month, day_)


@pytest.fixture
def late() -> Any:
    """A customer with a bill of 1,000, due on 2 March; 300 of it paid on the 10th."""
    customer = make_customer(day(1, 1))
    number = f"B-{customer.number}"
    money.book_bill(
        line=line(customer), number=number, principal=Decimal(1000), due_on=day(3, 2), on=day(2, 10)
    )
    open_days(customer, day(1, 1), day(3, 10))
    money.book_repayment(line=line(customer), amount=Decimal(300), on=day(3, 10), number="P-1")
    open_days(customer, day(3, 11), TODAY)
    return customer


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make_user("supervisor"))
    return client


def address(customer: Any, name: str = "change") -> str:
    return reverse(f"admin:accounts_customer_{name}", args=[customer.pk])


def back(desk: Client, customer: Any, on: dt.date) -> Any:
    return desk.get(address(customer, "as_of"), {"on": on.isoformat()})


def test_the_page_shows_marks_promises_and_what_a_repayment_paid(desk, late) -> None:
    marks.mark(
        customer=late, kind="hardship", from_on=TODAY, on=TODAY, reason="lost the job",
        at=timezone.now(),
    )  # fmt: skip
    promises.record_promise(
        line=line(late), parts=[(day(4, 2), Decimal(100))], on=TODAY, number="PTP-1"
    )
    shown = desk.get(address(late))
    text = shown.content.decode()
    assert "lost the job" in text
    assert 'id="promises"' in text
    (row,) = shown.context["page"].repayments
    assert [(share.number, share.amount) for share in row.shares] == [
        (f"B-{late.number}", Decimal(300))
    ]
    fees, principal = (amount for _, amount in row.shares[0].parts)
    assert fees + principal == Decimal(300)


def test_a_bounced_repayment_is_struck_through_with_its_reason(desk, late) -> None:
    money.reverse_repayment(repayment=Fact.objects.get(kind="repay"), on=TODAY)
    shown = desk.get(address(late)).context["page"]
    assert shown.repayments[0].struck
    assert shown.repayments[0].shares == []
    moves = shown.open_bills[0].movements
    assert any(move.struck for move in moves)
    owed = sum(move.amount for move in moves if not move.struck)
    assert owed == shown.open_bills[0].owed


def test_points_that_were_taken_back_say_why(desk, late) -> None:
    money.book_repayment(line=line(late), amount=Decimal(1000), on=TODAY, value_on=day(3, 1))
    rows = desk.get(address(late)).context["page"].points
    struck = [row.struck for row in rows if row.struck]
    assert struck
    assert all("counts from" in words for words in struck)


def test_the_trend_is_the_change_of_the_score_and_its_causes(late) -> None:
    found = page.build(late)
    month, quarter = found.trends
    assert month.change == found.record.score - 600
    assert sum(points for _, points in month.causes) == month.change
    assert quarter.change == month.change


def test_a_plan_shows_what_is_paid_and_what_is_late(late) -> None:
    bill = f"B-{late.number}"
    parts = [(day(3, 25), Decimal(300)), (day(4, 25), Decimal(405))]
    money.agree_plan(
        line=line(late), bill_numbers=[bill], instalments=parts, on=TODAY, number="A-1"
    )
    money.book_repayment(line=line(late), amount=Decimal(350), on=TODAY)
    (plan,) = page.build(late).plans
    assert [(part.paid, str(part.state)) for part in plan.parts] == [
        (Decimal(300), "paid"),
        (Decimal(50), "partly paid"),
    ]
    money.end_plan(line=line(late), number="A-1", on=TODAY)
    (plan,) = page.build(late).plans
    assert plan.plan.status == "ended"
    assert str(plan.parts[1].state) == "not due any more"


def test_what_could_end_on_that_day_is_dated_when_one_looks_back(desk, late) -> None:
    def earliest(shown: Any) -> str:
        found = shown.content.decode().split("At the earliest")[1]
        return found.split('dk-strong">')[1].split("<")[0]

    assert earliest(desk.get(address(late))) == "today"
    assert earliest(back(desk, late, day(3, 16))) == "16 Mar 2025"


def test_a_panel_is_shown_to_those_who_may_see_it(desk, late, monkeypatch) -> None:
    monkeypatch.setattr(panels, "_panels", {})
    template = "admin/accounts/customer/as_of_form.html"
    for code, permission in (("seen", "accounts.view_customer"), ("unseen", "no.such")):
        panels.register(
            Panel(code, code, template, permission, lambda customer, request: {"count": 3})
        )
    text = desk.get(address(late)).content.decode()
    assert 'id="seen"' in text
    assert 'id="unseen"' not in text
    with pytest.raises(ValueError, match="already"):
        panels.register(Panel("seen", "again", template, "", lambda customer, request: {}))


# -- looking back ------------------------------------------------------------------------


def test_a_look_back_shows_what_was_known_then_and_what_is_known_now(desk, late) -> None:
    money.book_repayment(line=line(late), amount=Decimal(1000), on=TODAY, value_on=day(3, 1))
    look = look_back(late, day(3, 15))
    assert look.then.lines[0].row["dpd"] == 13
    assert look.then.open_bills[0].owed > 0
    assert look.changed_since == day(3, 1)
    assert look.differs
    shown = back(desk, late, day(3, 15))
    text = shown.content.decode()
    assert "As known then" in text
    assert f"B-{late.number}" in text


def test_a_look_back_at_the_last_day_is_the_page(late) -> None:
    look = look_back(late, TODAY)
    assert not look.differs
    now = page.build(late)
    assert acts.state(late.pk, TODAY) == acts.look(late.pk)
    assert look.then.record.score == now.record.score
    assert [row.owed for row in look.then.all_bills] == [row.owed for row in now.all_bills]
    assert [(row.words, row.score) for row in look.then.points] == [
        (row.words, row.score) for row in now.points
    ]


def test_looking_back_writes_nothing(desk, late) -> None:
    def rows() -> tuple[int, int, int]:
        return Entry.objects.count(), Point.objects.count(), Fact.objects.count()

    money.book_repayment(line=line(late), amount=Decimal(10), on=TODAY, value_on=day(3, 1))
    before = rows()
    assert back(desk, late, day(3, 5)).status_code == 200
    assert rows() == before
    money.book_repayment(line=line(late), amount=Decimal(10), on=TODAY, value_on=day(3, 2))
    assert Fact.objects.count() == before[2] + 1


@pytest.mark.parametrize("on", ["2024-12-31", "2025-03-21", "tomorrow", ""])
def test_a_day_that_is_none_is_said(desk, late, on) -> None:
    shown = desk.get(address(late, "as_of"), {"on": on}, follow=True)
    assert "Choose a day from" in shown.content.decode()


@pytest.mark.parametrize("role", ["", "agent"])
def test_who_may_look_back(late, role) -> None:
    client = Client()
    client.force_login(make_user(role))
    assert back(client, late, TODAY).status_code == (200 if role else 403)


def test_a_look_back_costs_the_same_whatever_happened(desk) -> None:
    def customer_with(bills: int) -> Any:
        customer = make_customer(day(1, 1))
        for n in range(bills):
            money.book_bill(
                line=line(customer), number=f"B-{customer.pk}-{n}", principal=Decimal(10),
                due_on=day(2, 1) + dt.timedelta(n), on=day(1, 5),
            )  # fmt: skip
        open_days(customer, day(1, 1), day(3, 1))
        return customer

    def queries(customer: Any) -> int:
        back(desk, customer, day(2, 20))
        with CaptureQueriesContext(connection) as found:
            back(desk, customer, day(2, 20))
        return len(found)

    assert queries(customer_with(2)) == queries(customer_with(20))
