"""Every page and act of the desk × every role, a member of staff without one, a customer, nobody.

The rows are written out: an address of the desk that has none fails the first test. Who may is
told by the permissions that a row names, which roles have them by accounts/roles.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.db import connection, transaction
from django.template import Template
from django.test import Client
from django.test.utils import CaptureQueriesContext, _TestState
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from accounts.desk.records import ReadOnlyAdmin
from accounts.models import User
from accounts.roles import ROLES
from appeals.desk import doing
from tests.appeals.cases import NOW, TODAY
from tests.factories import make_user
from tests.whole import Whole

pytestmark = pytest.mark.django_db

NO_ROLE, CUSTOMER, NOBODY = "", "customer", None
PEOPLE = (*ROLES, NO_ROLE, CUSTOMER, NOBODY)
STAFF = frozenset({*ROLES, NO_ROLE})
ALL = frozenset(PEOPLE)

Arguments = Callable[[Whole], list[Any]]


def nothing(book: Whole) -> list[Any]:
    return []


def having(*permissions: str) -> frozenset[Any]:
    """The roles that have all of these."""
    return frozenset(role for role, names in ROLES.items() if set(permissions) <= names)


@dataclass(frozen=True)
class Row:
    """One address by one method: who may, and what they are answered; all others are refused.

    `sent` is what a browser would send; for an act it is never enough to do it.
    """

    name: str
    who: frozenset[Any]
    args: Arguments = nothing
    answers: int = 200
    method: str = "get"
    sent: dict[str, Any] = field(default_factory=dict)
    query: Callable[[Whole], str] = lambda book: ""
    #: Who gets past the door and is told that there is no such thing.
    misses: frozenset[Any] = frozenset()
    #: Who may see the page, and finds that nothing was done there.
    unheard: frozenset[Any] = frozenset()
    #: The model whose row is ticked in the list.
    ticked: str = ""

    @property
    def says(self) -> str:
        return f"{self.method} {self.name} {self.sent or ''}"

    def answered_otherwise(self, other: Row, who: Any) -> bool:
        """Whether another row says what this one's request is answered for this person."""
        same = (self.name, self.method, self.args, self.sent, self.query)
        return who in other.who and same == (
            other.name, other.method, other.args, other.sent, other.query
        )  # fmt: skip


# -- lists and records -------------------------------------------------------------------

#: Lists with a form of Django's own: who adds, changes, deletes.
FORMS = {
    "accounts.user": "add change",
    "auth.group": "add change",
    "accounts.authoritylimit": "add change delete",
    "accounts.serviceaccount": "add change",
    "billing.channel": "add change",
    "billing.bankcalendar": "add",
    "billing.holiday": "add",
    "appeals.planlength": "add change",
}
#: What a POST to a record's page is for, where a page of ours has one: permission, what is sent.
RECORD_ACTS: dict[str, list[tuple[tuple[str, ...], dict[str, Any], int]]] = {
    "accounts.note": [(("accounts.write_notes",), {}, 200)],
    "accounts.replytemplate": [(("accounts.change_replytemplate",), {}, 200)],
    "accounts.notice": [(("accounts.resend_notices",), {}, 302)],
    # Without what its page showed, a form saves nothing.
    "accounts.webhookendpoint": [(("accounts.change_webhookendpoint",), {"step": "x"}, 409)],
    "accounts.webhookdelivery": [
        (("accounts.resend_webhooks",), {"step": "again"}, 302),
        (("accounts.resend_webhooks",), {"step": "skip"}, 302),
    ],
    "accounts.actrequest": [
        (("accounts.approve_acts",), {"step": "approve", "words": ""}, 200),
        (("accounts.approve_acts",), {"step": "reject", "words": ""}, 200),
    ],
    "accounts.bulkrun": [
        (("accounts.view_bulkrun",), {"step": "confirm"}, 302),
        (("accounts.perform_acts", "accounts.bulk_acts"), {"step": "preview"}, 0),
    ],
    "appeals.offer": [
        (("appeals.make_offers",), {"step": "withdraw", "words": ""}, 200),
        (("appeals.make_offers",), {"step": "take_up", "words": ""}, 200),
    ],
}
#: Actions of a list on the rows that are ticked.
LIST_ACTS = {
    "billing.quarantine": ("retry", ["billing.retry_quarantine"]),
    "accounts.attempts": ("lift", ["accounts.lift_lockout"]),
    "appeals.declaredconflict": ("end", ["appeals.lead_appeals"]),
    "accounts.customer": ("act_in_bulk", ["accounts.perform_acts", "accounts.bulk_acts"]),
}


