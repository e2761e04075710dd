"""Offers and counter-offers: one on the table, signed, approved, carried out once or not at all."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts import authority as four_eyes
from accounts.acts import find
from accounts.authority import NotAllowed, fingerprint
from accounts.models import ActRequest, AuthorityLimit, Notice, StaffAct
from appeals import operations as appeals
from appeals import remedies
from appeals.migrations import _offers
from appeals.models import (
    Appeal,
    Execution,
    Message,
    Offer,
    OfferEvent,
    PlanLength,
    Signature,
)
from appeals.offers import choices, expiry, operations, queries
from appeals.offers.composing import composer, customer_kinds, from_wishes
from appeals.offers.making import last_day
from appeals.offers.operations import NoLongerPossible, OfferRefused
from appeals.offers.text import hash_of, text_of
from appeals.queries import mine as appeals_mine
from appeals.remedies import NotCarriedOut, outlook
from billing import operations as money
from billing.models import Fact, Hold, OpenBill, Plan
from risk.desk import acts
from risk.models import Restriction
from tests.appeals.cases import NOW, TODAY, against_restriction, file, fresh, late_customer
from tests.factories import line, make_user, open_days, start_with_limits

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    start_with_limits()
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    monkeypatch.setattr(outlook, "DAYS", 3)


class Case:
    """A late customer, her appeal in review, an agent and a supervisor."""

    def __init__(self, language: str = "en") -> None:
        self.customer = late_customer(language=language)
        self.user = make_user("", is_staff=False, customer=self.customer)
        self.agent, self.boss = make_user("agent"), make_user("supervisor")
        self.appeal = file(self.customer, kind="hardship", asks=["plan", "waive"])
        appeals.take(appeal=self.appeal, by=self.agent, at=NOW)
        self.bill = f"B-{self.customer.number}"

    def package(self, on: dt.date = TODAY, **changes: Any) -> Any:
        wishes = changes.get("wishes") or [
            {"kind": "repayment_plan", "bills": [self.bill],
             "parts": changes.get("parts", "4"),
             "first_due": changes.get("first_due", "2026-04-20")},
            {"kind": "fee_waiver", "bill": self.bill, "conditional": "on"},
            {"kind": "lifted_restriction", "restriction": "cash_loan:linked_general",
             "until_on": "2026-06-01"},
        ]  # fmt: skip
        made = from_wishes(self.customer, on, wishes, [w["kind"] for w in wishes])
        package = made.package(self.agent)
        assert package is not None, (made.error, [f.errors for f in made.forms.values()])
        return package

    def seen(self) -> str:
        return fingerprint(acts.look(self.customer.pk))

    def offer(self, package: Any = None, by: Any = None, **given: Any) -> Offer:
        package = package or self.package()
        return operations.make_offer(
            appeal=self.appeal, package=package, words=given.pop("words", "Take your time."),
            expires_on=given.pop("expires_on", last_day(package, TODAY)), replies_to=None,
            by=by or self.agent, reason="hardship", why="Seen the hospital bill.",
            seen=self.seen(), token=given.pop("token", None) or uuid.uuid4(), on=TODAY, at=NOW,
        )  # fmt: skip

    def accept(self, offer: Offer, **given: Any) -> Offer:
        return operations.accept(
            offer, by=given.pop("by", self.user),
            text_hash=given.pop("text_hash", None) or hash_of(text_of(offer, "en")),
            language="en", address="192.0.2.7", at=NOW, on=given.pop("on", TODAY),
        )  # fmt: skip

    def propose(self, package: Any = None, **given: Any) -> Offer:
        package = package or self.package(wishes=[
            {"kind": "repayment_plan", "bills": [self.bill], "monthly": "200",
             "first_due": "2026-04-20"}])  # fmt: skip
        _said, known = operations.text_to_sign(self.appeal, package, "I can pay 200", TODAY, "en")
        return operations.propose(
            appeal=self.appeal, package=package, words="I can pay 200",
            by=given.pop("by", self.user), text_hash=given.pop("text_hash", known), language="en",
            address=None, at=NOW, on=TODAY,
        )  # fmt: skip

    def approve(self, offer: Offer, by: Any = None) -> Any:
        request = Offer.objects.get(pk=offer.pk).request
        return four_eyes.approve(
            request, by=by or self.boss, words="Seen it too.", on=TODAY, look=acts.look,
            seen=self.seen(),
        )  # fmt: skip


@pytest.fixture
def case(today: None) -> Case:
    return Case()


def steps(offer: Offer) -> list[str]:
    return list(
        OfferEvent.objects.filter(offer=offer).order_by("pk").values_list("step", flat=True)
    )


def restricted(customer: Any, product: str = "cash_loan") -> bool:
    return Restriction.objects.filter(
        customer=customer, line__product=product, until_on=None, reversed_on=None
    ).exists()


# -- the plain way -----------------------------------------------------------------------


def test_an_offer_within_authority_is_sent_accepted_and_carried_out_at_once(case) -> None:
    offer = case.offer()
    assert (offer.state, fresh(case.appeal).state) == ("open", "negotiating")
    assert restricted(case.customer)
    done = case.accept(offer)
    assert done.state == "accepted"
    assert steps(offer) == ["drafted", "sent", "accepted"]
    assert Plan.objects.get(customer=case.customer).status == "kept"
    assert not restricted(case.customer)
    assert fresh(case.appeal).state == "decided"
    decision = Appeal.objects.get(pk=case.appeal.pk).decision
    assert decision.package == offer.package
    assert decision.reasons == "Seen the hospital bill."
    execution = Execution.objects.get()
    assert (execution.cost, execution.months) == (offer.cost, 4)
    assert execution.effect["before"] != execution.effect["after"]


def test_the_signature_is_of_exactly_the_text_that_was_shown(case) -> None:
    offer = case.offer()
    shown = queries.for_customer(case.appeal, "en", TODAY)[0]
    with pytest.raises(OfferRefused, match="not the text that was shown"):
        case.accept(offer, text_hash=hash_of(shown.text + " "))
    assert not Signature.objects.exists()
    case.accept(offer, text_hash=shown.text_hash)
    signature = Signature.objects.get()
    assert (signature.text, signature.text_hash) == (shown.text, hash_of(shown.text))
    assert (signature.by, signature.address, signature.language) == (case.user, "192.0.2.7", "en")
    for words in ("250", "Take your time.", case.appeal.number, "are waived"):
        assert words in signature.text
    for table in (Signature, OfferEvent, Execution):
        with pytest.raises(DatabaseError), transaction.atomic():
            table.objects.all().delete()


def test_the_text_is_the_same_in_each_language_whoever_asks(case) -> None:
    offer = case.offer()
    english, chinese = (queries.as_customer_sees(offer, lang, TODAY) for lang in ("en", "zh-hans"))
    assert english.text != chinese.text
    assert chinese.text_hash == hash_of(text_of(offer, "zh-hans"))
    assert english.steps
    assert [row["words"] for row in english.steps] != [row["words"] for row in chinese.steps]


def test_what_an_offer_says_is_never_edited(case) -> None:
    offer = case.offer()
    for column, value in (("words", "less"), ("cost", 0), ("package", {}), ("expires_on", TODAY)):
        with pytest.raises(DatabaseError), transaction.atomic():
            Offer.objects.filter(pk=offer.pk).update(**{column: value})
    with pytest.raises(DatabaseError), transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(state="waiting_approval")
    assert set(_offers.PAIRS) == choices.pairs()


def test_a_double_acceptance_is_one(case) -> None:
    offer = case.offer()
    case.accept(offer)
    facts = Fact.objects.count()
    assert case.accept(offer).state == "accepted"
    assert (Fact.objects.count(), Execution.objects.count()) == (facts, 1)


def test_nobody_else_accepts(case) -> None:
    offer = case.offer()
    stranger = make_user("", is_staff=False, customer=late_customer())
    for by in (stranger, case.agent, case.boss, stranger.customer):
        with pytest.raises(OfferRefused):
            case.accept(offer, by=by)
    assert case.accept(offer, by=case.customer).state == "accepted"  # through a token


def test_a_form_that_is_sent_twice_makes_one_offer(case) -> None:
    token, package = uuid.uuid4(), case.package()
    first = case.offer(package, token=token)
    assert case.offer(package, token=token) == first
    assert Offer.objects.count() == 1


# -- expired, changed, replaced ------------------------------------------------------------


def test_an_offer_expires_after_its_last_day(case) -> None:
    offer = case.offer()
    later = offer.expires_on + dt.timedelta(days=1)
    with pytest.raises(OfferRefused, match="could be accepted until"):
        case.accept(offer, on=later)
    assert expiry.expire(today=offer.expires_on, at=NOW) == 0
    assert expiry.expire(today=later, at=NOW) == 1
    assert expiry.expire(today=later, at=NOW) == 0
    assert steps(offer)[-1] == "expired"
    assert fresh(case.appeal).state == "in_review"


def test_an_account_that_changed_is_not_touched_and_the_offer_goes_back_to_staff(case) -> None:
    offer = case.offer()
    money.book_repayment(line=line(case.customer), amount=Decimal(400), on=TODAY)
    facts = Fact.objects.count()
    with pytest.raises(NoLongerPossible, match="the account has changed"):
        case.accept(offer)
    offer.refresh_from_db()
    assert (offer.state, Fact.objects.count(), Execution.objects.count()) == ("draft", facts, 0)
    assert OfferEvent.objects.filter(offer=offer, step="returned").get().words
    assert Signature.objects.count() == 1, "that the customer agreed is kept"
    assert fresh(case.appeal).state == "in_review"


def test_a_new_offer_supersedes_the_one_on_the_table_and_says_so(case) -> None:
    first = case.offer()
    second = case.offer(case.package(parts="5"))
    first.refresh_from_db()
    assert (first.state, second.state) == ("superseded", "open")
    with pytest.raises(OfferRefused, match=second.number):
        case.accept(first)
    with pytest.raises(DatabaseError), transaction.atomic():
        Offer.objects.filter(pk=first.pk).update(state="open")


def test_terms_hold_until_the_last_day_whatever_fees_arise(case) -> None:
    offer = case.offer()
    later = TODAY + dt.timedelta(days=5)
    open_days(case.customer, TODAY + dt.timedelta(days=1), later)
    case.accept(offer, on=later)
    row = OpenBill.objects.get(customer=case.customer)
    assert row.principal + row.interest + row.fee == offer.granted.remedies[0].total


@pytest.mark.parametrize("days", [31, -1])
def test_a_term_that_does_not_hold_is_refused(case, days) -> None:
    with pytest.raises(OfferRefused):
        case.offer(expires_on=TODAY + dt.timedelta(days=days))


def test_the_last_day_comes_before_the_first_instalment(case) -> None:
    package = case.package(first_due="2026-03-25")
    assert last_day(package, TODAY) == dt.date(2026, 3, 24)
    with pytest.raises(OfferRefused, match="before the first instalment"):
        case.offer(package, expires_on=dt.date(2026, 3, 25))


def test_no_offer_in_an_appeal_that_nobody_has_opened_or_that_ended(case) -> None:
    other = file(case.customer, kind="complaint", asks=["explain"])
    case.appeal = other
    with pytest.raises(OfferRefused, match="no offer can be made now"):
        case.offer()
    appeals.withdraw(appeal=other, by=case.user, at=NOW, on=TODAY)
    with pytest.raises(OfferRefused, match="no offer can be made now"):
        case.propose()


@pytest.mark.parametrize("days", [0, 3])
def test_a_plan_over_what_the_appeal_held_misses_no_fee_when_the_hold_ends(case, days) -> None:
    appeals.withdraw(appeal=case.appeal, by=case.user, at=NOW, on=TODAY)
    case.appeal = against_restriction(case.customer, by=case.user)
    appeals.take(appeal=case.appeal, by=case.agent, at=NOW)
    assert Hold.objects.filter(customer=case.customer).exists()
    offer = case.offer()
    later = TODAY + dt.timedelta(days=days)
    if days:
        open_days(case.customer, TODAY + dt.timedelta(days=1), later)
    case.accept(offer, on=later)
    row = OpenBill.objects.get(customer=case.customer)
    assert row.principal + row.interest + row.fee == offer.granted.remedies[0].total
    open_days(case.customer, later + dt.timedelta(days=1), later + dt.timedelta(days=5))
    row.refresh_from_db()
    assert row.principal + row.interest + row.fee == offer.granted.remedies[0].total


# -- authority and four eyes ---------------------------------------------------------------


def above(case: Case) -> Offer:
    """An offer that the agent may not grant alone."""
    AuthorityLimit.objects.filter(role="agent", act="grant_package").update(alone=1)
    return case.offer()


def test_above_authority_another_approves_then_the_customer_accepts(case) -> None:
    offer = above(case)
    assert (offer.state, fresh(case.appeal).state) == ("waiting_approval", "waiting_approval")
    assert queries.for_customer(case.appeal, "en", TODAY) == []
    with pytest.raises(OfferRefused):
        case.accept(offer)
    with pytest.raises(NotAllowed, match="their own"):
        case.approve(offer, by=case.agent)
    case.approve(offer)
    assert (Offer.objects.get().state, fresh(case.appeal).state) == ("open", "negotiating")
    assert not Plan.objects.exists(), "approved is not accepted"
    done = StaffAct.objects.get()
    assert (done.act, done.amount) == ("grant_package", offer.cost)
    assert (done.done_by, done.approved_by) == (case.agent, case.boss)
    case.accept(Offer.objects.get())
    assert Plan.objects.count() == Execution.objects.count() == 1
    decision = Appeal.objects.get(pk=case.appeal.pk).decision
    assert (decision.decided_by, decision.approved_by) == (case.agent, case.boss)


def test_a_rejected_offer_goes_back_to_who_drafted_it(case) -> None:
    offer = above(case)
    four_eyes.reject(offer.request, by=case.boss, words="too long for that")
    offer.refresh_from_db()
    assert (offer.state, fresh(case.appeal).state) == ("draft", "in_review")
    assert steps(offer)[-1] == "turned_down"


def told(case: Case, kind: str) -> list[Any]:
    return list(Notice.objects.filter(customer=case.customer, kind=kind).order_by("pk"))


@pytest.mark.parametrize(
    ("language", "words"), [("en", "We took back the offer"), ("zh-hans", "我们已撤回方案")]
)
def test_a_customer_is_told_once_that_an_offer_was_taken_back(language, words) -> None:
    case = Case(language)
    offer = case.offer()
    open_notice = told(case, "offer_open")[0]
    operations.withdraw(offer, by=case.agent, words="typed the wrong month", at=NOW)
    (notice,) = told(case, "offer_withdrawn")
    assert notice.context == {"appeal": case.appeal.number, "offer": offer.number}
    open_notice.refresh_from_db()
    assert (open_notice.state, notice.state) == ("dropped", "queued")
    said = appeals_mine.appeal_of(case.customer.pk, case.appeal.public_id, today=TODAY).thread[-1]
    assert said.text.startswith(words)
    assert offer.number in said.text
    assert not said.mine
    assert "wrong month" not in said.text + str(notice.context)
    with pytest.raises(OfferRefused):
        operations.withdraw(offer, by=case.agent, words="again", at=NOW)
    assert len(told(case, "offer_withdrawn")) == 1


def test_what_never_reached_a_customer_is_not_told_to_be_gone(case) -> None:
    plan = {"kind": "repayment_plan", "bills": [case.bill], "parts": "60",
            "first_due": "2026-04-20"}  # fmt: skip
    waiting = case.offer(case.package(wishes=[plan]))
    assert waiting.state == "waiting_approval"
    operations.withdraw(waiting, by=case.agent, words="a mistake of mine", at=NOW)
    theirs = case.propose()
    operations.withdraw(theirs, by=case.user, words="", at=NOW)
    assert told(case, "offer_withdrawn") == []
    assert not Message.objects.filter(appeal=case.appeal, author="system").exists()


def test_an_offer_that_expired_stands_in_the_thread_too(case) -> None:
    offer = case.offer()
    later = offer.expires_on + dt.timedelta(days=1)
    assert expiry.expire(today=later, at=NOW) == 1
    assert len(told(case, "offer_expired")) == 1
    said = Message.objects.get(appeal=case.appeal, author="system")
    assert said.text.startswith(f"Our offer {offer.number} could be accepted until")
    mine = case.propose()
    assert expiry.expire(today=mine.expires_on + dt.timedelta(days=1), at=NOW) == 1
    said = Message.objects.filter(appeal=case.appeal, author="system").latest("pk")
    assert said.text.startswith(f"Your offer {mine.number} held until")


def test_a_request_that_expires_brings_the_offer_back(case) -> None:
    offer = above(case)
    ActRequest.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert four_eyes.expire() == 1
    offer.refresh_from_db()
    assert (offer.state, fresh(case.appeal).state) == ("draft", "in_review")


def test_an_offer_that_waits_is_withdrawn_with_its_request(case) -> None:
    offer = above(case)
    with pytest.raises(OfferRefused, match="Waiting for approval"):
        case.offer()
    operations.withdraw(offer, by=case.agent, words="a mistake of mine", at=NOW)
    offer.refresh_from_db()
    assert (offer.state, offer.request.status) == ("withdrawn", "withdrawn")


def test_an_appeal_that_ended_takes_its_offers_with_it(case) -> None:
    waiting = above(case)
    appeals.withdraw(appeal=case.appeal, by=case.user, at=NOW, on=TODAY)
    with pytest.raises(OfferRefused, match="has ended"):
        case.approve(waiting)
    assert not StaffAct.objects.exists()


def test_the_length_of_a_plan_has_limits_too(case) -> None:
    assert PlanLength.objects.get(role="agent").months_alone == 6
    assert case.offer(case.package(parts="6")).state == "open"
    offer = case.offer(case.package(parts="7"))
    assert offer.state == "waiting_approval"
    PlanLength.objects.filter(role="supervisor").update(months_approves=6)
    with pytest.raises(NotAllowed, match="above your 6 months"):
        case.approve(offer)
    PlanLength.objects.filter(role="supervisor").update(months_approves=7)
    case.approve(offer)
    assert Offer.objects.get(pk=offer.pk).state == "open"


def test_limits_add_up_over_packages_and_single_acts_of_twelve_months(case) -> None:
    cost = case.package().cost
    AuthorityLimit.objects.filter(role="agent", act="grant_package").update(
        alone=1000, alone_in_a_year=cost
    )
    first = case.offer()
    assert first.state == "open"
    grant = find("grant_package")
    assert not four_eyes.may_alone(case.agent, grant, case.customer, Decimal("0.01"), TODAY)
    assert four_eyes.may_alone(case.agent, grant, late_customer(), cost, TODAY)
    case.accept(first)
    assert not four_eyes.may_alone(case.agent, grant, case.customer, Decimal("0.01"), TODAY)
    later = TODAY + dt.timedelta(days=365)
    assert four_eyes.may_alone(case.agent, grant, case.customer, Decimal("0.01"), later)


def test_an_approver_is_bound_by_the_year_as_well(case) -> None:
    offer = above(case)
    AuthorityLimit.objects.filter(role="supervisor", act="grant_package").update(
        approves=offer.cost
    )
    StaffAct.objects.create(
        token=uuid.uuid4(), customer=case.customer, act="waive_fees", data={}, amount=1,
        reason="goodwill", words="earlier", before={}, after={}, done_on=TODAY, done_by=case.boss,
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="12 months"):
        case.approve(offer)


def test_a_relative_neither_offers_nor_approves(case) -> None:
    offer = above(case)
    lead = make_user("supervisor")
    appeals.declare_conflict(
        user=case.boss, customer=case.customer, relation="relative", by=case.boss, at=NOW
    )
    with pytest.raises(NotAllowed, match="conflict"):
        case.approve(offer)
    case.approve(offer, by=lead)
    with pytest.raises(OfferRefused, match="conflict"):
        case.offer(by=case.boss)


@pytest.mark.parametrize("role", ["risk_analyst", "auditor", ""])
def test_only_some_roles_make_offers(case, role) -> None:
    with pytest.raises(OfferRefused):
        case.offer(by=make_user(role))


# -- from the customer's side --------------------------------------------------------------


def test_a_counter_is_signed_and_answers_the_offer(case) -> None:
    first = case.offer()
    theirs = case.propose()
    first.refresh_from_db()
    assert (first.state, theirs.state, theirs.replies_to) == ("countered", "open", first)
    assert theirs.months == 6
    assert Signature.objects.get(offer=theirs).by == case.user
    assert fresh(case.appeal).state == "negotiating"
    with pytest.raises(OfferRefused):
        case.accept(theirs)
    again = case.propose()
    theirs.refresh_from_db()
    assert (theirs.state, again.state) == ("superseded", "open")


def take_up(case: Case, theirs: Offer) -> Offer:
    return operations.take_up(
        theirs, by=case.agent, reason="hardship", words="It is what she can pay.",
        seen=case.seen(), token=uuid.uuid4(), on=TODAY, at=NOW,
    )  # fmt: skip


def test_a_counter_taken_up_within_authority_is_carried_out_at_once(case) -> None:
    theirs = case.propose()
    ours = take_up(case, theirs)
    theirs.refresh_from_db()
    assert (ours.state, theirs.state) == ("accepted", "accepted")
    assert steps(theirs) == ["proposed", "taken_up"]
    assert ours.package_hash == theirs.package_hash
    assert Plan.objects.count() == 1
    assert fresh(case.appeal).state == "decided"


def test_a_counter_above_authority_is_carried_out_with_the_approval(case) -> None:
    PlanLength.objects.filter(role="agent").update(months_alone=3)
    theirs = case.propose()
    ours = take_up(case, theirs)
    assert (ours.state, theirs.state) == ("waiting_approval", "open")
    assert expiry.expire(today=theirs.expires_on + dt.timedelta(days=1), at=NOW) == 0
    assert not Plan.objects.exists(), "accepted is not approved"
    case.approve(ours)
    theirs.refresh_from_db()
    assert (Offer.objects.get(pk=ours.pk).state, theirs.state) == ("accepted", "accepted")
    assert Plan.objects.count() == Execution.objects.count() == 1
    decision = Appeal.objects.get(pk=case.appeal.pk).decision
    assert decision.approved_by == case.boss


def test_an_approval_of_what_is_no_longer_possible_does_nothing(case) -> None:
    PlanLength.objects.filter(role="agent").update(months_alone=3)
    ours = take_up(case, case.propose())
    money.book_repayment(line=line(case.customer), amount=Decimal(400), on=TODAY)
    with pytest.raises(NotCarriedOut):
        case.approve(ours)
    assert Offer.objects.get(pk=ours.pk).state == "waiting_approval"
    assert not Execution.objects.exists()


def test_staff_answer_a_counter_with_another_offer_or_decline_it(case) -> None:
    theirs = case.propose()
    case.offer()
    theirs.refresh_from_db()
    assert theirs.state == "countered"
    second = case.propose()
    operations.decline(second, by=case.agent, words="it takes too long", at=NOW)
    assert Offer.objects.get(pk=second.pk).state == "declined"
    assert fresh(case.appeal).state == "in_review"


def test_the_customer_declines_or_withdraws(case) -> None:
    offer = case.offer()
    with pytest.raises(OfferRefused):
        operations.decline(offer, by=case.agent, words="not mine", at=NOW)
    operations.decline(offer, by=case.user, words="I cannot pay that", at=NOW)
    assert Offer.objects.get().state == "declined"
    theirs = case.propose()
    operations.withdraw(theirs, by=case.user, words="", at=NOW)
    assert Offer.objects.get(pk=theirs.pk).state == "withdrawn"


def test_a_customer_asks_only_for_what_is_theirs_to_ask(case) -> None:
    assert "repayment_plan" in customer_kinds()
    assert not {"upheld_dispute", "refunded_charge", "forgiven_episode"} & set(customer_kinds())
    made = from_wishes(
        case.customer, TODAY, [{"kind": "refunded_charge", "bill": case.bill, "amount": "1"}],
        customer_kinds(),
    )  # fmt: skip
    assert made.package(None) is None
    forged = case.package(wishes=[{"kind": "refunded_charge", "bill": case.bill, "amount": "1"}])
    with pytest.raises(OfferRefused, match="only staff"):
        case.propose(forged)
    with pytest.raises(OfferRefused, match="somebody else"):
        case.propose(by=make_user("", is_staff=False, customer=late_customer()))


def test_a_counter_that_cannot_be_carried_out_is_refused(case) -> None:
    package = case.package()
    money.book_repayment(line=line(case.customer), amount=Decimal(1), on=TODAY)
    with pytest.raises(NotCarriedOut):
        case.propose(package)
    assert not Offer.objects.exists()


def test_forms_say_what_is_wrong_at_their_field(case) -> None:
    made = composer(
        case.customer, TODAY, ["repayment_plan-0", "nonsense-1", "repayment_plan-x"],
        {"repayment_plan-0-bills": [case.bill], "repayment_plan-0-monthly": "-5",
         "repayment_plan-0-first_due": "soon"},
    )  # fmt: skip
    assert made.keys == ["repayment_plan-0"]
    assert not made.is_valid()
    errors = made.forms["repayment_plan-0"].errors
    assert set(errors) >= {"monthly", "first_due"}


# -- plans that break ----------------------------------------------------------------------


def test_a_second_plan_after_a_broken_one_needs_new_evidence(case, monkeypatch) -> None:
    from appeals.remedies import broken

    case.accept(case.offer())
    open_days(case.customer, TODAY + dt.timedelta(days=1), dt.date(2026, 4, 25))
    assert Plan.objects.get().status == "broken"
    on = dt.date(2026, 4, 25)
    monkeypatch.setattr(acts, "book_date", lambda: on)
    made = from_wishes(
        case.customer, on,
        [{"kind": "repayment_plan", "bills": [case.bill], "parts": "3", "first_due": "2026-06-01"}],
        ["repayment_plan"],
    )  # fmt: skip
    package = made.package(case.agent)
    with pytest.raises(NotCarriedOut, match="needs evidence"):
        remedies.preview(package, customer=case.customer, by=case.agent, on=on)
    assert broken.last_broken(case.customer, on) == Plan.objects.get().ended_on
    assert broken.last_broken(case.customer, on + dt.timedelta(days=366)) is None
