"""Each check finds and names the violation planted for it, and a day with one stays open."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from billing import operations as money
from billing.models import BusinessDay, Fact
from config.night import days, open_due_days
from risk import checks
from tests import book
from tests.factories import line, make_customer

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 1, 20)
TOMORROW = LAST + dt.timedelta(days=1)


def day(n: int) -> dt.date:
    return dt.date(2026, 1, n)


def fill() -> None:
    """A customer for each thing that can be wrong of one."""
    overdue, credit, purchase, planned, drawn, bounced, lost = (
        make_customer(FIRST) for _ in range(7)
    )
    for customer, number in (
        (overdue, "B1"), (credit, "B2"), (planned, "B3"), (bounced, "B4"), (lost, "B6"),
    ):  # fmt: skip
        money.book_bill(
            line=line(customer), number=number, principal=Decimal(1000), due_on=day(5), on=FIRST
        )
    money.book_bill(
        line=line(drawn), number="B5", principal=Decimal(10), due_on=dt.date(2026, 3, 1), on=day(3)
    )
    money.book_repayment(line=line(credit), number="P2", amount=Decimal(1200), on=day(4))
    money.book_purchase(line=line(purchase), number="T1", amount=Decimal("12.34"), on=day(9))
    money.change_limit(line=line(purchase), amount=Decimal(7000), on=day(8))
    money.agree_plan(
        line=line(planned), number="A1", bill_numbers=["B3"], on=day(10),
        instalments=[(dt.date(2026, 6, 1), Decimal(1000))],
    )  # fmt: skip
    money.book_draw(
        line=line(drawn, "cash_loan"), number="D1", amount=Decimal(600), instalments=3, on=day(2)
    )
    paid = money.book_repayment(line=line(bounced), number="P4", amount=Decimal(1000), on=day(4))
    money.reverse_repayment(repayment=paid, on=day(6))
    money.waive_fees(
        line=line(planned), bill_number="B3", amount=Decimal(1), plan_number="A1", on=day(10)
    )
    money.place_hold(
        line=line(bounced), number="H1", bill_numbers=["B4"], fees=True, milestones=True,
        on=day(11), until_on=day(15),
    )  # fmt: skip
    money.book_write_off(line=line(lost), on=day(12))
    money.book_repayment(line=line(lost), number="P6", amount=Decimal(100), on=day(14))
    open_due_days(LAST)


@pytest.fixture(scope="module")
def sound_book(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A book of several days in which all checks hold; each test's changes are rolled back."""
    with django_db_blocker.unblock():
        book.empty()
        fill()
    yield
    with django_db_blocker.unblock():
        book.empty()


@dataclass(frozen=True)
class Planted:
    """A violation: what is done to the rows that `where` selects by id, and who must find it."""

    found_by: str
    where: str
    sql: str
    also: tuple[str, ...] = ()
    words: str = ""


OVERDUE = "select id from billing_bill where number = 'B1'"
LINE_OF_OVERDUE = "select line_id from billing_bill where number = 'B1'"
EPISODE = "select b.episode_id from risk_episodebill b where b.bill_id = (" + OVERDUE + ")"
PLAN = "select id from billing_plan where number = 'A1'"
FEE = f"bill_id = ({OVERDUE}) and kind = 'fee' and for_on = '2026-01-06'"
SAME_ON_THE_BILL = (
    "update billing_openbill set fee = fee + 1, fees_charged = fees_charged + 1 "
    f"where bill_id = ({OVERDUE})"
)

