"""What a process says when it is started with settings that are missing or weak."""

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

from config.places import BASE

GOOD = {
    "DJANGO_ENV": "production",
    "DEBUG": "no",
    "ALLOWED_HOSTS": "desk.invalid",
    "SECRET_KEY": "kV9x" * 20 + "Qz1w7",
    "INDEX_KEY": "Jm3r" * 20 + "Qz1w7",
    "FIELD_KEYS": Fernet.generate_key().decode(),
    "DATABASE_URL": "postgres://me@database.invalid/fairline",
    "REDIS_URL": "redis://broker.invalid/0",
}


def settings_with(**changes: str | None) -> "subprocess.CompletedProcess[str]":
    """Read the settings in a process of its own: a None takes the variable away."""
    changed = {**GOOD, **changes}
    kept = {name: value for name, value in os.environ.items() if name not in changed}
    given = {name: value for name, value in changed.items() if value is not None}
    return subprocess.run(
        [sys.executable, "manage.py", "version"],
        cwd=BASE,
        env=kept | given,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_with_good_settings():
    assert settings_with().returncode == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, None) for name in GOOD if name not in ("DJANGO_ENV", "DEBUG")]
    + [
        ("DJANGO_ENV", "prod"),
        ("DEBUG", "yes"),
        ("SECURE_SSL", "no"),
        ("ALLOWED_HOSTS", "*"),
        ("SECRET_KEY", "short"),
        ("FIELD_KEYS", "nonsense"),
        ("DATABASE_URL", "mysql://host/name"),
        ("REDIS_URL", "host"),
        ("BOOK_TIME_ZONE", "Mars/Olympus"),
        ("LANGUAGE_CODE", "xx"),
        ("PROCESS_ROLE", "king"),
        ("HSTS_SECONDS", "soon"),
        ("STAFF_MFA", "off"),
        ("STAFF_MFA", "maybe"),
    ],
)
def test_production_refuses_and_names_the_variable_in_one_line(name, value):
    done = settings_with(**{name: value})
    assert done.returncode == 2
    assert done.stderr.startswith(f"manage.py: {name} ") or done.stderr.startswith(
        f"manage.py: {name}:"
    )
    assert done.stderr.count("\n") == 1
