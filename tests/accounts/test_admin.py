"""The desk: who sees what, that nothing is edited, and what a page costs."""

import datetime
import re
from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.crypto import blind_index
from accounts.desk import permissions
from accounts.desk.records import ReadOnlyAdmin
from accounts.models import Customer, Notice, User, WebhookDelivery, WebhookEndpoint
from accounts.roles import ROLES
from billing import operations as money
from billing.models import (
    BankCalendar,
    Bill,
    BusinessDay,
    CreditLine,
    DaySlice,
    Holiday,
    Quarantine,
)
from config.night import quarantine
from risk import operations
from risk.desk import search
from risk.models import Episode, LineStatus, PolicyVersion, Restriction, Score
from tests.factories import line, make_customer, make_user, open_days, publish

DAY = datetime.date(2025, 3, 20)
CUSTOMERS = "admin:accounts_customer_changelist"

pytestmark = pytest.mark.django_db


@pytest.fixture
def late_customer():
    """A customer whose pay-later bill is 38 days past due."""
    customer = make_customer(name="Ada Long", phone="13812345678", id_number="11010119900307851X")
    money.book_bill(
        line=line(customer),
        number="B-1",
        principal=Decimal("1000"),
        due_on=datetime.date(2025, 2, 10),
        on=datetime.date(2025, 1, 15),
    )
    open_days(customer, datetime.date(2025, 1, 1), DAY)
    return customer


@pytest.fixture
def desk(client):
    client.force_login(make_user("supervisor"))
    return client


def page_of(customer):
    return reverse("admin:accounts_customer_change", args=[customer.pk])


def read_only():
    return [(model, site) for model, site in admin.site._registry.items() if _is_ours(site)]


def _is_ours(site):
    return isinstance(site, ReadOnlyAdmin)


def list_of(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


# -- who may what ------------------------------------------------------------------------


def test_roles_have_exactly_the_permissions_of_the_table():
    for role, names in ROLES.items():
        group = Group.objects.get(name=role)
        has = {f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.all()}
        assert has == names


def test_only_administrators_may_change_anything_but_contacts_and_reply_templates():
    replies = {"accounts.add_replytemplate", "accounts.change_replytemplate"}
    # How a customer is reached is the one row that those who speak to them keep.
    contact = {"accounts.change_contactpreference"}
    assert edits("agent") == contact
    assert edits("supervisor") == contact | replies
    # What is published from a day on is added, and never edited.
    assert edits("risk_analyst") == {
        "appeals.add_appealrules", "appeals.add_workcalendar", "billing.add_bankcalendar",
        "billing.add_holiday",
    }  # fmt: skip
    assert edits("auditor") == set()
    assert {name.split(".")[1].split("_")[1] for name in edits("administrator")} == {
        "user", "group", "authoritylimit", "replytemplate", "webhookendpoint", "channel",
        "serviceaccount", "planlength", "contactpreference", "appealrules", "workcalendar",
        "bankcalendar", "holiday",
    }  # fmt: skip


def test_an_auditor_sees_everything_and_does_nothing():
    assert {name.split(".")[1].split("_")[0] for name in ROLES["auditor"]} == {
        "view", "export", "read",
    }  # fmt: skip


def edits(role):
    return {
        name
        for name in ROLES[role]
        if name.split(".")[1].split("_")[0] in ("add", "change", "delete")
    }


def test_only_supervisors_and_administrators_may_retry():
    may = {role for role, names in ROLES.items() if "billing.retry_quarantine" in names}
    assert may == {"supervisor", "administrator"}


def test_every_permission_of_a_role_is_told_in_the_readers_language():
    with translation.override("zh-hans"):
        told = dict(permissions.choices(permissions.offered()))
    assert len(told) > 50
    assert [words for words in told.values() if words.isascii()] == []


def test_a_permission_given_to_a_role_by_hand_does_not_outlast_the_migration():
    from django.core.management import call_command

    group = Group.objects.get(name="agent")
    extra = Permission.objects.get(codename="delete_customer")
    group.permissions.add(extra)
    call_command("migrate", verbosity=0)
    assert extra not in group.permissions.all()


@pytest.mark.parametrize("role", ["", *ROLES])
def test_lists_open_for_those_who_may_view_them_and_for_nobody_else(client, role):
    user = make_user(role)
    client.force_login(user)
    for model, _site in read_only():
        may = user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")
        assert client.get(list_of(model)).status_code == (200 if may else 403), model


def test_nobody_gets_in_without_signing_in(client, late_customer):
    for url in [page_of(late_customer), *(list_of(model) for model, _site in read_only())]:
        answer = client.get(url)
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("admin:login"))


