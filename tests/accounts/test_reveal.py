"""Phone and ID number in clear: who may, that it is recorded first, that it leaks nowhere."""

import logging

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError, transaction
from django.db.models import ProtectedError
from django.urls import reverse

from accounts import crypto, operations
from accounts.models import Customer, Disclosure, User
from accounts.roles import ROLES
from tests.factories import make_customer, make_user

PHONE, ID_NUMBER = "13812345678", "11010119900307851X"
MAY = {"agent", "supervisor", "administrator"}
ASKED = {"field": "phone", "reason": "call", "words": "Rang about bill 1"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    return make_customer(name="Ada Long", phone=PHONE, id_number=ID_NUMBER)


@pytest.fixture
def desk(client):
    client.force_login(make_user("agent", username="jie"))
    return client


def reveal_of(customer):
    return reverse("admin:accounts_customer_reveal", args=[customer.pk])


def page_of(customer):
    return reverse("admin:accounts_customer_change", args=[customer.pk])


def test_the_roles_that_may():
    assert {role for role, names in ROLES.items() if "accounts.reveal_identity" in names} == MAY


@pytest.mark.parametrize("role", ["", *ROLES])
def test_only_who_may_gets_the_form_the_value_and_the_link(client, customer, role):
    client.force_login(make_user(role))
    may = role in MAY
    assert client.get(reveal_of(customer)).status_code == (200 if may else 403)
    answer = client.post(reveal_of(customer), ASKED)
    assert answer.status_code == (200 if may else 403)
    assert (PHONE in answer.content.decode()) is may
    assert Disclosure.objects.count() == int(may)
    page = client.get(page_of(customer))
    assert (reveal_of(customer) in page.content.decode()) is may


def test_strangers_and_customers_get_nothing(client, customer):
    for sign_in in (False, True):
        if sign_in:
            client.force_login(User.objects.create_user("ada", customer=customer))
        for answer in (client.get(reveal_of(customer)), client.post(reveal_of(customer), ASKED)):
            assert answer.status_code == 302
            assert answer["Location"].startswith(reverse("admin:login"))
    assert not Disclosure.objects.exists()


def test_the_permission_alone_opens_no_customer(client, customer):
    user = make_user()
    user.user_permissions.add(Permission.objects.get(codename="reveal_identity"))
    client.force_login(user)
    assert client.post(reveal_of(customer), ASKED).status_code == 403


@pytest.mark.parametrize(("field", "value"), [("phone", PHONE), ("id_number", ID_NUMBER)])
def test_what_was_asked_for_is_shown_and_recorded(desk, customer, field, value):
    answer = desk.post(reveal_of(customer), {**ASKED, "field": field})
    text = answer.content.decode()
    assert value in text
    assert {PHONE, ID_NUMBER} - {value} == {v for v in (PHONE, ID_NUMBER) if v not in text}
    row = Disclosure.objects.get()
    assert (row.by.username, row.customer, row.field) == ("jie", customer, field)
    assert (row.reason, row.words) == ("call", "Rang about bill 1")
    assert row.at is not None
    # Once: the form and the page show it to nobody again.
    assert value not in desk.get(reveal_of(customer)).content.decode()
    assert value not in desk.get(page_of(customer)).content.decode()


def test_it_is_recorded_before_anything_is_decrypted(desk, customer, monkeypatch):
    recorded = []
    decrypt = crypto.decrypt

    def watched(token):
        recorded.append(Disclosure.objects.count())
        return decrypt(token)

    monkeypatch.setattr(crypto, "decrypt", watched)
    desk.post(reveal_of(customer), ASKED)
    assert recorded == [1]


def test_what_cannot_be_recorded_is_not_shown(desk, customer, monkeypatch):
    def refuse(**_):
        raise DatabaseError("no room")

    monkeypatch.setattr(Disclosure.objects, "create", refuse)
    monkeypatch.setattr(crypto, "decrypt", lambda token: pytest.fail("decrypted"))
    with pytest.raises(DatabaseError):
        desk.post(reveal_of(customer), ASKED)


@pytest.mark.django_db(transaction=True)
def test_no_transaction_around_it_can_take_the_record_back(clean_book):
    customer, user = make_customer(phone=PHONE), make_user("agent")
    asked = {"customer_id": customer.pk, "by": user, **ASKED}
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        operations.reveal(**asked)
    assert not Disclosure.objects.exists()
    assert operations.reveal(**asked) == PHONE
    assert Disclosure.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"words": ""},
        {"words": "  a  b "},
        {"words": "1234"},
        {"words": "x" * 501},
        {"reason": ""},
        {"reason": "curious"},
        {"field": ""},
        {"field": "name"},
        {"field": "phone_index"},
    ],
)
def test_without_a_field_a_reason_and_words_nothing_is_shown(desk, customer, wrong):
    answer = desk.post(reveal_of(customer), {**ASKED, **wrong})
    assert "errorlist" in answer.content.decode()
    assert PHONE not in answer.content.decode()
    assert not Disclosure.objects.exists()


