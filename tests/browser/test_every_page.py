"""Every kind of page of the desk in a real browser: for all (WCAG 2.1 AA), quiet, and on a phone.

The addresses are those of the permission matrix, so that a page of ours cannot be left out. Of
lists and records that the same templates make, one stands for all. In light on a wide screen in
English, in dark on a phone in Chinese.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.acts import find
from accounts.desk.records import OwnPage
from accounts.models import User
from risk.desk import acts
from tests.appeals.cases import TODAY
from tests.browser.accessible import LOADED, violations
from tests.config.test_permission_matrix import Row, rows
from tests.factories import make_user
from tests.whole import Whole

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROLES = ("administrator", "supervisor", "agent")
#: What is no page: parts of one, answers to programs, files.
NO_PAGES = re.compile(
    r"search|jsi18n|presence|progress|autocomplete|_saved_one|_evidence|:pdf|(health|ready)z"
)
OF_MODELS = re.compile(r"admin:(\w+)_(changelist|add|change|history|delete)")
#: Forms of acts that have more fields than the matrix's one.
FULLER_ACTS = ("agree_plan", "mark_court_freeze")
#: Where what one sees is kept, for whoever wants to look; nothing is kept unless it is named.
SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture
def book(clean_book, monkeypatch, settings, tmp_path) -> Whole:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    with transaction.atomic():  # as the other tests make it: what follows a commit comes last
        return Whole()


def pages(book: Whole) -> dict[str, list[str]]:
    """The addresses by the role that opens them, each address once."""
    found: dict[str, str] = {}
    kinds: set[Any] = set()
    for row in _shown():
        kind = _kind(row)
        if kind not in kinds:
            kinds.add(kind)
            who = next(role for role in ROLES if role in row.who)
            found.setdefault(reverse(row.name, args=row.args(book)) + row.query(book), who)
    for code in FULLER_ACTS:
        assert find(code) is not None
        found[reverse("admin:accounts_customer_act", args=[book.customer.pk, code])] = "supervisor"
    return {role: [page for page, who in found.items() if who == role] for role in ROLES}


def _shown() -> Iterator[Row]:
    for row in rows():
        page = row.method == "get" and row.answers == 200 and not NO_PAGES.search(row.name)
        if page and not row.who.isdisjoint(ROLES):
            yield row


def _kind(row: Row) -> Any:
    """What rows that look alike have in common: the same templates, with the same parts."""
    match = OF_MODELS.fullmatch(row.name)
    site = match and _sites().get(match[1])
    if not (match and site):
        return object()  # a page of our own looks like no other
    kind = match[2]
    if kind == "changelist":
        return kind, site.change_list_template, site.list_before_template, bool(site.actions)
    if kind == "change":
        own = isinstance(site, OwnPage) or "changeform_view" in vars(type(site))
        return object() if own else (kind, site.change_form_template)
    return object() if kind == "add" else kind


def _sites() -> dict[str, Any]:
    return {
        model._meta.label_lower.replace(".", "_"): site
        for model, site in admin.site._registry.items()
    }


def _let_in(context: Any, live_server: Any, user: User) -> None:
    """As if they had signed in; how they do is shown elsewhere."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value,
                          "url": live_server.url}])  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "language", "width"), [("light", "en", 1280), ("dark", "zh-hans", 390)]
)
def test_every_page_is_for_everybody_quiet_and_fits(
    browser, live_server, book, scheme, language, width
):
    User.objects.filter(is_staff=True).update(language=language)
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(f"{page.url}: {m.text}") if m.type == "error" else 0)
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    for role, addresses in pages(book).items():
        _let_in(context, live_server, make_user(role, language=language))
        for address in addresses:
            answer = page.goto(f"{live_server.url}{address}")
            if answer is None or answer.status != 200:
                wrong.append(f"{address}: {answer and answer.status}")
                continue
            wrong += [f"{address}: {line}" for line in violations(page, until=LOADED)]
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                wrong.append(f"{address}: wider than the screen")
            if SHOTS:
                name = f"{scheme}-{re.sub('[/?]', '_', address.strip('/'))[:100]}.png"
                page.screenshot(path=Path(SHOTS) / name, full_page=True)
    context.close()
    assert not wrong, "\n".join(wrong)