def of(label: str) -> Arguments:
    return lambda book: [book.row(label).pk]


def of_model(label: str, site: Any) -> Iterator[Row]:
    app, model = label.split(".")
    name = f"admin:{app}_{model}"
    views = having(f"{app}.view_{model}")
    may = FORMS.get(label, "")
    changes = having(f"{app}.change_{model}") if "change" in may else frozenset()
    adds = having(f"{app}.add_{model}") if "add" in may else frozenset()
    deletes = having(f"{app}.delete_{model}") if "delete" in may else frozenset()
    record = of(label)
    if label == "accounts.webhookendpoint":
        adds = having("accounts.add_webhookendpoint")
    # A letter's record is the letter itself, at its own address.
    shown = 302 if label == "appeals.letter" else 200
    yield Row(f"{name}_changelist", views)
    yield Row(f"{name}_add", adds)
    yield Row(f"{name}_add", adds, method="post")
    yield Row(f"{name}_change", views, record, shown)
    # Without a queue of one's own there is no work item.
    missed = {NO_ROLE} if label == "accounts.workitem" else ()
    yield Row(f"{name}_history", views, record, misses=frozenset(missed))
    yield Row(f"{name}_delete", deletes, record)
    yield Row(f"{name}_delete", deletes, record, 302, "post", {"post": "yes"})
    if may:
        yield Row(f"{name}_change", changes, record, method="post")
    elif label not in RECORD_ACTS:
        yield Row(f"{name}_change", frozenset(), record, method="post")
    for needs, sent, answers in RECORD_ACTS.get(label, ()):
        who = having(f"{app}.view_{model}", *needs)
        if answers:
            yield Row(f"{name}_change", who, record, answers, "post", sent)
    if label in LIST_ACTS:
        action, needs = LIST_ACTS[label]
        does = having(f"{app}.view_{model}", *needs)
        # Who is not offered an action is shown the list again.
        yield Row(
            f"{name}_changelist", does, answers=302, method="post", unheard=views - does,
            sent={"action": action}, ticked=label,
        )  # fmt: skip
    if isinstance(site, ReadOnlyAdmin):
        exports = having(f"{app}.view_{model}", "accounts.export_lists")
        yield Row(f"{name}_export", exports, nothing, 405)
        yield Row(f"{name}_export", exports, method="post")
        if site.clear_columns:
            in_clear = exports & having("accounts.export_identity")
            yield Row(f"{name}_export_clear", in_clear)
            yield Row(
                f"{name}_export_clear", in_clear, method="post",
                sent={"format": "csv", "words": "for the calls of March"},
            )  # fmt: skip
        yield Row(f"{name}_saved", views, nothing, 302, "post", {"name": "x", "query": ""})
        yield Row(f"{name}_saved", frozenset())
        if label == "billing.bill":
            yield Row(f"{name}_saved_one", views, lambda book: [book.filter.pk], 302)
        else:
            yield Row(f"{name}_saved_one", frozenset(), lambda book: [0], misses=views)


# -- pages and acts of our own -----------------------------------------------------------

VIEW_CUSTOMERS, PERFORM = "accounts.view_customer", "accounts.perform_acts"
HANDLE, SEE_APPEALS = "appeals.handle_appeals", "appeals.view_appeal"
CHANNEL = of("billing.channel")
#: Moves of a work item that were made upon an old page, or lack what they need.
MOVES = {"claim": 409, "hand_over": 200, "release": 409, "snooze": 200, "wake": 409, "finish": 200}


def _customer(book: Whole) -> list[Any]:
    return [book.customer.pk]


def _of_customer(book: Whole) -> str:
    return f"?customer={book.customer.pk}"


def _case(*more: Any) -> Arguments:
    return lambda book: [book.appeal.pk, *more]


