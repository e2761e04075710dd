"""Work lists: items come and go with their causes, are one person's at a time, and cost little."""

import datetime as dt
import re
import threading
import uuid
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import authority
from accounts.acts import find
from accounts.desk import items, stale
from accounts.models import ActRequest, QueueSync, WorkItem, WorkMove
from accounts.work import operations, queries, queues, sync
from accounts.work.choices import MoveKind, Outcome
from accounts.work.operations import Moved, NotPossible
from billing import operations as money
from billing import promises
from billing.models import OpenBill, Quarantine
from config.night import open_due_days, quarantine
from risk import operations as decisions
from risk.desk import acts
from risk.models import Alert, Restriction
from tests.factories import line, make_customer, make_user, open_days, start_with_limits

pytestmark = pytest.mark.django_db

FIRST, TODAY = dt.date(2025, 1, 1), dt.date(2025, 3, 5)
NOW = dt.datetime(2025, 3, 5, 1, 0, tzinfo=dt.UTC)


@pytest.fixture
def late():
    """A customer whose pay-later bill falls overdue on 4 March."""
    customer = make_customer(FIRST, name="Ada Long")
    money.book_bill(
        line=line(customer), number=f"B-{customer.number}", principal=Decimal(1000),
        due_on=dt.date(2025, 3, 3), on=dt.date(2025, 2, 10),
    )  # fmt: skip
    open_days(customer, FIRST, TODAY)
    return customer


@pytest.fixture
def item(late):
    sync.sync(TODAY, at=NOW)
    return WorkItem.objects.get(queue="restrictions")


def put(customer, key="1", queue="alerts", **fields):
    context = {"code": "sharp_drop", "points": 60}
    return operations.open_item(
        queue=queue, key=key, customer=customer, title_context=context, at=NOW, **fields
    )


# -- where items come from ---------------------------------------------------------------


def test_a_night_makes_one_item_a_newly_restricted_customer_and_repeating_it_none(late):
    assert Restriction.objects.filter(customer=late, until_on=None).count() > 1
    first = {c.queue: c.opened for c in sync.sync(TODAY, at=NOW)}
    assert first["restrictions"] == 1
    assert {c.queue: c.opened for c in sync.sync(TODAY, at=NOW)}["restrictions"] == 0
    row = WorkItem.objects.get(queue="restrictions")
    assert row.customer == late
    assert "Pay-later" in queues.titled(row)


def test_a_finished_item_does_not_come_back_when_the_night_is_repeated(item):
    by = make_user("agent")
    operations.finish(item.pk, outcome=Outcome.ACTED, by=by, version=1, at=NOW)
    QueueSync.objects.all().delete()
    sync.sync(TODAY, at=NOW)
    assert not WorkItem.objects.filter(queue="restrictions", done_at=None).exists()


def test_an_alert_closed_by_staff_closes_its_item_in_the_same_act(late):
    alert = Alert.objects.create(customer=late, code="sharp_drop", opened_on=TODAY, points_lost=60)
    sync.sync(TODAY, at=NOW)
    found = WorkItem.objects.get(queue="alerts")
    assert found.subject_id == alert.pk
    decisions.close_alert(
        customer=late, code="sharp_drop", on=TODAY, by=make_user("agent"), reason="looked into"
    )
    found.refresh_from_db()
    assert (found.outcome, found.done_by) == (Outcome.GONE, None)
    last = WorkMove.objects.get(item=found)
    assert (last.kind, last.by) == (MoveKind.CLOSED, None)


def test_a_restriction_that_ended_closes_its_item_with_the_next_night(item):
    Restriction.objects.update(until_on=TODAY)
    assert {c.queue: c.closed for c in sync.sync(TODAY, at=NOW)}["restrictions"] == 1
    item.refresh_from_db()
    assert item.outcome == Outcome.GONE


def _until(customer, on):
    open_days(customer, TODAY + dt.timedelta(days=1), on)
    sync.sync(on, at=NOW)


def _owed(bill):
    return bill.principal + bill.interest + bill.fee


def _pay_all(customer):
    for bill in OpenBill.objects.filter(customer=customer).select_related("line"):
        money.book_repayment(line=bill.line, amount=_owed(bill), on=TODAY + dt.timedelta(days=9))


def test_a_broken_promise_is_an_item_until_it_is_made_good(late):
    due = TODAY + dt.timedelta(days=2)
    promises.record_promise(line=line(late), parts=[(due, Decimal(300))], on=TODAY, number="PTP-1")
    _until(late, due)
    assert not WorkItem.objects.filter(queue="broken_promises").exists()
    _until(late, TODAY + dt.timedelta(days=9))
    row = WorkItem.objects.get(queue="broken_promises")
    assert (
        queues.titled(row) == f"Pay-later line \N{MIDDLE DOT} 300.00 \N{MIDDLE DOT} {due}: Broken"
    )
    _pay_all(late)
    sync.sync(TODAY + dt.timedelta(days=9), at=NOW)
    row.refresh_from_db()
    assert row.outcome == Outcome.GONE


