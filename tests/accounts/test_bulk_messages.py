"""A message to many: each in their language, each once, nobody who must not be contacted."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.bulk import operations, recipes, running
from accounts.bulk.models import BulkRun, TargetState
from accounts.marks import MarkKind
from accounts.models import ContactPreference, Notice, User
from accounts.notices import delivering, hours
from accounts.operations import set_mark
from accounts.replies import bulk as messages
from accounts.replies.operations import change, make
from billing import operations as money
from risk.desk import acts
from tests.factories import line, make_customer, make_user, open_days

pytestmark = pytest.mark.django_db

FIRST, TODAY = dt.date(2025, 2, 1), dt.date(2025, 3, 20)
NOW = dt.datetime(2025, 3, 20, 4, tzinfo=dt.UTC)  # 12:00 in Shanghai


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def template(db):
    return make(
        name="Storm", text_en="Dear {customer_name}, of {outstanding} nothing is due this week.",
        text_zh_hans="{customer_name}，您好：{outstanding} 元本周无需还款。",
        by=make_user(), at=NOW,
    )  # fmt: skip


def customer(language="en", **fields):
    return make_customer(FIRST, language=language, **fields)


def previewed(people, template, by, of="customers"):
    run = operations.begin(of=of, chosen=[row.pk for row in people], source="a test", by=by, at=NOW)
    recipe = recipes.find("send_message")
    form = recipe.form({"template": str(template.pk)})
    assert form.is_valid(), form.errors
    return operations.preview(
        run, recipe, data=form.raw(), cleaned=form.cleaned_data, above="ask", by=by, on=TODAY
    )


def sent(run, by):
    operations.confirm(run, by=by, at=NOW)
    assert running.work_on(run.pk, look=acts.look, on=TODAY, seconds=60)
    return run


def left_out(run):
    rows = run.targets.filter(state=TargetState.SKIPPED)
    return dict(rows.values_list("customer_id", "reason"))


def mark(customer, kind):
    set_mark(customer=customer, kind=kind, from_on=TODAY, by=make_user(), reason="asked", at=NOW)


def test_each_is_told_once_in_their_language_with_the_figures_of_the_moment(template):
    english, chinese, by = customer(), customer("zh-hans"), make_user("supervisor")
    for who in (english, chinese):
        open_days(who, FIRST, TODAY)
    run = sent(previewed([english, chinese], template, by), by)
    sent(run, by)
    assert Notice.objects.filter(kind="message").count() == 2
    money.book_bill(
        line=line(english), number="B-1", principal=Decimal(70), due_on=dt.date(2025, 3, 30),
        on=TODAY,
    )  # fmt: skip
    delivering.deliver(now=NOW)
    told = {n.customer_id: n for n in Notice.objects.filter(kind="message")}
    assert told[english.pk].subject == "A message from Fairline"
    assert told[english.pk].body.startswith(f"Dear {english.name}, of 70.00 nothing is due")
    assert told[english.pk].translations["zh-hans"][1].startswith(f"{english.name}，您好：70.00")
    assert told[chinese.pk].body.startswith(f"{chinese.name}，您好：0.00 元")
    assert {n.state for n in told.values()} == {"sent"}


def test_what_was_previewed_is_sent_also_if_the_template_changed(template):
    who, by = customer(), make_user("supervisor")
    run = previewed([who], template, by)
    change(
        template, name="Storm", text_en="Another text", text_zh_hans="另一段文字", active=True,
        version=1, by=by, at=NOW,
    )  # fmt: skip
    sent(run, by)
    delivering.deliver(now=NOW)
    assert Notice.objects.get(kind="message").body.startswith("Dear ")


def test_who_must_not_be_contacted_or_cannot_be_is_left_out_with_the_reason(template):
    quiet, dead, hard, plain, closed = (customer() for _n in range(5))
    mark(quiet, MarkKind.DO_NOT_CONTACT)
    mark(dead, MarkKind.DECEASED)
    mark(hard, MarkKind.HARDSHIP)
    User.objects.create_user("closed", customer=closed, is_active=False)
    by = make_user("supervisor")
    run = previewed([quiet, dead, hard, plain, closed], template, by)
    assert left_out(run) == {
        quiet.pk: "asked not to be contacted",
        dead.pk: "deceased: nobody is written to",
        closed.pk: "no way to reach them: access closed, no e-mail address",
    }
    mark(plain, MarkKind.DO_NOT_CONTACT)
    sent(run, by)
    refused = run.targets.get(state=TargetState.REFUSED)
    assert (refused.customer_id, refused.reason) == (plain.pk, "asked not to be contacted")
    assert list(Notice.objects.filter(kind="message").values_list("customer", flat=True)) == [
        hard.pk
    ]


def test_who_sleeps_is_told_in_the_morning_and_the_preview_says_so(template):
    there = customer()
    ContactPreference.objects.create(customer=there, time_zone="America/New_York")  # midnight
    by = make_user("supervisor")
    run = sent(previewed([there], template, by), by)
    assert run.targets.get().words == "in the app; waits for their hours"
    delivering.deliver(now=NOW)
    notice = Notice.objects.get(kind="message")
    assert (notice.state, notice.why) == ("held", "hours")
    assert notice.due_at == hours.next_moment(NOW, ContactPreference.objects.get())


def test_what_is_overdue_but_held_keeps_messages_back(template):
    who = customer()
    money.book_bill(
        line=line(who), number="B-1", principal=Decimal(70), due_on=dt.date(2025, 3, 2), on=FIRST
    )
    open_days(who, FIRST, TODAY)
    money.place_hold(line=line(who), number="H-1", fees=True, milestones=True, on=TODAY)
    open_days(who, TODAY + dt.timedelta(1), TODAY + dt.timedelta(1))
    run = previewed([who], template, make_user("supervisor"))
    assert list(left_out(run).values()) == ["what is overdue is held"]


def test_the_preview_and_the_delivery_cost_the_same_for_few_and_for_many(template):
    people, by = [customer() for _n in range(6)], make_user("supervisor")
    for who in people:
        open_days(who, FIRST, FIRST)
    previewed(people[:1], template, by)
    counts = []
    for some in (people[:1], people):
        with CaptureQueriesContext(connection) as asked:
            run = previewed(some, template, by)
        sent(run, by)
        with CaptureQueriesContext(connection) as told:
            assert delivering.deliver(now=NOW) == len(some)
        counts.append((len(asked), len(told)))
    assert counts[0] == counts[1]


def test_at_the_desk_the_text_is_shown_for_one_of_each_language_before_it_is_sent(template):
    english, chinese = customer(name="Ada <i>Long</i>"), customer("zh-hans")
    client, by = Client(), make_user("supervisor")
    client.force_login(by)
    client.post(
        reverse("admin:accounts_customer_changelist"),
        {"action": "act_in_bulk", "_selected_action": [english.pk, chinese.pk]},
    )
    run = BulkRun.objects.get()
    page = reverse("admin:accounts_bulkrun_change", args=[run.pk])
    assert "Send a message" in client.get(page).content.decode()
    missing = client.post(page, {"step": "preview", "recipe": "send_message"})
    assert "template" in missing.context["form"].errors
    client.post(page, {"step": "preview", "recipe": "send_message", "template": template.pk})
    shown = client.get(page).content.decode()
    assert "Dear Ada &lt;i&gt;Long&lt;/i&gt;, of 0.00" in shown
    assert f"{chinese.name}，您好" in shown
    assert "in the app" in shown
    assert not Notice.objects.filter(kind="message").exists()
    client.post(page, {"step": "confirm"})
    assert Notice.objects.filter(kind="message").count() == 2


@pytest.mark.parametrize("role", ["agent", "risk_analyst", "auditor"])
def test_who_may_not_send_to_many(template, role):
    who, by = customer(), make_user(role)
    run = operations.begin(of="customers", chosen=[who.pk], source="", by=by, at=NOW)
    client = Client()
    client.force_login(by)
    answer = client.post(
        reverse("admin:accounts_bulkrun_change", args=[run.pk]),
        {"step": "preview", "recipe": messages.SendMessage.code, "template": template.pk},
    )
    assert answer.status_code == 403
    assert not run.targets.exists()
