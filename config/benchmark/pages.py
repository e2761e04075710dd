"""Every page of the desk that only shows, opened as a supervisor: queries and milliseconds.

A page is counted with nothing cached, so that the count is the most that it ever asks; it is timed
as people meet it, with what other pages cached. Through Django's client: no network is measured.
"""

import logging
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import Customer, User
from appeals import operations as appeals
from appeals.choices import Ask, Kind
from risk.desk.acts import book_date

SLOW_MS = 150
APPEALS = 30
#: A list beyond its first page asks how many rows there are, and beyond a thousand what the planner
#: believes (accounts/desk/paging.py): so many queries more, however large the book.
PAGING = 2
#: Pages of one customer.
OF_A_CUSTOMER = ("change", "timeline", "as_of", "acts")
_LOCAL = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


@dataclass
class Page:
    """What a page cost."""

    name: str
    status: int
    queries: int
    median_ms: float
    slowest: list[tuple[float, str]] = field(default_factory=list)


def prepare(customers: int) -> None:
    """A few appeals for the work lists; alerts and restrictions the night has brought."""
    rows = Customer.objects.only("pk", "language", "opened_on", "number").order_by("-pk")
    for customer in rows[: min(APPEALS, customers // 3)]:
        appeals.submit(
            customer=customer, kind=Kind.HARDSHIP, words="I was ill.", asks=[Ask.PLAN],
            by=customer, at=timezone.now(), on=book_date(),
        )  # fmt: skip


def measure(rounds: int) -> list[Page]:
    """Open every page in the current database, `rounds` times for its milliseconds."""
    logging.disable(logging.ERROR)  # a page that a supervisor may not see would fill the screen
    try:
        with override_settings(CACHES=_LOCAL):
            client = _supervisor()
            pages = (_open(client, name, address, rounds) for name, address in addresses())
            return [page for page in pages if page is not None]
    finally:
        logging.disable(logging.NOTSET)


def grown(small: list[Page], large: list[Page]) -> list[tuple[str, int, int]]:
    """Pages that ask more of the larger book than a list's paging does."""
    before = {page.name: page.queries for page in small}
    return [
        (page.name, before[page.name], page.queries)
        for page in large
        if page.name in before and page.queries > before[page.name] + _paging(page)
    ]


def _paging(page: Page) -> int:
    return PAGING if page.name.endswith(" list") or page.name.startswith("work: ") else 0


def addresses() -> Iterator[tuple[str, str]]:
    """Names and addresses: lists, a record of each, a customer in arrears and one who is not."""
    number = Customer.objects.order_by("pk").values_list("number", flat=True)[0]
    yield "index", reverse("admin:index")
    yield "search", f"{reverse('admin:search')}?{urlencode({'s': number, 'extended': '1'})}"
    for model in sorted(admin.site._registry, key=lambda each: each._meta.label_lower):
        label = model._meta.label_lower
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield f"{label} list", reverse(f"{name}_changelist")
        if model is not Customer and (row := model._default_manager.order_by("pk").first()):
            yield f"{label} record", reverse(f"{name}_change", args=[row.pk])
    yield from _worklists()
    for kind, pk in _customers():
        for what in OF_A_CUSTOMER:
            try:
                address = reverse(f"admin:accounts_customer_{what}", args=[pk])
            except NoReverseMatch:
                continue
            yield f"customer {kind}: {what}", address
    found = reverse("admin:accounts_customer_changelist")
    yield "customers found by number", f"{found}?{urlencode({'q': number})}"


def _worklists() -> Iterator[tuple[str, str]]:
    model = apps.get_model("accounts.workitem")
    here = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for queue in (
        model._default_manager.values_list("queue", flat=True).distinct().order_by("queue")
    ):
        yield f"work: {queue}", f"{here}?{urlencode({'queue': queue})}"


def _customers() -> list[tuple[str, int]]:
    """One in arrears with restrictions in force, one who owes nothing late."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select customer_id from risk_restriction where until_on is null "
            "and reversed_on is null order by customer_id limit 1"
        )
        late = cursor.fetchone()
        cursor.execute(
            "select c.id from accounts_customer c where not exists (select from risk_episode e "
            "where e.customer_id = c.id) order by c.id limit 1"
        )
        good = cursor.fetchone()
    kinds = (("restricted", late), ("in good standing", good))
    return [(kind, int(row[0])) for kind, row in kinds if row]


def _supervisor() -> Client:
    user, made = User.objects.get_or_create(
        username="benchmark-supervisor", defaults={"is_staff": True}
    )
    if made:
        user.groups.set(Group.objects.filter(name="supervisor"))
    name = settings.ALLOWED_HOSTS[0].removeprefix(".")
    client = Client(
        SERVER_NAME="localhost" if name == "*" else name, headers={"accept": "text/html"}
    )
    client.force_login(user)
    return client


def _open(client: Client, name: str, address: str, rounds: int) -> Page | None:
    """None for what leads on to another page, or that a supervisor may not see."""
    secure = bool(settings.SECURE_SSL_REDIRECT)
    with _as_it_is_rendered():
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            status = client.get(address, secure=secure).status_code
        if status in (302, 403, 404):
            return None
        queries = list(asked)  # the next request forgets them
        waits = []
        for _n in range(rounds):
            start = time.perf_counter()
            client.get(address, secure=secure)
            waits.append(1000 * (time.perf_counter() - start))
    slowest = sorted(((float(q["time"]) * 1000, str(q["sql"])) for q in queries), reverse=True)
    return Page(name, status, len(queries), statistics.median(waits), slowest[:2])


@contextmanager
def _as_it_is_rendered() -> Iterator[None]:
    """Where tests run, templates are watched while they are rendered: that is half of a page."""
    from django.template import Template
    from django.test.utils import _TestState

    plain: Any = getattr(_TestState, "saved_data", None)
    if plain is None:
        yield
        return
    template: Any = Template
    watched, template._render = template._render, plain.template_render
    try:
        yield
    finally:
        template._render = watched