PLANTED = {
    "principal of an open bill": Planted(
        "open_bills_equal_entries",
        OVERDUE,
        "update billing_openbill set principal = principal + 0.01 where bill_id = {id}",
        words="owed 1000.01",
    ),
    "fees charged on an open bill": Planted(
        "open_bills_equal_entries",
        OVERDUE,
        "update billing_openbill set fees_charged = fees_charged + 0.01 where bill_id = {id}",
    ),
    "an open bill is gone": Planted(
        "open_bills_equal_entries",
        "select id from billing_bill where number = 'B5'",
        "delete from billing_openbill where bill_id = {id}",
        words="owed 0 + 0 + 0",
    ),
    "an entry on a bill that is settled": Planted(
        "open_bills_equal_entries",
        "select id from billing_bill where number = 'B2'",
        "insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, bill_id, "
        "component, kind, amount) select issued_on, issued_on, issued_on, customer_id, line_id, "
        "id, 'principal', 'refunded', -1 from billing_bill where id = {id}",
    ),
    "credit of a line": Planted(
        "credit_equals_entries",
        "select line_id from billing_linestate where credit > 0",
        "update billing_linestate set credit = credit - 0.01 where line_id = {id}",
        words="credit 199.99, entries 200.00",
    ),
    "what a line has not billed": Planted(
        "unbilled_equals_charges",
        "select line_id from billing_linestate where unbilled = 12.34",
        "update billing_linestate set unbilled = 0 where line_id = {id}",
        words="not billed 0.00, charges 12.34",
    ),
    "a limit that was changed": Planted(
        "limit_equals_its_fact",
        "select line_id from billing_linestate where assigned_limit = 7000",
        "update billing_linestate set assigned_limit = 7001 where line_id = {id}",
        words="assigned 7001",
    ),
    "a limit that was never changed": Planted(
        "limit_equals_its_fact",
        LINE_OF_OVERDUE,
        "update billing_linestate set assigned_limit = assigned_limit + 1 where line_id = {id}",
    ),
    "a bill that says another amount": Planted(
        "bills_are_billed_in_full",
        OVERDUE,
        "update billing_bill set principal = principal + 1 where id = {id}",
        words="issued 1001",
    ),
    "a second fee for a day": Planted(
        "no_fee_twice",
        OVERDUE,
        "insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, bill_id, "
        "component, kind, amount, version) select value_on, for_on, booked_on, customer_id, "
        f"line_id, bill_id, component, kind, 1, 1 from billing_entry where {FEE}; "
        + SAME_ON_THE_BILL,
        words="2026-01-06: 2 fees",
    ),
    "a repayment of another amount": Planted(
        "repayments_are_allocated",
        "select id from billing_fact where number = 'P2'",
        "update billing_fact set amount = amount + 1 where id = {id}",
        words="P2: repaid 1201.00, allocated 1200.00",
    ),
    "a reversed repayment that still counts": Planted(
        "repayments_are_allocated",
        "select id from billing_fact where number = 'P2'",
        "insert into billing_fact (customer_id, line_id, kind, booked_on, value_on, reverses_id) "
        "select customer_id, line_id, 'reverse', booked_on, booked_on, id "
        "from billing_fact where id = {id}",
        words="P2: repaid 0, allocated 1200.00",
    ),
    "a reversal that is gone": Planted(
        "repayments_are_allocated",
        "select id from billing_fact where number = 'P4'",
        "delete from billing_fact where reverses_id = {id}",
        words="P4: repaid 1000.00, allocated 0",
    ),
    "a write-off of another amount": Planted(
        "write_offs_equal_what_is_owed",
        "select id from billing_bill where number = 'B6'",
        "update billing_writeoff set owed = owed + 1 where bill_id = {id}",
        words="off the books 904.50, owed 903.50, entries 903.50",
    ),
    "a write-off that is gone": Planted(
        "write_offs_equal_what_is_owed",
        "select id from billing_bill where number = 'B6'",
        "delete from billing_writeoff where bill_id = {id}",
        words="off the books 0, entries 903.50",
    ),
    "points of a score": Planted(
        "score_equals_ledger",
        "select customer_id from billing_bill where number = 'B1'",
        "update risk_score set points = points + 1 where customer_id = {id}",
        words="points -29 give",
    ),
    "a score that its points do not give": Planted(
        "score_equals_ledger",
        "select customer_id from billing_bill where number = 'B1'",
        "update risk_score set score = score + 1 where customer_id = {id}",
    ),
    "a customer without a score": Planted(
        "score_equals_ledger",
        "select customer_id from billing_bill where number = 'B1'",
        "delete from risk_score where customer_id = {id}",
    ),
    "a point that the score does not have": Planted(
        "score_equals_ledger",
        "select customer_id from billing_bill where number = 'B1'",
        'insert into risk_point ("on", customer_id, cause, points, evidence_id, booked_on) '
        "values ('2026-01-19', {id}, 'income_verified', 15, 1, '2026-01-19')",
    ),
    "a restricted line that passes for active": Planted(
        "line_status_equals_fold",
        LINE_OF_OVERDUE,
        "delete from risk_linestatus where line_id = {id}",
        words="status active, restrictions say suspended",
    ),
    "an active line that passes for reduced": Planted(
        "line_status_equals_fold",
        "select line_id from billing_linestate where unbilled = 12.34",
        "insert into risk_linestatus (line_id, customer_id, status, factor) "
        "select line_id, customer_id, 'reduced', 0.5 from billing_linestate where line_id = {id}",
    ),
    "a restriction without evidence": Planted(
        "restrictions_have_evidence",
        "select id from risk_restriction order by id limit 1",
        "delete from risk_restrictionevidence where restriction_id = {id}",
    ),
    "an open episode without debt": Planted(
        "episodes_match_bills",
        EPISODE,
        "update risk_episodebill set bill_id = (select id from billing_bill where number = 'B2') "
        "where episode_id = {id}; update billing_openbill set overdue_on = null "
        f"where bill_id = ({OVERDUE})",
        words="none of its bills owes anything",
    ),
    "an overdue bill without an episode": Planted(
        "episodes_match_bills",
        OVERDUE,
        "update risk_episode set reversed_on = '2026-01-20' "
        "where id = (select episode_id from risk_episodebill where bill_id = {id})",
        words="overdue, but in no open episode",
    ),
    "an overdue bill whose episode was closed": Planted(
        "episodes_match_bills",
        OVERDUE,
        "update risk_episode set cured_on = '2026-01-19' "
        "where id = (select episode_id from risk_episodebill where bill_id = {id})",
        words="overdue, but in no open episode",
    ),
    "a running plan over nothing": Planted(
        "plans_match_bills",
        PLAN,
        "update billing_openbill set plan_id = null, overdue_on = null where plan_id = {id}",
    ),
    "a bill in a plan that ended": Planted(
        "plans_match_bills",
        "select id from billing_bill where number = 'B3'",
        "update billing_plan set status = 'broken', ended_on = '2026-01-20' where number = 'A1'",
        also=("waivers_follow_their_plans",),
        words="in a plan that is not running",
    ),
    "a bill on somebody else's line": Planted(
        "consequences_have_owners",
        OVERDUE,
        "update billing_bill set line_id = (select line_id from billing_bill where number = 'B2') "
        "where id = {id}",
        words="bill of an unknown line",
    ),
    "points of nobody": Planted(
        "consequences_have_owners",
        "select 987654321",
        'insert into risk_point (id, "on", customer_id, cause, points, evidence_id, booked_on) '
        "values ({id}, '2026-01-19', 987654321, 'income_verified', 15, 1, '2026-01-19')",
        words="points of an unknown customer",
    ),
    "an entry of a bill that is not there": Planted(
        "consequences_have_owners",
        f"select id from billing_entry where {FEE}",
        "update billing_entry set bill_id = 987654321 where id = {id}",
        also=("open_bills_equal_entries",),
        words="entry of an unknown bill 987654321",
    ),
    "a fee of a day that is held": Planted(
        "no_fee_within_a_hold",
        "select id from billing_bill where number = 'B4'",
        "update billing_entry set for_on = '2026-01-13' "
        "where bill_id = {id} and kind = 'fee' and for_on = '2026-01-16'",
        words="fee for 2026-01-13, held by H1",
    ),
    "points of a day that is held": Planted(
        "no_milestone_within_a_hold",
        "select p.id from risk_point p join billing_bill b on b.customer_id = p.customer_id "
        "where b.number = 'B4' and p.cause = 'past_due' and p.threshold = 1 "
        "and p.reverses_id is null",
        "update risk_point set \"on\" = '2026-01-13' where id = {id}",
        words="past_due/1 on 2026-01-13",
    ),
    "a hold that ends sooner": Planted(
        "holds_equal_their_facts",
        "select id from billing_hold where number = 'H1'",
        "update billing_hold set until_on = '2026-01-14' where id = {id}",
        words="H1: 2026-01-11 to 2026-01-14, facts say 2026-01-11 to 2026-01-15",
    ),
    "a waiver taken back though its plan is kept": Planted(
        "waivers_follow_their_plans",
        "select id from billing_fact where plan_number = 'A1'",
        "insert into billing_entry (value_on, for_on, booked_on, customer_id, line_id, bill_id, "
        "component, kind, amount, fact_id) select '2026-01-19', '2026-01-19', '2026-01-19', "
        "f.customer_id, f.line_id, b.id, 'fee', 'returned', 1, f.id from billing_fact f "
        "join billing_bill b on b.number = f.bill_number where f.id = {id}; "
        "update billing_openbill set fee = fee + 1 "
        "where bill_id = (select id from billing_bill where number = 'B3')",
        words="waived 1.00, taken back 1.00, the plan is kept",
    ),
    "a day that is missing": Planted(
        "days_without_gaps",
        "select date '2026-01-11'",
        "delete from billing_dayslice where day_id = '2026-01-10'; "
        "delete from billing_businessday where \"on\" = '2026-01-10'",
    ),
    "a day in between that is not closed": Planted(
        "days_without_gaps",
        "select date '2026-01-11'",
        "update billing_businessday set status = 'failed' where \"on\" = '2026-01-10'",
    ),
}


