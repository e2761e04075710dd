"""How customers come in: one-time codes and tokens."""

import datetime

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.access import channels, codes, tokens
from accounts.access.models import ApiToken, DataExport, SignInCode
from accounts.access.rates import TooOften
from accounts.models import User
from tests.factories import make_customer, make_user

pytestmark = pytest.mark.django_db

AT = datetime.datetime(2025, 3, 20, 4, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _fresh(settings, tmp_path):
    cache.clear()
    settings.MAIL_FOLDER = tmp_path


@pytest.fixture
def customer():
    return make_customer(limits={})


def code_of(customer):
    codes.ask(number=customer.number, address="10.0.0.1", at=AT)
    return channels.last_code(customer.number)


def redeem(customer, code, at=AT + MINUTE):
    return codes.redeem(number=customer.number, code=code, address="10.0.0.1", at=at)


def other_than(code):
    return f"{(int(code) + 1) % 10**6:06}"


def test_a_code_lets_its_customer_in_once(customer):
    code = code_of(customer)
    assert len(code) == 6
    user = redeem(customer, code)
    assert user.customer == customer
    assert not user.has_usable_password()
    assert redeem(customer, code) is None


def test_neither_number_nor_code_stands_in_the_database(customer):
    code = code_of(customer)
    row = SignInCode.objects.get()
    assert code not in row.code
    assert customer.number not in row.fingerprint


def test_a_code_is_over_after_ten_minutes(customer):
    code = code_of(customer)
    assert redeem(customer, code, AT + 10 * MINUTE) is None


def test_five_wrong_tries_close_a_code(customer):
    code = code_of(customer)
    for _try in range(5):
        assert redeem(customer, other_than(code)) is None
    assert redeem(customer, code) is None


def test_a_new_code_takes_the_place_of_the_old_one(customer):
    old = code_of(customer)
    new = code_of(customer)
    if old != new:
        assert redeem(customer, old) is None
    assert redeem(customer, new) is not None


def test_a_number_that_nobody_has_is_answered_alike(client, customer):
    seen = []
    for number in (customer.number, "NOBODY"):
        asked = client.post(reverse("my:login_code"), {"number": number})
        page = client.get(asked["Location"]).content.decode()
        wrong = client.post(reverse("my:enter_code"), {"code": "12 34"}).content.decode()
        seen.append((asked.status_code, asked["Location"], number in page, "does not fit" in wrong))
        client.session.flush()
    assert seen[0] == seen[1]
    assert SignInCode.objects.count() == 2
    assert SignInCode.objects.filter(customer=None).count() == 1


def test_asking_too_often_is_stopped_for_any_number(customer):
    for number in (customer.number, "NOBODY"):
        for _time in range(5):
            codes.ask(number=number, address="10.0.0.2", at=AT)
        with pytest.raises(TooOften):
            codes.ask(number=number, address="10.0.0.2", at=AT)


def test_a_code_signs_in_and_goes_where_the_customer_wanted(client, customer):
    wanted = reverse("my:bills")
    first = client.get(wanted)
    assert first["Location"] == f"{reverse('my:login')}?next=%2Fmy%2Fbills%2F"
    client.post(reverse("my:login_code"), {"number": customer.number.lower(), "next": wanted})
    code = channels.last_code(customer.number)
    assert client.post(reverse("my:enter_code"), {"code": code})["Location"] == wanted
    assert client.get(wanted).status_code == 200
    assert client.session.get_expiry_age() <= 7200


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com/my/", "/admin/"])
def test_nobody_is_sent_elsewhere_after_the_sign_in(client, customer, elsewhere):
    client.post(reverse("my:login_code"), {"number": customer.number, "next": elsewhere})
    code = channels.last_code(customer.number)
    assert client.post(reverse("my:enter_code"), {"code": code})["Location"] == reverse(
        "my:overview"
    )


def test_a_closed_account_stays_closed(customer):
    User.objects.create_user("c", customer=customer, is_active=False)
    assert redeem(customer, code_of(customer)) is None


def test_without_a_channel_there_is_no_code(client, customer, settings):
    settings.SIGN_IN_CODE_CHANNEL = ""
    assert client.get(reverse("my:login_code"))["Location"] == reverse("my:login")
    assert reverse("my:login_code") not in client.get(reverse("my:login")).content.decode()


def test_passwords_are_not_tried_without_end(client, customer):
    answers = [
        client.post(reverse("my:login"), {"username": customer.number, "password": "x"})
        for _try in range(11)
    ]
    assert "do not belong together" in answers[9].content.decode()
    assert "Too many tries" in answers[10].content.decode()


# -- tokens ------------------------------------------------------------------------------


def issue(customer, **fields):
    values = {"name": "Mine", "scopes": ["read"], "days": 30, "at": AT, **fields}
    return tokens.issue(customer=customer, **values)


def test_a_token_opens_until_it_is_over_or_revoked(customer):
    token, secret = issue(customer)
    assert tokens.find(secret, AT) == token
    assert tokens.find(secret + "x", AT) is None
    assert tokens.find(secret, AT + datetime.timedelta(days=30)) is None
    assert tokens.revoke(customer=customer, public_id=token.public_id, at=AT)
    assert tokens.find(secret, AT) is None


def test_a_token_is_kept_as_a_hash_and_its_use_is_noted(customer):
    token, secret = issue(customer)
    tokens.find(secret, AT)
    row = ApiToken.objects.get()
    assert secret not in str(row.__dict__)
    assert row.last_used_at == AT
    tokens.find(secret, AT + datetime.timedelta(seconds=30))
    assert ApiToken.objects.get(pk=token.pk).last_used_at == AT


def test_another_customer_cannot_revoke_it(customer):
    token, _secret = issue(customer)
    assert not tokens.revoke(customer=make_customer(limits={}), public_id=token.public_id, at=AT)


@pytest.mark.parametrize("wrong", [{"name": " "}, {"scopes": []}, {"days": 31}])
def test_a_token_without_what_it_needs_is_refused(customer, wrong):
    with pytest.raises(tokens.TokenRefused):
        issue(customer, **wrong)


def test_the_secret_is_on_one_page_and_never_again(client, customer):
    client.force_login(User.objects.create_user("c", customer=customer))
    asked = {"name": "Budget", "scopes": ["read"], "days": "90"}
    page = client.post(reverse("my:new_token"), asked).content.decode()
    token = ApiToken.objects.get()
    assert tokens.PREFIX in page
    assert tokens.PREFIX not in client.get(reverse("my:settings")).content.decode()
    client.post(reverse("my:revoke_token", args=[token.public_id]))
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_new_password_ends_the_other_sessions(client, customer):
    user = User.objects.create_user("c", customer=customer)
    from django.test import Client

    other = Client()
    for each in (client, other):
        each.force_login(user)
    new = "a-long-quiet-river"
    saved = client.post(reverse("my:password"), {"new_password1": new, "new_password2": new})
    assert saved.status_code == 302
    assert client.get(reverse("my:settings")).status_code == 200
    assert other.get(reverse("my:settings")).status_code == 302


def test_what_was_exported_cannot_be_taken_out_of_the_record(customer):
    DataExport.objects.create(customer=customer, door="portal", at=AT)
    from django.db.utils import DatabaseError

    with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
        DataExport.objects.all()._raw_delete("default")


def test_staff_have_no_place_at_the_portal(client):
    client.force_login(make_user("supervisor"))
    assert client.get(reverse("my:settings")).status_code == 302
