"""The way in: a second factor where it is required, a bounded number of attempts, on record."""

import datetime
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import Attempts, SignInEvent, User
from accounts.signin import client as clients
from accounts.signin import guard
from accounts.signin.records import SignInKind
from tests.factories import PASSWORD, make_customer, make_user

DESK, DOOR = "/admin/", "/admin/sign-in/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_code_was_used_yet(settings):
    cache.clear()
    # What is tested here is not how slow a hash is.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def required(settings):
    settings.STAFF_MFA = "required"


@pytest.fixture
def jie():
    return make_user("supervisor", username="jie")


def enter(client, name="jie", password=PASSWORD, **extra):
    return client.post(DOOR, {"login": name, "password": password}, **extra)


def code_of(secret):
    return auth.format_hotp_value(
        auth.hotp_value(secret, next(iter(auth.yield_hotp_counters_from_time())))
    )


def with_factor(user, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"):
    auth.TOTP.activate(user, secret)
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    return secret, RecoveryCodes.activate(user)


def signed_in(user, secret=None):
    """A session that went through the door, with the second factor if there is one."""
    client = Client()
    enter(client, user.username)
    if secret:
        cache.clear()
        client.post(f"{DOOR}code/", {"code": code_of(secret)})
    return client


def kinds():
    return list(SignInEvent.objects.order_by("pk").values_list("kind", flat=True))


# -- the second factor -------------------------------------------------------------------


def test_without_one_a_member_of_staff_reaches_only_its_set_up(required, client, jie):
    enter(client)
    for path in (DESK, f"{DESK}accounts/customer/", f"{DESK}audit/", f"{DOOR}own/",
                 f"{DOOR}codes/", f"{DOOR}password/", f"{DESK}nowhere/"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith(f"{DOOR}factor/?"), path
    assert client.get(f"{DOOR}factor/").status_code == 200


@pytest.mark.parametrize(
    "how", [{"path": "/api/customers/"}, {"headers": {"accept": "application/json"}}]
)
def test_programs_are_told_so(required, client, jie, how):
    client.force_login(jie)
    answer = client.get(**{"path": DESK, **how})
    assert answer.status_code == 403
    assert "second factor" in answer.json()["detail"]


def test_a_session_that_was_made_elsewhere_does_not_count(required, client, jie):
    with_factor(jie)
    client.force_login(jie)
    assert client.get(DESK)["Location"].startswith(f"{DOOR}code/again/")


def test_the_records_of_another_persons_session_do_not_count(required, client, jie):
    secret, _codes = with_factor(jie)
    browser = signed_in(jie, secret)
    assert browser.get(DESK).status_code == 200
    browser.force_login(make_user("agent"))
    assert browser.get(DESK).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_it_is_set_up_once_and_opens_the_desk(clean_book, required, client):
    jie = make_user(username="jie")
    enter(client)
    page = client.get(f"{DOOR}factor/")
    secret = page.context["form"].secret
    assert page.context["totp_svg_data_uri"].startswith("data:image/svg+xml;base64,")
    assert b"<script>" not in page.content
    answer = client.post(f"{DOOR}factor/", {"code": code_of(secret)})
    assert answer["Location"] == f"{DOOR}codes/"
    shown = client.get(f"{DOOR}codes/")
    codes = shown.context["unused_codes"]
    assert len(codes) == 10
    assert all(code in shown.content.decode() for code in codes)
    assert "fairline-recovery-codes.txt" in shown.content.decode()
    again = client.get(f"{DOOR}codes/").content.decode()
    assert not any(code in again for code in codes)
    assert client.get(DESK).status_code == 200
    stored = Authenticator.objects.get(user=jie, type="totp").data["secret"]
    assert secret not in stored
    assert kinds() == ["signed_in", "factor_set", "codes_made"] or set(kinds()) == {
        "signed_in", "factor_set", "codes_made",
    }  # fmt: skip


def test_a_password_alone_signs_nobody_in_who_has_one(client, jie):
    with_factor(jie)
    assert enter(client)["Location"] == f"{DOOR}code/"
    assert client.get(DESK).status_code == 302
    assert SignInKind.SIGNED_IN not in kinds()


def test_a_recovery_code_works_once_and_is_on_record(required, client, jie):
    _secret, codes = with_factor(jie)
    code = codes.generate_codes()[0]
    for works in (True, False):
        browser = Client()
        enter(browser)
        browser.post(f"{DOOR}code/", {"code": code})
        assert (browser.get(DESK).status_code == 200) is works
    assert kinds().count("code_used") == 1


def test_who_takes_it_away_sets_up_a_new_one_at_once(required, jie):
    secret, _codes = with_factor(jie)
    other, browser = signed_in(jie, secret), signed_in(jie, secret)
    browser.post(f"{DOOR}factor/remove/")
    assert browser.get(DESK)["Location"].startswith(f"{DOOR}factor/")
    assert other.get(DESK)["Location"].startswith(reverse("admin:login"))
    assert "factor_removed" in kinds()


def test_where_it_is_off_a_password_opens_the_desk(client, jie):
    assert enter(client)["Location"] == DESK
    assert client.get(DESK).status_code == 200


# -- the door ----------------------------------------------------------------------------


def test_the_admins_own_form_leads_to_the_door(client):
    answer = client.get(reverse("admin:login"), {"next": "/admin/accounts/customer/"})
    assert answer["Location"] == f"{DOOR}?next=%2Fadmin%2Faccounts%2Fcustomer%2F"


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_the_door_leads_to_no_other_site(client, jie, next_page):
    answer = client.post(DOOR, {"login": "jie", "password": PASSWORD, "next": next_page})
    assert answer["Location"] == DESK


def test_nobody_signs_up():
    for name in ("account_signup", "account_reset_password", "account_email"):
        with pytest.raises(NoReverseMatch):
            reverse(name)


def test_secrets_and_session_keys_are_on_no_list():
    assert not {Authenticator, UserSession, EmailAddress} & set(admin.site._registry)


def test_customers_have_their_own_door_and_staff_theirs(client, jie):
    customer = make_customer()
    User.objects.create_user("ada", password=PASSWORD, customer=customer)
    assert "do not belong together" in enter(client, "ada").content.decode()
    client.force_login(User.objects.get(username="ada"))
    assert client.get(DESK).status_code == 302
    assert client.get(DOOR).status_code == 200
    for page in ("own/", "password/", "factor/", "codes/", "out/"):
        assert client.get(f"{DOOR}{page}")["Location"] == DOOR
    assert enter(client)["Location"] == DESK
    assert client.get(DESK).status_code == 200
    assert client.get("/my/")["Location"] == "/my/login/"
    assert client.post("/my/login/", {"username": "jie", "password": PASSWORD}).status_code == 200


def test_no_page_of_it_has_a_script_in_it(client, jie):
    client.force_login(jie)
    for page in ("", "out/", "password/", "own/", "factor/", "again/"):
        text = client.get(f"{DOOR}{page}", follow=True).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), page


# -- a bounded number of attempts --------------------------------------------------------


@pytest.mark.parametrize("name", ["jie", "nobody", "ada"])
def test_the_answers_are_the_same_for_every_name(client, jie, name):
    User.objects.create_user("ada", password=PASSWORD, customer=make_customer())
    said = []
    for _ in range(7):
        text = enter(client, name, "wrong").content.decode()
        said.append("do not belong together" in text)
        assert ("Too many attempts" in text) is not said[-1]
    assert said == [True] * 5 + [False] * 2
    # Locked is locked: the right password is not even looked at.
    assert "Too many attempts" in enter(client, name).content.decode()


def test_an_unknown_name_costs_a_hash_too(client, jie, monkeypatch):
    hashed = []
    original = User.set_password
    monkeypatch.setattr(
        User, "set_password", lambda self, raw: hashed.append(1) or original(self, raw)
    )
    enter(client, "nobody", "wrong")
    assert hashed == [1]


def test_a_lock_ends_by_itself():
    subject = guard.of_name("jie", None)
    at = timezone.now()
    assert [guard.attempt(subject, at=at) for _ in range(5)] == [False] * 4 + [True]
    with pytest.raises(guard.LockedOut):
        guard.attempt(subject, at=at + guard.LOCKED_FOR - datetime.timedelta(seconds=1))
    assert guard.attempt(subject, at=at + guard.LOCKED_FOR) is False


def test_old_failures_count_no_more():
    subject, at = guard.of_name("jie", None), timezone.now()
    for minutes in (0, 5, 10, 14, 15, 20):
        assert guard.attempt(subject, at=at + datetime.timedelta(minutes=minutes)) is (
            minutes == -1
        )


def test_a_right_password_begins_anew_but_not_for_the_address(client, jie):
    for _ in range(4):
        enter(client, password="wrong")
    enter(client)
    assert not Attempts.objects.filter(kind="account").exists()
    assert Attempts.objects.get(kind="address").failures == 4


def test_an_address_that_tries_many_names_is_locked(client, jie, monkeypatch):
    monkeypatch.setitem(guard.MOST, guard.Guarded.ADDRESS, 3)
    for name in ("a", "b", "c"):
        enter(client, name, "wrong")
    assert "Too many attempts" in enter(client).content.decode()
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert enter(Client(), **elsewhere).status_code == 302


def test_codes_are_counted_by_themselves(client, jie):
    secret, _codes = with_factor(jie)
    for _ in range(5):
        enter(client)
        assert "not right" in client.post(f"{DOOR}code/", {"code": "000000"}).content.decode()
    enter(client)
    assert "Too many" in client.post(f"{DOOR}code/", {"code": code_of(secret)}).content.decode()
    assert kinds().count("locked") == 1


@pytest.mark.django_db(transaction=True)
def test_guesses_sent_at_once_are_counted_one_by_one(clean_book):
    subject, at = guard.of_name("jie", None), timezone.now()

    def guess(_):
        try:
            return guard.attempt(subject, at=at)
        except guard.LockedOut:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(guess, range(20)))
    assert sorted(found, key=str) == [False] * 4 + [None] * 15 + [True]