def test_a_broken_plan_is_an_item_until_it_is_paid(late):
    parts = [(TODAY + dt.timedelta(days=n), Decimal(502)) for n in (2, 30)]
    owed = _owed(OpenBill.objects.get(customer=late))
    parts[1] = (parts[1][0], owed - 502)
    money.agree_plan(
        line=line(late), bill_numbers=[f"B-{late.number}"], instalments=parts, on=TODAY,
        number="A-1",
    )  # fmt: skip
    _until(late, TODAY + dt.timedelta(days=9))
    row = WorkItem.objects.get(queue="broken_plans")
    assert queues.titled(row) == "Pay-later line \N{MIDDLE DOT} A-1"
    _pay_all(late)
    sync.sync(TODAY + dt.timedelta(days=9), at=NOW)
    row.refresh_from_db()
    assert row.outcome == Outcome.GONE


def test_a_queue_catches_up_the_days_that_were_left_out(late):
    QueueSync.objects.create(queue="restrictions", through=TODAY - dt.timedelta(days=5))
    sync.sync(TODAY, at=NOW)
    assert WorkItem.objects.filter(queue="restrictions").count() == 1
    assert QueueSync.objects.get(queue="restrictions").through == TODAY
    assert not sync.due(TODAY)
    assert sync.due(TODAY + dt.timedelta(days=1))


def test_the_night_itself_fills_the_lists(clean_book):
    customer = make_customer(dt.date(2025, 3, 1))
    money.book_bill(
        line=line(customer), number="B-1", principal=Decimal(1000), due_on=dt.date(2025, 3, 2),
        on=dt.date(2025, 3, 1),
    )  # fmt: skip
    open_due_days(dt.date(2025, 3, 6))
    assert WorkItem.objects.filter(queue="restrictions", customer=customer).count() == 1


def test_a_late_fact_brings_its_restriction_to_the_list(late):
    sync.sync(TODAY, at=NOW)
    other = make_customer(FIRST)
    open_days(other, FIRST, TODAY)
    sync.sync(TODAY, at=NOW)
    money.book_bill(
        line=line(other), number="B-late", principal=Decimal(500), due_on=dt.date(2025, 2, 20),
        on=TODAY, value_on=dt.date(2025, 2, 1),
    )  # fmt: skip
    assert WorkItem.objects.filter(queue="restrictions", customer=other, done_at=None).exists()


def test_a_request_is_an_item_that_its_asker_is_never_given(late, monkeypatch):
    start_with_limits()
    asker, chief = make_user("supervisor"), make_user("supervisor")
    row = Restriction.objects.filter(customer=late, until_on=None).exclude(trigger="manual").first()
    act = find("exempt")
    entered = {"restriction": f"{row.line_id}:{row.code}", "days": "10", "reason": "hardship",
               "words": "in hospital"}  # fmt: skip
    form = act.form(entered, customer=late)
    assert form.is_valid(), form.errors
    seen = authority.fingerprint(acts.look(late.pk))
    asked = authority.ask(
        act, form, by=asker, on=TODAY, look=acts.look, seen=seen, token=uuid.uuid4()
    )
    found = WorkItem.objects.get(queue="approvals")
    assert found.not_for == asker
    codes = ["approvals"]
    assert operations.claim_next(by=asker, codes=codes, at=NOW) is None
    with pytest.raises(NotPossible, match="own request"):
        operations.claim(found.pk, by=asker, version=1, at=NOW)
    assert operations.claim_next(by=chief, codes=codes, at=NOW) == found
    authority.reject(ActRequest.objects.get(pk=asked.pk), by=chief, words="not enough")
    found.refresh_from_db()
    assert (found.outcome, found.done_by) == (Outcome.DECIDED, chief)


def test_a_quarantined_customer_is_the_most_urgent_and_leaves_with_the_retry(late):
    Quarantine.objects.create(customer=late, since=TODAY, error="division by zero")
    sync.sync(TODAY, at=NOW)
    found = WorkItem.objects.get(queue="quarantine")
    chief = make_user("supervisor")
    codes = [queue.code for queue in queues.of(chief)]
    assert operations.claim_next(by=chief, codes=codes, at=NOW) == found
    quarantine.retry_quarantined(late.pk, by=chief)
    found.refresh_from_db()
    assert found.outcome == Outcome.GONE


