"""What appeals go by is published from a day on, looked at twice, by those who may; and the clocks
count each day by the version of that day."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from appeals import operations, rules
from appeals.clocks import calendar, service
from appeals.models import AppealRules, WorkCalendar
from appeals.operations import AppealRefused, NotAllowed
from tests.appeals.cases import TODAY
from tests.factories import make_user, start_with_limits

pytestmark = pytest.mark.django_db
NEXT = TODAY + dt.timedelta(days=30)
RULES = "admin:appeals_appealrules_publish"
CALENDAR = "admin:appeals_workcalendar_publish"


@pytest.fixture(autouse=True)
def today(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    start_with_limits()
    monkeypatch.setattr("appeals.admin.published.book_date", lambda: TODAY)


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(make_user(role))
    return client


def filled(client: Client, name: str, /, **changes: Any) -> dict[str, Any]:
    """The form as a browser would send it back, with some fields changed."""
    form = client.get(reverse(name)).context["form"]
    found = {field: form.get_initial_for_field(form.fields[field], field) for field in form.fields}
    sent = {field: "" if value is None else value for field, value in found.items()}
    return {**sent, "effective_from": NEXT.isoformat(), **changes}


@pytest.mark.parametrize("role", ["risk_analyst", "administrator"])
def test_rules_are_filled_in_looked_at_again_and_published(role: str) -> None:
    client = signed_in(role)
    data = filled(client, RULES, **{"legal.appeal.days": "12"})
    look = client.post(reverse(RULES), data)
    text = look.content.decode()
    assert look.context["changes"] == 1
    assert "<s>20</s>" in text
    assert not AppealRules.objects.exists()
    done = client.post(reverse(RULES), {**data, "step": "publish"})
    assert done.status_code == 302
    row = AppealRules.objects.get()
    assert (row.effective_from, row.published_by) == (NEXT, done.wsgi_request.user)
    assert rules.rules_on(NEXT).legal.appeal.days == 12
    assert rules.rules_on(NEXT - dt.timedelta(days=1)).legal.appeal.days == 20
    page = client.get(reverse("admin:appeals_appealrules_change", args=[row.pk]))
    assert page.status_code == 200
    listed = client.get(reverse("admin:appeals_appealrules_changelist")).content.decode()
    assert reverse(RULES) in listed


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("legal.complaint.extended", "10", "longer than the one before"),
        ("alarms", "1, 5", "falling"),
        ("alarms", "10, x", "alarms"),
        ("effective_from", TODAY.isoformat(), "after today"),
        ("waiting.days", "0", "greater than or equal to 1"),
        ("service.calendar", "mars", "not one of the available"),
        ("overturned.percent", "101", "less than or equal to 100"),
    ],
)
def test_a_figure_that_does_not_hold_is_named_at_its_field(
    field: str, value: str, words: str
) -> None:
    client = signed_in("administrator")
    answer = client.post(
        reverse(RULES), filled(client, RULES, **{field: value}), headers={"accept-language": "en"}
    )
    errors = answer.context["form"].errors
    assert list(errors) == [field.replace("extended", "days") if "extended" in field else field]
    assert words in str(errors)
    assert not AppealRules.objects.exists()


def test_what_was_published_meanwhile_is_looked_at_before_anything_else_is() -> None:
    client = signed_in("administrator")
    data = filled(client, RULES, review_days="31")
    operations.publish_rules(
        document=rules.preset("cn").document(), effective_from=TODAY + dt.timedelta(days=3), by=None
    )
    answer = client.post(reverse(RULES), {**data, "step": "publish"})
    assert "published meanwhile" in answer.content.decode()
    assert AppealRules.objects.count() == 1
    again = filled(client, RULES, effective_from=(TODAY + dt.timedelta(days=2)).isoformat())
    answer = client.post(reverse(RULES), {**again, "step": "publish"})
    assert "on that day or later" in answer.content.decode()


@pytest.mark.parametrize("role", ["agent", "supervisor", "auditor", ""])
@pytest.mark.parametrize("name", [RULES, CALENDAR])
def test_nobody_else_publishes(role: str, name: str) -> None:
    client = signed_in(role)
    assert client.get(reverse(name)).status_code == 403
    assert client.post(reverse(name), {"step": "publish"}).status_code == 403
    user = make_user(role)
    document = rules.preset("cn").document()
    with pytest.raises(NotAllowed):
        operations.publish_rules(document=document, effective_from=NEXT, by=user)
    with pytest.raises(NotAllowed):
        operations.keep_calendar(
            code="cn", name="CN", document=calendar.shipped_document("cn"), effective_from=NEXT,
            by=user,
        )  # fmt: skip


def test_a_new_holiday_plan_counts_from_its_day_and_leaves_the_days_before() -> None:
    client = signed_in("risk_analyst")
    data = filled(
        client, CALENDAR, holidays="春节：2026-02-15/2026-02-23\n店庆: 2026-05-11、2026-03-23",
        worked="", **{"hours.monday": "10:00-12:00", "hours.saturday": "10:00-11:00"},
    )  # fmt: skip
    look = client.post(reverse(CALENDAR), data)
    assert look.context["changes"] > 3, look.context["form"].errors
    before = WorkCalendar.objects.filter(code="cn").count()
    assert client.post(reverse(CALENDAR), {**data, "step": "publish"}).status_code == 302
    assert WorkCalendar.objects.filter(code="cn").count() == before + 1
    found = calendar.find("cn")
    # A holiday of before the first day was worked, and stays so.
    assert found.spans(dt.date(2026, 3, 23)) == calendar.shipped("cn").spans(dt.date(2026, 3, 23))
    assert found.spans(dt.date(2026, 5, 11)) == ()
    assert found.spans(dt.date(2026, 5, 18)) == ((dt.time(10), dt.time(12)),)
    zone = ZoneInfo("Asia/Shanghai")
    start = dt.datetime(2026, 4, 17, 17, 0, tzinfo=zone)  # Friday; NEXT is a Sunday
    assert dt.date(2026, 4, 19) == NEXT
    # One hour of Friday, then two of the Monday as it is from then on.
    assert service.after(start, 3 * 3600, found, zone) == dt.datetime(2026, 4, 20, 12, tzinfo=zone)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hours.monday", "9-12"),
        ("hours.tuesday", "09:00-12:00, 11:00-13:00"),
        ("holidays", "2026-05-01"),
        ("holidays", "Long: 2026-05-01/2026-12-01"),
        ("worked", "tomorrow"),
    ],
)
def test_a_calendar_that_does_not_hold_is_named_at_its_field(field: str, value: str) -> None:
    client = signed_in("administrator")
    answer = client.post(reverse(CALENDAR), filled(client, CALENDAR, **{field: value}))
    assert list(answer.context["form"].errors) == [field]


def test_a_calendar_of_its_own_code_is_compared_with_nothing_and_may_be_chosen() -> None:
    client = signed_in("administrator")
    data = filled(client, CALENDAR, code="hotline", name="Hotline")
    assert client.post(reverse(CALENDAR), data).context["is_first"]
    assert client.post(reverse(CALENDAR), {**data, "step": "publish"}).status_code == 302
    sent = filled(client, RULES, **{"service.calendar": "hotline"})
    assert client.post(reverse(RULES), {**sent, "step": "publish"}).status_code == 302
    assert rules.rules_on(NEXT).service.calendar == "hotline"
    document = rules.preset("cn").document()
    document["service"]["calendar"] = "nowhere"
    with pytest.raises(AppealRefused, match="nowhere"):
        operations.publish_rules(
            document=document, effective_from=NEXT + dt.timedelta(days=1), by=None
        )