def test_the_value_is_kept_by_nobody(desk, customer, caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        answer = desk.post(reveal_of(customer), ASKED, follow=True)
    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]
    assert answer.redirect_chain == []
    out = capfd.readouterr()
    kept = [
        caplog.text,
        out.out + out.err,
        str(answer.headers),
        str(answer.cookies),
        str(dict(desk.session)),
        answer.request["PATH_INFO"] + answer.request["QUERY_STRING"],
        str(Disclosure.objects.values().get()),
        *map(str, answer.context["messages"]),
    ]
    assert [place for place in kept if PHONE in place or PHONE[-4:] in place] == []
    assert "no-store" in desk.get(reveal_of(customer))["Cache-Control"]


def test_a_value_that_is_not_there_is_said_so(desk):
    customer = make_customer()
    assert "Nothing is stored" in desk.post(reveal_of(customer), ASKED).content.decode()
    assert reveal_of(customer) not in desk.get(page_of(customer)).content.decode()


@pytest.mark.parametrize("pk", ["999999", "9" * 30, "x"])
def test_a_customer_who_is_not_there_is_not_found(desk, pk):
    assert desk.post(f"/admin/accounts/customer/{pk}/reveal/", ASKED).status_code in (302, 404)
    assert not Disclosure.objects.exists()


def test_words_are_escaped_on_the_record(client, customer):
    user = make_user("auditor")
    words = "<script>alert(1)</script>"
    Disclosure.objects.create(customer=customer, by=user, field="phone", reason="call", words=words)
    client.force_login(user)
    text = client.get(reverse("admin:accounts_disclosure_changelist")).content.decode()
    assert "&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize("role", ["", *ROLES])
def test_the_record_is_for_auditors_and_administrators(client, role):
    client.force_login(make_user(role))
    for name in ("disclosure", "export"):
        status = client.get(reverse(f"admin:accounts_{name}_changelist")).status_code
        assert status == (200 if role in ("auditor", "administrator") else 403)


def test_the_record_is_found_by_customer_and_by_user(client, customer):
    other, jie, li = make_customer(), make_user(username="jie"), make_user(username="li")
    for whom, by, words in ((customer, jie, "first-one"), (other, li, "second-one")):
        Disclosure.objects.create(customer=whom, by=by, field="phone", reason="other", words=words)
    client.force_login(make_user("auditor"))
    url = reverse("admin:accounts_disclosure_changelist")

    def found(term):
        text = client.get(url, {"q": term}).content.decode()
        return [words for words in ("first-one", "second-one") if words in text]

    assert found(customer.number) == ["first-one"]
    assert found("li") == ["second-one"]
    assert found("nobody") == []
    row = Disclosure.objects.get(words="first-one")
    record = client.get(reverse("admin:accounts_disclosure_change", args=[row.pk]))
    assert "first-one" in record.content.decode()


def test_the_record_keeps_its_people(customer):
    user = make_user("agent")
    operations.reveal(customer_id=customer.pk, by=user, **ASKED)
    for person in (Customer.objects.only("pk").get(pk=customer.pk), user):
        with pytest.raises(ProtectedError):
            person.delete()