def test_the_whole_book_is_one_statement_a_queue(late):
    with CaptureQueriesContext(
        connection,
    ) as one:
        sync.sync(TODAY, at=NOW)
    for _n in range(4):
        customer = make_customer(FIRST)
        money.book_bill(
            line=line(customer), number=f"B-{customer.number}", principal=Decimal(1000),
            due_on=dt.date(2025, 3, 3), on=dt.date(2025, 2, 10),
        )  # fmt: skip
        open_days(customer, FIRST, TODAY)
    QueueSync.objects.all().delete()
    with CaptureQueriesContext(connection) as many:
        sync.sync(TODAY, at=NOW)
    assert len(many) == len(one)
    assert WorkItem.objects.filter(queue="restrictions").count() == 5


# -- what people do with them ------------------------------------------------------------


def test_claim_hand_over_snooze_and_finish_each_leave_a_row(item):
    ming, jie = make_user("agent"), make_user("supervisor")
    operations.claim(item.pk, by=ming, version=1, at=NOW)
    operations.hand_over(item.pk, to=jie, words="She speaks Cantonese", by=ming, version=2, at=NOW)
    until = NOW + dt.timedelta(days=2)
    operations.snooze(item.pk, until=until, words="waits for a letter", by=jie, version=3, at=NOW)
    operations.wake(item.pk, by=jie, version=4, at=NOW)
    operations.finish(item.pk, outcome=Outcome.CONTACTED, by=jie, version=5, at=NOW, words="called")
    kinds = list(item.moves.order_by("pk").values_list("kind", "by", "to", "version"))
    assert kinds == [
        ("claimed", ming.pk, None, 2),
        ("handed_over", ming.pk, jie.pk, 3),
        ("snoozed", jie.pk, None, 4),
        ("woken", jie.pk, None, 5),
        ("finished", jie.pk, None, 6),
    ]
    with pytest.raises(NotPossible, match="finished already"):
        operations.claim(item.pk, by=ming, version=6, at=NOW)


def test_moves_and_items_are_not_taken_back(item):
    operations.claim(item.pk, by=make_user("agent"), version=1, at=NOW)
    for statement in (
        "update accounts_workmove set words = 'x'",
        "delete from accounts_workmove",
        "delete from accounts_workitem",
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(statement)


def test_what_somebody_has_is_not_taken_by_another_but_by_who_assigns(item):
    ming, lan, jie = make_user("agent"), make_user("agent"), make_user("supervisor")
    operations.claim(item.pk, by=ming, version=1, at=NOW)
    with pytest.raises(NotPossible):
        operations.finish(item.pk, outcome=Outcome.ACTED, by=lan, version=2, at=NOW)
    with pytest.raises(NotPossible):
        operations.claim(item.pk, by=lan, version=2, at=NOW)
    assert operations.assign(item.pk, to=lan, by=jie, version=2, at=NOW).assigned_to == lan
    with pytest.raises(NotPossible, match="does not work on items"):
        operations.assign(item.pk, to=make_user("auditor"), by=jie, version=3, at=NOW)


def test_next_is_my_overdue_one_then_the_most_urgent_free_one_then_mine(late):
    me, other = make_user("agent"), make_user("agent")
    calm = put(late, "1", priority=4)
    urgent = put(late, "2", priority=1)
    soon = put(late, "3", priority=1, due_at=NOW + dt.timedelta(hours=1))
    codes = ["alerts"]
    assert operations.claim_next(by=me, codes=codes, at=NOW) == soon
    assert operations.claim_next(by=other, codes=codes, at=NOW) == urgent
    later = NOW + dt.timedelta(hours=2)
    assert operations.claim_next(by=me, codes=codes, at=later) == soon  # overdue now
    assert operations.claim_next(by=me, codes=codes, at=later, after=soon.pk) == calm
    assert operations.claim_next(by=me, codes=codes, at=NOW, after=calm.pk) == soon
    operations.snooze(soon.pk, until=later, words="waits", by=me, version=soon.version + 1, at=NOW)
    assert operations.claim_next(by=me, codes=codes, at=NOW, after=calm.pk) is None


def test_two_who_press_next_at_once_get_two_items(clean_book):
    customer = make_customer()
    put(customer, "1")
    put(customer, "2")
    people = [make_user("agent"), make_user("agent")]
    found, gate = [], threading.Barrier(2, timeout=20)

    def press(user):
        try:
            with transaction.atomic():
                gate.wait()
                found.append(operations.claim_next(by=user, codes=["alerts"], at=NOW).pk)
                gate.wait()
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(found)) == 2


def test_a_move_upon_an_old_page_changes_nothing_and_says_who_was_faster(item):
    ming, jie = make_user("agent"), make_user("supervisor")
    operations.claim(item.pk, by=ming, version=1, at=NOW)
    with pytest.raises(Moved) as late:
        operations.assign(item.pk, to=jie, by=jie, version=1, at=NOW)
    assert [move.by for move in late.value.since] == [ming]
    item.refresh_from_db()
    assert item.assigned_to == ming


# -- the desk ----------------------------------------------------------------------------

