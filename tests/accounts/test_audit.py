"""The audit log: everything in one order, found by customer, actor, act and day."""

import csv
import datetime
import io
import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import audit, operations
from accounts.audit.own import differences
from accounts.models import AuthorityLimit, Customer, Export, SignInEvent, StaffAct, User
from accounts.signin.records import SignInKind
from tests.factories import make_customer, make_user, start_with_limits

LOG = "/admin/audit/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client):
    client.force_login(make_user("auditor", username="lan"))
    return client


def act(customer, by, at=None, **fields):
    from uuid import uuid4

    return StaffAct.objects.create(
        **{
            "token": uuid4(), "customer": customer, "act": "waive_fees", "data": {}, "amount": 12,
            "reason": "goodwill", "words": "Rang and asked", "done_on": datetime.date(2025, 3, 1),
            "before": {"score": 600, "lines": {"pay_later": "suspended"}},
            "after": {"score": 612, "lines": {"pay_later": "active"}},
            "done_by": by, "done_at": at or timezone.now(), **fields,
        }
    )  # fmt: skip


def titles(client, **query):
    page = client.get(LOG, query)
    return [entry.title for entry in page.context["page"].entries]


# -- who ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["", "agent", "supervisor", "risk_analyst"])
def test_only_auditors_and_administrators_read_it(client, role):
    client.force_login(make_user(role))
    assert client.get(LOG).status_code == 403
    assert client.post(f"{LOG}export/").status_code == 403
    assert "Audit log" not in client.get("/admin/").content.decode()


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_they_do(client, role):
    client.force_login(make_user(role))
    assert client.get(LOG).status_code == 200
    assert "Audit log" in client.get("/admin/").content.decode()


def test_strangers_are_led_to_the_door(client):
    assert client.get(LOG).status_code == 302


# -- what --------------------------------------------------------------------------------


def test_every_kind_of_record_is_in_it(auditor):
    start_with_limits()
    customer, jie = make_customer(), make_user("supervisor", username="jie")
    act(customer, jie, approved_by=make_user("administrator"))
    Export.objects.create(by=jie, of="accounts.customer", filters="q=Ada", state="begun")
    SignInEvent.objects.create(kind=SignInKind.LOCKED, user=jie, about="jie")
    AuthorityLimit.objects.filter(role="agent", act="waive_fees").update(alone=7)
    Customer.objects.filter(pk=customer.pk).update(name="New Name")
    jie.groups.set(Group.objects.filter(name="agent"))
    Group.objects.get(name="agent").permissions.remove(
        Permission.objects.get(codename="reveal_identity")
    )
    User.objects.filter(pk=jie.pk).update(is_active=False)
    # Not the first page alone: a book's limits may have been entered a moment ago, too.
    parts = audit.entries(audit.Asked(), size=500)
    said = "\n".join(entry.title for part in parts for entry in part)
    for words in (
        "Waive",
        "Export: Customers",
        "Locked out: jie",
        "Authority limit agent, Waive late fees: changed",
        f"Customer {customer.number}: changed",
        "jie has the role agent",
        "jie lost the role supervisor",
        "Role agent may no longer",
        "User jie: changed",
    ):
        assert words in said, words
    shown = auditor.get(LOG).content.decode()
    assert "approved by" in shown
    assert "Rang and asked" in shown


@pytest.mark.django_db(transaction=True)
def test_a_disclosure_is_in_it_without_the_number(clean_book, client):
    customer, jie = make_customer(phone="13812345678"), make_user("supervisor")
    operations.reveal(customer_id=customer.pk, field="phone", by=jie, reason="call", words="Asked")
    client.force_login(make_user(is_superuser=True))
    shown = client.get(LOG, {"what": "seen"}).content.decode()
    assert "Shown in clear: Phone" in shown
    assert "13812345678" not in shown


def test_what_changed_is_shown_and_secrets_are_not(auditor):
    customer = make_customer(name="Ada", phone="13812345678")
    for fields in ({"name": "Eva"}, {"name": "Ida", "phone_index": "f" * 64}):
        Customer.objects.filter(pk=customer.pk).update(**fields)
    entry = auditor.get(LOG, {"what": "customers"}).context["page"].entries[0]
    assert {(c.name, c.before, c.after) for c in entry.changes} == {
        ("Name", "Eva", "Ida"),
        ("Phone", "not shown", "not shown"),
    }
    assert "f" * 64 not in auditor.get(LOG).content.decode()


