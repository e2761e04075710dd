"""Lists as files: exactly what is filtered, safe to open, streamed, on record."""

import csv
import datetime
import io
import re
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.desk.cells import plain, safe
from accounts.desk.export import jobs, tables, views
from accounts.desk.export.noting import noted
from accounts.desk.formats import NIL, money, pill, signed
from accounts.desk.records import ReadOnlyAdmin
from accounts.models import Customer, Export, ExportJob, User
from accounts.roles import ROLES
from billing import operations as money_of
from billing.models import Bill, Entry
from risk import operations
from tests.factories import line, make_customer, make_user, open_days

PHONE, ID_NUMBER = "13812345678", "11010119900307851X"
MAY = {"supervisor", "risk_analyst", "auditor", "administrator"}
DAY = datetime.date(2025, 3, 20)
MARK = re.compile(r'href="\?([^"]*older=[^"]*)"')

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(make_user("supervisor", username="jie"))
    return client


@pytest.fixture
def late_customer():
    customer = make_customer(name="Ada Long", phone=PHONE, id_number=ID_NUMBER)
    money_of.book_bill(
        line=line(customer),
        number="B-1",
        principal=Decimal("1000"),
        due_on=datetime.date(2025, 2, 10),
        on=datetime.date(2025, 1, 15),
    )
    open_days(customer, datetime.date(2025, 1, 1), DAY)
    return customer


def lists():
    return [m for m, site in admin.site._registry.items() if isinstance(site, ReadOnlyAdmin)]


def url_of(model, page="export"):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")


def post(client, model=Customer, **query):
    return client.post(url_of(model) + (f"?{urlencode(query)}" if query else ""))


def content(answer):
    return b"".join(answer.streaming_content).decode()


def table(answer):
    text = content(answer)
    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def leave(answer):
    """As a server does when the reader is gone, but for the tests' own transaction."""
    answer._iterator.close()


# -- who may -----------------------------------------------------------------------------


def test_the_roles_that_may():
    assert {role for role, names in ROLES.items() if "accounts.export_lists" in names} == MAY


@pytest.mark.parametrize("role", ["", *ROLES])
def test_each_list_is_exported_by_those_who_may_see_it_and_may_export(client, role):
    make_customer()
    user = make_user(role)
    client.force_login(user)
    for model in lists():
        view = user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")
        answer = post(client, model)
        assert answer.status_code == (200 if view and role in MAY else 403), model
        if answer.streaming:
            assert len(table(answer)[0]) == len(admin.site._registry[model].list_display)
    shown = client.get(url_of(Customer, "changelist")).content.decode()
    assert (url_of(Customer) in shown) is (role in MAY)


def test_strangers_and_customers_get_nothing(client):
    customer = make_customer()
    for sign_in in (False, True):
        if sign_in:
            client.force_login(User.objects.create_user("ada", customer=customer))
        answer = post(client)
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("admin:login"))
    assert not Export.objects.exists()


def test_a_link_exports_nothing(desk):
    assert desk.get(url_of(Customer)).status_code == 405
    assert not Export.objects.exists()


def test_a_form_of_another_site_exports_nothing():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("supervisor"))
    assert post(client).status_code == 403
    assert not Export.objects.exists()


# -- exactly what is filtered ------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"status": "suspended"},
        {"status": "active"},
        {"severity": "severe"},
        {"severity": "none"},
        {"quarantined": "yes"},
        {"q": "Ada"},
        {"q": PHONE},
        {"q": "nobody"},
        {"q": "Customer", "status": "active"},
    ],
)
def test_the_file_has_the_rows_of_all_pages_in_their_order(desk, late_customer, monkeypatch, query):
    for _ in range(5):
        make_customer()
    site = admin.site._registry[Customer]
    monkeypatch.setattr(site, "list_per_page", 2)
    shown, at = [], dict(query)
    while True:
        page = desk.get(url_of(Customer, "changelist"), at)
        shown += [customer.number for customer in page.context["cl"].result_list]
        more = MARK.search(page.content.decode())
        if not more:
            break
        at = QueryDict(more[1].replace("&amp;", "&")).dict()
    assert [row[0] for row in table(post(desk, **query))[1:]] == shown
    # From a page in the middle the file is the same: it is of the list, not of the page.
    assert [row[0] for row in table(post(desk, **{**at, **query}))[1:]] == shown