def test_a_password_in_the_wrong_field_is_on_no_record(client, jie):
    enter(client, "hunter2-my-secret", "x")
    row = SignInEvent.objects.get()
    assert "hunter2" not in f"{row.about} {Attempts.objects.get(kind='account').shown}"
    assert row.user is None


def test_an_administrator_sees_and_lifts_a_lock_out(client, jie):
    for _ in range(5):
        enter(client, password="wrong")
    boss = make_user("administrator")
    client.force_login(boss)
    row = Attempts.objects.get(kind="account")
    url = reverse("admin:accounts_attempts_changelist")
    assert "Locked out" in client.get(url).content.decode()
    client.post(url, {"action": "lift", "_selected_action": [row.pk]})
    assert enter(Client()).status_code == 302
    event = SignInEvent.objects.get(kind="lifted")
    assert (event.user, event.by) == (jie, boss)


@pytest.mark.parametrize("role", ["agent", "supervisor", "risk_analyst", "auditor"])
def test_nobody_else_lifts_one(client, jie, role):
    guard.attempt(guard.of_name("jie", jie), at=timezone.now())
    client.force_login(make_user(role))
    row = Attempts.objects.get()
    url = reverse("admin:accounts_attempts_changelist")
    client.post(url, {"action": "lift", "_selected_action": [row.pk]})
    client.post(f"/admin/accounts/user/{jie.pk}/sign-in/", {"act": "lift"})
    assert Attempts.objects.exists()


