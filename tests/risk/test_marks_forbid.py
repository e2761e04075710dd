"""What a mark forbids: each act is refused with a message that names the mark and its day."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import authority
from accounts import operations as accounts_operations
from accounts.acts import Refused, find
from accounts.forbidding import MarkForbids
from accounts.marks import CLOSES_CREDIT, MarkKind
from accounts.models import StaffAct, WorkItem
from accounts.work import operations as work
from accounts.work import queues, sync
from accounts.work.choices import Priority
from appeals.remedies.base import Case
from appeals.remedies.by_hand import LiftedByHand
from appeals.remedies.credit import LiftedRestriction
from billing import operations as money
from billing.models import Fact, LineState
from risk import authorizations, marks, operations
from risk.desk import acts
from risk.models import Decision, Restriction
from tests.factories import line, make_customer, make_user, open_days, start_with_limits

pytestmark = pytest.mark.django_db

TODAY = dt.date(2025, 3, 20)
SINCE = dt.date(2025, 3, 5)
NOW = dt.datetime(2025, 3, 20, 4, tzinfo=dt.UTC)
SAYS = {
    MarkKind.COURT_FREEZE: "Frozen by a court since 5 Mar 2025",
    MarkKind.DECEASED: "Deceased since 5 Mar 2025",
}


@pytest.fixture(autouse=True)
def today(db, monkeypatch):
    start_with_limits()
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)


@pytest.fixture
def customer() -> Any:
    """With a bill of 1,000 that is not due yet, and nothing wrong."""
    customer = make_customer(dt.date(2025, 1, 1))
    money.book_bill(
        line=line(customer), number=f"B-{customer.number}", principal=Decimal(1000),
        due_on=dt.date(2025, 3, 30), on=dt.date(2025, 2, 10),
    )  # fmt: skip
    open_days(customer, dt.date(2025, 1, 1), TODAY)
    return customer


def mark(customer: Any, kind: str, **more: Any) -> Any:
    return marks.mark(
        customer=customer, kind=kind, from_on=SINCE, on=TODAY, by=make_user(),
        reason="order 12/2025", at=timezone.now(), **more,
    )  # fmt: skip


def tried(customer: Any, code: str, **entered: Any) -> str:
    """What the desk says to an act; empty if it lets it through."""
    client = Client()
    client.force_login(make_user("supervisor"))
    answer = client.post(
        reverse("admin:accounts_customer_act", args=[customer.pk, code]),
        {"step": "preview", "reason": "other", "words": "please do it", **entered},
    )
    errors = answer.context["form"].errors
    assert set(errors) <= {"__all__"}, errors
    return " ".join(errors.get("__all__", []))


# -- money out ---------------------------------------------------------------------------


def test_a_frozen_customer_gets_no_refund(customer) -> None:
    entered = {"bill": f"B-{customer.number}", "amount": "10"}
    assert tried(customer, "book_refund", **entered) == ""
    mark(customer, MarkKind.COURT_FREEZE)
    assert SAYS[MarkKind.COURT_FREEZE] in tried(customer, "book_refund", **entered)
    with pytest.raises(MarkForbids, match="no refund"):
        money.book_refund(
            line=line(customer), bill_number=f"B-{customer.number}", amount=Decimal(10), on=TODAY
        )
    assert not Fact.objects.filter(customer=customer, kind="refund").exists()


def test_a_frozen_customer_is_paid_no_loan_but_one_of_before_is_booked(customer) -> None:
    open_one = authorizations.authorize(
        line=line(customer, "cash_loan"), kind="draw", amount=Decimal(100), reference="d1",
        instalments=3, at=NOW,
    )  # fmt: skip
    mark(customer, MarkKind.COURT_FREEZE)
    with pytest.raises(MarkForbids, match=SAYS[MarkKind.COURT_FREEZE]):
        authorizations.capture(open_one, on=TODAY, at=NOW)
    open_one.refresh_from_db()
    assert open_one.status == "approved"
    loan = {"line": line(customer, "cash_loan"), "amount": Decimal(50), "instalments": 2}
    with pytest.raises(MarkForbids):
        money.book_draw(**loan, on=TODAY, number="L-1")
    money.book_draw(**loan, on=TODAY, value_on=SINCE - dt.timedelta(1), number="L-2")


# -- more credit -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CLOSES_CREDIT)
def test_no_limit_rises_and_each_may_fall(customer, kind) -> None:
    mark(customer, kind)
    rise = {"line": line(customer).pk, "limit": "10000.01"}
    assert SAYS[kind] in tried(customer, "change_limit", **rise)
    assert tried(customer, "change_limit", line=line(customer).pk, limit="9000") == ""
    with pytest.raises(MarkForbids, match="no limit is raised"):
        money.change_limit(line=line(customer), amount=Decimal(10_001), on=TODAY)
    money.change_limit(line=line(customer), amount=Decimal(9_000), on=TODAY)
    assert LineState.objects.get(line=line(customer)).assigned_limit == 9_000


@pytest.mark.parametrize("kind", CLOSES_CREDIT)
def test_no_purchase_and_no_draw_is_approved_and_the_reason_names_the_mark(customer, kind) -> None:
    row = mark(customer, kind)
    # An exemption of its restriction by the back door opens nothing.
    Restriction.objects.filter(customer=customer).delete()
    for n, (product, spend, more) in enumerate(
        [("pay_later", "purchase", {}), ("cash_loan", "draw", {"instalments": 3})]
    ):
        found = authorizations.authorize(
            line=line(customer, product), kind=spend, amount=Decimal(1), reference=f"m{n}",
            at=NOW, **more,
        )  # fmt: skip
        assert found.status == "declined"
        assert found.reasons[:2] == ["line_suspended", f"marked:{kind}"]
    marks.end_mark(
        mark=row, on=TODAY, by=make_user(), reason="a mistake", at=timezone.now(), in_error=True
    )
    assert authorizations.room(line(customer), at=NOW).marks == ()


# -- early release -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", CLOSES_CREDIT)
def test_nobody_lets_go_by_hand_what_a_mark_holds(customer, kind) -> None:
    row = mark(customer, kind)
    number = f"MARK-{row.pk}-{line(customer).pk}"
    assert SAYS[kind] in tried(customer, "lift_restriction", restriction=number)
    case = Case(
        customer=customer, as_of=TODAY, on=TODAY, by=make_user("supervisor"), name="P-1",
        words="granted",
    )  # fmt: skip
    for remedy in (
        LiftedByHand(product="pay_later", number=number),
        LiftedRestriction(
            product="pay_later", code=f"manual:{number}", trigger="manual",
            until_on=TODAY + dt.timedelta(9),
        ),
    ):  # fmt: skip
        with pytest.raises(MarkForbids, match=SAYS[kind]):
            remedy.perform(case)
    assert not Decision.objects.filter(kind__in=["lift", "exempt"]).exists()


def test_the_hold_of_a_death_is_released_with_the_mark_alone(customer) -> None:
    row = mark(customer, MarkKind.DECEASED)
    number = f"MARK-{row.pk}-{line(customer).pk}"
    with pytest.raises(MarkForbids, match=SAYS[MarkKind.DECEASED]):
        money.release_hold(line=line(customer), number=number, on=TODAY)
    marks.end_mark(mark=row, on=TODAY, by=make_user(), reason="a mistake", at=timezone.now())
    assert Fact.objects.filter(kind="release_hold", customer=customer).count() == 2


def test_a_restriction_of_staff_is_lifted_beside_a_mark(customer) -> None:
    operations.restrict_line(line=line(customer), number="M-1", effect="suspend", on=TODAY)
    mark(customer, MarkKind.COURT_FREEZE)
    assert tried(customer, "lift_restriction", restriction="M-1") == ""


@pytest.mark.parametrize(
    ("kind", "role", "may"),
    [
        (MarkKind.COURT_FREEZE, "supervisor", False),
        (MarkKind.COURT_FREEZE, "administrator", True),
        (MarkKind.DECEASED, "supervisor", True),
        (MarkKind.DECEASED, "administrator", True),
    ],
)
def test_only_an_administrator_approves_the_end_of_a_freeze(customer, kind, role, may) -> None:
    row, act = mark(customer, kind), find("end_grave_mark")
    form = act.form(
        {"mark": str(row.pk), "reason": "other", "words": "the court lifted it"}, customer=customer
    )
    assert form.is_valid(), form.errors
    asking = make_user("supervisor")
    given = {"on": TODAY, "look": acts.look, "seen": authority.fingerprint(acts.look(customer.pk))}
    token = uuid.uuid4()
    with pytest.raises(authority.NotAllowed):
        authority.carry_out(act, form, by=asking, token=token, **given)
    request = authority.ask(act, form, by=asking, token=token, **given)
    decider = make_user(role)
    if may:
        authority.approve(request, by=decider, words="seen the order", **given)
    else:
        with pytest.raises(authority.NotAllowed, match="administrator"):
            authority.approve(request, by=decider, words="seen the order", **given)
    row.refresh_from_db()
    assert (row.ended_at is not None) == may == StaffAct.objects.exists()


# -- hardship goes first -----------------------------------------------------------------


def item(customer: Any, key: str, queue: str = "alerts", **more: Any) -> WorkItem:
    return work.open_item(
        queue=queue, key=key, customer=customer, at=NOW,
        title_context={"code": "x", "points": 1}, **more,
    )  # fmt: skip


def test_who_is_in_hardship_goes_before_others_while_the_mark_stands(customer) -> None:
    other = make_customer(dt.date(2025, 1, 1))
    urgent = item(other, "1", priority=Priority.URGENT)
    mine = item(customer, "2", priority=Priority.LOW)
    row = mark(customer, MarkKind.HARDSHIP)
    later = item(customer, "3", priority=Priority.NORMAL)
    assert later.priority == Priority.HARDSHIP
    codes, by = ["alerts"], make_user("agent")
    first = work.claim_next(by=by, codes=codes, at=NOW)
    assert (first.pk, first.priority, first.usual_priority) == (mine.pk, 0, Priority.LOW)
    assert first.version == 2  # the claim alone; that it went first was no move
    client = Client()
    client.force_login(by)
    assert "Hardship first" in client.get(reverse("admin:work_desk")).content.decode()
    marks.end_mark(mark=row, on=TODAY, by=by, reason="works again", at=timezone.now())
    assert list(WorkItem.objects.order_by("pk").values_list("priority", "usual_priority")) == [
        (Priority.URGENT, None), (Priority.LOW, None), (Priority.NORMAL, None),
    ]  # fmt: skip
    urgent.refresh_from_db()


def test_a_mark_of_hardship_that_ends_by_itself_gives_up_its_place_at_night(customer) -> None:
    mark(customer, MarkKind.HARDSHIP, until_on=TODAY + dt.timedelta(5))
    item(customer, "1", queue="approvals")
    sync.sync(TODAY, at=NOW)
    assert WorkItem.objects.get().priority == Priority.HARDSHIP
    sync.sync(TODAY + dt.timedelta(5), at=NOW)
    assert WorkItem.objects.get().priority == queues.find("approvals").priority


@pytest.mark.parametrize("change", [{"priority": 0}, {"usual_priority": 3}])
def test_an_item_goes_first_only_with_its_usual_priority_kept(customer, change) -> None:
    row = item(customer, "1")
    with pytest.raises(IntegrityError, match="item_before_others"), transaction.atomic():
        WorkItem.objects.filter(pk=row.pk).update(**change)


def test_a_mark_is_refused_like_any_act() -> None:
    assert issubclass(MarkForbids, Refused)
    assert issubclass(accounts_operations.MarkRefused, Refused)
