"""Bulk acts: previewed, confirmed, each customer once, also when the worker is killed."""

import datetime as dt
import os
import signal
import time
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import authority
from accounts.acts import find
from accounts.bulk import operations, recipes, running
from accounts.bulk.models import BulkRun, BulkTarget, RunState, TargetState
from accounts.models import ActRequest, AuthorityLimit, StaffAct, WorkItem
from accounts.work import operations as work
from accounts.work.choices import Outcome
from billing import operations as money
from billing.models import Entry, OpenBill
from risk.desk import acts
from tests import book
from tests.factories import line, make_customer, make_user, open_days, start_with_limits

FIRST, TODAY = dt.date(2025, 2, 1), dt.date(2025, 3, 20)
NOW = dt.datetime(2025, 3, 20, 1, 0, tzinfo=dt.UTC)
WAIVER = {"most": "10", "reason": "goodwill", "words": "the channel was down"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)


def late_customer(principal=10_000):
    customer = make_customer(FIRST)
    money.book_bill(
        line=line(customer), number=f"B-{customer.number}", principal=Decimal(principal),
        due_on=dt.date(2025, 3, 10), on=FIRST,
    )  # fmt: skip
    open_days(customer, FIRST, TODAY)
    return customer


@pytest.fixture
def some(db):
    """Three customers with fees, and one without."""
    start_with_limits()
    return [late_customer(), late_customer(), late_customer(), make_customer(FIRST)]


def signed_in(role):
    client, user = Client(), make_user(role)
    client.force_login(user)
    return client, user


def previewed(customers, by, *, code="waive_fees", above="ask", data=WAIVER, of="customers"):
    run = operations.begin(of=of, chosen=customers, source="a test", by=by, at=NOW)
    recipe = recipes.find(code)
    form = recipe.form(data)
    assert form.is_valid(), form.errors
    return operations.preview(
        run, recipe, data=form.raw(), cleaned=form.cleaned_data, above=above, by=by, on=TODAY
    )


def work_through(run, **fields):
    return running.work_on(run.pk, look=acts.look, on=TODAY, seconds=60, **fields)


def states(run):
    return sorted(run.targets.values_list("state", flat=True))


# -- step one: the preview ---------------------------------------------------------------


def test_the_preview_says_how_many_how_much_and_who_is_left_out_and_does_nothing(some):
    run = previewed([c.pk for c in some], make_user("supervisor"))
    waiting = run.targets.filter(state=TargetState.WAITING)
    assert [(row.amount, row.alone) for row in waiting] == [(10, True)] * 3
    left = run.targets.get(state=TargetState.SKIPPED)
    assert (left.customer, left.reason) == (some[3], "no fees are outstanding")
    assert not StaffAct.objects.exists()
    assert not Entry.objects.filter(kind="waived").exists()


def test_the_preview_counts_each_amount_against_the_authority_of_the_year(some):
    by = make_user("agent")
    AuthorityLimit.objects.filter(role="agent", act="waive_fees").update(
        alone=10, alone_in_a_year=15
    )
    customer = some[0]
    money.book_bill(
        line=line(customer), number="B-second", principal=Decimal(10_000),
        due_on=dt.date(2025, 3, 5), on=TODAY, value_on=FIRST,
    )  # fmt: skip
    OpenBill.objects.filter(bill__number="B-second").update(fee=6)
    act = find("waive_fees")
    rows = list(act.fill([customer.pk], {"most": Decimal(100)}))
    assert len(rows) == 2
    assert rows[0].amount == 6
    assert authority.alone_in_many(by, act, rows, TODAY) == [True, False]


def test_the_preview_costs_the_same_for_few_and_for_many(some):
    by = make_user("supervisor")
    previewed([some[0].pk], by)
    with CaptureQueriesContext(connection) as one:
        previewed([some[0].pk], by)
    with CaptureQueriesContext(connection) as four:
        previewed([c.pk for c in some], by)
    assert len(four) == len(one)


def test_too_many_or_none_are_not_begun(db):
    by = make_user("supervisor")
    for chosen in ([], range(operations.MOST_CHOSEN + 1)):
        with pytest.raises(operations.NotBegun):
            operations.begin(of="customers", chosen=chosen, source="", by=by, at=NOW)


# -- step two: done ----------------------------------------------------------------------