def test_a_customer_does_not_get_into_the_desk(client, late_customer):
    client.force_login(User.objects.create_user("ada", customer=late_customer))
    assert client.get(page_of(late_customer)).status_code == 302


def test_even_a_superuser_edits_and_deletes_nothing(client, late_customer):
    client.force_login(make_user(is_superuser=True))
    for model, _site in read_only():
        if model in (Notice, WebhookEndpoint, WebhookDelivery):
            continue  # acts of their own on their pages, tested there
        names = model._meta.app_label, model._meta.model_name
        if model not in (BankCalendar, Holiday):  # announced from a day on
            assert client.get(reverse("admin:{}_{}_add".format(*names))).status_code == 403
        row = model._default_manager.first()
        if row is None:
            continue
        change = reverse("admin:{}_{}_change".format(*names), args=[row.pk])
        delete = reverse("admin:{}_{}_delete".format(*names), args=[row.pk])
        assert client.post(delete, {"post": "yes"}).status_code == 403
        assert client.post(change, {}).status_code == 403
    assert Customer.objects.filter(pk=late_customer.pk).exists()


def test_every_record_opens(client, late_customer):
    client.force_login(make_user("administrator"))
    operations.verify_income(customer=late_customer, on=DAY, number="I-1")
    money.agree_plan(
        line=line(late_customer),
        number="P-1",
        bill_numbers=["B-1"],
        instalments=[(DAY, Decimal("100"))],
        on=DAY,
    )
    BusinessDay.objects.create(on=DAY, slices=1, status="closed")
    Quarantine.objects.create(customer=late_customer, since=DAY, error="boom")
    seen = 0
    for model, _site in read_only():
        row = model._default_manager.first()
        if row is not None:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
            assert client.get(reverse(name, args=[row.pk])).status_code == 200, model
            seen += 1
    assert seen >= 12


def test_an_administrator_cannot_make_a_superuser(client):
    client.force_login(make_user("administrator"))
    other = make_user("agent")
    change = reverse("admin:accounts_user_change", args=[other.pk])
    assert b'name="is_superuser"' not in client.get(change).content
    client.post(change, {"username": other.username, "is_superuser": "on", "is_staff": "on"})
    other.refresh_from_db()
    assert not other.is_superuser


def test_an_administrator_cannot_touch_a_superuser(client):
    client.force_login(make_user("administrator"))
    root = make_user(is_superuser=True)
    password = reverse("admin:auth_user_password_change", args=[root.pk])
    assert client.get(password).status_code == 403
    change = reverse("admin:accounts_user_change", args=[root.pk])
    assert client.post(change, {"username": "taken"}).status_code == 403


# -- the customers' list -----------------------------------------------------------------


def many_customers(count, *, start=0):
    """Customers with two lines each, every fifth of them restricted; without their facts."""
    publish()
    made = Customer.objects.bulk_create(
        Customer(number=f"N{n:07}", name=f"Person {n}", opened_on=DAY)
        for n in range(start, start + count)
    )
    lines = CreditLine.objects.bulk_create(
        CreditLine(
            customer=c, product=p, number=f"{c.number}/{p}", opened_on=DAY, opening_limit=100
        )
        for c in made
        for p in ("pay_later", "cash_loan")
    )
    Score.objects.bulk_create(Score(customer=c, score=600) for c in made)
    sick = lines[::10]
    LineStatus.objects.bulk_create(
        LineStatus(line=x, customer_id=x.customer_id, status="suspended", factor=0) for x in sick
    )
    Restriction.objects.bulk_create(
        Restriction(
            customer_id=x.customer_id,
            line=x,
            code="own_overdue",
            trigger="own_overdue",
            effect="suspend",
            factor=0,
            from_on=DAY,
        )
        for x in sick
    )
    return made