DESK = "admin:work_desk"


def signed_in(role):
    client = Client()
    user = make_user(role)
    client.force_login(user)
    return client, user


def move(client, item, what, **data):
    url = reverse("admin:accounts_workitem_move", args=[item.pk, what])
    return client.post(url, data)


def test_the_desk_shows_tabs_with_counts_and_only_the_queues_one_may_see(item):
    client, user = signed_in("agent")
    page = client.get(reverse(DESK), {"tab": "unassigned"}).content.decode()
    assert "Ada Long" in page
    assert "Quarantined customers" not in page
    counts = queries.tab_counts(user=user, codes=["restrictions"], at=NOW)
    assert {name: str(count) for name, count in counts.items()} == {
        "mine": "0", "unassigned": "1", "overdue": "0", "snoozed": "0", "all": "1",
    }  # fmt: skip


def test_a_stale_move_at_the_desk_shows_both_values_and_keeps_the_words(item):
    client, _user = signed_in("supervisor")
    seen = items.seen(item)
    ming = make_user("agent", first_name="Ming", last_name="Wang")
    operations.claim(item.pk, by=ming, version=1, at=NOW)
    answer = move(
        client, item, "snooze", _seen=seen, words="my long words", until="2025-03-09T09:00"
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Ming Wang" in page
    assert "my long words" in page
    assert "nothing was saved" in page
    item.refresh_from_db()
    assert (item.snoozed_until, item.version) == (None, 2)


def test_finishing_leads_to_the_next(item, late):
    client, user = signed_in("agent")
    put(late, "9")
    answer = move(client, item, "finish", _seen=items.seen(item), outcome="acted", then="next")
    following = WorkItem.objects.get(queue="alerts")
    assert following.assigned_to == user
    assert answer.url.endswith(f"/customer/{late.pk}/change/?item={following.pk}")
    page = client.get(answer.url).content.decode()
    assert "yours" in page


def test_who_may_do_what_with_items(item):
    client, _user = signed_in("auditor")
    assert client.get(reverse(DESK)).status_code == 200
    assert move(client, item, "claim", _seen=items.seen(item)).status_code == 403
    assert client.post(reverse("admin:work_next")).status_code == 403
    client, _user = signed_in("agent")
    assert move(client, item, "assign", _seen=items.seen(item), to="1").status_code == 403
    claiming = reverse("admin:accounts_workitem_move", args=[item.pk, "claim"])
    assert client.get(claiming).status_code == 403
    hidden = put(item.customer, "q", queue="quarantine")
    assert move(client, hidden, "claim", _seen=items.seen(hidden)).status_code == 404
    anonymous = Client().get(reverse(DESK))
    assert anonymous.status_code == 302


@pytest.mark.parametrize(
    "token",
    ["", "x", stale.token({"version": 99})],
    ids=["none", "not signed", "of another version"],  # a signature has the moment in it
)
def test_a_move_without_a_page_of_ours_changes_nothing(item, token):
    client, _user = signed_in("agent")
    assert move(client, item, "claim", _seen=token).status_code == 409
    item.refresh_from_db()
    assert item.assigned_to is None


@pytest.mark.parametrize(
    "mark", ["1_x_2", "9__", "a_b_c", "3_2025-01-01T00:00:00+00:00_" + "9" * 30]
)
def test_a_broken_mark_shows_the_first_page(item, mark):
    client, _user = signed_in("agent")
    page = client.get(reverse(DESK), {"tab": "all", "after": mark})
    assert page.status_code == 200
    assert "Ada Long" in page.content.decode()


def test_pages_follow_each_other_and_cost_the_same_at_any_length(late):
    client, _user = signed_in("supervisor")
    url = reverse(DESK)
    for n in range(3):
        put(late, f"a{n}")
    client.get(url, {"tab": "all"})
    with CaptureQueriesContext(connection) as few:
        client.get(url, {"tab": "all"})
    for n in range(120):
        put(late, f"b{n}", priority=1 + n % 4)
    with CaptureQueriesContext(connection) as many:
        page = client.get(url, {"tab": "all"}).content.decode()
    assert len(many) <= len(few)
    seen = set(re.findall(r'name="chosen" value="(\d+)"', page))
    while found := re.search(r'rel="next" href="\?([^"]+)"', page):
        page = client.get(url + "?" + found.group(1).replace("&amp;", "&")).content.decode()
        fresh = set(re.findall(r'name="chosen" value="(\d+)"', page))
        assert fresh
        assert not fresh & seen
        seen |= fresh
    assert len(seen) == 123


def test_the_badge_counts_what_somebody_has(item):
    client, user = signed_in("agent")
    assert queries.badge(user, NOW) == "0"
    move(client, item, "claim", _seen=items.seen(item))
    assert queries.badge(user, NOW) == "1"