def test_before_and_after_as_lines():
    before = {"score": 600, "lines": [{"limit": "5"}], "same": 1}
    after = {"score": 612, "lines": [{"limit": "7"}, {"limit": "1"}], "same": 1}
    assert [(c.name, c.before, c.after) for c in differences(before, after)] == [
        ("score", "600", "612"), ("lines.1.limit", "5", "7"), ("lines.2.limit", "", "1"),
    ]  # fmt: skip


# -- found -------------------------------------------------------------------------------


@pytest.fixture
def some(auditor):
    ada, eva = make_customer(number="C1"), make_customer(number="C2")
    jie, min_ = make_user("supervisor", username="jie"), make_user("agent", username="min")
    march = datetime.datetime(2025, 3, 1, 12, tzinfo=timezone.get_current_timezone())
    for day, (customer, by, code) in enumerate(
        [(ada, jie, "waive_fees"), (ada, min_, "verify_income"), (eva, jie, "verify_income")]
    ):
        act(customer, by, at=march + datetime.timedelta(days=day), act=code)
    return auditor


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"what": "acts"}, 3),
        ({"what": "acts", "customer": "C1"}, 2),
        ({"what": "acts", "actor": "jie"}, 2),
        ({"what": "act.verify_income"}, 2),
        ({"what": "act.verify_income", "customer": "C2", "actor": "jie"}, 1),
        ({"what": "acts", "since": "2025-03-02"}, 2),
        ({"what": "acts", "until": "2025-03-02"}, 2),
        ({"what": "acts", "since": "2025-03-02", "until": "2025-03-02"}, 1),
        ({"what": "exports", "customer": "C1"}, 0),
        ({"since": "2025-03-01", "until": "2025-03-31"}, 3),
    ],
)
def test_it_is_searched(some, query, count):
    assert len(titles(some, **query)) == count


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"customer": "C9"}, "No customer has this number."),
        ({"actor": "who"}, "Nobody is called so."),
        ({"since": "2025-02-30"}, "This is no day."),
        ({"until": "9999-12-31"}, "This is no day."),
        ({"what": "acts'; drop"}, "Nothing is called so."),
        ({"customer": "C1\x00"}, ""),
        ({"before": "nonsense"}, ""),
        ({"before": "2025-01-01T00:00:00~act~1"}, ""),
    ],
)
def test_what_means_nothing_is_said_so(some, query, words):
    answer = some.get(LOG, query)
    assert answer.status_code == 200
    assert words in answer.content.decode()


def test_pages_leave_out_nothing_and_repeat_nothing(some, monkeypatch):
    at = timezone.now()
    for number in range(4):
        SignInEvent.objects.create(kind="failed", about=str(number), at=at)
    act(make_customer(), User.objects.get(username="jie"), at=at)
    whole = [entry for part in audit.entries(audit.Asked(), size=1000) for entry in part]
    pieces = [entry for part in audit.entries(audit.Asked(), size=3) for entry in part]
    assert pieces == whole
    assert [entry.at for entry in whole] == sorted((e.at for e in whole), reverse=True)


def test_a_page_costs_the_same_however_much_there_is(some):

    def cost():
        with CaptureQueriesContext(connection) as log:
            some.get(LOG)
        return len(log.captured_queries)

    jie = User.objects.get(username="jie")
    act(make_customer(), jie)
    cost()  # what is remembered for a while is asked for here
    few = cost()
    for _ in range(40):
        act(make_customer(), jie)
    assert cost() == few


def test_each_source_has_an_index_for_its_newest_rows(some):
    with CaptureQueriesContext(connection) as log:
        audit.page(audit.Asked())
    (statement,) = [q["sql"] for q in log.captured_queries if "union all" in q["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute("set local enable_sort = off")
        cursor.execute("set local enable_bitmapscan = off")
        cursor.execute("explain " + statement)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    scans = re.findall(r"Index Scan using \w+ on \w+ x(?:_\d+)? ", plan)
    assert len(scans) == len(audit.all_sources()), plan


def test_it_is_exported_as_it_is_filtered_and_on_record(some):
    answer = some.post(f"{LOG}export/?what=acts&customer=C1", {"format": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode()[1:])))
    assert rows[0][0] == "Time"
    assert len(rows) == 3
    assert "Export: Audit log" in titles(some)[0]


def test_a_source_registers_once():
    with pytest.raises(ValueError, match="registered already"):
        audit.register(audit.all_sources()[0])