def bare_customers(count):
    Customer.objects.bulk_create(
        Customer(number=f"N{n:07}", name=f"Person {n}", opened_on=DAY) for n in range(count)
    )


def queries(client, url):
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_the_list_costs_the_same_for_a_hundred_and_a_thousand_customers(desk):
    many_customers(100)
    url = reverse(CUSTOMERS)
    queries(desk, url)
    few = queries(desk, url)
    many_customers(900, start=100)
    assert queries(desk, url) == few <= 12


def test_every_list_costs_the_same_for_six_customers_and_for_twelve(client):
    client.force_login(make_user("administrator"))

    def late(n):
        customer = make_customer()
        money.book_bill(
            line=line(customer),
            number=f"B-{n}",
            principal=Decimal("1000"),
            due_on=datetime.date(2025, 1, 10),
            on=datetime.date(2025, 1, 5),
        )
        open_days(customer, datetime.date(2025, 1, 1), datetime.date(2025, 1, 20))

    def costs():
        return {model: queries(client, list_of(model)) for model, _site in read_only()}

    # More entries than a page has, from the start: then they are counted.
    for n in range(6):
        late(n)
    costs()
    few = costs()
    for n in range(6, 12):
        late(n)
    assert costs() == few


def test_the_list_never_counts_the_whole_table(desk):
    many_customers(60)
    with CaptureQueriesContext(connection) as found:
        desk.get(reverse(CUSTOMERS))
    counts = [q["sql"] for q in found.captured_queries if "COUNT(*)" in q["sql"].upper()]
    assert counts
    assert all("LIMIT 1001" in sql for sql in counts)


def test_pages_show_every_customer_once_forwards_and_backwards(desk):
    made = many_customers(130)
    expected = [c.number for c in reversed(made)]

    def walk(first, rel):
        url, pages = first, []
        while url:
            text = desk.get(url).content.decode()
            shown = re.findall(r">(N\d{7})<", text)
            pages.append(list(dict.fromkeys(shown)))
            found = re.search(rf'rel="{rel}" href="([^"]+)"', text)
            url = found and reverse(CUSTOMERS) + found[1].replace("&amp;", "&")
        return pages

    forwards = walk(reverse(CUSTOMERS), "next")
    assert [n for page in forwards for n in page] == expected
    last = f"{reverse(CUSTOMERS)}?newer={made[0].pk - 1}"
    backwards = walk(last, "prev")
    assert [n for page in reversed(backwards) for n in page] == expected


@pytest.mark.parametrize("token", ["x", "1_2", "", "9" * 40, "-1", "\x00"])
def test_a_wrong_mark_of_a_page_does_no_harm(desk, token):
    many_customers(3)
    assert desk.get(reverse(CUSTOMERS), {"older": token}, follow=True).status_code == 200


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("T-77", True),
        ("t-7", True),
        ("Ada L", True),
        ("ada long", True),
        ("13812345678", True),
        ("138-1234-5678", True),
        ("11010119900307851x", True),
        ("B-1", True),
        ("Long", False),
        ("%", False),
        ("_", False),
        ("1381234", False),
        ("'; drop table accounts_customer; --", False),
    ],
)
def test_search(late_customer, term, found):
    Customer.objects.filter(pk=late_customer.pk).update(number="T-77")
    many_customers(5)
    assert (search.found(term) == [late_customer.pk]) is found
    assert found or search.found(term) == []


