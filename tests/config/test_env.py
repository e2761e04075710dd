import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet

from config import env


@pytest.fixture
def given(monkeypatch):
    return lambda value: monkeypatch.setenv("THING", value)


def test_a_missing_variable_is_named():
    with pytest.raises(env.Misconfigured, match="^THING is not set$"):
        env.text("THING")


def test_a_blank_variable_counts_as_missing(given):
    given("  ")
    assert env.text("THING", "else") == "else"


@pytest.mark.parametrize(("word", "meant"), [("1", True), ("Yes", True), ("off", False)])
def test_a_flag_takes_the_usual_words(given, word, meant):
    given(word)
    assert env.flag("THING", not meant) is meant


def test_a_flag_takes_no_other_word(given):
    given("maybe")
    with pytest.raises(env.Misconfigured, match="THING takes yes or no, not 'maybe'"):
        env.flag("THING", True)


@pytest.mark.parametrize("word", ["-1", "1e3", "１２", "7.0", "", "101", "1_0"])
def test_a_number_takes_ascii_digits_within_its_bounds(given, word):
    given(word or "x")
    with pytest.raises(env.Misconfigured, match="THING takes a whole number from 1 to 100"):
        env.integer("THING", 5, minimum=1, maximum=100)


def test_a_time_zone_has_to_exist(given):
    given("Asia/Nowhere")
    with pytest.raises(env.Misconfigured, match="THING takes a time zone"):
        env.time_zone("THING", "UTC")


@pytest.mark.parametrize("value", ["../etc/passwd", "/etc/localtime", "Asia"])
def test_a_time_zone_is_no_path(given, value):
    given(value)
    with pytest.raises(env.Misconfigured):
        env.time_zone("THING", "UTC")


@pytest.mark.parametrize(
    "value", ["short", "a" * 60, "change-me-" * 6, "django-insecure-" + "xyz789qwe" * 8]
)
def test_a_weak_secret_is_refused(given, value):
    given(value)
    with pytest.raises(env.Misconfigured, match="^THING "):
        env.secret("THING")


def test_a_bad_field_key_is_named_by_its_place(given):
    given(f"{Fernet.generate_key().decode()}, nonsense")
    with pytest.raises(env.Misconfigured, match="THING: key 2 "):
        env.field_keys("THING")


@pytest.mark.parametrize(
    "value", ["mysql://host/name", "postgres://host", "nonsense", "sqlite:///x"]
)
def test_only_a_postgresql_database_is_taken(given, value):
    given(value)
    with pytest.raises(env.Misconfigured, match="^THING "):
        env.postgres_url("THING")


def test_the_parts_of_a_database_url_are_found(given):
    given("postgres://me:p%40ss@db.invalid:5433/book?sslmode=require")
    found = env.postgres_url("THING")
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.invalid", 5433, "book")
    assert found["PASSWORD"] == "p@ss"
    assert found["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize("value", ["http://host", "unix://relative", "host:6379"])
def test_only_a_redis_url_is_taken(given, value):
    given(value)
    with pytest.raises(env.Misconfigured, match="^THING "):
        env.redis_url("THING")


def test_development_secrets_are_made_once_and_for_their_owner_alone(tmp_path):
    path = tmp_path / "deep" / "secrets.json"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: json.dumps(env.development_secrets(path)), range(8)))
    assert len(set(made)) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secrets.json"]
    Fernet(json.loads(made[0])["FIELD_KEYS"])


def test_damaged_development_secrets_are_said(tmp_path):
    path = tmp_path / "secrets.json"
    path.write_text("{")
    with pytest.raises(env.Misconfigured, match="is damaged"):
        env.development_secrets(path)