SIGNED_IN = frozenset({*STAFF, CUSTOMER})
SIGN_IN = [
    Row("account_login", frozenset({CUSTOMER, NOBODY})),
    Row("account_login", STAFF, answers=302),
    Row("account_login", frozenset({CUSTOMER, NOBODY}), method="post"),
    Row("account_login", STAFF, answers=302, method="post"),
    Row("account_inactive", frozenset()),
    *(Row(name, STAFF) for name in ("account_logout", "account_change_password", "mfa_index")),
    Row("account_change_password", STAFF, method="post"),
    Row("account_reauthenticate", STAFF),
    Row("account_end_sessions", STAFF, answers=302, method="post"),
    Row("account_end_sessions", frozenset()),
    Row("mfa_authenticate", SIGNED_IN, answers=302),
    Row("mfa_reauthenticate", STAFF, answers=302),
    Row("mfa_activate_totp", STAFF, answers=302),
    Row("mfa_deactivate_totp", frozenset(), misses=STAFF),
    Row("mfa_view_recovery_codes", frozenset(), misses=STAFF),
    Row("mfa_generate_recovery_codes", STAFF, answers=302),
]

OWN = [
    Row("admin:index", STAFF),
    Row("admin:search", STAFF, query=lambda book: "?s=B-"),
    Row("admin:login", STAFF, answers=302),
    Row("admin:logout", STAFF, method="post"),
    Row("admin:logout", frozenset({CUSTOMER, NOBODY}), answers=302, method="post"),
    Row("admin:password_change", STAFF, answers=302),
    Row("admin:password_change_done", STAFF),
    Row("admin:autocomplete", frozenset()),
    Row("admin:jsi18n", STAFF),
    Row("admin:view_on_site", frozenset(), lambda book: ["0", "0"], misses=STAFF),
    Row("my_exports", having("accounts.export_lists")),
    Row(
        "my_export", frozenset(), lambda book: [book.job.pk],
        misses=having("accounts.export_lists"),
    ),
    Row("audit_log", having("accounts.read_audit_log")),
    Row("audit_export", having("accounts.read_audit_log", "accounts.export_lists"), answers=405),
    Row(
        "audit_export", having("accounts.read_audit_log", "accounts.export_lists"), method="post"
    ),
    # the customer's page
    *(
        Row("admin:accounts_customer_act", having(VIEW_CUSTOMERS, PERFORM), _act, method=method)
        for method in ("get", "post")
        for _act in [lambda book: [book.customer.pk, "waive_fees"]]
    ),
    Row(
        "admin:accounts_customer_as_of", having(VIEW_CUSTOMERS), _customer,
        query=lambda book: f"?on={TODAY}",
    ),
    Row("admin:accounts_customer_presence", having(VIEW_CUSTOMERS), _customer),
    *(
        Row(
            "admin:accounts_customer_reveal",
            having(VIEW_CUSTOMERS, "accounts.reveal_identity"), _customer, method=method,
        )
        for method in ("get", "post")
    ),
    *(
        Row("admin:accounts_contact",
            having(VIEW_CUSTOMERS, "accounts.change_contactpreference"), _customer, answers,
            method)
        for method, answers in (("get", 200), ("post", 409))
    ),
    *(
        Row("admin:accounts_note_write",
            having(VIEW_CUSTOMERS, "accounts.view_note", "accounts.write_notes"), _customer,
            method=method)
        for method in ("get", "post")
    ),
    # work lists and bulk acts
    Row("admin:work_desk", having("accounts.view_workitem")),
    Row("admin:work_next", frozenset()),
    Row(
        "admin:work_next", having("accounts.view_workitem", "accounts.work_items"),
        answers=302, method="post",
    ),
    *(
        Row(
            "admin:accounts_workitem_move",
            having("accounts.view_workitem", "accounts.work_items"),
            lambda book, what=what: [book.item.pk, what], answers, "post", {"version": "99"},
        )
        for what, answers in MOVES.items()
    ),
    Row(
        "admin:accounts_workitem_move",
        having("accounts.view_workitem", "accounts.assign_work"),
        lambda book: [book.item.pk, "assign"], 200, "post",
    ),
    Row("admin:bulk_begin", frozenset()),
    Row("admin:bulk_begin", having("accounts.view_workitem"), answers=302, method="post"),
    Row("admin:bulk_progress", having("accounts.view_bulkrun"), of("accounts.bulkrun")),
    # texts
    Row(
        "admin:accounts_notice_text", having("accounts.view_noticetemplate"),
        lambda book: ["overdue", "en"],
    ),
    *(
        Row(
            "admin:accounts_notice_text",
            having("accounts.view_noticetemplate", "accounts.publish_notice_texts"),
            lambda book: ["overdue", "en"], method="post", sent={"step": step},
        )
        for step in ("preview", "publish")
    ),
    *(
        Row(
            "admin:accounts_replytemplate_new",
            having("accounts.add_replytemplate", "accounts.change_replytemplate"), method=method,
        )
        for method in ("get", "post")
    ),
    # partners, channels
    *(
        Row(
            "admin:accounts_serviceaccount_token", having("accounts.change_serviceaccount"),
            of("accounts.serviceaccount"), method=method,
        )
        for method in ("get", "post")
    ),
    Row(
        "admin:accounts_serviceaccount_revoke", having("accounts.change_serviceaccount"),
        lambda book: [book.token.account_id, book.token.pk], 302, "post",
    ),
    Row(
        "admin:accounts_serviceaccount_revoke", having("accounts.change_serviceaccount"),
        lambda book: [book.token.account_id, book.token.pk], 405,
    ),
    Row("admin:billing_channel_secret", having("billing.change_channel"), CHANNEL, 405),
    Row(
        "admin:billing_channel_secret", having("billing.change_channel"), CHANNEL, method="post"
    ),
    *(
        Row(
            "admin:billing_settlementfile_upload",
            having("billing.view_settlementfile", "billing.settle_breaks"), method=method,
        )
        for method in ("get", "post")
    ),
    *(
        Row(
            "admin:billing_channelpayment_assign",
            having("billing.view_channelpayment", "billing.settle_breaks"),
            of("billing.channelpayment"), method=method,
        )
        for method in ("get", "post")
    ),
    *(
        Row(
            "admin:billing_break_remedy", having("billing.view_break", "billing.settle_breaks"),
            lambda book, code=code: [book.row("billing.break").pk, code], method=method,
        )
        for code in ("reverse", "accept", "ask")
        for method in ("get", "post")
    ),
    # people
    Row("admin:accounts_user_way_in", having("accounts.view_user"),
        lambda book: [book.asker.pk]),
    *(
        Row(
            "admin:accounts_user_way_in", having("accounts.change_user"),
            lambda book: [book.asker.pk], 302, "post", {"act": act},
        )
        for act in ("end", "reset")
    ),
    Row(
        "admin:accounts_user_way_in", having("accounts.lift_lockout"),
        lambda book: [book.asker.pk], 302, "post", {"act": "lift"},
    ),
    Row("admin:auth_user_password_change", having("accounts.change_user"),
        lambda book: [book.asker.pk]),
    Row("admin:auth_user_password_change", having("accounts.change_user"),
        lambda book: [book.asker.pk], method="post"),
    # appeals
    *(
        Row(f"admin:appeals_appeal_{name}", having(HANDLE), query=_of_customer, method=method)
        for name in ("file", "conflict")
        for method in ("get", "post")
    ),
    Row("admin:appeals_appeal_figures", having("appeals.view_appeal_figures")),
    Row("admin:appeals_appeal_outlook", having(SEE_APPEALS), _case()),
    Row(
        "admin:appeals_appeal_evidence", having(SEE_APPEALS, "appeals.view_evidence_files"),
        lambda book: [book.appeal.pk, book.evidence.public_id],
    ),
    *(
        Row("admin:appeals_appeal_do", having(SEE_APPEALS, HANDLE), _case(what), 302, "post")
        for what in doing.names()
    ),
    Row("admin:appeals_appeal_do", frozenset(), _case("note")),
    *(
        Row("admin:appeals_appeal_act", having(SEE_APPEALS, HANDLE), _case(what), method=method)
        for what in ("decide", "extend")
        for method in ("get", "post")
    ),
    *(
        Row("admin:appeals_offer_compose", having("appeals.make_offers"), _case(), method=method)
        for method in ("get", "post")
    ),
    *(
        Row(f"admin:appeals_{model}_publish", having(f"appeals.add_{model}"), method=method)
        for model in ("appealrules", "workcalendar")
        for method in ("get", "post")
    ),
    Row("letters:page", having("appeals.view_letter"), lambda b: [b.ended.public_id],
        misses=frozenset({NO_ROLE, CUSTOMER})),
    Row("letters:pdf", having("appeals.view_letter"), lambda b: [b.ended.public_id],
        misses=frozenset({NO_ROLE, CUSTOMER})),
    # for everybody
    Row("home", ALL, answers=302),
    Row("set_language", ALL, answers=302, method="post", sent={"language": "en"}),
    Row("healthz", ALL),
    Row("readyz", ALL),
]  # fmt: skip

