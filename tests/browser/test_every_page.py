"""Every kind of page of the desk in a real browser: for all (WCAG 2.1 AA), and on a phone.

The addresses are those of the permission matrix, so that a page of ours cannot be left out; of the
lists and records that look all alike a few stand for the others. In light on a wide screen in
English, in dark on a phone in Chinese.
"""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.acts import find
from accounts.desk.records import OwnPage
from accounts.models import User
from config import messages
from risk.desk import acts
from tests.appeals.cases import TODAY
from tests.browser.accessible import violations
from tests.config.test_permission_matrix import Row, rows
from tests.factories import make_user
from tests.whole import Whole

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

#: Stand for the lists, records and forms that Django's own templates make.
LIKE_OTHERS = (
    "accounts_customer_changelist", "accounts_bulkrun_changelist", "billing_break_changelist",
    "risk_restriction_changelist", "risk_restriction_change", "risk_restriction_history",
    "accounts_bulkrun_change", "accounts_actrequest_change",
    "accounts_authoritylimit_add", "accounts_authoritylimit_change",
    "accounts_authoritylimit_delete", "billing_bill_change", "risk_policyversion_change",
)  # fmt: skip
ROLES = ("administrator", "supervisor", "agent")
#: What is no page: parts of one, answers to scripts, files.
NO_PAGES = ("search", "jsi18n", "presence", "progress", "autocomplete", "_saved_one", "logout")
#: Where what one sees is kept, for whoever wants to look; nothing is kept unless it is named.
SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture(scope="session", autouse=True)
def _chinese():
    messages.compile_all()


@pytest.fixture
def book(clean_book, monkeypatch, settings, tmp_path) -> Whole:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    with transaction.atomic():  # as the other tests make it: what follows a commit comes last
        return Whole()


def pages(book: Whole) -> Iterator[tuple[str, str]]:
    """Each address once, with a role that may see it."""
    seen = set()
    for row in rows():
        role = next((role for role in ROLES if role in row.who), None)
        if role is None or not _is_page(row):
            continue
        address = reverse(row.name, args=row.args(book)) + row.query(book)
        if address not in seen:
            seen.add(address)
            yield role, address
    one = reverse("admin:accounts_customer_change", args=[book.customer.pk])
    for act in (find("agree_plan"), find("mark_court_freeze")):
        assert act is not None
        yield "supervisor", one.replace("/change/", f"/act/{act.code}/")


def _is_page(row: Row) -> bool:
    shown = row.method == "get" and row.answers == 200 and not row.name.endswith(NO_PAGES)
    return shown and (row.name not in _of_models() or row.name in _chosen())


@cache
def _of_models() -> set[str]:
    """The addresses of lists and records without a page of their own."""
    kinds = ("changelist", "add", "change", "history", "delete")
    return {
        f"admin:{model._meta.label_lower.replace('.', '_')}_{kind}"
        for model, site in admin.site._registry.items()
        for kind in kinds
        if kind != "change" or not isinstance(site, OwnPage)
    }


def _chosen() -> set[str]:
    return {f"admin:{name}" for name in LIKE_OTHERS} | {"admin:accounts_customer_change"}


def let_in(page, live_server, user):
    """As if they had signed in; how they do is shown elsewhere."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    value = client.cookies[name].value
    page.context.clear_cookies()
    page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])


@pytest.mark.parametrize(
    ("scheme", "language", "width"), [("light", "en", 1280), ("dark", "zh-hans", 390)]
)
def test_every_page_is_for_everybody_and_fits(page, live_server, book, scheme, language, width):
    people = {role: make_user(role, language=language) for role in ROLES}
    User.objects.filter(is_staff=True).update(language=language)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 844})
    wrong, last = [], ""
    for role, address in sorted(pages(book)):
        if role != last:
            let_in(page, live_server, people[role])
            last = role
        answer = page.goto(f"{live_server.url}{address}")
        if answer is None or answer.status != 200:
            wrong.append(f"{address}: {answer and answer.status}")
            continue
        wrong += [f"{address}: {line}" for line in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wrong.append(f"{address}: wider than the screen")
        if SHOTS:
            name = address.strip("/").replace("/", "_").replace("?", "_")[:100]
            page.screenshot(path=Path(SHOTS) / f"{scheme}-{name}.png", full_page=True)
    assert not wrong, "\n".join(wrong)
