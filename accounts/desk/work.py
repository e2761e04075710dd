"""The work lists at the desk: my work, a queue, one item, and what is done with it."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold import widgets

from accounts.desk import stale
from accounts.desk.formats import pill
from accounts.desk.links import customer_link
from accounts.desk.records import ReadOnlyAdmin
from accounts.models import Customer, User, WorkItem, WorkMove
from accounts.work import operations, queries, queues
from accounts.work.choices import CHOSEN, MoveKind, Outcome, Priority
from accounts.work.operations import ASSIGN, WORK, Moved, NotPossible
from accounts.work.queues import Queue

VIEW = "accounts.view_workitem"
PAGE = 50
TAB_NAMES = {
    "mine": gettext_lazy("Mine"),
    "unassigned": gettext_lazy("Unassigned"),
    "overdue": gettext_lazy("Overdue"),
    "snoozed": gettext_lazy("Snoozed"),
    "all": gettext_lazy("All"),
}
SHOWN = {
    "assigned_to": gettext_lazy("assigned to"),
    "snoozed_until": gettext_lazy("snoozed until"),
    "outcome": gettext_lazy("outcome"),
}
_TONES = {Priority.URGENT: "bad", Priority.HIGH: "warn", Priority.NORMAL: "", Priority.LOW: ""}


def member(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the admin lets nobody else in
    return request.user


def dress(item: Any, at: datetime.datetime) -> Any:
    """Give an item the words and addresses that its row shows."""
    queue = queues.find(item.queue)
    item.title = queues.titled(item)
    item.queue_label = queue.label if queue else item.queue
    item.address = f"{queue.address(item)}?item={item.pk}" if queue else ""
    item.overdue = item.done_at is None and item.due_at < at
    item.sleeps = item.snoozed_until is not None and item.snoozed_until > at
    item.gone_words = queue.gone if queue else ""
    item.tone = _TONES[Priority(item.priority)]
    item.seen = seen(item)
    return item


def seen(item: WorkItem) -> str:
    """What a page shows of an item, signed: its moves say what they were made upon."""
    return stale.token({"version": item.version, **_state(item)})


def _state(item: WorkItem) -> dict[str, str]:
    until = item.snoozed_until
    return {
        "assigned_to": person(item.assigned_to),
        "snoozed_until": date_format(timezone.localtime(until), "Y-m-d H:i") if until else "",
        "outcome": str(item.get_outcome_display()),
    }


def person(user: User | None) -> str:
    return "" if user is None else user.get_full_name() or user.username


# -- the list ----------------------------------------------------------------------------


def desk_page(request: HttpRequest, site: Any) -> HttpResponse:
    """My work, or one queue of it, in tabs."""
    user, at = member(request), timezone.now()
    if not user.has_perm(VIEW):
        raise PermissionDenied
    mine = queues.of(user)
    codes = chosen_codes(request.GET, mine)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TAB_NAMES else "mine"
    rows, more = _page(queries.tab(tab, user=user, codes=codes, at=at), request.GET.get("after"))
    counts = queries.tab_counts(user=user, codes=codes, at=at)
    by_queue = queries.queue_counts([queue.code for queue in mine])
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
        "bulk_recipes": user.has_perm(WORK),
        "opts": WorkItem._meta,
    }
    return TemplateResponse(request, "admin/work/desk.html", context)


def chosen_codes(data: Mapping[str, Any], mine: list[Queue]) -> list[str]:
    codes = [queue.code for queue in mine]
    asked = data.get("queue", "")
    return [asked] if asked in codes else codes


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
    from django.db.models import Prefetch

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


# -- one item ----------------------------------------------------------------------------


class MoveForm(forms.Form):
    """What a move may carry; each move reads its own part."""

    to = forms.ModelChoiceField(
        queryset=User.objects.none(), required=False, label=pgettext_lazy("work item", "To")
    )
    until = forms.DateTimeField(
        required=False,
        label=pgettext_lazy("work item", "Until"),
        widget=widgets.UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    outcome = forms.ChoiceField(
        required=False,
        label=gettext_lazy("How it ended"),
        choices=[(choice.value, choice.label) for choice in CHOSEN],
        widget=widgets.UnfoldAdminSelectWidget,
    )
    words = forms.CharField(
        required=False,
        max_length=2000,
        label=gettext_lazy("Note"),
        widget=widgets.UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to: Any = self.fields["to"]
        to.empty_label = _("Choose one")
        to.widget = widgets.UnfoldAdminSelectWidget()
        to.queryset = queries.colleagues(user)
        to.label_from_instance = person


def move_view(request: HttpRequest, pk: int, what: str, site: Any) -> HttpResponse:
    """A move of one item, then back to where it was made."""
    user = member(request)
    if request.method != "POST" or not user.has_perms([VIEW, WORK]):
        raise PermissionDenied
    move = _MOVES.get(what)
    item = WorkItem.objects.filter(pk=pk).first()
    if move is None or item is None or not _sees(user, item):
        raise Http404
    if what == "assign" and not user.has_perm(ASSIGN):
        raise PermissionDenied
    form = MoveForm(request.POST, user=user)
    shown = stale.shown(request.POST.get(stale.FIELD, "")) or {"version": 0}
    if not form.is_valid():
        return item_page(request, item, site, form=form)
    try:
        moved = move(item.pk, form.cleaned_data, user, int(shown["version"]))
    except Moved as late:
        return item_page(request, late.item, site, form=form, moved=_stale(shown, late))
    except NotPossible as error:
        form.add_error(None, capfirst(str(error)))
        return item_page(request, WorkItem.objects.get(pk=item.pk), site, form=form)
    queries.forget_badge(item.assigned_to_id, moved.assigned_to_id, user.pk)
    messages.success(request, _SAID[what] % {"title": queues.titled(moved)})
    if request.POST.get("then") == "next":
        return _to_next(request, after=moved.pk)
    return HttpResponseRedirect(_back(request, moved))


def next_view(request: HttpRequest) -> HttpResponse:
    """To the item that somebody should do now."""
    if request.method != "POST" or not member(request).has_perms([VIEW, WORK]):
        raise PermissionDenied
    after = request.POST.get("after", "")
    return _to_next(request, after=int(after) if _is_id(after) else None)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _to_next(request: HttpRequest, after: int | None) -> HttpResponse:
    user = member(request)
    codes = chosen_codes(request.POST, queues.of(user))
    item = operations.claim_next(by=user, codes=codes, at=timezone.now(), after=after)
    queries.forget_badge(user.pk)
    if item is None:
        messages.info(request, _("Nothing is left to do here."))
        return HttpResponseRedirect(reverse("admin:work_desk"))
    return HttpResponseRedirect(dress(item, timezone.now()).address)


def _back(request: HttpRequest, item: WorkItem) -> str:
    """Where the move was made, if that is a page of ours."""
    asked = request.POST.get("back", "")
    if asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return asked
    return reverse("admin:accounts_workitem_change", args=[item.pk])


def _sees(user: User, item: WorkItem) -> bool:
    queue = queues.find(item.queue)
    return queue is not None and user.has_perm(queue.permission)


def _stale(shown: Mapping[str, Any], late: Moved) -> stale.Stale:
    changes = [
        stale.Change(move.at, person(move.by), said(move), move.words) for move in late.since
    ]
    return stale.Stale(stale.differences(shown, _state(late.item), SHOWN), changes)


def said(move: WorkMove) -> str:
    """A move in words."""
    text = str(MoveKind(move.kind).label)
    if move.to is not None:
        text += f" → {person(move.to)}"
    if move.until is not None:
        text += " → " + date_format(timezone.localtime(move.until), "Y-m-d H:i")
    return text


def item_page(
    request: HttpRequest,
    item: WorkItem,
    site: Any,
    *,
    form: MoveForm | None = None,
    moved: stale.Stale | None = None,
) -> HttpResponse:
    """One item with its moves, and what can be done with it."""
    user, at = member(request), timezone.now()
    moves = list(item.moves.select_related("by", "to").order_by("pk"))
    for move in moves:
        move.said = said(move)  # type: ignore[attr-defined]
    mine = item.assigned_to_id in (None, user.pk) or user.has_perm(ASSIGN)
    context = {
        **site.each_context(request),
        "title": queues.titled(item),
        "item": dress(item, at),
        "moves": moves,
        "form": form or MoveForm(user=user, initial=_usual(at)),
        "stale": moved,
        "may_work": user.has_perm(WORK) and item.done_at is None,
        "may_move": mine,
        "may_assign": user.has_perm(ASSIGN),
        "own": item.not_for_id == user.pk,
        "back": request.POST.get("back", ""),
        "original": item,
        "opts": WorkItem._meta,
    }
    status = 409 if moved else 200
    return TemplateResponse(request, "admin/work/item.html", context, status=status)


def _usual(at: datetime.datetime) -> dict[str, Any]:
    """Acted on; or rested until tomorrow morning."""
    tomorrow = timezone.localtime(at).date() + datetime.timedelta(days=1)
    return {"outcome": Outcome.ACTED, "until": f"{tomorrow.isoformat()}T09:00"}


_Move = Callable[[int, Mapping[str, Any], User, int], WorkItem]


def _to(data: Mapping[str, Any]) -> User:
    to: User | None = data["to"]
    if to is None:
        raise NotPossible(_("choose a person"))
    return to


def _until(data: Mapping[str, Any]) -> datetime.datetime:
    until: datetime.datetime | None = data["until"]
    if until is None:
        raise NotPossible(_("say until when"))
    return until


_MOVES: dict[str, _Move] = {
    "claim": lambda pk, data, by, v: operations.claim(pk, by=by, version=v, at=timezone.now()),
    "assign": lambda pk, data, by, v: operations.assign(
        pk, to=_to(data), by=by, version=v, at=timezone.now(), words=data["words"]
    ),
    "hand_over": lambda pk, data, by, v: operations.hand_over(
        pk, to=_to(data), words=data["words"], by=by, version=v, at=timezone.now()
    ),
    "release": lambda pk, data, by, v: operations.release(
        pk, by=by, version=v, at=timezone.now(), words=data["words"]
    ),
    "snooze": lambda pk, data, by, v: operations.snooze(
        pk, until=_until(data), words=data["words"], by=by, version=v, at=timezone.now()
    ),
    "wake": lambda pk, data, by, v: operations.wake(pk, by=by, version=v, at=timezone.now()),
    "finish": lambda pk, data, by, v: operations.finish(
        pk, outcome=data["outcome"], by=by, version=v, at=timezone.now(), words=data["words"]
    ),
}
_SAID = {
    "claim": gettext_lazy("Yours now: %(title)s."),
    "assign": gettext_lazy("Assigned: %(title)s."),
    "hand_over": gettext_lazy("Handed over: %(title)s."),
    "release": gettext_lazy("Given back: %(title)s."),
    "snooze": gettext_lazy("Snoozed: %(title)s."),
    "wake": gettext_lazy("Taken up again: %(title)s."),
    "finish": gettext_lazy("Finished: %(title)s."),
}


# -- around it ---------------------------------------------------------------------------


def strip(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """The open items of a customer, for their page."""
    user, at = member(request), timezone.now()
    if not user.has_perm(VIEW):
        return {}
    items = [dress(item, at) for item in queries.of_customer(customer.pk, user)]
    asked = request.GET.get("item", "")
    may_assign = user.has_perm(ASSIGN)
    for item in items:
        item.mine = item.assigned_to_id == user.pk
        item.movable = item.assigned_to_id in (None, user.pk) or may_assign
        item.own = item.not_for_id == user.pk
    return {
        "items": items,
        "at_item": int(asked) if _is_id(asked) else None,
        "may_work": user.has_perm(WORK),
        "outcomes": [(choice.value, choice.label) for choice in CHOSEN],
    }


def badge(request: HttpRequest) -> str:
    """How many items somebody has, beside the page's name."""
    user = request.user
    if not (isinstance(user, User) and user.has_perm(VIEW)):
        return "0"
    return queries.badge(user, timezone.now())


class OpenFilter(admin.SimpleListFilter):
    """Items that wait, or those that are done."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [("open", gettext_lazy("Open")), ("done", gettext_lazy("Finished"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ("open", "done"):
            return queryset.filter(done_at__isnull=self.value() == "open")
        return queryset


class QueueFilter(admin.SimpleListFilter):
    """By queue, of those that the reader may see."""

    title = gettext_lazy("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [(queue.code, queue.label) for queue in queues.of(member(request))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(queue=self.value()) if self.value() else queryset


@admin.register(WorkItem)
class WorkItemAdmin(ReadOnlyAdmin):
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

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(customer__in=Customer.objects.filter(number=term)), False

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
            path("next/", guard(next_view), name="work_next"),
            path(
                "<int:pk>/move/<slug:what>/", guard(self.move_view), name="accounts_workitem_move"
            ),
            *super().get_urls(),
        ]

    def desk_view(self, request: HttpRequest) -> HttpResponse:
        return desk_page(request, self.admin_site)

    def move_view(self, request: HttpRequest, pk: int, what: str) -> HttpResponse:
        return move_view(request, pk, what, self.admin_site)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One item."""
        if object_id is None or not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return item_page(request, found, self.admin_site)
