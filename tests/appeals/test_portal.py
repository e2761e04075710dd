"""The customer's pages: they say what is so, pay once, forget nothing."""

import datetime
import io
import json
import zipfile
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import takeaway
from accounts.access.models import DataExport
from accounts.models import Customer, Notice, User
from appeals import operations
from appeals.models import Appeal
from appeals.operations.filing import MOST_OPEN
from appeals.portal import about, book, today
from appeals.queries import mine
from billing import operations as money
from billing import payments
from billing.models import Bill, Fact
from risk import rules
from risk.explain import worked
from risk.models import Point, Restriction
from tests.factories import line, make_customer, open_days, publish

pytestmark = pytest.mark.django_db

FIRST = datetime.date(2025, 3, 1)
TODAY = datetime.date(2025, 3, 20)


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch):
    cache.clear()
    for module in ("views.pay", "views.rules", "views.appeals", "views.offers"):
        monkeypatch.setattr(f"appeals.portal.{module}.book_date", lambda: TODAY)


@pytest.fixture
def late():
    customer = make_customer(FIRST, name="Ada Long", phone="13812345678")
    User.objects.create_user("ada", customer=customer)
    bill(customer, "B-1", datetime.date(2025, 3, 10))
    open_days(customer, FIRST, TODAY)
    return customer


def bill(customer, number, due, principal="1000", product="pay_later"):
    money.book_bill(
        line=line(customer, product), number=number, principal=Decimal(principal), due_on=due,
        on=FIRST,
    )  # fmt: skip


def owed(customer):
    return book.standing(customer).to_cure()[0][2]


# -- what to do today --------------------------------------------------------------------


def test_the_first_sentence_says_what_to_pay_and_what_is_back_then(late):
    advice = today.advice(book.standing(late))
    assert advice.what == "Pay 1,005.00 to your pay-later line today."
    assert advice.then == (
        "Your pay-later line is back at once.",
        "Your cash loan is back at once.",
    )


def test_doing_it_brings_both_lines_back(late):
    money.book_repayment(line=line(late), amount=owed(late), on=TODAY)
    standing = book.standing(late)
    assert standing.reasons == []
    assert today.advice(standing).what == "Nothing to pay, and nothing restricts your credit."


def test_a_bill_to_come_is_named_when_nothing_is_overdue():
    customer = make_customer(FIRST)
    bill(customer, "B-1", datetime.date(2025, 3, 25))
    open_days(customer, FIRST, TODAY)
    text = "Nothing to do today. Your next bill is 1,000.00, due on 25 Mar 2025."
    assert today.advice(book.standing(customer)).what == text


def test_a_plan_shows_what_is_left_of_each_instalment(late):
    first, second = datetime.date(2025, 4, 1), datetime.date(2025, 5, 1)
    money.agree_plan(
        line=line(late), bill_numbers=["B-1"], on=TODAY, number="P-1",
        instalments=[(first, Decimal("500")), (second, Decimal("505"))],
    )  # fmt: skip
    money.book_repayment(line=line(late), amount=Decimal("600"), on=TODAY)
    (plan,) = book.plans(late)
    assert [part.left for part in plan.parts] == [Decimal(0), Decimal("405.00")]
    assert [(due.on, due.amount) for due in book.standing(late).dues] == [
        (second, Decimal("405.00"))
    ]


# -- paying ------------------------------------------------------------------------------


def test_a_double_click_pays_once(client, late):
    client.force_login(late.user)
    asked = client.post(reverse("my:pay"), {"line": "pay_later", "amount": "1,005.00"})
    for _click in range(2):
        done = client.post(asked["Location"], {"answer": "pay"})
        assert client.get(done["Location"]).status_code == 200
    assert Fact.objects.filter(customer=late, kind="repay").count() == 1
    assert book.standing(late).reasons == []


def test_declining_at_the_provider_books_nothing(client, late):
    client.force_login(late.user)
    asked = client.post(reverse("my:pay"), {"line": "pay_later", "amount": "10"})
    client.post(asked["Location"], {"answer": "decline"})
    assert not Fact.objects.filter(customer=late, kind="repay").exists()


@pytest.mark.parametrize("amount", ["0", "-1", "1.001", "NaN", "1e9", "１００", "", "99999999"])
def test_an_amount_that_is_none_is_not_paid(client, late, amount):
    client.force_login(late.user)
    answer = client.post(reverse("my:pay"), {"line": "pay_later", "amount": amount})
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.content.decode()


