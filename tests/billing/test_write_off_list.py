"""The desk's list of bills written off: what it says, finds, costs and exports."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.desk.export import columns, tables
from billing import operations
from billing.models import WriteOff
from tests.factories import line, make_customer, make_user, open_days

pytestmark = pytest.mark.django_db

FIRST, TODAY = dt.date(2025, 1, 1), dt.date(2025, 3, 20)
LIST = "admin:billing_writeoff_changelist"
D = Decimal


def lost(product: str = "pay_later", by: Any = None, **names: Any) -> Any:
    """A customer whose bill of 1,000 with 18 fees of 0.50 is off the books today."""
    customer = make_customer(FIRST, **names)
    operations.book_bill(
        line=line(customer, product), number=f"B-{customer.number}", principal=D(1000),
        due_on=dt.date(2025, 3, 2), on=dt.date(2025, 2, 10),
    )  # fmt: skip
    open_days(customer, FIRST, TODAY)
    operations.write_off(
        line=line(customer, product), on=TODAY, by=by, reason="cannot be found" if by else ""
    )
    return customer


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_user("supervisor", first_name="Jie", last_name="Li", language="en"))
    return client


def numbers(client: Client, **query: str) -> list[str]:
    answer = client.get(reverse(LIST), query)
    assert answer.status_code == 200
    return [row.bill.number for row in answer.context["cl"].result_list]


def cells(pk: int) -> list[str]:
    site = admin.site._registry[WriteOff]
    row = WriteOff.objects.get(pk=pk)
    site.furnish(None, [row])
    return [str(getattr(site, name)(row)) for name in ("sum", "back", "left")]


def test_it_says_what_was_lost_what_came_back_and_what_is_owed(desk: Client) -> None:
    by = make_user("supervisor", first_name="Ming", last_name="Zhao")
    customer = lost(by=by, name="Ada Long")
    row = WriteOff.objects.get()
    whole = row.amount
    assert cells(row.pk) == [f"{whole:,.2f}", "0.00", f"{whole:,.2f}"]
    operations.waive_fees(
        line=line(customer), bill_number=row.bill.number, amount=D(1), on=TODAY
    )  # no recovery, though less is owed
    first = operations.book_repayment(line=line(customer), amount=D(300), on=TODAY)
    operations.book_repayment(line=line(customer), amount=D(50), on=TODAY)
    assert cells(row.pk) == [f"{whole:,.2f}", "350.00", f"{whole - 351:,.2f}"]
    operations.reverse_repayment(repayment=first, on=TODAY)
    assert cells(row.pk) == [f"{whole:,.2f}", "50.00", f"{whole - 51:,.2f}"]
    page = desk.get(reverse(LIST)).content.decode()
    for words in ("Ada Long", row.bill.number, "50.00", "By hand", "Ming Zhao"):
        assert words in page
    record = desk.get(reverse("admin:billing_writeoff_change", args=[row.pk])).content.decode()
    for words in (f"{whole - 51:,.2f}", "cannot be found", "By hand"):
        assert words in record


def test_it_is_found_by_day_product_decision_bill_and_customer(desk: Client) -> None:
    hand, terms = lost(by=make_user("supervisor")), lost("cash_loan")
    operations.book_repayment(line=line(hand), amount=D(9000), on=TODAY)
    by_hand, by_terms = f"B-{hand.number}", f"B-{terms.number}"
    assert sorted(numbers(desk)) == sorted([by_hand, by_terms])
    assert numbers(desk, how="hand") == numbers(desk, owed="no") == [by_hand]
    assert numbers(desk, how="terms") == numbers(desk, owed="yes") == [by_terms]
    assert numbers(desk, line__product__exact="cash_loan") == [by_terms]
    day = {"written_on__gte": str(TODAY), "written_on__lt": str(TODAY + dt.timedelta(days=1))}
    assert len(numbers(desk, **day)) == 2
    assert numbers(desk, written_on__gte=str(TODAY + dt.timedelta(days=1))) == []
    assert numbers(desk, q=by_hand) == numbers(desk, q=hand.number) == [by_hand]
    assert numbers(desk, q="B-") == []
    assert numbers(desk, customer=str(terms.pk)) == [by_terms]


def test_a_page_costs_the_same_queries_for_one_bill_and_for_many(desk: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            desk.get(reverse(LIST))
        return len(found)

    by = make_user("supervisor")
    lost(by=by)
    cost()
    one = cost()
    for product in ("pay_later", "cash_loan", "pay_later"):
        lost(product, by=by)
    assert cost() == one


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_its_file_says_what_the_list_says(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    boss = make_user(is_superuser=True)
    customer = lost(by=boss)
    lost("cash_loan")
    operations.book_repayment(line=line(customer), amount=D(300), on=TODAY)

    def written() -> list[list[str]]:
        table = tables.rebuilt("billing.writeoff", boss, "")
        with translation.override(language):
            return [row for part in table.parts() for row in part()]

    assert columns.plan_of(admin.site._registry[WriteOff])
    fast = written()
    monkeypatch.setattr(columns, "plan_of", lambda site, **_how: None)
    assert fast == written()
    assert [row[5] for row in fast] == ["0.00", "300.00"]


def test_who_may_not_see_it_is_refused(client: Client) -> None:
    client.force_login(make_user(""))
    assert client.get(reverse(LIST)).status_code == 403