def test_nothing_is_found_in_a_sound_book(sound_book, db) -> None:
    assert checks.all_findings(checks.whole_book()) == []
    assert checks.findings_of_the_day(LAST) == []


def test_every_check_has_a_violation_planted_for_it() -> None:
    named = {check.name for check in (checks.DAYS, *checks.CHECKS)}
    assert {planted.found_by for planted in PLANTED.values()} == named


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
def test_a_check_finds_just_what_was_planted_for_it(planted: Planted, sound_book, db) -> None:
    with connection.cursor() as cursor:
        cursor.execute(planted.where)
        key = str(cursor.fetchone()[0])
    book.by_force(planted.sql.replace("{id}", key))
    found = {finding.name: finding for finding in checks.all_findings(checks.whole_book())}
    assert set(found) == {planted.found_by, *planted.also}
    rows = dict(found[planted.found_by].rows)
    assert key in rows
    assert planted.words in rows[key]


NIGHTLY = [check for check in checks.CHECKS if check.when in (checks.When.NOW, checks.When.DAY)]
#: when what was planted for a check happened; what is open now is looked at on any day
HAPPENED = {
    "bills_are_billed_in_full": FIRST,
    "no_fee_twice": day(6),
    "no_fee_within_a_hold": day(16),
    "no_milestone_within_a_hold": day(13),
    "repayments_are_allocated": day(4),
}