def test_each_is_done_once_through_the_act_and_confirming_twice_changes_nothing(some):
    by = make_user("supervisor")
    run = previewed([c.pk for c in some], by)
    operations.confirm(run, by=by, at=NOW)
    operations.confirm(run, by=by, at=NOW)
    assert work_through(run)
    assert work_through(run)
    assert states(run) == ["done", "done", "done", "skipped"]
    done = StaffAct.objects.all()
    assert sorted(done.values_list("token")) == sorted(
        run.targets.filter(state="done").values_list("token")
    )
    assert set(done.values_list("amount", "words", "done_by")) == {
        (Decimal(10), "the channel was down", by.pk)
    }
    assert BulkRun.objects.get().state == RunState.DONE


def test_above_ones_authority_it_becomes_one_request_each_or_is_left_out(some):
    by = make_user("agent")
    by.user_permissions.add(_permission("bulk_acts"))
    by = type(by).objects.get(pk=by.pk)
    AuthorityLimit.objects.filter(role="agent", act="waive_fees").update(alone=5)
    ids = [c.pk for c in some]
    asking = operations.confirm(previewed(ids, by), by=by, at=NOW)
    work_through(asking)
    assert states(asking) == ["asked", "asked", "asked", "skipped"]
    assert ActRequest.objects.filter(requested_by=by, status="waiting").count() == 3
    assert WorkItem.objects.filter(queue="approvals").count() == 3
    skipping = previewed(ids, by, above="skip")
    assert states(skipping) == ["skipped"] * 4
    assert not StaffAct.objects.exists()


def _permission(codename):
    from django.contrib.auth.models import Permission

    return Permission.objects.get(codename=codename)


def test_what_is_not_possible_any_more_is_refused_with_its_reason_and_the_others_go_on(some):
    by = make_user("supervisor")
    run = operations.confirm(previewed([c.pk for c in some], by), by=by, at=NOW)
    customer = some[1]
    money.waive_fees(line=line(customer), bill_number=f"B-{customer.number}", amount=None, on=TODAY)
    work_through(run)
    assert states(run) == ["done", "done", "refused", "skipped"]
    assert run.targets.get(state="refused").reason


def test_who_lost_the_permission_meanwhile_does_nothing_more(some):
    by = make_user("supervisor")
    run = operations.confirm(previewed([some[0].pk], by), by=by, at=NOW)
    by.groups.clear()
    work_through(run)
    assert run.targets.get().state == TargetState.REFUSED
    assert not StaffAct.objects.exists()


def test_exempt_and_close_alert_are_filled_for_each_customer(some):
    by = make_user("supervisor")
    data = {"trigger": "own_overdue", "days": "10", "reason": "hardship", "words": "a flood"}
    run = operations.confirm(
        previewed([c.pk for c in some], by, code="exempt", data=data), by=by, at=NOW
    )
    work_through(run)
    assert states(run) == ["asked", "asked", "asked", "skipped"]
    closing = previewed([some[3].pk], by, code="close_alert", data={
        "reason": "other", "words": "looked into"})  # fmt: skip
    assert closing.targets.get().reason == "no alert is open"


def test_items_are_finished_in_bulk_and_one_that_moved_meanwhile_is_not(some):
    by, other = make_user("agent"), make_user("agent")
    items = [
        work.open_item(queue="alerts", key=str(n), customer=some[n], at=NOW,
                       title_context={"code": "x", "points": 1})
        for n in range(3)
    ]  # fmt: skip
    work.claim(items[2].pk, by=other, version=1, at=NOW)
    run = previewed(
        [i.pk for i in items], by, code="finish_items", of="items",
        data={"outcome": "acted", "words": "all the same cause"},
    )  # fmt: skip
    assert run.targets.get(state="skipped").reason == "somebody else has it"
    operations.confirm(run, by=by, at=NOW)
    work.claim(items[1].pk, by=by, version=1, at=NOW)
    work_through(run)
    assert states(run) == ["done", "refused", "skipped"]
    items[0].refresh_from_db()
    assert (items[0].outcome, items[0].done_by) == (Outcome.ACTED, by)