#: The other sides of the product, which have a matrix of their own.
ELSEWHERE = ("my:", "me:", "partner:", "api_schema", "api_docs", "api_nowhere", "channel_notices")
#: Addresses without a name, or with a pattern for all: looked at by tests of their own below.
UNNAMED = {"admin:app_list", "admin:None"}


def rows() -> list[Row]:
    found = [*SIGN_IN, *OWN]
    for model, site in admin.site._registry.items():
        found += of_model(model._meta.label_lower, site)
    return found


def addresses(patterns: Any, space: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}"
        else:
            below = f"{pattern.namespace}:" if pattern.namespace else space
            yield from addresses(pattern.url_patterns, below)


def test_every_address_has_a_row() -> None:
    known = {row.name for row in rows()} | UNNAMED
    there = {
        name for name in addresses(get_resolver().url_patterns) if not name.startswith(ELSEWHERE)
    }
    assert there == known


# -- the answers -------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    for module in (
        "risk.desk.acts", "appeals.desk.doing", "appeals.admin.appeals", "appeals.desk.deciding",
    ):  # fmt: skip
        monkeypatch.setattr(f"{module}.book_date", lambda: TODAY, raising=False)
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    # Nobody asks here which templates a page was made of: keeping that is half of its cost.
    monkeypatch.setattr(Template, "_render", _TestState.saved_data.template_render)