@pytest.mark.parametrize("check", NIGHTLY, ids=lambda check: check.name)
def test_what_is_checked_every_night_covers_everybody(
    check: checks.Check, sound_book, db, monkeypatch
) -> None:
    monkeypatch.setattr(checks, "SAMPLE", 0)
    planted = next(planted for planted in PLANTED.values() if planted.found_by == check.name)
    with connection.cursor() as cursor:
        cursor.execute(planted.where)
        key = str(cursor.fetchone()[0])
    book.by_force(planted.sql.replace("{id}", key))
    found = checks.findings_of_the_day(HAPPENED.get(check.name, dt.date(2031, 1, 1)))
    assert [finding.name for finding in found] == [check.name]


def test_more_failures_than_are_said_are_counted(sound_book, db, monkeypatch) -> None:
    monkeypatch.setattr(checks, "SAID", 2)
    book.by_force("update risk_score set points = points + 1")
    (finding,) = checks.all_findings(checks.whole_book())
    # each wrong sum is found twice: against the ledger, and against the score it gives
    assert (finding.failures, len(finding.rows)) == (14, 2)
    assert finding.document()["ids"] == [key for key, _ in finding.rows]


# -- what a day says and does about it ---------------------------------------------------

BREAK = f"update billing_openbill set principal = principal + 1 where bill_id = ({OVERDUE})"
MEND = BREAK.replace("+ 1", "- 1")