def test_a_slip_is_its_customers_and_lasts_half_an_hour(late, time_machine):
    time_machine.move_to("2025-03-20T04:00:00Z", tick=False)
    slip = payments.prepare(line=line(late), amount=Decimal(5)).sign()
    assert payments.read(slip, late.pk).amount == Decimal(5)
    assert payments.read(slip, late.pk + 1) is None
    assert payments.read(slip[:-2] + "xx", late.pk) is None
    time_machine.move_to("2025-03-20T04:31:00Z", tick=False)
    assert payments.read(slip, late.pk) is None


def test_where_no_channel_is_set_up_a_transfer_is_explained(client, late, settings):
    settings.PAYMENT_CHANNEL = ""
    client.force_login(late.user)
    text = client.get(reverse("my:pay")).content.decode()
    assert "bank transfer" in text
    assert line(late).number in text
    slip = payments.prepare(line=line(late), amount=Decimal(5)).sign()
    assert client.post(reverse("my:sandbox", args=[slip]), {"answer": "pay"}).status_code == 404


# -- pages -------------------------------------------------------------------------------


def test_a_bill_groups_its_late_fees_into_one_row(late):
    rows = book.movements(late, Bill.objects.get(number="B-1"))
    fees = [row for row in rows if row.kind == "Late fee"]
    assert [(row.entries, row.amount) for row in fees] == [(10, Decimal("5.00"))]


def test_pages_ask_a_constant_number_of_questions(client, late):
    busy = make_customer(FIRST)
    User.objects.create_user("busy", customer=busy)
    for n in range(1, 9):
        bill(busy, f"C-{n}", datetime.date(2025, 3, n + 3), "100")
        bill(busy, f"D-{n}", datetime.date(2025, 3, n + 3), "100", "cash_loan")
    open_days(busy, FIRST, TODAY)
    for name in ("overview", "bills", "score", "payments", "past"):
        counts = []
        for customer in (late, busy):
            client.force_login(customer.user)
            client.get(reverse(f"my:{name}"))
            with CaptureQueriesContext(
                connection,
            ) as found:
                client.get(reverse(f"my:{name}"))
            counts.append(len(found))
        assert counts[0] == counts[1], (name, counts)


def test_what_if_keeps_its_promise_in_words_and_in_a_table(client, late):
    client.force_login(late.user)
    text = client.get(reverse("my:forecast"), {"choice": "overdue"}).content.decode()
    assert "Pay 1,005.00 to your pay-later line today." in text
    assert "You pay 1,005.00" in text
    assert "<table>" in text
    assert " style=" not in text


@pytest.mark.parametrize(
    "asked",
    [
        {"choice": "own", "line": "pay_later", "amount": "x"},
        {"choice": "own", "line": "other", "amount": "5"},
        {"choice": "own", "line": "pay_later", "amount": "5", "on": "2025-03-19"},
        {"choice": "plan", "line": "cash_loan", "parts": "3"},
        {"choice": "plan", "line": "pay_later", "parts": "999"},
        {"choice": "?"},
    ],
)
def test_a_question_that_does_not_hold_says_why(client, late, asked):
    client.force_login(late.user)
    text = client.get(reverse("my:forecast"), asked).content.decode()
    assert 'class="error" role="alert"' in text


def test_an_address_that_leads_nowhere_says_so_and_leads_home(client, late):
    client.force_login(late.user)
    answer = client.get("/my/bills/NONE/")
    assert answer.status_code == 404
    text = answer.content.decode()
    assert "There is nothing here" in text
    assert f'href="{reverse("my:overview")}"' in text


def test_reading_a_notice_is_noted(client, late):
    row = Notice.objects.create(
        customer=late, kind="k", key="1", on=TODAY, state="sent", sent_at=timezone.now(),
        subject="Your line is back", body="Thank you.", language="en",
    )  # fmt: skip
    client.force_login(late.user)
    assert "Your line is back" in client.get(reverse("my:notices")).content.decode()
    assert "Thank you." in client.get(reverse("my:notice", args=[row.public_id])).content.decode()
    row.refresh_from_db()
    assert row.read_at is not None


def test_contact_hours_and_e_mail_are_kept(client, late):
    client.force_login(late.user)
    asked = {
        "language": "zh-hans", "email": "ada@example.com", "channels": ["email"],
        "contact_from": "09:00:00",
        "contact_until": "18:00:00", "time_zone": "Europe/Berlin",
    }  # fmt: skip
    assert client.post(reverse("my:settings"), asked).status_code == 302
    late.refresh_from_db()
    assert late.contact.email == "ada@example.com"
    assert (late.language, User.objects.get(customer=late).language) == ("zh-hans", "zh-hans")
    assert late.contact.contact_until == datetime.time(18)
    asked["contact_from"] = "19:00:00"
    assert client.post(reverse("my:settings"), asked).status_code == 200


# -- appeals -----------------------------------------------------------------------------


