"""The reasons: specific, right, and with the way back."""

import datetime
from decimal import Decimal

import pytest

from billing import operations as money
from risk import operations
from risk.explain import explain
from risk.explain.outlook import history, score_reaches
from risk.models import Alert, Score
from tests.factories import line, make_customer, make_user, open_days

pytestmark = pytest.mark.django_db

FIRST = datetime.date(2025, 1, 1)


def day(month, number):
    return datetime.date(2025, month, number)


def bill(customer, number, due, *, product="pay_later", principal="1000"):
    money.book_bill(
        line=line(customer, product),
        number=number,
        principal=Decimal(principal),
        due_on=due,
        on=FIRST,
    )


def reasons(customer, on):
    found = explain(customer.pk, on)
    return {(r.restriction.line.product, r.restriction.trigger): r for r in found.in_force}


def test_overdue_names_bill_days_amount_and_what_lifts_it():
    customer = make_customer(FIRST)
    bill(customer, "B-1", day(2, 10))
    open_days(customer, FIRST, day(2, 20))
    reason = reasons(customer, day(2, 20))["pay_later", "own_overdue"]
    assert reason.happened == (
        "Pay-later line: bill B-1 was due on 10 Feb 2025 and is 10 days past due.",
        "1,000.00 is overdue on 1 bill.",
    )
    assert reason.effect == "Suspends the line: of the limit of 10,000.00, nothing can be used."
    assert reason.lifts == ("Lifts at once when 1,005.00 is paid to the pay-later line.",)
    assert reason.earliest == day(2, 20)
    assert [e.model for e in reason.evidence] == ["billing.bill", "risk.episode"]
    assert reason.policy.name == "contract"


def test_what_is_named_really_lifts_it():
    customer = make_customer(FIRST)
    bill(customer, "B-1", day(2, 10))
    bill(customer, "B-2", day(2, 12), principal="333.33")
    bill(customer, "B-3", day(3, 25))
    today = day(2, 20)
    open_days(customer, FIRST, today)
    record = explain(customer.pk, today).record
    due = record.to_cure(record.open_episodes()[0])
    money.book_repayment(line=line(customer), amount=due - Decimal("0.01"), on=today)
    assert ("pay_later", "own_overdue") in reasons(customer, today)
    money.book_repayment(line=line(customer), amount=Decimal("0.01"), on=today)
    assert reasons(customer, today) == {}


def test_the_other_line_says_which_line_and_how_far_it_is_reduced():
    customer = make_customer(FIRST)
    bill(customer, "B-1", day(2, 10))
    open_days(customer, FIRST, day(2, 20))
    reason = reasons(customer, day(2, 20))["cash_loan", "linked_general"]
    assert reason.product == "Cash loan"
    assert "Pay-later line: bill B-1" in reason.happened[0]
    assert reason.effect == "Reduces the limit of 20,000.00 to 50%: 10,000.00."


def test_severe_says_by_what_and_counts_the_hold():
    customer = make_customer(FIRST)
    bill(customer, "B-1", day(2, 10))
    open_days(customer, FIRST, day(3, 20))
    reason = reasons(customer, day(3, 20))["cash_loan", "linked_severe"]
    expected = "Counts as serious since 13 Mar 2025: 31 days past due were reached."
    assert expected in reason.happened
    assert reason.earliest == day(3, 20) + datetime.timedelta(days=30)


def test_after_the_cure_a_hold_names_its_last_day():
    customer = make_customer(FIRST)
    bill(customer, "B-1", day(2, 10))
    open_days(customer, FIRST, day(3, 20))
    money.book_repayment(line=line(customer), amount=Decimal("2000"), on=day(3, 20))
    reason = reasons(customer, day(3, 20))["cash_loan", "linked_severe"]
    free = day(3, 20) + datetime.timedelta(days=30)
    assert reason.earliest == free
    assert reason.lifts == (
        "Paid on 20 Mar 2025. Lifts by itself on 19 Apr 2025, 30 days after that.",
    )
    open_days(customer, day(3, 21), free)
    assert ("cash_loan", "linked_severe") not in reasons(customer, free)
    ended = {r.restriction.trigger: r for r in explain(customer.pk, free).ended}
    assert ended["linked_severe"].lifts == ("Lifted on 19 Apr 2025, after 37 days.",)


def test_a_third_episode_is_severe_by_their_number():
    customer = make_customer(FIRST)
    for n, due in enumerate((day(1, 10), day(2, 10), day(3, 10))):
        bill(customer, f"B-{n}", due)
    open_days(customer, FIRST, day(1, 15))
    money.book_repayment(line=line(customer), amount=Decimal("1002.5"), on=day(1, 15))
    open_days(customer, day(1, 16), day(2, 15))
    money.book_repayment(line=line(customer), amount=Decimal("1002.5"), on=day(2, 15))
    open_days(customer, day(2, 16), day(3, 15))
    reason = reasons(customer, day(3, 15))["pay_later", "own_overdue"]
    assert any("overdue 3 times within a year" in text for text in reason.happened)


