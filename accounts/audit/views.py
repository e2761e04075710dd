"""The audit log on the desk: who may read it, what is asked for, the list."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from accounts.audit.entries import Entry, Mark
from accounts.audit.page import Asked, entries, exceeds, page
from accounts.audit.sources import PARTS, all_sources
from accounts.desk.cells import plain
from accounts.desk.export.tables import CHUNK, Table
from accounts.desk.export.views import given
from accounts.models import Customer, User

PERMISSION = "accounts.read_audit_log"
_HEADERS = (
    gettext_noop("Time"),
    gettext_noop("Kind"),
    gettext_noop("What"),
    gettext_noop("By"),
    gettext_noop("Customer"),
    gettext_noop("Detail"),
    gettext_noop("Reason"),
    gettext_noop("In words"),
    gettext_noop("Changes"),
)


@dataclass(frozen=True)
class Filters:
    """What the form says: `asked` is what it means, `wrong` the fields that mean nothing."""

    asked: Asked
    customer: str
    actor: str
    what: str
    since: str
    until: str
    wrong: tuple[str, ...]


def table(request: HttpRequest) -> Table:
    """What is asked for of the log, for a file. Raises PermissionDenied."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    filters = read(request.GET)
    if filters.wrong:
        raise IncorrectLookupParameters
    return Table(
        of="audit",
        name="audit-log",
        headers=lambda: [str(_(name)) for name in _HEADERS],
        parts=lambda: map(_lines, entries(filters.asked, size=CHUNK)),
        exceeds=lambda most: exceeds(filters.asked, most),
    )


def export(request: HttpRequest) -> HttpResponseBase:
    """By POST alone."""
    try:
        return given(request, lambda: table(request))
    except IncorrectLookupParameters:
        return redirect("audit_log")


def _lines(part: list[Entry]) -> Callable[[], list[list[str]]]:
    return lambda: [_line(entry) for entry in part]


def _line(entry: Entry) -> list[str]:
    customer = f"{entry.customer.number} {entry.customer.name}" if entry.customer else ""
    changes = "; ".join(f"{c.name}: {c.before or ''} → {c.after}" for c in entry.changes)
    return [plain(entry.at), entry.kind, entry.title, entry.actor, customer, entry.detail,
            entry.reason, entry.words, changes]  # fmt: skip


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    filters = read(request.GET)
    before = Mark.parse(request.GET.get("before", ""))
    found = None if filters.wrong else page(filters.asked, before=before)
    query = request.GET.copy()
    query.pop("before", None)
    shown = {
        **admin.site.each_context(request),
        "title": _("Audit log"),
        "filters": filters,
        "choices": _choices(),
        "page": found,
        "before": before,
        "query": query.urlencode(),
        "may_export": request.user.has_perm("accounts.export_lists"),
    }
    return TemplateResponse(request, "admin/audit/log.html", shown)


def read(query: QueryDict) -> Filters:
    """The filters of an address; whole numbers and user names, days of the book's time zone."""
    text = {name: query.get(name, "").strip().replace("\x00", "") for name in
            ("customer", "actor", "what", "since", "until")}  # fmt: skip
    wrong = []
    customer = actor = None
    if text["customer"]:
        numbered = Customer.objects.filter(number=text["customer"])
        customer = numbered.values_list("pk", flat=True).first()
        wrong += [] if customer else ["customer"]
    if text["actor"]:
        actor = User.objects.filter(username=text["actor"]).values_list("pk", flat=True).first()
        wrong += [] if actor else ["actor"]
    since, until = _day(text["since"]), _day(text["until"])
    wrong += [name for name, day in (("since", since), ("until", until)) if text[name] and not day]
    if until:
        until += datetime.timedelta(days=1)
    what = text["what"]
    part = what if what in PARTS else ""
    known = {source.code for source in all_sources()}
    kind = what if not part and what.partition(".")[0] in known else ""
    wrong += ["what"] if what and not part and not kind else []
    asked = Asked(part, kind, customer, actor, since, until)
    return Filters(asked, **text, wrong=tuple(wrong))


def _day(text: str) -> datetime.datetime | None:
    """The beginning of a day; the two ends of the calendar are no days of a log."""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    if not 1900 <= day.year < 2200:
        return None
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))


def _choices() -> list[tuple[Any, str, list[tuple[str, Any]]]]:
    """Parts of the log, each with its kinds: (words, key, [(key, words)])."""
    groups = []
    for part, words in PARTS.items():
        kinds = [
            (f"{source.code}.{kind}", label)
            for source in all_sources()
            if source.part == part
            for kind, label in source.kinds().items()
        ]
        groups.append((words, part, kinds))
    return groups