@pytest.mark.parametrize("term", ["ada lo", "138 1234 5678", "B-1", "number"])
def test_the_palette_finds_a_customer_by_what_is_known_of_them(client, late_customer, term):
    client.force_login(make_user("agent"))
    asked = {"s": late_customer.number if term == "number" else term, "extended": "1"}
    found = client.get(reverse("admin:search"), asked).content.decode()
    assert ("Bill B-1" if term == "B-1" else "Ada Long") in found
    assert "12345678" not in found


def test_search_by_family_name_in_chinese():
    customer = make_customer(name="欧阳娜娜")
    make_customer(name="王欧阳")
    assert search.found("欧阳") == [customer.pk]


def test_every_search_goes_through_an_index():
    bare_customers(5000)
    with connection.cursor() as cursor:
        cursor.execute("analyze accounts_customer, billing_bill")
        cursor.execute(
            "explain " + search.FIND + search.FIND_PERSON,
            {
                "term": "N0000123",
                "upper": "N0000123",
                "prefix": "N0000123%",
                "upper_prefix": "N0000123%",
                "most": 500,
                "fingerprint": blind_index("13812345678"),
            },
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan on accounts_customer" not in plan
    for index in ("customer_by_name", "customer_by_phone", "customer_by_id_number"):
        assert index in plan


def test_a_page_deep_in_the_list_goes_through_the_key():
    bare_customers(5000)
    with connection.cursor() as cursor:
        cursor.execute("analyze accounts_customer")
    middle = Customer.objects.order_by("pk")[2500].pk
    plan = Customer.objects.filter(pk__lt=middle).order_by("-pk")[:51].explain()
    assert "Seq Scan" not in plan
    assert "accounts_customer_pkey" in plan


def test_filters_find_by_status_severity_and_quarantine(desk, late_customer):
    calm = make_customer(name="Calm Person")
    Quarantine.objects.create(customer=calm, since=DAY, error="boom")

    def shown(**chosen):
        rows = desk.get(reverse(CUSTOMERS), chosen).context["cl"].result_list
        return {row.pk for row in rows}

    assert shown() == {calm.pk, late_customer.pk}
    assert shown(status="suspended") == {late_customer.pk}
    assert shown(status="active") == {calm.pk}
    assert shown(severity="severe") == {late_customer.pk}
    assert shown(severity="none") == {calm.pk}
    assert shown(quarantined="yes") == {calm.pk}


def test_the_list_says_how_a_customer_stands(desk, late_customer):
    text = desk.get(reverse(CUSTOMERS)).content.decode()
    for words in ("T0", "Ada Long", "Suspended", "Severe", ">38<", "138****5678"):
        assert words in text
    assert "13812345678" not in text.replace(" ", "")


def test_an_empty_book_says_what_to_do(desk):
    assert "import_book" in desk.get(reverse(CUSTOMERS)).content.decode()
    assert "The book is empty" in desk.get(reverse("admin:index")).content.decode()


# -- a customer's page -------------------------------------------------------------------


def test_the_page_says_why(desk, late_customer):
    text = desk.get(page_of(late_customer)).content.decode()
    assert "bill B-1 was due on 10 Feb 2025 and is 38 days past due" in text
    assert "Lifts at once when 1,019.00 is paid to the pay-later line." in text
    assert "138****5678" in text
    assert "110*" in text
    assert "07851" not in text
    episode = Episode.objects.get(customer=late_customer)
    for row in (episode, Bill.objects.get(number="B-1"), PolicyVersion.objects.get()):
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
        assert reverse(name, args=[row.pk]) in text


def test_links_lead_only_where_the_reader_may_go(client, late_customer):
    user = make_user()
    user.user_permissions.add(Permission.objects.get(codename="view_customer"))
    client.force_login(user)
    text = client.get(page_of(late_customer)).content.decode()
    assert "B-1" in text
    assert "/admin/billing/" not in text
    assert "/admin/risk/" not in text


def test_the_page_escapes_what_people_write(desk):
    customer = make_customer(name="<script>alert(1)</script>")
    open_days(customer, DAY, DAY)
    operations.restrict_line(
        line=line(customer), number="<b>", effect="suspend", on=DAY, reason="<img src=x>"
    )
    text = desk.get(page_of(customer)).content.decode()
    assert "<script>alert" not in text
    assert "<img src=x>" not in text
    assert "&lt;img src=x&gt;" in text


def test_the_page_costs_the_same_whatever_happened(desk):
    def customer_with(bills):
        customer = make_customer()
        for n in range(bills):
            money.book_bill(
                line=line(customer, ("pay_later", "cash_loan")[n % 2]),
                number=f"B-{customer.pk}-{n}",
                principal=Decimal("10"),
                due_on=datetime.date(2025, 2, 1) + datetime.timedelta(days=n),
                on=datetime.date(2025, 1, 5),
            )
        open_days(customer, datetime.date(2025, 1, 1), DAY)
        return customer

    few, many = customer_with(2), customer_with(40)
    queries(desk, page_of(few))
    assert queries(desk, page_of(few)) == queries(desk, page_of(many)) <= 45


def test_a_customer_before_the_first_day_has_a_page(desk):
    customer = make_customer(limits={})
    text = desk.get(page_of(customer)).content.decode()
    assert "no day is open yet" in text
    assert "No credit line yet." in text


def test_a_customer_who_is_not_there_is_not_found(desk):
    for pk in ("999999", "x"):
        assert desk.get(f"/admin/accounts/customer/{pk}/change/").status_code == 404


# -- days, rules, quarantine -------------------------------------------------------------


def test_a_failed_check_is_said_loudly(desk):
    BusinessDay.objects.create(
        on=DAY,
        slices=1,
        status="failed",
        report={
            "rows": {"charge_fees": {"fees": 3, "amount": "12.30"}},
            "seconds": {"charge_fees": 0.5},
            "restricted": 2,
            "released": 1,
            "quarantined": ["C1"],
            "checks": [{"name": "x", "title": "Sums match", "failures": 4, "ids": ["7", "8"]}],
            "amounts": {"fees": "12.30"},
        },
    )
    listed = desk.get(reverse("admin:billing_businessday_changelist")).content.decode()
    assert "1 failed" in listed
    page = desk.get(reverse("admin:billing_businessday_change", args=[DAY])).content.decode()
    for words in ("1 check does not hold", "Sums match", "7, 8", "12.30", "charge_fees", "C1"):
        assert words in page


@pytest.mark.parametrize("report", [{}, {"checks": None, "rows": [], "amounts": {"fees": "x"}}])
def test_a_report_may_lack_anything(desk, report):
    day = BusinessDay.objects.create(on=DAY, slices=1, report=report)
    DaySlice.objects.create(day=day, number=0, of=1)
    assert desk.get(reverse("admin:billing_businessday_changelist")).status_code == 200
    assert desk.get(reverse("admin:billing_businessday_change", args=[DAY])).status_code == 200


def test_a_policy_shows_what_it_changed(desk):
    first = publish()
    document = {**first.document, "plan_grace_days": 9}
    document["restrictions"] = first.document["restrictions"][:-1]
    second = PolicyVersion.objects.create(
        name="milder", effective_from=DAY, document=document, status="published"
    )
    url = reverse("admin:risk_policyversion_change", args=[second.pk])
    text = desk.get(url).content.decode()
    assert "9 days" in text
    assert "<s>3 days</s>" in text
    assert "dk-row-gone" in text
    first_text = desk.get(reverse("admin:risk_policyversion_change", args=[first.pk]))
    assert "dk-row-" not in first_text.content.decode()


def retry(client, row):
    return client.post(
        reverse("admin:billing_quarantine_changelist"),
        {"action": "retry", "_selected_action": [row.pk]},
        follow=True,
    )


def test_retry_frees_a_customer(desk, monkeypatch):
    row = Quarantine.objects.create(customer=make_customer(), since=DAY, error="boom")
    asked = []
    monkeypatch.setattr(
        quarantine, "retry_quarantined", lambda pk, *, by: asked.append((pk, by.username))
    )
    text = retry(desk, row).content.decode()
    assert [pk for pk, _by in asked] == [row.customer_id]
    assert "is released" in text


def test_retry_says_what_still_fails(desk, monkeypatch):
    def fail(pk, *, by):
        raise quarantine.StillFails("division by zero")

    row = Quarantine.objects.create(customer=make_customer(), since=DAY, error="boom")
    monkeypatch.setattr(quarantine, "retry_quarantined", fail)
    assert "still fails: division by zero" in retry(desk, row).content.decode()


def test_retry_needs_its_permission(client, monkeypatch):
    row = Quarantine.objects.create(customer=make_customer(), since=DAY, error="boom")
    monkeypatch.setattr(quarantine, "retry_quarantined", lambda pk, *, by: pytest.fail("retried"))
    client.force_login(make_user("auditor"))
    retry(client, row)
    row.refresh_from_db()
    assert row.released_at is None


# -- language, and the customer's own page -----------------------------------------------


def test_a_persons_language_follows_them_and_their_switch_is_kept(desk, late_customer):
    user = User.objects.get(pk=desk.session["_auth_user_id"])
    desk.post(reverse("set_language"), {"language": "zh-hans", "next": "/admin/"})
    user.refresh_from_db()
    assert user.language == "zh-hans"
    desk.cookies.pop("django_language")
    text = desk.get(page_of(late_customer)).content.decode()
    assert "已逾期 38 天" in text
    assert "2025年2月10日" in text


def test_a_made_up_language_is_not_kept(desk):
    user = User.objects.get(pk=desk.session["_auth_user_id"])
    desk.post(reverse("set_language"), {"language": "tlh", "next": "/admin/"})
    user.refresh_from_db()
    assert user.language == ""


def customer_user(customer, password="correct-horse-battery"):
    return User.objects.create_user(f"u-{customer.number}", password=password, customer=customer)


def test_only_the_desk_may_evaluate_and_nothing_else_is_loosened(client, late_customer):
    client.force_login(make_user("supervisor"))

    def policy(address):
        told = client.get(address)["Content-Security-Policy"]
        return {part.split()[0]: part for part in told.split("; ")}

    desk = policy(reverse("admin:accounts_customer_change", args=[late_customer.pk]))
    assert "'unsafe-eval'" in desk["script-src"]
    assert "'unsafe-inline'" in desk["style-src"]
    assert "'unsafe-inline'" not in desk["script-src"]
    assert not [rule for rule in desk.values() if "https:" in rule or "*" in rule]
    for address in (reverse("my:login"), reverse("my:rules"), reverse("api_docs")):
        assert "unsafe" not in str(policy(address)), address


def test_a_customer_signs_in_by_number_and_sees_why(client, late_customer):
    customer_user(late_customer)
    answer = client.post(
        reverse("my:login"),
        {"username": late_customer.number.lower(), "password": "correct-horse-battery"},
        follow=True,
    )
    text = answer.content.decode()
    assert "bill B-1 was due on 10 Feb 2025" in text
    assert "Suspended" in text
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "<script" not in text
    assert " style=" not in text


def test_the_customers_page_names_no_member_of_staff(client):
    customer = make_customer()
    open_days(customer, DAY, DAY)
    operations.restrict_line(
        line=line(customer),
        number="M-1",
        effect="suspend",
        on=DAY,
        by=make_user(username="secret-agent"),
        reason="looks like fraud",
    )
    client.force_login(customer_user(customer))
    text = client.get(reverse("my:overview")).content.decode()
    assert "Our staff restricted this line" in text
    assert "fraud" not in text
    assert "secret-agent" not in text


def test_staff_do_not_sign_in_as_customers(client):
    user = make_user("agent")
    answer = client.post(
        reverse("my:login"), {"username": user.username, "password": "correct-horse-battery"}
    )
    assert "do not belong together" in answer.content.decode()
    client.force_login(user)
    assert client.get(reverse("my:overview")).status_code == 302


def test_strangers_are_sent_to_the_door(client):
    assert client.get(reverse("my:overview"))["Location"] == reverse("my:login")
