"""The work lists at the desk: my work, a queue of it, and every item there was."""

import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk import moves
from accounts.desk.filters import SidesFilter
from accounts.desk.formats import pill
from accounts.desk.items import VIEW, dress, member, person
from accounts.desk.links import customer_link
from accounts.desk.records import OwnPage, ReadOnlyAdmin
from accounts.models import Customer, WorkItem
from accounts.work import queries, queues
from accounts.work.operations import WORK

PAGE = 50
TAB_NAMES = {
    "mine": gettext_lazy("Mine"),
    "unassigned": gettext_lazy("Unassigned"),
    "overdue": gettext_lazy("Overdue"),
    "snoozed": gettext_lazy("Snoozed"),
    "all": gettext_lazy("All"),
}
# -- the list ----------------------------------------------------------------------------


def desk_page(request: HttpRequest, site: Any) -> HttpResponse:
    """My work, or one queue of it, in tabs."""
    user, at = member(request), timezone.now()
    if not user.has_perm(VIEW):
        raise PermissionDenied
    mine = queues.of(user)
    codes = queues.chosen(request.GET.get("queue", ""), user)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TAB_NAMES else "mine"
    rows, more = _page(queries.tab(tab, user=user, codes=codes, at=at), request.GET.get("after"))
    counts = queries.tab_counts(user=user, codes=codes, at=at)
    by_queue = queries.queue_counts([queue.code for queue in mine], user=user)
    queue = codes[0] if len(codes) == 1 and request.GET.get("queue") else ""
    context = {
        **site.each_context(request),
        "title": _("My work"),
        "tabs": [(name, label, counts[name], name == tab) for name, label in TAB_NAMES.items()],
        "tab": tab,
        "queue": queue,
        "queues": [(q.code, q.label, by_queue[q.code]) for q in mine],
        "items": [dress(item, at) for item in rows],
        "after": _mark(rows[-1]) if more else "",
        "paged": bool(request.GET.get("after")),
        "may_work": user.has_perm(WORK),
        "opts": WorkItem._meta,
    }
    return TemplateResponse(request, "admin/work/desk.html", context)


def _page(rows: QuerySet[Any], after: str | None) -> tuple[list[Any], bool]:
    """Most urgent first; the next page begins after a row."""
    if after:
        rows = rows.filter(_beyond(after))
    found = list(
        rows.select_related("assigned_to")
        .prefetch_related(_customers())
        .order_by("priority", "due_at", "pk")[: PAGE + 1]
    )
    return found[:PAGE], len(found) > PAGE


def _customers() -> Any:
    return Prefetch("customer", Customer.objects.only("pk", "number", "name"))


def _mark(item: Any) -> str:
    return f"{item.priority}_{item.due_at.isoformat()}_{item.pk}"


def _beyond(text: str) -> Q:
    """Rows after a mark; one that is none leaves the first page."""
    parts = text.split("_")
    due = _moment(parts[1]) if len(parts) == 3 else None
    if due is None or not (parts[0].isdecimal() and parts[2].isdecimal() and len(text) < 80):
        return Q()
    priority, pk = int(parts[0]), int(parts[2])
    if priority > 9 or pk >= 2**63:
        return Q()
    later = Q(due_at__gt=due) | Q(due_at=due, pk__gt=pk)
    return Q(priority__gte=priority) & (Q(priority__gt=priority) | later)


def _moment(text: str) -> datetime.datetime | None:
    try:
        found = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    return found if found is not None and timezone.is_aware(found) else None


class OpenFilter(SidesFilter):
    """Items that wait, or those that are done."""

    title = gettext_lazy("state")
    parameter_name = "state"
    sides: ClassVar = {
        "open": (gettext_lazy("Open"), Q(done_at=None)),
        "done": (gettext_lazy("Finished"), Q(done_at__isnull=False)),
    }


class QueueFilter(admin.SimpleListFilter):
    """By queue, of those that the reader may see."""

    title = gettext_lazy("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [(queue.code, queue.label) for queue in queues.of(member(request))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(queue=self.value()) if self.value() else queryset


@admin.register(WorkItem)
class WorkItemAdmin(OwnPage, ReadOnlyAdmin):
    """Every item, finished ones too, newest first; the desk is the page beside it."""

    list_display = ("opened_at", "of", "what", "queue_name", "who", "due_at", "stage", "ended")
    list_filter = (QueueFilter, OpenFilter, "outcome")
    shows = ("customer", "assigned_to")
    search_fields = ("customer__number",)
    search_help_text = gettext_lazy("Whole number of a customer")
    empty_words = gettext_lazy("Nothing waits: items come with the night and with live acts.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        codes = [queue.code for queue in queues.of(member(request))]
        return super().get_queryset(request).filter(queue__in=codes)

    def listed(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        closed = queues.closed_to(member(request))
        return super().listed(request, queryset).exclude(customer_id__in=closed)

    def meant(self, term: str) -> Q:
        return Q(customer__in=Customer.objects.filter(number=term))

    @admin.display(description=gettext_lazy("customer"))
    def of(self, row: WorkItem) -> SafeString:
        return customer_link(row.customer)

    @admin.display(description=gettext_lazy("why"))
    def what(self, row: WorkItem) -> str:
        return queues.titled(row)

    @admin.display(description=gettext_lazy("queue"))
    def queue_name(self, row: WorkItem) -> str:
        queue = queues.find(row.queue)
        return str(queue.label) if queue else row.queue

    @admin.display(description=gettext_lazy("assigned to"))
    def who(self, row: WorkItem) -> str:
        return person(row.assigned_to)

    @admin.display(description=gettext_lazy("state"))
    def stage(self, row: WorkItem) -> SafeString:
        if row.done_at is None:
            return pill(_("Open"), "info")
        return pill(row.get_outcome_display(), "good")

    @admin.display(description=gettext_lazy("done at"))
    def ended(self, row: WorkItem) -> Any:
        return row.done_at

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        return [
            path("desk/", guard(self.desk_view), name="work_desk"),
            path("next/", guard(moves.next_view), name="work_next"),
            path(
                "<int:pk>/move/<slug:what>/", guard(self.move_view), name="accounts_workitem_move"
            ),
            *super().get_urls(),
        ]

    def desk_view(self, request: HttpRequest) -> HttpResponse:
        return desk_page(request, self.admin_site)

    def move_view(self, request: HttpRequest, pk: int, what: str) -> HttpResponse:
        return moves.move_view(request, pk, what, self.admin_site)

    def record_page(self, request: HttpRequest, found: WorkItem) -> HttpResponse:
        """One item."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return moves.item_page(request, found, self.admin_site)