def test_the_button_carries_the_filters_and_not_the_page(desk, late_customer):
    asked = {"status": "suspended", "q": "Ada", "older": "999999"}
    page = desk.get(url_of(Customer, "changelist"), asked).content.decode()
    assert f'action="{url_of(Customer)}?status=suspended&amp;q=Ada"' in page


def test_a_filter_that_does_not_exist_exports_nothing(desk):
    answer = post(desk, nonsense="1")
    assert answer["Location"] == url_of(Customer, "changelist") + "?e=1"
    assert not Export.objects.exists()


def test_rows_of_one_customer(desk, late_customer):
    other = make_customer()
    for query, found in (
        ({"customer": late_customer.pk}, ["B-1"]),
        ({"customer": other.pk}, []),
        ({"q": "B-1"}, ["B-1"]),
        ({"q": "B"}, []),
    ):
        assert [row[0] for row in table(post(desk, Bill, **query))[1:]] == found


# -- what stands in it -------------------------------------------------------------------


def test_the_columns_are_those_of_the_list(desk, late_customer):
    header, row = table(post(desk))
    assert header == [
        "Number", "Name", "Lines", "Score", "Days past due", "Severity",
        "Restrictions in force", "Phone",
    ]  # fmt: skip
    assert row[:2] == [late_customer.number, "Ada Long"]
    assert re.fullmatch(r"Pay-later line \w+; Cash loan \w+", row[2])
    assert row[3].isdigit()
    assert row[4:6] == ["38", "Severe"]
    assert row[7] == "138****5678"


def test_phone_and_id_are_masked_whoever_exports(client, late_customer):
    client.force_login(make_user(is_superuser=True))
    for model in lists():
        text = content(post(client, model))
        for secret in (PHONE, ID_NUMBER, PHONE[3:], late_customer.phone_index):
            assert secret not in text, model


# -- in clear ----------------------------------------------------------------------------


def in_clear(client, words="for the calls of March", **query):
    address = url_of(Customer, "export_clear") + (f"?{urlencode(query)}" if query else "")
    return client.post(address, {"format": "csv", "words": words})


def test_numbers_in_clear_need_a_permission_and_a_reason_and_are_on_record(client, late_customer):
    make_customer(name="Bo Short", phone="13900000000")
    client.force_login(make_user("administrator", username="ada"))
    asked = client.get(url_of(Customer, "export_clear") + "?q=Ada")
    assert "Ada" in asked.content.decode()
    assert not Export.objects.exists()
    assert in_clear(client, words="for me").status_code == 200  # too short to be a reason
    assert not Export.objects.exists()

    _head, *rows = table(in_clear(client, q="Ada"))
    assert [row[7] for row in rows] == [PHONE]
    begun = Export.objects.get(state="begun")
    assert (begun.by.username, begun.filters) == ("ada", "q=Ada")
    assert begun.clear_reason == "for the calls of March"
    text = client.get(reverse("audit_log")).content.decode()
    assert "Export in clear: Customers" in text
    assert "for the calls of March" in text


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"administrator"}))
def test_nobody_else_takes_numbers_away(client, late_customer, role):
    client.force_login(make_user(role))
    assert in_clear(client).status_code == 403
    assert "export/clear" not in client.get(url_of(Customer, "changelist")).content.decode()
    assert not Export.objects.exists()


def test_a_list_without_such_columns_has_no_file_in_clear():
    with pytest.raises(NoReverseMatch):
        url_of(Bill, "export_clear")


