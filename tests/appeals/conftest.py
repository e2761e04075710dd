"""What the tests of appeals share."""

import pytest

from config import messages


@pytest.fixture(scope="session", autouse=True)
def _chinese() -> None:
    """The stories are told in both languages."""
    messages.compile_all()


@pytest.fixture(autouse=True)
def _quick_passwords(settings) -> None:
    """Nobody signs in by password here, and each user would cost a third of a second."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