def test_a_low_score_says_what_is_missing_and_when_it_is_reached():
    customer = make_customer(FIRST)
    bill(customer, "B-1", day(1, 10))
    bill(customer, "L-1", day(2, 10), product="cash_loan")
    open_days(customer, FIRST, day(2, 20))
    found = reasons(customer, day(2, 20))
    reason = found["cash_loan", "score_below"]
    score = Score.objects.get(customer=customer).score
    assert f"The score is {score} now: {550 - score} points are missing." in reason.happened
    assert "Lifts at once when the score reaches 550." in reason.lifts


def test_the_score_foretold_is_the_score_that_comes():
    customer = make_customer(FIRST)
    bill(customer, "B-1", day(1, 10))
    open_days(customer, FIRST, day(2, 20))
    money.book_repayment(line=line(customer), amount=Decimal("2000"), on=day(2, 20))
    record = explain(customer.pk, day(2, 20)).record
    target = record.score + 1
    foretold = score_reaches(record, target)
    assert foretold is not None
    eve = foretold - datetime.timedelta(days=1)
    open_days(customer, day(2, 21), eve)
    assert Score.objects.get(customer=customer).score < target
    open_days(customer, foretold, foretold)
    assert Score.objects.get(customer=customer).score >= target


def test_the_history_of_the_score_ends_with_the_score():
    customer = make_customer(FIRST)
    bill(customer, "B-1", day(1, 10))
    bill(customer, "L-1", day(2, 10), product="cash_loan")
    open_days(customer, FIRST, day(3, 30))
    record = explain(customer.pk, day(3, 30)).record
    assert history(record)[-1][1] == record.score == Score.objects.get(customer=customer).score


def test_an_alert_foretells_the_day_on_which_it_closes():
    customer = make_customer(FIRST)
    bill(customer, "B-1", day(1, 10))
    bill(customer, "L-1", day(1, 25), product="cash_loan")
    today = day(2, 5)
    open_days(customer, FIRST, today)
    reason = reasons(customer, today)["cash_loan", "alert"]
    for product in ("pay_later", "cash_loan"):
        money.book_repayment(line=line(customer, product), amount=Decimal("3000"), on=today)
    reason = reasons(customer, today)["cash_loan", "alert"]
    assert "points lost within 30 days" in " ".join(reason.happened)
    open_days(customer, day(2, 6), reason.earliest)
    assert Alert.objects.get(customer=customer).closed_on == reason.earliest


def test_a_broken_plan_says_which_and_until_when():
    customer = make_customer(FIRST)
    bill(customer, "B-1", day(1, 10))
    open_days(customer, FIRST, day(1, 20))
    money.agree_plan(
        line=line(customer),
        number="P-1",
        bill_numbers=["B-1"],
        instalments=[(day(1, 25), Decimal("500"))],
        on=day(1, 20),
    )
    open_days(customer, day(1, 21), day(1, 22))
    kept = reasons(customer, day(1, 22))["pay_later", "own_overdue"]
    assert any("repayment plan covers it" in text for text in kept.happened)
    open_days(customer, day(1, 23), day(2, 10))
    reason = reasons(customer, day(2, 10))["pay_later", "plan_broken"]
    assert "P-1 was broken on 29 Jan 2025" in reason.happened[0]
    assert reason.earliest == day(1, 29) + datetime.timedelta(days=90)


def test_a_restriction_by_staff_has_no_date():
    customer = make_customer(FIRST)
    open_days(customer, FIRST, FIRST)
    operations.restrict_line(
        line=line(customer),
        number="M-1",
        effect="reduce",
        factor=Decimal("0.25"),
        on=FIRST,
        by=make_user(),
    )
    found = explain(customer.pk, FIRST)
    (reason,) = found.in_force
    assert reason.effect == "Reduces the limit of 10,000.00 to 25%: 2,500.00."
    assert reason.earliest is None
    assert found.free_on(line(customer).pk) is None


def test_what_was_taken_back_says_because_of_which_fact():
    customer = make_customer(FIRST)
    bill(customer, "B-1", day(1, 10))
    open_days(customer, FIRST, day(1, 20))
    money.book_repayment(
        line=line(customer),
        amount=Decimal("1000"),
        number="R-1",
        on=day(1, 20),
        value_on=day(1, 8),
    )
    found = explain(customer.pk, day(1, 20))
    assert found.in_force == []
    expected = "Taken back on 20 Jan 2025: Repayment R-1, booked then, counts from 8 Jan 2025."
    assert {reason.corrected for reason in found.ended} == {expected}


def test_a_book_without_rules_or_days_explains_nothing():
    from accounts.operations import open_customer

    customer = open_customer(number="X", name="X", opened_on=FIRST)
    assert explain(customer.pk, FIRST).in_force == []
