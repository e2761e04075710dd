"""Holds, conditional waivers and due days as acts of staff: what is refused, done and shown."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.acts import find
from accounts.authority import may_alone
from accounts.models import StaffAct
from billing import operations as money
from billing.models import Bill, Entry, Fact, Hold, OpenBill
from billing.operations import FactRefused
from risk import checks
from risk.desk import acts
from risk.explain import explain
from risk.models import Correction
from risk.timeline import page as timeline
from tests.factories import line, make_customer, make_user, open_days, start_with_limits

pytestmark = pytest.mark.django_db

FIRST, TODAY = dt.date(2025, 1, 1), dt.date(2025, 3, 20)


def on(day: int) -> dt.date:
    return dt.date(2025, 3, day)


@pytest.fixture(autouse=True)
def today(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    start_with_limits()
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)


@pytest.fixture
def late(db: None) -> Any:
    """A customer with a bill of 1,000 that is 6 days past due."""
    customer = make_customer(FIRST)
    money.book_bill(
        line=line(customer), number=f"B-{customer.number}", principal=Decimal(1000),
        due_on=on(14), on=on(1),
    )  # fmt: skip
    open_days(customer, FIRST, TODAY)
    return customer


def bill_of(customer: Any) -> str:
    return f"B-{customer.number}"


def hold(customer: Any, number: str = "H1", **values: Any) -> Fact:
    defaults = {"fees": True, "milestones": True, "on": TODAY}
    return money.place_hold(line=line(customer), number=number, **{**defaults, **values})


def fees_dated(customer: Any) -> list[int]:
    rows = Entry.objects.filter(customer=customer, kind="fee", reverses_id=None)
    undone = Entry.objects.filter(customer=customer, reverses_id__isnull=False)
    standing = rows.exclude(pk__in=undone.values("reverses_id"))
    return [day.day for day in standing.order_by("for_on").values_list("for_on", flat=True)]


# -- holds -------------------------------------------------------------------------------


def test_a_hold_takes_back_the_fee_of_its_own_day_with_the_fact_as_the_reason(late) -> None:
    assert fees_dated(late) == [15, 16, 17, 18, 19, 20]
    fact = hold(late)
    assert fees_dated(late) == [15, 16, 17, 18, 19]
    assert OpenBill.objects.get(customer=late).fee == Decimal("2.50")
    row = Hold.objects.get(pk=fact.pk)
    assert (row.started_on, row.until_on, row.bill_numbers) == (TODAY, None, None)
    because = Correction.objects.filter(customer_id=late.pk).values_list("because_of", flat=True)
    assert set(because) == {f"fact {fact.pk}"}


def test_a_hold_placed_and_released_on_one_day_leaves_everything_as_it_was(late) -> None:
    hold(late)
    money.release_hold(line=line(late), number="H1", on=TODAY)
    assert fees_dated(late) == [15, 16, 17, 18, 19, 20]
    assert Hold.objects.get().until_on == TODAY
    assert checks.all_findings(checks.whole_book()) == []


def test_a_bill_that_is_issued_later_is_held_by_its_name(late) -> None:
    hold(late, bill_numbers=["B-next"], until_on=dt.date(2025, 6, 1))
    money.book_bill(
        line=line(late), number="B-next", principal=Decimal(100), due_on=TODAY, on=TODAY
    )
    money.book_repayment(line=line(late), amount=Decimal("1003.00"), on=TODAY, number="P1")
    open_days(late, TODAY + dt.timedelta(days=1), dt.date(2025, 4, 20))
    bill = Bill.objects.get(number="B-next")
    assert not Entry.objects.filter(bill=bill, kind="fee").exists()
    assert OpenBill.objects.get(bill=bill).overdue_on == on(21)
    assert explain(late.pk, dt.date(2025, 4, 20)).record.score == 600 - 15 + 10 - 10


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"fees": False, "milestones": False}, "something that it holds"),
        ({"number": ""}, "needs a number"),
        ({"until_on": TODAY}, "before it begins"),
        ({"interest": True}, "Cash loan"),
        ({"bill_numbers": []}, "over no bill"),
        ({"bill_numbers": ["B-loan"]}, "no bill B-loan"),
        ({"value_on": TODAY + dt.timedelta(days=1)}, "after the booking date"),
    ],
)
def test_a_hold_that_makes_no_sense_is_refused(late, values: dict[str, Any], says: str) -> None:
    money.book_bill(
        line=line(late, "cash_loan"), number="B-loan", principal=Decimal(5), due_on=on(30), on=TODAY
    )
    with pytest.raises(FactRefused, match=says):
        hold(late, **{"number": "H1", **values})
    assert not Hold.objects.exists()


def test_a_hold_is_released_once_on_its_own_line_and_not_before_it_began(late) -> None:
    hold(late, value_on=on(16))
    with pytest.raises(FactRefused, match="before the hold began"):
        money.release_hold(line=line(late), number="H1", on=TODAY, value_on=on(15))
    with pytest.raises(FactRefused, match="has no hold H1"):
        money.release_hold(line=line(late, "cash_loan"), number="H1", on=TODAY)
    money.release_hold(line=line(late), number="H1", on=TODAY, value_on=on(18))
    assert fees_dated(late) == [15, 18, 19, 20]
    with pytest.raises(FactRefused, match="released already"):
        money.release_hold(line=line(late), number="H1", on=TODAY)


def test_the_reason_says_since_when_and_why_it_is_held(late) -> None:
    hold(late, value_on=on(18), reason="The bill is contested.")
    told = " ".join(text for reason in explain(late.pk, TODAY).in_force for text in reason.happened)
    assert "Held since 18 Mar 2025" in told
    assert "The bill is contested." in told
    money.release_hold(line=line(late), number="H1", on=TODAY)
    told = " ".join(text for reason in explain(late.pk, TODAY).in_force for text in reason.happened)
    assert "Held" not in told


def test_the_timeline_tells_what_is_held_and_until_when(late) -> None:
    hold(late, bill_numbers=[bill_of(late)], until_on=dt.date(2025, 4, 1))
    event = next(e for e in timeline(late.pk, on=TODAY).events if e.title.startswith("Hold"))
    assert event.icon == "pause_circle"
    for words in ("Late fees", "Score points", bill_of(late), "until 1 Apr 2025"):
        assert words in event.detail


# -- conditional waivers -----------------------------------------------------------------


def agree(customer: Any, number: str = "A1", due: int = 25) -> Fact:
    return money.agree_plan(
        line=line(customer), number=number, bill_numbers=[bill_of(customer)],
        instalments=[(on(due), Decimal(500)), (dt.date(2025, 4, 25), Decimal(500))], on=TODAY,
    )  # fmt: skip


def test_a_package_waives_first_and_agrees_the_plan_then(late) -> None:
    money.waive_fees(
        line=line(late), bill_number=bill_of(late), amount=None, plan_number="A1", on=TODAY
    )
    agree(late)
    assert OpenBill.objects.get(customer=late).fee == 0
    open_days(late, TODAY + dt.timedelta(days=1), on(29))
    owed = OpenBill.objects.get(customer=late)
    assert (owed.fee, owed.plan_id) == (Decimal("3.50"), None), "3.00 came back, one new fee"
    returned = Entry.objects.get(customer=late, kind="returned")
    assert (returned.amount, returned.value_on) == (Decimal("3.00"), on(29))
    assert checks.all_findings(checks.whole_book()) == []


def test_a_settled_bill_is_open_again_when_its_waiver_comes_back(late) -> None:
    """Of two bills in the plan one is paid off; its fees were waived on condition."""
    other = f"C-{late.number}"
    money.book_bill(line=line(late), number=other, principal=Decimal(400), due_on=TODAY, on=TODAY)
    money.agree_plan(
        line=line(late), number="A1", bill_numbers=[bill_of(late), other],
        instalments=[(on(25), Decimal(1400))], on=TODAY,
    )  # fmt: skip
    money.waive_fees(
        line=line(late), bill_number=bill_of(late), amount=None, plan_number="A1", on=TODAY
    )
    money.book_repayment(line=line(late), amount=Decimal(1000), number="P1", on=TODAY)
    assert not OpenBill.objects.filter(bill__number=bill_of(late)).exists()
    open_days(late, TODAY + dt.timedelta(days=1), on(29))
    owed = OpenBill.objects.get(bill__number=bill_of(late))
    assert (owed.principal, owed.fee, owed.fees_charged, owed.cap_principal) == (
        Decimal(0), Decimal("3.00"), Decimal("3.00"), Decimal(1000),
    )  # fmt: skip
    # and the same where the replay of a late fact comes to the bill
    money.book_repayment(
        line=line(late), amount=Decimal(1), number="P2", on=on(29), value_on=on(22)
    )
    assert OpenBill.objects.get(bill__number=bill_of(late)).fee == Decimal("3.00")
    assert checks.all_findings(checks.whole_book()) == []


def test_a_waiver_on_a_plan_of_another_customer_is_refused(late) -> None:
    agree(late)
    stranger = make_customer(FIRST)
    with pytest.raises(FactRefused, match="has no plan A1"):
        money.waive_fees(
            line=line(stranger), bill_number="B", amount=None, plan_number="A1", on=TODAY
        )


# -- the due day -------------------------------------------------------------------------


def test_the_due_day_changes_once_in_twelve_months_and_never_while_overdue(late) -> None:
    with pytest.raises(FactRefused, match="is overdue"):
        money.change_due_day(line=line(late), day=20, on=TODAY)
    money.book_repayment(line=line(late), amount=Decimal(1003), number="P1", on=TODAY)
    with pytest.raises(FactRefused, match="1 to 28"):
        money.change_due_day(line=line(late), day=29, on=TODAY)
    with pytest.raises(FactRefused, match="Pay-later"):
        money.change_due_day(line=line(late, "cash_loan"), day=5, on=TODAY)
    money.change_due_day(line=line(late), day=20, on=TODAY)
    open_days(late, TODAY + dt.timedelta(days=1), dt.date(2026, 3, 19))
    with pytest.raises(FactRefused, match="it can be again from 2026-03-20"):
        money.change_due_day(line=line(late), day=5, on=dt.date(2026, 3, 19))
    money.change_due_day(line=line(late), day=5, on=dt.date(2026, 3, 20))


# -- at the desk -------------------------------------------------------------------------


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def carry_out(client: Client, customer: Any, code: str, data: dict[str, Any]) -> Any:
    """Preview an act and confirm it, as the page does."""
    url = reverse("admin:accounts_customer_act", args=[customer.pk, code])
    data = {**data, "reason": "hardship", "words": "in hospital until May"}
    shown = client.post(url, {**data, "token": uuid.uuid4(), "step": "preview"})
    found = shown.context["preview"]
    assert found is not None, shown.context["form"].errors
    sent = {
        **data, "token": str(shown.context["token"]), "seen": found.seen, "step": "confirm",
        "alone": "yes" if shown.context["alone"] else "no",
    }  # fmt: skip
    return client.post(url, sent)


def test_staff_place_a_hold_alone_and_ask_for_its_release(late) -> None:
    client = signed_in(make_user("agent"))
    carry_out(
        client, late, "place_hold",
        {"line": line(late).pk, "holds": ["fees", "milestones"], "bills": [], "until_on": ""},
    )  # fmt: skip
    row = Hold.objects.get(customer=late)
    assert (row.fees, row.milestones, row.interest, row.until_on) == (True, True, False, None)
    assert StaffAct.objects.get().act == "place_hold"
    carry_out(client, late, "release_hold", {"hold": row.pk})
    row.refresh_from_db()
    assert row.until_on is None, "an agent only asks"
    carry_out(signed_in(make_user("supervisor")), late, "release_hold", {"hold": row.pk})
    row.refresh_from_db()
    assert row.until_on == TODAY


def test_a_hold_of_interest_weighs_what_it_could_forgo(late) -> None:
    money.book_draw(
        line=line(late, "cash_loan"), number="D1", amount=Decimal(3000), instalments=3, on=TODAY
    )
    act = find("place_hold")
    assert act is not None
    data = {"line": line(late, "cash_loan"), "holds": ["interest"]}
    weight = act.amount(late, data)
    assert weight == Decimal("37.20") + Decimal("24.00") + Decimal("12.40")
    agent, supervisor = make_user("agent"), make_user("supervisor")
    assert not may_alone(agent, act, late, weight, TODAY)
    assert may_alone(supervisor, act, late, weight, TODAY)
    assert act.amount(late, {"line": line(late), "holds": ["fees"]}) == 0


def test_a_form_refuses_bills_of_the_other_line_and_interest_of_a_pay_later_line(late) -> None:
    url = reverse("admin:accounts_customer_act", args=[late.pk, "place_hold"])
    data = {
        "line": line(late, "cash_loan").pk, "holds": ["fees"], "bills": [bill_of(late)],
        "reason": "hardship", "words": "in hospital", "token": uuid.uuid4(), "step": "preview",
    }  # fmt: skip
    client = signed_in(make_user("agent"))
    assert client.post(url, data).context["form"].errors.keys() == {"bills"}
    data |= {"line": line(late).pk, "holds": ["interest"]}
    assert client.post(url, data).context["form"].errors.keys() == {"holds"}


def test_staff_waive_on_condition_and_move_the_due_day(late) -> None:
    client = signed_in(make_user("agent"))
    agree(late)
    carry_out(client, late, "waive_fees", {"bill": bill_of(late), "amount": "", "plan": "A1"})
    assert Fact.objects.get(customer=late, kind="waive").plan_number == "A1"
    carry_out(client, late, "change_due_day", {"line": line(late).pk, "day": 20})
    assert Fact.objects.get(customer=late, kind="due_day").due_day == 20


def test_the_list_of_holds_opens_for_those_who_may_see_the_book(late) -> None:
    hold(late)
    for role, code in (("agent", 200), ("auditor", 200)):
        answer = signed_in(make_user(role)).get(reverse("admin:billing_hold_changelist"))
        assert answer.status_code == code
        assert "H1" in answer.content.decode()
