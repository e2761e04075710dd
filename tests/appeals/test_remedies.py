"""Remedies and packages: exact figures, one text and hash, all of it or nothing."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from accounts.acts import Refused
from appeals import remedies
from appeals.remedies import NoPackage, NotCarriedOut, NotComposed, Package, outlook
from appeals.remedies.kinds import FORMS, KINDS
from billing import operations as money
from billing.models import Bill, Charge, Fact, OpenBill, Plan
from risk.models import Decision, Restriction
from tests.factories import line, make_customer, make_user, open_days

pytestmark = pytest.mark.django_db

TODAY = dt.date(2025, 3, 20)
RULES = "own_overdue"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlook, "DAYS", 3)


@pytest.fixture
def late(db: None) -> Any:
    """A customer with two bills of 1,000 and 600, 18 and 10 days overdue, and their fees."""
    customer = make_customer(dt.date(2025, 2, 5))
    for n, (principal, due) in enumerate(
        ((1000, dt.date(2025, 3, 2)), (600, dt.date(2025, 3, 10)))
    ):
        money.book_bill(
            line=line(customer), number=f"B{n}-{customer.number}", principal=Decimal(principal),
            due_on=due, on=dt.date(2025, 2, 10),
        )  # fmt: skip
    money.book_draw(
        line=line(customer, "cash_loan"), amount=Decimal(3000), instalments=6,
        on=dt.date(2025, 3, 10), number=f"D-{customer.number}",
    )  # fmt: skip
    open_days(customer, dt.date(2025, 2, 5), TODAY)
    return customer


def bill(customer: Any, n: int = 0) -> str:
    return f"B{n}-{customer.number}"


def entered(customer: Any) -> dict[str, dict[str, Any]]:
    """Something to enter for each kind."""
    return {
        "repayment_plan": {
            "bills": [bill(customer), bill(customer, 1)], "monthly": "300",
            "first_due": "2025-04-20",
        },
        "fee_waiver": {"bill": bill(customer), "amount": "5", "conditional": "on"},
        "lifted_restriction": {"restriction": "cash_loan:linked_general", "until_on": "2025-06-01"},
        "forgiven_episode": {},
        "refunded_charge": {"bill": bill(customer, 1), "amount": "100"},
        "upheld_dispute": {"bill": bill(customer), "amount": "250"},
        "interest_freeze": {"until_on": "2025-07-01"},
        "changed_due_day": {"day": "25"},
    }  # fmt: skip


def form(customer: Any, kind: str, **changes: Any) -> Any:
    blank = FORMS[kind](customer=customer, as_of=TODAY)
    data = {**entered(customer)[kind], **changes}
    for name in ("restriction", "episode"):
        if name in blank.fields:
            data[name] = blank.fields[name].choices[0][0]
    made = FORMS[kind](data, customer=customer, as_of=TODAY)
    assert made.is_valid(), made.errors
    return made


def composed(customer: Any, *kinds: str, **changes: Any) -> Package:
    return remedies.compose(
        [form(customer, kind, **changes) for kind in kinds], customer=customer, by=None, on=TODAY
    )


def done(package: Package, customer: Any, on: dt.date = TODAY, name: str = "O1") -> None:
    remedies.carry_out(
        package, customer=customer, by=make_user(), on=on, name=name, words="as agreed"
    )


def owed(customer: Any) -> Decimal:
    rows = OpenBill.objects.filter(customer=customer)
    return sum((row.principal + row.interest + row.fee for row in rows), Decimal(0))


def state() -> tuple[int, ...]:
    return (Fact.objects.count(), Decision.objects.count(), Plan.objects.count())


ALL = tuple(FORMS)


def test_a_plan_is_over_what_is_outstanding_less_what_is_waived_with_it(late) -> None:
    before = owed(late)
    package = composed(late, "repayment_plan", "fee_waiver")
    plan = package.remedies[0]
    assert plan.total == before - 5
    assert [part.amount for part in plan.instalments[:-1]] == [Decimal(300)] * (plan.months - 1)
    assert (package.cost, package.months) == (Decimal("5.00"), plan.months)


def test_a_plan_beside_a_correction_is_over_what_the_correction_leaves(late) -> None:
    plain = composed(late, "repayment_plan").remedies[0].total
    assert plain == owed(late)
    package = composed(late, "repayment_plan", "upheld_dispute")
    done(package, late)
    assert package.remedies[0].total == owed(late)
    assert owed(late) < plain - 250, "the fees that rested on it went too"


def test_the_canonical_text_names_the_package_and_nothing_else(late) -> None:
    package = composed(late, "repayment_plan", "fee_waiver", "lifted_restriction")
    again = Package.load(json.loads(json.dumps(package.data())))
    assert (again, again.hash) == (package, package.hash)
    assert len(package.hash) == 64
    with translation.override("zh-hans"):
        assert again.hash == package.hash
    cheaper = json.loads(package.canonical)
    cheaper["remedies"][1]["amount"] = "5.01"
    assert Package.load(cheaper).hash != package.hash


def remedy(kind: str, **figures: Any) -> dict[str, Any]:
    return {"kind": kind, "product": "pay_later", **figures}


def of(*rows: Any, as_of: str = "2025-03-20") -> dict[str, Any]:
    return {"as_of": as_of, "remedies": list(rows)}


DAY = remedy("changed_due_day", day=5)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        of(),
        {**of(DAY), "more": 1},
        of(DAY, as_of="soon"),
        of(DAY, as_of="2025-02-30"),
        of({"kind": "everything"}),
        of("changed_due_day"),
        of({**DAY, "product": "x"}),
        of({**DAY, "day": 29}),
        of(remedy("fee_waiver", bill="B", amount="1.005")),
        of(remedy("fee_waiver", bill="B", amount="NaN")),
        of(remedy("fee_waiver", bill="B", amount="-1")),
        of(remedy("fee_waiver", bill="B", amount="1", to="me")),
        of(remedy("fee_waiver", bill="", amount="1")),
        of(DAY, DAY),
        of(*[remedy("fee_waiver", bill=f"B{n}", amount="1") for n in range(21)]),
    ],
)
def test_what_is_no_package_is_refused(data) -> None:
    with pytest.raises(NoPackage):
        Package.load(data)


def test_a_preview_does_nothing(late) -> None:
    package = composed(late, "repayment_plan", "fee_waiver", "lifted_restriction")
    before = state(), owed(late)
    found = remedies.preview(package, customer=late, by=None, on=TODAY)
    assert (state(), owed(late)) == before
    assert found.cost == Decimal("5.00")
    assert found.before["restrictions"] != found.after["restrictions"]


def test_a_package_is_carried_out_whole_and_assessed_at_once(late) -> None:
    package = composed(late, *ALL)
    restricted = Restriction.objects.filter(customer=late, until_on=None, reversed_on=None)
    assert restricted.filter(line__product="cash_loan").exists()
    done(package, late)
    assert Plan.objects.get(customer=late).status == "kept"
    assert not restricted.filter(line__product="cash_loan").exists()
    with pytest.raises(Refused):
        done(package, late)  # the same name never books twice
    assert Plan.objects.count() == 1


@pytest.mark.parametrize("kind", ALL)
def test_one_that_fails_leaves_nothing_of_the_others(late, kind, monkeypatch) -> None:
    package = composed(late, *ALL)
    before = state(), owed(late)

    def refuse(self: Any, case: Any) -> None:
        raise Refused("the moon is full")

    monkeypatch.setattr(KINDS[kind], "perform", refuse)
    with pytest.raises(NotCarriedOut) as caught:
        done(package, late)
    assert caught.value.remedy.kind == kind
    assert "the moon is full" in str(caught.value)
    assert (state(), owed(late)) == before


@pytest.mark.parametrize("kind", ALL)
def test_one_that_does_not_hold_any_more_leaves_nothing_either(late, kind, monkeypatch) -> None:
    package = composed(late, *ALL)
    before = state(), owed(late)

    def refuse(self: Any, case: Any) -> None:
        raise Refused("too late")

    monkeypatch.setattr(KINDS[kind], "check", refuse)
    with pytest.raises(NotCarriedOut):
        done(package, late)
    assert (state(), owed(late)) == before


def test_terms_hold_from_the_day_of_the_offer(late) -> None:
    """Fees since then are undone, and what was paid meanwhile counts towards the plan."""
    package = composed(late, "repayment_plan")
    total = package.remedies[0].total
    later = TODAY + dt.timedelta(days=4)
    open_days(late, TODAY + dt.timedelta(days=1), later)
    assert owed(late) > total
    money.book_repayment(line=line(late), amount=Decimal(50), on=later)
    done(package, late, on=later)
    assert owed(late) == total - 50
    assert Plan.objects.get(customer=late).counted == 50


def test_a_plan_whose_bills_were_paid_meanwhile_is_refused(late) -> None:
    package = composed(late, "repayment_plan")
    later = TODAY + dt.timedelta(days=2)
    open_days(late, TODAY + dt.timedelta(days=1), later)
    money.book_repayment(line=line(late), amount=Decimal(5000), on=later)
    with pytest.raises(NotCarriedOut, match="paid meanwhile"):
        done(package, late, on=later)


def test_what_changed_on_the_day_itself_is_told(late) -> None:
    package = composed(late, "repayment_plan")
    money.book_repayment(line=line(late), amount=Decimal(10), on=TODAY)
    with pytest.raises(NotCarriedOut, match="is to be paid on these bills"):
        done(package, late)


def test_a_conditional_waiver_comes_back_with_the_broken_plan(late) -> None:
    package = composed(late, "repayment_plan", "fee_waiver")
    before, fee = owed(late), OpenBill.objects.get(bill__number=bill(late)).fee
    done(package, late)
    assert owed(late) == before - 5
    open_days(late, TODAY + dt.timedelta(days=1), dt.date(2025, 4, 28))
    assert Plan.objects.get(customer=late).status == "broken"
    row = OpenBill.objects.get(bill__number=bill(late))
    assert row.fee >= fee, "the waived fees are owed again"
    assert row.overdue_on is not None
    assert row.due_on == dt.date(2025, 3, 2), "the old due date counts again"


@pytest.mark.parametrize(
    ("kind", "changes", "why"),
    [
        ("repayment_plan", {"monthly": "5"}, "more than 60 months"),
        ("repayment_plan", {"first_due": "2025-03-20"}, "has to come after"),
        ("fee_waiver", {"amount": "99999"}, "cannot be waived"),
        ("fee_waiver", {}, "depends on a repayment plan"),
        ("lifted_restriction", {"until_on": "2025-03-20"}, "not within"),
        ("lifted_restriction", {"until_on": "2026-03-29"}, "not within"),
        ("refunded_charge", {"amount": "600.01"}, "at most 600.00"),
        ("upheld_dispute", {"amount": "1000.01"}, "at most 1,000.00"),
        ("interest_freeze", {"until_on": "2025-03-20"}, "not within"),
    ],
)
def test_what_cannot_be_granted_is_refused_with_its_remedy_and_why(
    late, kind, changes, why
) -> None:
    made = form(late, kind, **changes)
    with pytest.raises(Refused, match=why) as caught:
        done(remedies.compose([made], customer=late, by=None, on=TODAY), late)
    assert str(KINDS[kind].label) in str(caught.value)


def test_two_lines_do_not_share_a_plan(late) -> None:
    money.book_bill(
        line=line(late, "cash_loan"), number="L-1", principal=Decimal(10), due_on=TODAY, on=TODAY
    )
    data = {**entered(late)["repayment_plan"], "bills": [bill(late), "L-1"]}
    assert not FORMS["repayment_plan"](data, customer=late, as_of=TODAY).is_valid()


def test_one_kind_about_one_thing_stands_once(late) -> None:
    with pytest.raises(NotComposed, match="twice"):
        composed(late, "repayment_plan", "repayment_plan")


def test_an_interest_freeze_costs_exactly_what_is_then_not_billed(late) -> None:
    charges = Charge.objects.filter(customer=late, bill=None, due_on__isnull=False)
    until = dt.date(2025, 5, 5)
    package = composed(late, "interest_freeze", until_on=until)
    plain = {row.number: row.interest for row in charges}
    done(package, late)
    open_days(late, TODAY + dt.timedelta(days=1), dt.date(2025, 6, 8))
    billed = {row.number: row.interest for row in Bill.objects.filter(line=line(late, "cash_loan"))}
    assert len(billed) >= 3
    assert package.cost == sum(plain[number] - billed[number] for number in billed) > 0


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_remedy_says_in_both_languages_what_it_grants(late, language) -> None:
    package = composed(late, *ALL)
    with translation.override(language):
        said = package.says()
    assert all(words and all(words) for words in said)
    text = "\n".join(sentence for words in said for sentence in words)
    assert ("instalments" in text) == (language == "en")
    assert "300.00" in text
