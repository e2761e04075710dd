"""What the tests of appeals share."""

import pytest


@pytest.fixture(autouse=True)
def _quick_passwords(settings) -> None:
    """Nobody signs in by password here, and each user would cost a third of a second."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