@pytest.fixture
def book() -> Whole:
    return Whole()


def person(who: str | None, book: Whole) -> Client:
    client = Client(raise_request_exception=False)
    if who == CUSTOMER:
        client.force_login(User.objects.create_user("ada", customer=book.customer))
    elif who is not NOBODY:
        client.force_login(make_user(who))
    return client


WRITES = ("insert", "update", "delete", "merge", "truncate")
#: What is written whoever asks: sessions of the sign-in.
BESIDES = ("django_session", "accounts_signinevent", "usersessions_usersession")


def written(found: CaptureQueriesContext) -> list[str]:
    texts = (query["sql"].strip() for query in found.captured_queries)
    return [
        text[:200]
        for text in texts
        if text.lower().startswith(WRITES) and not any(table in text for table in BESIDES)
    ]


def refused(answer: Any) -> bool:
    """Sent away: to a sign-in, or told that they may not."""
    if answer.status_code == 302:
        to = answer["Location"]
        return to.startswith(
            (reverse("account_login"), reverse("my:login"), reverse("admin:login"))
        )
    return answer.status_code in (403, 405)


def ask(client: Client, row: Row, book: Whole) -> tuple[Any, list[str]]:
    """The answer, and what was written for it; all of it is taken back."""
    address = reverse(row.name, args=row.args(book)) + row.query(book)
    cookies = client.cookies.copy()
    with transaction.atomic():
        sent = {**row.sent}
        if row.ticked:
            sent["_selected_action"] = book.row(row.ticked).pk
        with CaptureQueriesContext(connection) as found:
            answer = getattr(client, row.method)(address, sent or None)
            if answer.streaming:
                b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer, written(found)


def wrong(row: Row, who: str | None, answer: Any, wrote: list[str]) -> str:
    """What is not as the row says; empty if all is."""
    place = answer.headers.get("Location", "")
    told = f"{row.says} {answer.request['PATH_INFO']}: {answer.status_code} {place}"
    if who in row.who:
        good = answer.status_code == row.answers
        if answer.status_code == 302 and row.args is not nothing:
            good = good and not refused(answer)
        return "" if good else f"{told}, should be {row.answers}"
    if who in row.unheard:
        return f"{told}, should not be done, but wrote {wrote}" if wrote else ""
    if who in row.misses:
        return "" if answer.status_code in (404, 302) else f"{told}, should not be found"
    if not refused(answer):
        return f"{told}, should be refused"
    return f"{told}, refused, but wrote {wrote}" if wrote else ""


@pytest.mark.parametrize("who", PEOPLE, ids=lambda who: who or {"": "no role"}.get(who, "nobody"))
def test_who_may_open_and_do_what(book, who) -> None:
    client = person(who, book)
    table = rows()
    mistakes = [
        found
        for row in table
        if who in row.who or not any(row.answered_otherwise(other, who) for other in table)
        if (found := wrong(row, who, *ask(client, row, book)))
    ]
    assert not mistakes, "\n".join(mistakes)
