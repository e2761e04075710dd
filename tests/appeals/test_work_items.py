"""An appeal and its work item are one person's, whichever of the two is taken, handed over or given
back; and neither is ever somebody's who may not handle the case."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.acts import Refused
from accounts.desk import stale
from accounts.models import WorkItem, WorkMove
from accounts.work import operations as work
from accounts.work import queries
from accounts.work.operations import Moved, NotPossible
from appeals import operations
from appeals.models import AppealEvent, ContestedCause
from tests.appeals.cases import NOW, TODAY, decline, file, fresh, handler, plain_customer

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(hours=1)


def item_of(appeal: Any) -> WorkItem:
    return WorkItem.objects.get(queue="appeals", key=appeal.number)


@pytest.fixture
def appeal(db: None) -> Any:
    """An appeal that nobody has."""
    made = fresh(file(plain_customer()))
    assert made.assigned_to is None
    return made


def both(appeal: Any) -> set[Any]:
    return {fresh(appeal).assigned_to, item_of(appeal).assigned_to}


def claim(appeal: Any, by: Any) -> WorkItem:
    item = item_of(appeal)
    return work.claim(item.pk, by=by, version=item.version, at=LATER)


def test_the_appeal_goes_with_its_item(appeal: Any) -> None:
    one, two, chief = handler(), handler(), handler("supervisor")
    item = claim(appeal, one)
    assert both(appeal) == {one}
    item = work.hand_over(
        item.pk, to=two, words="Back on Monday", by=one, version=item.version, at=LATER
    )
    assert both(appeal) == {two}
    item = work.release(item.pk, by=two, version=item.version, at=LATER, words="Ill")
    assert both(appeal) == {None}
    work.assign(item.pk, to=chief, by=chief, version=item.version, at=LATER)
    assert both(appeal) == {chief}
    log = AppealEvent.objects.filter(appeal=appeal, move="assign").order_by("version")
    assert list(log.values_list("by", "why")) == [
        (one.pk, ""), (one.pk, "Back on Monday"), (two.pk, "Ill"), (chief.pk, "")
    ]  # fmt: skip
    assert fresh(appeal).state == "submitted"


def test_the_item_goes_with_its_appeal(appeal: Any) -> None:
    one, chief = handler(), handler("supervisor")
    operations.take(appeal=appeal, by=one, at=LATER)
    assert both(appeal) == {one}
    operations.assign(appeal=appeal, to=None, by=one, at=LATER)
    assert both(appeal) == {None}
    operations.assign(appeal=appeal, to=one, by=chief, at=LATER)
    assert both(appeal) == {one}
    kinds = WorkMove.objects.filter(item=item_of(appeal)).order_by("pk")
    assert list(kinds.values_list("kind", "by")) == [
        ("claimed", one.pk), ("released", one.pk), ("assigned", chief.pk)
    ]  # fmt: skip


def test_next_gives_the_appeal_and_passes_over_what_is_not_for_its_asker(appeal: Any) -> None:
    close, decided, free = handler(), handler(), handler()
    operations.declare_conflict(
        user=close, customer=appeal.customer, relation="relative", by=close, at=NOW
    )
    ContestedCause.objects.create(
        appeal=appeal, position=1, subject_kind="bill", subject_id=1, deciders=[decided.pk]
    )
    assert work.claim_next(by=decided, codes=["appeals"], at=LATER) is None
    assert work.claim_next(by=close, codes=["appeals"], at=LATER) is None
    found = work.claim_next(by=free, codes=["appeals"], at=LATER)
    assert found == item_of(appeal)
    assert both(appeal) == {free}


BOTH = ["alerts", "appeals"]
DROP = {"points": 30, "code": "sharp_drop"}


@pytest.fixture
def close(appeal: Any) -> Any:
    """A supervisor who is close to the customer of the appeal, which has an item of another queue
    too."""
    user = handler("supervisor")
    work.open_item(queue="alerts", key="1", customer=appeal.customer, title_context=DROP, at=NOW)
    operations.declare_conflict(
        user=user, customer=appeal.customer, relation="relative", by=user, at=NOW
    )
    return user


OVERDUE = NOW + dt.timedelta(days=90)


@pytest.mark.parametrize("name", queries.TABS)
def test_no_tab_lists_or_counts_whom_its_reader_is_close_to(close: Any, name: str) -> None:
    other = handler("supervisor")
    shown = {"codes": BOTH, "at": OVERDUE}
    WorkItem.objects.update(assigned_to=None)
    for user, n in ((close, 0), (other, 2 if name in ("unassigned", "overdue", "all") else 0)):
        assert queries.tab(name, user=user, **shown).count() == n
        assert queries.tab_counts(user=user, **shown)[name].n == n
    assert {c.n for c in queries.queue_counts(BOTH, user=close).values()} == {0}
    assert {c.n for c in queries.queue_counts(BOTH, user=other).values()} == {1}


def test_the_list_of_every_item_leaves_out_whom_its_reader_is_close_to(
    close: Any, client: Any
) -> None:
    for user, n in ((close, 0), (handler("supervisor"), 2)):
        client.force_login(user)
        page = client.get(reverse("admin:accounts_workitem_changelist"))
        assert len(page.context["cl"].result_list) == n


def test_what_was_theirs_is_nobodys_once_they_declare_it(appeal: Any) -> None:
    user, other = handler(), handler()
    item = work.open_item(
        queue="alerts", key="1", customer=appeal.customer, title_context=DROP, at=NOW
    )
    work.claim(item.pk, by=user, version=item.version, at=NOW)
    claim(appeal, user)
    operations.declare_conflict(
        user=user, customer=appeal.customer, relation="own", by=user, at=LATER
    )
    item.refresh_from_db()
    assert (item.assigned_to, both(appeal)) == (None, {other})
    assert WorkMove.objects.filter(item=item).order_by("-pk")[0].kind == "released"
    assert queries.badge(user, LATER) == "0"
    assert queries.of_customer(appeal.customer_id, user) == []


def test_next_and_assigning_pass_over_whom_somebody_is_close_to(close: Any) -> None:
    other = handler("supervisor")
    item = WorkItem.objects.get(queue="alerts")
    assert work.claim_next(by=close, codes=BOTH, at=LATER) is None
    for to, by in ((close, other), (other, close)):
        with pytest.raises(NotPossible, match="conflict of interest"):
            work.assign(item.pk, to=to, by=by, version=item.version, at=LATER)
    with pytest.raises(NotPossible, match="conflict of interest"):
        work.claim(item.pk, by=close, version=item.version, at=LATER)
    assert work.claim_next(by=other, codes=["alerts"], at=LATER) == item


def test_the_list_costs_one_question_more_however_many_one_is_close_to(close: Any) -> None:
    counts = []
    for _n in range(2):
        with CaptureQueriesContext(connection) as found:
            list(queries.tab("unassigned", user=close, codes=BOTH, at=LATER))
        counts.append(len(found))
        for _m in range(3):
            customer = fresh(file(plain_customer())).customer
            operations.declare_conflict(
                user=close, customer=customer, relation="business", by=close, at=NOW
            )
    assert counts == [2, 2]


def test_a_conflict_is_refused_whichever_way_it_is_taken(appeal: Any) -> None:
    close, other, chief = handler(), handler(), handler("supervisor")
    operations.declare_conflict(
        user=close, customer=appeal.customer, relation="relative", by=close, at=NOW
    )
    item, before = item_of(appeal), fresh(appeal).version
    with pytest.raises(NotPossible, match="conflict of interest"):
        claim(appeal, close)
    with pytest.raises(NotPossible, match="conflict of interest"):
        work.assign(item.pk, to=close, by=chief, version=item.version, at=LATER)
    assert (both(appeal), fresh(appeal).version, item_of(appeal).version) == (
        {None}, before, item.version
    )  # fmt: skip
    item = claim(appeal, other)
    with pytest.raises(NotPossible, match="conflict of interest"):
        work.hand_over(item.pk, to=close, words="Yours", by=other, version=item.version, at=LATER)
    assert both(appeal) == {other}


def test_the_second_review_is_not_given_to_who_decided_the_first(appeal: Any) -> None:
    first = handler()
    operations.take(appeal=appeal, by=first, at=NOW)
    decline(appeal, first)
    second = operations.reopen(
        appeal=fresh(appeal), words="Look again", by=appeal.customer, at=NOW, on=TODAY
    )
    with pytest.raises(NotPossible, match="somebody else"):
        claim(second, first)
    assert work.claim_next(by=first, codes=["appeals"], at=LATER) is None
    other = handler()
    assert work.claim_next(by=other, codes=["appeals"], at=LATER) == item_of(second)


def test_a_conflict_declared_meanwhile_takes_both_away(appeal: Any) -> None:
    only = handler()
    claim(appeal, only)
    operations.declare_conflict(
        user=only, customer=appeal.customer, relation="relative", by=only, at=LATER
    )
    assert both(appeal) == {None}


def test_the_item_of_an_open_appeal_is_not_finished_by_hand(appeal: Any) -> None:
    one = handler()
    item = claim(appeal, one)
    with pytest.raises(NotPossible, match="is open"):
        work.finish(item.pk, outcome="acted", by=one, version=item.version, at=LATER)
    operations.withdraw(appeal=appeal, by=appeal.customer, at=LATER, on=TODAY)
    assert item_of(appeal).done_at == LATER


def test_an_appeal_about_to_be_late_is_seen_to_without_being_handled(appeal: Any) -> None:
    chief = handler("supervisor")
    operations.escalate(at=NOW + dt.timedelta(days=20))
    late = WorkItem.objects.get(queue="appeals_late", key=appeal.number)
    work.claim(late.pk, by=chief, version=late.version, at=NOW + dt.timedelta(days=20))
    assert both(appeal) == {None}


def test_next_costs_the_same_however_many_appeals_wait(appeal: Any) -> None:
    one = handler()

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert work.claim_next(by=one, codes=["appeals"], at=LATER) is not None
        return len(seen)

    first = cost()
    for _ in range(3):
        made = file(plain_customer())
        operations.assign(appeal=made, to=None, by=handler("supervisor"), at=NOW)
    assert cost() <= first


def test_claimed_at_the_desk_it_is_assigned(
    appeal: Any, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = handler()
    monkeypatch.setattr(timezone, "now", lambda: LATER)
    client.force_login(one)
    item = item_of(appeal)
    got = client.post(
        reverse("admin:accounts_workitem_move", args=[item.pk, "claim"]),
        {stale.FIELD: stale.token({"version": item.version})},
    )
    assert got.status_code == 302
    assert both(appeal) == {one}


def test_taken_on_its_page_and_in_the_list_at_once_it_is_one_persons(clean_book: None) -> None:
    for _ in range(3):
        appeal = fresh(file(plain_customer()))
        one, two = handler(), handler()
        operations.assign(appeal=appeal, to=None, by=handler("supervisor"), at=NOW)
        item = item_of(appeal)
        gate, wrong = threading.Barrier(3, timeout=20), []

        def run(act: Any, gate: Any = gate, wrong: list[str] = wrong) -> None:
            try:
                gate.wait()
                act()
            except (NotPossible, Moved, Refused):
                pass
            except Exception as error:
                wrong.append(repr(error))
            finally:
                connection.close()

        acts = (
            lambda a=appeal, by=one: operations.take(appeal=a, by=by, at=LATER),
            lambda i=item, by=two: work.claim(i.pk, by=by, version=i.version, at=LATER),
            lambda: operations.escalate(at=NOW + dt.timedelta(days=20)),
        )
        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert wrong == []
        (holder,) = both(appeal)
        assert holder in (one, two)
