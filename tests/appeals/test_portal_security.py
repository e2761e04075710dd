"""A customer's second step, sessions and tokens: asked for once it is set up, counted, theirs alone
to take away, in both languages."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.access import channels, tokens
from accounts.models import User
from accounts.signin.records import Attempts, SignInEvent
from tests.factories import make_customer

pytestmark = pytest.mark.django_db
PASSWORD = "a long word of hers 7"
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh-hans"])
SAYS = {
    "en": ("Second step", "This code is not right", "Too many tries"),
    "zh-hans": ("两步验证", "验证码不正确", "尝试次数过多"),
}


@pytest.fixture(autouse=True)
def _fresh(settings: Any) -> None:
    cache.clear()


def make_her(language: str = "en", password: str | None = PASSWORD) -> Any:
    customer = make_customer(dt.date(2025, 3, 1), name="Ada Long", language=language)
    user = User.objects.create_user(f"u{customer.number}", customer=customer, language=language)
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save()
    return user


@pytest.fixture
def her() -> Any:
    return make_her()


def by_password(user: Any, **headers: Any) -> Client:
    client = Client(headers={"accept-language": user.language, **headers})
    client.post(reverse("my:login"), {"username": user.customer.number, "password": PASSWORD})
    return client


def by_code(user: Any) -> Client:
    client = Client(headers={"accept-language": user.language})
    client.post(reverse("my:login_code"), {"number": user.customer.number})
    code = channels.last_code(user.customer.number)
    client.post(reverse("my:enter_code"), {"code": code})
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("my:overview")).status_code == 200


def code_of(secret: str, ahead: int = 0) -> str:
    counter = list(auth.yield_hotp_counters_from_time())[1 + ahead]
    return auth.format_hotp_value(auth.hotp_value(secret, counter))


def set_up(client: Client) -> tuple[str, list[str]]:
    """Her secret and her recovery codes."""
    secret = client.get(reverse("my:set_up_factor")).context["offered"].secret
    shown = client.post(
        reverse("my:set_up_factor"), {"password": PASSWORD, "code": code_of(secret)}
    )
    return secret, shown.context["codes"]


def second(client: Client, code: str) -> Any:
    return client.post(reverse("my:second_factor"), {"code": code})


@LANGUAGES
def test_it_is_set_up_asked_for_and_taken_away_again(language: str) -> None:
    user = make_her(language)
    title, wrong, _too_many = SAYS[language]
    client, elsewhere = by_password(user), by_password(user)
    assert is_in(client)
    page = client.get(reverse("my:set_up_factor"))
    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    secret, codes = set_up(client)
    assert len(codes) == 10
    assert not is_in(elsewhere), "other devices are signed out"
    assert is_in(client)
    for enter in (by_password, by_code):
        other = enter(user)
        assert not is_in(other)
        asked = other.get(reverse("my:second_factor"))
        assert title in asked.content.decode()
        assert wrong in second(other, "000000").content.decode()
        assert not is_in(other)
    answer = second(other, code_of(secret, 1))
    assert answer.status_code == 302
    assert is_in(other)
    # A recovery code lets in once.
    third = by_password(user)
    second(third, f" {codes[0][:4]} {codes[0][4:]} ")
    assert is_in(third)
    fourth = by_password(user)
    second(fourth, codes[0])
    assert not is_in(fourth)
    # Away with it: not without a code.
    client = third
    client.post(reverse("my:remove_factor"), {"code": "123456"})
    assert Authenticator.objects.filter(user=user).count() == 2
    assert client.post(reverse("my:remove_factor"), {"code": codes[1]}).status_code == 302
    assert not Authenticator.objects.filter(user=user).exists()
    assert is_in(by_password(user))
    kinds = set(SignInEvent.objects.filter(user=user).values_list("kind", flat=True))
    assert {"factor_set", "codes_made", "failed", "code_used", "factor_removed",
            "sessions_ended"} <= kinds  # fmt: skip


def test_a_secret_is_stored_encrypted_and_codes_are_shown_once(her: Any) -> None:
    client = by_password(her)
    secret, codes = set_up(client)
    stored = str(list(Authenticator.objects.filter(user=her).values_list("data", flat=True)))
    assert secret not in stored
    assert not any(code in stored for code in codes)
    assert codes[0] not in client.get(reverse("my:security")).content.decode()
    shown = client.post(reverse("my:new_codes"), {"code": codes[0]})
    new = shown.context["codes"]
    assert not set(new) & set(codes)
    other = by_password(her)
    second(other, codes[1])
    assert not is_in(other), "the old ones let nobody in"
    second(other, new[0])
    assert is_in(other)


def test_an_open_session_is_not_enough_to_lock_its_owner_out(her: Any) -> None:
    client = by_password(her)
    secret = client.get(reverse("my:set_up_factor")).context["offered"].secret
    sent = {"password": "not hers", "code": code_of(secret)}
    assert client.post(reverse("my:set_up_factor"), sent).context["form"].errors["password"]
    wrong = {"password": PASSWORD, "code": "000000"}
    assert client.post(reverse("my:set_up_factor"), wrong).context["form"].errors["code"]
    assert not Authenticator.objects.exists()
    # Without a password a sign-in of long ago does not do.
    user = make_her(password=None)
    client = by_code(user)
    assert "offered" in client.get(reverse("my:set_up_factor")).context
    User.objects.filter(pk=user.pk).update(last_login=timezone.now() - dt.timedelta(hours=1))
    assert client.get(reverse("my:set_up_factor")).context["old"]
    sent = {"code": "000000"}
    assert client.post(reverse("my:set_up_factor"), sent).context["old"]


@LANGUAGES
def test_guessing_is_locked_out_and_a_right_code_does_not_help_then(language: str) -> None:
    user = make_her(language)
    secret, codes = set_up(by_password(user))
    client = by_password(user)
    for _ in range(5):
        second(client, "000000")
    text = second(client, codes[0]).content.decode()
    assert SAYS[language][2] in text
    assert not is_in(client)
    assert Attempts.objects.get(kind="code", user=user).locked_until is not None
    assert SignInEvent.objects.filter(user=user, kind="locked").exists()
    Attempts.objects.all().delete()
    second(client, code_of(secret, 1))
    assert is_in(client)


def test_between_the_steps_nothing_is_open_and_the_time_runs_out(
    her: Any, monkeypatch: Any
) -> None:
    secret, _codes = set_up(by_password(her))
    client = by_password(her)
    for name in ("overview", "settings", "security", "data"):
        got = client.get(reverse(f"my:{name}"))
        assert got.status_code == 302
        assert got["Location"].startswith(reverse("my:login"))
    her.set_password("another word of hers 8")
    her.save()
    assert second(client, code_of(secret, 1))["Location"] == reverse("my:login")
    her.set_password(PASSWORD)
    her.save()
    client = by_password(her)
    later = timezone.now() + dt.timedelta(minutes=11)
    monkeypatch.setattr("appeals.portal.entering.timezone.now", lambda: later)
    assert second(client, code_of(secret, 1))["Location"] == reverse("my:login")
    assert second(Client(), "000000")["Location"] == reverse("my:login")


def test_sessions_are_listed_and_ended_by_their_owner_alone(her: Any) -> None:
    agent = "Mozilla/5.0 (iPhone) Version/17 Safari/605"
    here, phone, third = by_password(her), by_password(her, **{"user-agent": agent}), by_code(her)
    other = make_her()
    theirs = by_password(other)
    page = here.get(reverse("my:security"))
    assert len(page.context["sessions"]) == 3
    text = page.content.decode()
    assert "iPhone" in text
    assert "127.0.0.1" not in text
    rows = {row.user_agent: row for row in UserSession.objects.filter(user=her)}
    theirs.post(reverse("my:end_sessions"), {"session": rows[agent].pk})
    assert is_in(phone)
    here.post(reverse("my:end_sessions"), {"session": rows[agent].pk})
    assert not is_in(phone)
    assert is_in(third)
    here.post(reverse("my:end_sessions"), {"session": "others"})
    assert not is_in(third)
    assert is_in(here)
    assert is_in(theirs)
    for nonsense in ("", "x", "9" * 30, "-1"):
        assert here.post(reverse("my:end_sessions"), {"session": nonsense}).status_code == 302
    assert is_in(here)


def test_signing_out_everywhere_ends_every_session_and_token(her: Any) -> None:
    here, there = by_password(her), by_code(her)
    _token, secret = tokens.issue(
        customer=her.customer, name="t", scopes=["read"], days=30, at=timezone.now()
    )
    other = make_her()
    _theirs, kept = tokens.issue(
        customer=other.customer, name="t", scopes=["read"], days=30, at=timezone.now()
    )
    got = here.post(reverse("my:end_sessions"), {"session": "everywhere"})
    assert got["Location"] == reverse("my:login")
    assert not is_in(here)
    assert not is_in(there)
    me = reverse("me:me")
    assert Client().get(me, headers={"authorization": f"Bearer {secret}"}).status_code == 401
    assert Client().get(me, headers={"authorization": f"Bearer {kept}"}).status_code == 200
    assert not UserSession.objects.filter(user=her).exists()


def test_a_new_password_leaves_this_session_alone_in_the_list(her: Any) -> None:
    here, there = by_password(her), by_password(her)
    new = "quite another word 99"
    sent = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post(reverse("my:password"), sent).status_code == 302
    assert is_in(here)
    assert not is_in(there)
    (only,) = here.get(reverse("my:security")).context["sessions"]
    assert only.current