def test_a_large_file_in_clear_is_made_by_a_worker_who_asks_again(
    client, late_customer, monkeypatch, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.EXPORT_FOLDER = tmp_path
    monkeypatch.setattr(views, "STREAMED", {"csv": -1, "xlsx": -1})  # whatever is estimated
    monkeypatch.setattr(jobs, "wake", lambda pk: None)
    user = make_user("administrator")
    client.force_login(user)
    for _ in range(2):
        assert in_clear(client).status_code == 302
    first, second = ExportJob.objects.order_by("asked_at")
    assert first.begun.clear_reason == "for the calls of March"
    jobs.make(first.pk, at=timezone.now())
    assert PHONE in jobs.path_of(first).read_text()
    user.groups.clear()
    user.groups.add(Group.objects.get(name="supervisor"))
    jobs.make(second.pk, at=timezone.now())
    second.refresh_from_db()
    assert second.state == "failed"
    assert not jobs.path_of(second).exists()


def test_amounts_are_numbers_and_labels_words(desk, late_customer):
    header, row = table(post(desk, Bill))
    found = dict(zip(header, row, strict=True))
    assert found["As issued"] == "1000.00"
    assert "2025-01-15" in row
    assert f"{late_customer.number} Ada Long" in row
    kinds = {r[3] for r in table(post(desk, Entry))[1:]}
    assert "Late fee" in kinds


def test_the_readers_language_is_that_of_the_file(desk, late_customer):
    user = User.objects.get(username="jie")
    user.language = "zh-hans"
    user.save()
    header, row = table(post(desk))
    assert header[7] != "Phone"
    assert "Severe" not in row


@pytest.mark.parametrize("first", list("=+-@\t\r\n＝＋－＠"))
def test_what_looks_like_a_formula_is_words(desk, first):
    make_customer(name=f"{first}cmd|' /C calc'!A0")
    (row,) = table(post(desk))[1:]
    assert row[1].startswith("'")


def test_safe():
    for text in ("-5", "+3", "-1234.50", "12", "", "Ada", "a=b", "−15"):
        assert safe(text) == text
    for text in ("=1", "-1+1", "+86 138", "-", "@x", "-1e5", "--1", "+1,000", "-५"):
        assert safe(text) == f"'{text}"


def test_plain():
    assert plain(None) == ""
    assert plain(NIL, written=True) == ""
    assert plain(money(Decimal("-1234567.5")), written=True) == "-1234567.50"
    assert plain(signed(3), written=True) == "3"
    assert plain("1,234") == "1,234"
    assert plain(datetime.date(2025, 1, 2)) == "2025-01-02"
    assert plain(format_html("{} {}", pill("A B"), pill("C"))) == "A B; C"
    assert plain(format_html('<a href="{}"><b>{}</b> {}</a>', "/?a>b", "C1", "<i>&")) == "C1 <i>&"


# -- streamed ----------------------------------------------------------------------------


def count_queries(desk, model=Customer):
    with CaptureQueriesContext(connection) as log:
        content(post(desk, model))
    return [query["sql"] for query in log.captured_queries]


def test_it_costs_the_same_for_ten_and_for_sixty_customers(client, late_customer):
    client.force_login(make_user("administrator"))

    def grow(count):
        for _ in range(count):
            customer = make_customer()
            money_of.book_bill(
                line=line(customer),
                number=f"B-{customer.number}",
                principal=Decimal("10"),
                due_on=datetime.date(2025, 3, 10),
                on=datetime.date(2025, 1, 15),
            )
            open_days(customer, DAY, DAY)
            operations.verify_income(customer=customer, on=DAY, number=f"I-{customer.number}")
        with connection.cursor() as cursor:
            cursor.execute("analyze")  # by its own clock, it would be known in the middle of this

    grow(9)
    content(post(client))
    few = {model: len(count_queries(client, model)) for model in lists()}
    grow(50)
    many = {model: len(count_queries(client, model)) for model in lists()}
    # The list of exports grew by itself meanwhile; it costs the same all the same.
    assert many == few
    assert max(many.values()) <= 20


def test_rows_come_by_a_cursor_of_the_database_in_parts(desk, monkeypatch):
    monkeypatch.setattr(tables, "CHUNK", 2)
    for _ in range(5):
        make_customer()
    with CaptureQueriesContext(connection) as log:
        answer = post(desk)
        assert answer.streaming
        before = len(log.captured_queries)
        parts = list(answer.streaming_content)
    sql = [query["sql"] for query in log.captured_queries[before:]]
    assert [part.count(b"\r\n") for part in parts] == [1, 2, 2, 1]
    assert sum("unnest" in text for text in sql) == 3
    assert not any("count(" in text.lower() for text in sql)
    assert not any('"id_number"' in text for text in sql)


def test_the_first_line_leaves_before_a_row_is_read(desk):
    make_customer()
    answer = post(desk)
    with CaptureQueriesContext(connection) as log:
        assert next(answer.streaming_content).startswith(b"\xef\xbb\xbf")
    assert log.captured_queries == []
    leave(answer)


@pytest.mark.django_db(transaction=True)
def test_the_cursor_and_its_patience_end_with_the_file(clean_book, client, monkeypatch):
    monkeypatch.setattr(tables, "CHUNK", 1)
    client.force_login(make_user("supervisor"))
    for _ in range(3):
        make_customer()

    def asked(sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]

    usual = asked("show statement_timeout")
    answer = post(client)
    parts = answer._iterator
    next(parts), next(parts)
    assert asked("select count(*) from pg_cursors") == 1
    assert asked("show statement_timeout") == "1min"
    leave(answer)
    assert connection.in_atomic_block is False
    assert asked("select count(*) from pg_cursors") == 0
    assert asked("show statement_timeout") == usual
    assert [row.state for row in Export.objects.order_by("pk")] == ["begun", "broken_off"]
    assert len(table(post(client))) == 4


# -- on record ---------------------------------------------------------------------------


def test_an_export_is_recorded_before_the_first_line_and_at_its_end(desk):
    for _ in range(3):
        make_customer()
    answer = post(desk, status="active")
    begun = Export.objects.get()
    assert (begun.by.username, begun.of, begun.filters) == (
        "jie", "accounts.customer", "status=active",
    )  # fmt: skip
    assert (begun.state, begun.rows, begun.ends) == ("begun", None, None)
    content(answer)
    end = Export.objects.get(ends=begun)
    assert (end.state, end.rows, end.filters) == ("whole", 3, "status=active")


def test_a_reader_who_leaves_is_recorded_with_what_they_have(desk, monkeypatch):
    monkeypatch.setattr(tables, "CHUNK", 2)
    for _ in range(5):
        make_customer()
    answer = post(desk)
    parts = answer._iterator
    next(parts), next(parts), next(parts)
    leave(answer)
    end = Export.objects.get(ends__isnull=False)
    # The part under way counts only when the next one is asked for.
    assert (end.state, end.rows) == ("broken_off", 2)


def test_a_fault_on_the_way_is_recorded(desk, monkeypatch):
    make_customer()
    site = admin.site._registry[Customer]

    def fail(pks):
        with connection.cursor() as cursor:
            cursor.execute("select 1 / 0")

    monkeypatch.setattr(site, "look_up", fail)
    answer = post(desk)
    with pytest.raises(Exception, match="division by zero"):
        content(answer)
    assert Export.objects.get(ends__isnull=False).state == "broken_off"


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        (f"q={PHONE}", "q=13*******78"),
        ("q=138+1234-5678", "q=13*******78"),
        ("q=%2B8613812345678", "q=861********78"),
        (f"q={ID_NUMBER}", "q=1101************1X"),
        ("q=6123456", "q=6****56"),
        ("q=Ada+Long", "q=Ada Long"),
        ("q=C12433", "q=C12433"),
        (f"status={PHONE}", "status=13*******78"),
        ("booked_on__gte=2025-01-10&customer=1234567890", "booked_on__gte=2025-01-10&"
         "customer=1234567890"),
        ("q=a%00b", "q=ab"),
    ],
)  # fmt: skip
def test_a_phone_or_id_that_was_searched_for_is_masked_on_record(query, kept):
    assert noted(QueryDict(query)) == kept


def test_a_searched_phone_is_in_no_row(desk, late_customer):
    content(post(desk, q=PHONE))
    assert {row.filters for row in Export.objects.all()} == {"q=13*******78"}


def test_the_record_opens_and_is_found_by_user(client, desk):
    content(post(desk))
    client.force_login(make_user("auditor"))
    url = url_of(Export, "changelist")
    assert "Customers" in client.get(url, {"q": "jie"}).content.decode()
    assert list(client.get(url, {"q": "li"}).context["cl"].result_list) == []
    for row in Export.objects.all():
        assert client.get(reverse("admin:accounts_export_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"state": "begun", "rows": 1}, {"state": "whole"}, {"state": "broken_off", "rows": 1}],
)
def test_a_row_of_the_record_is_a_beginning_or_an_end(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Export.objects.create(by=make_user(), of="accounts.customer", **wrong)