# -- sessions ----------------------------------------------------------------------------


def test_everybody_sees_their_own_sessions_and_ends_the_others(jie):
    first, second = signed_in(jie), signed_in(jie)
    other = signed_in(make_user("agent", username="min"))
    page = first.get(f"{DOOR}own/")
    assert [s.current for s in page.context["sessions"]].count(True) == 1
    assert len(page.context["sessions"]) == 2
    assert "127.0.0.*" in page.content.decode()
    assert "127.0.0.1" not in page.content.decode()
    theirs = UserSession.objects.get(user__username="min")
    first.post(f"{DOOR}own/end/", {"session": theirs.pk})
    assert other.get(DESK).status_code == 200
    first.post(f"{DOOR}own/end/", {"session": "others"})
    assert second.get(DESK).status_code == 302
    assert first.get(DESK).status_code == 200
    assert "sessions_ended" in kinds()


def test_a_new_password_ends_the_other_sessions(jie):
    first, second = signed_in(jie), signed_in(jie)
    new = "another-horse-battery"
    first.post(f"{DOOR}password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert first.get(DESK).status_code == 200
    assert second.get(DESK).status_code == 302
    assert "password" in kinds()


def test_an_administrator_ends_somebodys_sessions_and_resets_the_factor(client, jie):
    secret, _codes = with_factor(jie)
    browser = signed_in(jie, secret)
    client.force_login(make_user("administrator"))
    url = f"/admin/accounts/user/{jie.pk}/sign-in/"
    assert "Take the second factor away" in client.get(url).content.decode()
    client.post(url, {"act": "reset"})
    assert browser.get(DESK).status_code == 302
    assert not Authenticator.objects.filter(user=jie).exists()
    assert {"factor_removed", "sessions_ended"} <= set(kinds())


@pytest.mark.parametrize("role", ["auditor", "administrator"])
@pytest.mark.parametrize("act", ["reset", "end"])
def test_not_their_own_and_not_a_superusers(client, role, act):
    user = make_user(role)
    client.force_login(user)
    top = make_user(is_superuser=True)
    with_factor(top)
    with_factor(user)
    for pk in (user.pk, top.pk):
        assert client.post(f"/admin/accounts/user/{pk}/sign-in/", {"act": act}).status_code == 403
    assert Authenticator.objects.count() == 4


def test_the_command_line_helps_the_last_administrator(jie):
    with_factor(jie)
    guard.attempt(guard.of_name("jie", jie), at=timezone.now())
    call_command("reset_sign_in", "jie")
    assert not Authenticator.objects.exists()
    assert not Attempts.objects.exists()
    with pytest.raises(CommandError):
        call_command("reset_sign_in", "nobody")


# -- on record ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change", ["update accounts_signinevent set about = 'x'", "delete from accounts_signinevent"]
)
def test_the_record_of_signing_in_is_append_only(client, jie, change):
    enter(client)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.parametrize(
    ("address", "shown"),
    [("203.0.113.77", "203.0.113.*"), ("2001:db8:1:2::5", "2001:0db8:0001:*"), ("", "unknown")],
)
def test_an_address_is_masked(address, shown):
    assert clients.masked(address) == shown


def test_the_proxys_word_counts_only_when_it_is_trusted(rf, settings):
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9")
    assert clients.address(request) == "10.0.0.1"
    settings.TRUST_PROXY = True
    assert clients.address(request) == "203.0.113.9"


def test_devices_in_two_words():
    agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/139.0 Safari/537.36 Edg/139.0"
    assert clients.device(agent) == "Edge 139, Windows"
    assert clients.device("curl/8") == "unknown device"