def test_drafts_are_their_makers_and_go_away(some):
    by = make_user("supervisor")
    run = previewed([some[0].pk], by)
    other, _user = signed_in("supervisor")
    page = reverse("admin:accounts_bulkrun_change", args=[run.pk])
    assert other.get(page).status_code in (302, 404)
    with pytest.raises(operations.NotBegun):
        operations.confirm(run, by=_user, at=NOW)
    assert operations.forget_drafts(NOW + dt.timedelta(days=2)) == 1
    assert not BulkTarget.objects.exists()


# -- at the desk -------------------------------------------------------------------------


def test_from_the_list_of_customers_to_the_results_and_their_export(some):
    client, _user = signed_in("supervisor")
    answer = client.post(
        reverse("admin:accounts_customer_changelist"),
        {"action": "act_in_bulk", "_selected_action": [c.pk for c in some[:2]]},
    )
    assert BulkRun.objects.get().chosen == [c.pk for c in some[:2]]
    page = answer.url
    assert "Waive late fees" in client.get(page).content.decode()
    assert "At most" in client.get(page, {"act": "waive_fees"}).content.decode()
    client.post(page, {"step": "preview", "recipe": "waive_fees", **WAIVER})
    shown = client.get(page).content.decode()
    assert "20.00" in shown
    assert "All of it is within your authority." in shown
    client.post(page, {"step": "confirm"})
    result = client.get(page).content.decode()
    assert "Running" not in result
    run = BulkRun.objects.get()
    assert states(run) == ["done", "done"]
    export = client.post(reverse("admin:accounts_bulktarget_export") + f"?run={run.pk}")
    lines = b"".join(export.streaming_content).decode().splitlines()
    assert len(lines) == 3
    assert some[0].number in "".join(lines)


def test_all_that_match_means_all_and_not_the_page(some):
    client, _user = signed_in("supervisor")
    client.post(
        reverse("admin:accounts_customer_changelist") + "?status=suspended",
        {"action": "act_in_bulk", "_selected_action": [some[0].pk], "select_across": "1"},
    )
    assert BulkRun.objects.get().chosen == sorted(c.pk for c in some[:3])
    assert "status=suspended" in BulkRun.objects.get().source


@pytest.mark.parametrize("role", ["agent", "risk_analyst", "auditor"])
def test_who_may_not_act_on_many_customers(some, role):
    client, user = signed_in(role)
    client.post(
        reverse("admin:accounts_customer_changelist"),
        {"action": "act_in_bulk", "_selected_action": [some[0].pk]},
    )
    assert not BulkRun.objects.exists()
    run = operations.begin(of="customers", chosen=[some[0].pk], source="", by=user, at=NOW)
    page = reverse("admin:accounts_bulkrun_change", args=[run.pk])
    forced = client.post(page, {"step": "preview", "recipe": "waive_fees", **WAIVER})
    assert forced.status_code == 403
    assert Client().get(page).status_code == 302


# -- in the background -------------------------------------------------------------------

WORKER = """
import datetime, sys, time
import django
django.setup()
from accounts.bulk import running
from risk.desk import acts
def slow():
    print("done", flush=True)
    time.sleep(0.15)
running.work_on(int(sys.argv[1]), look=acts.look, on=datetime.date(2025, 3, 20), seconds=60,
                after_each=slow)
print("end", flush=True)
"""


@pytest.mark.slow
def test_a_killed_worker_is_resumed_and_nothing_is_done_twice(clean_book):
    start_with_limits()
    by = make_user("supervisor")
    customers = [late_customer() for _n in range(6)]
    run = operations.confirm(previewed([c.pk for c in customers], by), by=by, at=NOW)
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings", "PROCESS_ROLE": "worker"}
    worker = book.start("-c", WORKER, str(run.pk), **environment)
    for _n in range(2):
        assert worker.stdout.readline() == "done\n"
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate(timeout=30)
    left = run.targets.filter(state=TargetState.WAITING).count()
    assert 0 < left <= 4
    assert running.unfinished() == [run.pk]
    ends = time.monotonic() + 30
    # the dead worker's connection may hold its last target for a moment
    while not work_through(run):
        assert time.monotonic() < ends
    assert states(run) == ["done"] * 6
    assert running.unfinished() == []
    waived = Entry.objects.filter(kind="waived").values_list("customer", "amount")
    assert sorted(waived) == sorted((c.pk, Decimal(-10)) for c in customers)
    assert StaffAct.objects.count() == 6