def test_an_appeal_from_a_reason_is_filed_once(client, late):
    client.force_login(late.user)
    page = client.get(reverse("my:overview")).content.decode()
    about = page.split("/my/appeals/new/?about=")[1].split('"')[0]
    form = client.get(f"/my/appeals/new/?about={about}").context["form"]
    asked = {
        "kind": "appeal", "about": form.initial["about"], "words": "The bank was closed.",
        "asks": ["lift"], "token": str(form.initial["token"]),
    }  # fmt: skip
    places = {client.post(reverse("my:new_appeal"), asked)["Location"] for _click in range(2)}
    assert len(places) == 1
    appeal = Appeal.objects.get()
    assert appeal.subject_kind == "restriction"
    assert appeal.channel == "portal"
    assert "The bank was closed." in client.get(places.pop()).content.decode()


def test_what_is_anothers_cannot_be_contested(client, late):
    other = make_customer(FIRST)
    bill(other, "O-1", datetime.date(2025, 3, 10))
    open_days(other, FIRST, FIRST + datetime.timedelta(days=1))
    theirs = about.ref(other.pk, "bill", Bill.objects.get(number="O-1").pk)
    assert about.unref(late.pk, theirs) is None
    client.force_login(late.user)
    asked = {"kind": "appeal", "about": theirs, "words": "W", "asks": ["lift"]}
    assert client.post(reverse("my:new_appeal"), asked).status_code == 200
    assert not Appeal.objects.exists()


def objections_on(page):
    """The addresses of the form that a page offers, in their order."""
    return [part.split('"')[0] for part in page.split('href="/my/appeals/new/?about=')[1:]]


@pytest.mark.parametrize(("name", "kind"), [("score", "point"), ("overview", "restriction")])
def test_an_objection_stands_beside_each_thing_until_it_is_filed(client, late, name, kind):
    client.force_login(late.user)
    offered = objections_on(client.get(reverse(f"my:{name}")).content.decode())
    rows = {
        "point": Point.objects.filter(customer=late, points__lt=0),
        "restriction": Restriction.objects.filter(customer=late, until_on=None),
    }[kind]
    assert len(offered) == len(set(offered)) == rows.count() > 0
    form = client.get(f"/my/appeals/new/?about={offered[0]}").context["form"]
    assert form["about"].value() in dict(form.fields["about"].choices)
    asked = {
        "kind": "objection", "about": form["about"].value(), "words": "W", "asks": ["correct"],
        "token": str(form.initial["token"]),
    }  # fmt: skip
    client.post(reverse("my:new_appeal"), asked)
    appeal = Appeal.objects.get()
    assert (appeal.subject_kind, appeal.subject_id) in {(kind, row.pk) for row in rows}
    page = client.get(reverse(f"my:{name}")).content.decode()
    assert objections_on(page) == offered[1:]
    assert f'<a href="/my/appeals/{appeal.public_id}/">Your appeal {appeal.number}</a>' in page


def test_a_late_fee_and_the_time_overdue_are_objected_to_on_the_bill(client, late):
    client.force_login(late.user)
    page = client.get(reverse("my:bill", args=["B-1"])).content.decode()
    kinds = [
        about.unref(late.pk, client.get(f"/my/appeals/new/?about={text}").context["form"]["about"]
        .value())[0]
        for text in objections_on(page)
    ]  # fmt: skip
    assert kinds == ["bill", "episode", *["fee"] * 10]


def test_two_causes_are_contested_in_one_appeal(client, late):
    client.force_login(late.user)
    form = client.get(reverse("my:new_appeal")).context["form"]
    first, second = [ref for ref, _words in form.fields["also"].choices if ref][:2]
    asked = {
        "kind": "appeal", "about": first, "also": second, "words": "W", "asks": ["lift"],
        "token": str(form.initial["token"]),
    }  # fmt: skip
    client.post(reverse("my:new_appeal"), asked)
    contested = Appeal.objects.get().causes.order_by("position")
    pairs = list(contested.values_list("subject_kind", "subject_id"))
    assert pairs == [about.unref(late.pk, ref) for ref in (first, second)]


def test_points_gained_are_not_objected_to(client):
    customer = make_customer(FIRST)
    User.objects.create_user("ontime", customer=customer)
    bill(customer, "B-9", datetime.date(2025, 3, 10))
    open_days(customer, FIRST, datetime.date(2025, 3, 9))
    money.book_repayment(line=line(customer), amount=Decimal(1000), on=datetime.date(2025, 3, 9))
    open_days(customer, datetime.date(2025, 3, 10), TODAY)
    assert {move.points > 0 for move in book.moves(book.standing(customer).record)} == {True}
    client.force_login(customer.user)
    assert objections_on(client.get(reverse("my:score")).content.decode()) == []


