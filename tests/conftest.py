"""What all tests share."""

import os
import shutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# What the engine does is slow beside what hypothesis is used to; its runs repeat from CI to CI.
_calm = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)
settings.register_profile(
    "ci", max_examples=10, deadline=None, derandomize=True, suppress_health_check=_calm
)
settings.register_profile("thorough", max_examples=300, deadline=None, suppress_health_check=_calm)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# Playwright's loop runs in the thread of the tests, where Django would refuse its own database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM:
        return
    for item in items:
        if "browser" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine: install it"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's Chromium instead of one that Playwright would download."""
    sandbox = [] if os.getuid() else ["--no-sandbox"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": sandbox}


@pytest.fixture(scope="session", autouse=True)
def _the_catalogue_is_compiled() -> None:
    """Also in a fresh checkout, the tests speak both languages."""
    from config import messages

    messages.compile_all()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database, and a copy of it as it is before the first test."""
    from tests import blank

    with django_db_blocker.unblock():
        blank.keep()
    yield
    with django_db_blocker.unblock():
        blank.drop()
        blank.end_sessions()


@pytest.fixture(autouse=True)
def _a_test_begins_in_english() -> None:
    """A page leaves the language of its reader behind in the thread."""
    from django.utils import translation

    translation.activate("en")


@pytest.fixture(scope="session", autouse=True)
def _each_worker_has_a_cache_of_its_own(worker_id: str) -> None:
    """What one worker clears, another counts in: ids of its customers are those of others."""
    from django.conf import settings as product
    from django.core.cache import caches

    from config.embedded.running import valkey

    if product.EMBEDDED_BROKER and worker_id != "master":
        number = int(worker_id.removeprefix("gw")) + 1  # 0 is the broker's
        product.CACHES["default"]["LOCATION"] = valkey().url(number)
        caches["default"] = caches.create_connection("default")


@pytest.fixture(scope="session", autouse=True)
def _passwords_are_cheap() -> None:
    """What makes a password safe makes a test slow."""
    from django.conf import settings as product

    product.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def _pages_are_imported_before_anything_is_patched() -> None:
    """A page that is first imported while a test has another clock would keep that clock."""
    import_module("config.urls")


@pytest.fixture(scope="session", autouse=True)
def _books_are_emptied_by_force() -> None:
    """Django cleans up after tests that commit by TRUNCATE, which the book refuses."""
    from django.test import TransactionTestCase

    from tests import book

    def empty(self: TransactionTestCase) -> None:
        book.empty()

    TransactionTestCase._fixture_teardown = empty


@pytest.fixture
def clean_book(transactional_db: None) -> None:
    """An empty book whose rows are committed, for work in several transactions or processes."""
    from tests import book

    book.empty()