def test_a_day_with_a_finding_stays_open_until_it_is_mended(clean_book) -> None:
    fill()
    bill = Fact.objects.get(number="B1").pk
    book.by_force(BREAK)

    for _ in range(2):
        done = book.manage("nightly", "--on", str(TOMORROW))
        assert done.returncode == 1
        assert f"{TOMORROW} is NOT CLOSED: " in done.stderr
        assert f"open_bills_equal_entries {bill}: owed 1001" in done.stderr
        assert "Traceback" not in done.stderr
        failed = BusinessDay.objects.get(on=TOMORROW)
        assert failed.status == "failed"
        assert "What a bill owes equals the sum of its entries: 1" in failed.error
        assert failed.closed_at is None
        assert BusinessDay.objects.order_by("on").last() == failed

    done = book.manage("nightly", "--on", str(TOMORROW), "--json")
    assert done.returncode == 1
    (document,) = json.loads(done.stdout)
    assert document["status"] == "failed"
    named = {finding["name"]: finding["ids"] for finding in document["checks"]}
    assert named == {"open_bills_equal_entries": [str(bill)], "totals_tie": ["principal"]}

    checked = book.manage("check_book")
    assert checked.returncode == 1
    assert "FAIL What a bill owes equals the sum of its entries" in checked.stdout
    assert f"{bill}: owed 1001" in checked.stdout
    (document,) = json.loads(book.manage("check_book", "--json").stdout)
    assert (document["name"], document["ids"]) == ("open_bills_equal_entries", [str(bill)])

    book.by_force(MEND)
    done = book.manage("nightly", "--on", str(TOMORROW))
    assert (done.returncode, done.stderr) == (0, "")
    mended = BusinessDay.objects.get(on=TOMORROW)
    assert (mended.status, mended.error) == ("closed", "")
    assert mended.closed_at is not None
    checked = book.manage("check_book")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "FAIL" not in checked.stdout


def test_facts_are_booked_while_a_day_has_failed(clean_book) -> None:
    fill()
    book.by_force(BREAK)
    with pytest.raises(days.DayFailed):
        open_due_days(TOMORROW)
    customer = make_customer(TOMORROW)
    overdue = Fact.objects.get(number="B1").line
    money.book_repayment(line=overdue, number="P9", amount=Decimal(100), on=TOMORROW)
    money.book_repayment(line=line(customer), number="P10", amount=Decimal(5), on=TOMORROW)
    book.by_force(MEND)
    open_due_days(TOMORROW + dt.timedelta(days=1))
    assert checks.all_findings(checks.whole_book()) == []


def test_totals_of_a_day_tie_to_those_of_the_day_before(clean_book) -> None:
    """What was changed in the past and in its cache alike is seen by the totals alone."""
    fill()
    book.by_force(f"update billing_entry set amount = amount + 1 where {FEE}; {SAME_ON_THE_BILL}")
    assert checks.all_findings(checks.whole_book()) == []
    with pytest.raises(days.DayFailed) as failed:
        open_due_days(TOMORROW)
    (found,) = failed.value.day.report["checks"]
    assert (found["name"], found["ids"]) == ("totals_tie", ["fee"])

    undone = SAME_ON_THE_BILL.replace("+ 1", "- 1")
    book.by_force(f"update billing_entry set amount = amount - 1 where {FEE}; {undone}")
    (closed,) = open_due_days(TOMORROW)
    totals = closed.report["totals"]
    with connection.cursor() as cursor:
        cursor.execute(
            "select component, sum(amount)::text from billing_entry group by component order by 1"
        )
        sums = dict(cursor.fetchall())
    assert {name: totals[name] for name in sums} == sums


def test_totals_are_those_of_the_moment_of_the_close(clean_book) -> None:
    """An act of the daytime belongs to the next day's totals, whatever its value date."""
    fill()
    overdue = Fact.objects.get(number="B1").line
    money.book_repayment(line=overdue, number="P8", amount=Decimal(300), on=LAST, value_on=day(3))
    with transaction.atomic():
        money.book_repayment(line=overdue, number="P9", amount=Decimal(300), on=LAST)
    (closed,) = open_due_days(TOMORROW)
    assert closed.report["checks"] == []
    assert Decimal(closed.report["totals"]["principal"]) == sum(
        row["principal"] for row in open_bills()
    )


def open_bills() -> list[dict[str, Any]]:
    from billing.models import OpenBill

    return list(OpenBill.objects.values("principal"))