def test_nothing_is_offered_that_would_be_refused(client, late):
    for _n in range(MOST_OPEN):
        operations.submit(
            customer=late, kind="hardship", words="W", asks=["plan"], by=late, at=timezone.now(),
            on=TODAY,
        )  # fmt: skip
    client.force_login(late.user)
    for address in (reverse("my:score"), reverse("my:overview"), reverse("my:bill", args=["B-1"])):
        assert objections_on(client.get(address).content.decode()) == []


def test_points_too_old_for_the_list_are_still_objected_to(client, late, monkeypatch):
    client.force_login(late.user)
    point = Point.objects.filter(customer=late, points__lt=0).order_by("pk")[0]
    monkeypatch.setattr(mine, "to_appeal_against", lambda customer_id: [])
    ref = about.ref(late.pk, "point", point.pk)
    form = client.get(reverse("my:new_appeal"), {"about": ref}).context["form"]
    assert [key for key, _words in form.fields["about"].choices] == ["", ref]


# -- own data ----------------------------------------------------------------------------


def test_every_table_that_names_a_customer_is_given_or_said_not_to_be():
    labels = set()
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if getattr(field, "related_model", None) is Customer and field.concrete:
                labels.add(model._meta.label)
    assert labels - takeaway.answered() == set()


def test_the_export_holds_the_customers_rows_and_no_secrets(client, late):
    bill(make_customer(FIRST), "OTHERS", datetime.date(2025, 3, 10))
    client.force_login(late.user)
    answer = client.post(reverse("my:download"))
    box = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert box.testzip() is None
    data = {name: box.read(name).decode() for name in box.namelist()}
    assert json.loads(data["data/bills.json"])[0]["number"] == "B-1"
    assert json.loads(data["data/person.json"])[0]["phone"] == "13812345678"
    everything = "".join(data.values())
    for secret in ("OTHERS", "argon2", "phone_index", "booked_by"):
        assert secret not in everything
    assert "Your bills" in data["readable.html"]
    assert DataExport.objects.get().customer == late


def test_the_export_is_not_taken_all_day_long(client, late):
    client.force_login(late.user)
    for _time in range(takeaway.RATE.most):
        assert client.post(reverse("my:download")).status_code == 200
    assert client.post(reverse("my:download")).status_code == 302
    assert DataExport.objects.count() == takeaway.RATE.most


# -- the rules ---------------------------------------------------------------------------


def test_the_rules_are_for_everybody_and_name_the_figures_in_force(client, late):
    text = client.get(reverse("my:rules")).content.decode()
    for words in (
        "a late fee of 0.05%",
        "30 days after everything overdue is paid",
        "The score is below 550",
        "Everybody starts with 600 points.",
    ):
        assert words in text
    assert client.get(reverse("my:rules"), {"on": "2019-01-01"}).status_code == 200
    assert client.get(reverse("my:rules"), {"on": "x"}).status_code == 404


def test_the_rules_of_a_past_day_are_those_of_that_day(client, late):
    publish("us", datetime.date(2025, 3, 15))
    now = client.get(reverse("my:rules"))
    then = client.get(reverse("my:rules"), {"on": "2025-03-14"})
    assert (now.context["version"].name, then.context["version"].name) == ("us", "contract")
    assert now.context["book"].limits != then.context["book"].limits
    assert now.context["is_today"]
    assert not then.context["is_today"]
    assert "Today&#x27;s rules" in then.content.decode() or "Today's rules" in then.content.decode()
    example = now.context["worked"]
    assert (example.late, example.amount) == (40, Decimal("1000.00"))
    none = client.get(reverse("my:rules"), {"on": "2019-01-01"}).content.decode()
    assert f'href="{reverse("my:rules")}"' in none, "a way back from a day without rules"


def test_the_calculator_says_what_the_engine_says(client, late):
    asked = {"product": "pay_later", "amount": "1000", "late": "10"}
    found = client.get(reverse("my:rules"), asked).context["worked"]
    assert found.paid.fee == Decimal("5.00")
    assert found.total == owed(late)
    assert [step.day for step in found.steps] == [1, 8]
    assert found.steps[0].own == 0
    assert found.paid.own == worked.LIMITS["pay_later"]
    assert Customer.objects.filter(name="worked example").count() == 0


@pytest.mark.parametrize("asked", [{"amount": "0"}, {"amount": "x"}, {"amount": "1e30"}])
def test_the_calculator_refuses_what_is_no_amount(client, late, asked):
    answer = client.get(reverse("my:rules"), {"product": "pay_later", "late": "5", **asked})
    assert "worked" not in answer.context
    assert rules.current() is not None
