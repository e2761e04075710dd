"""Bulk acts at the desk: choose the act, look at what it would do, let it run, see what came."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.bulk import operations, recipes, running
from accounts.bulk.models import BulkRun, BulkTarget, RunState, TargetState
from accounts.bulk.operations import NotBegun
from accounts.desk.export.noting import noted
from accounts.desk.formats import money, pill
from accounts.desk.items import member
from accounts.desk.links import customer_link
from accounts.desk.records import ReadOnlyAdmin
from accounts.desk.work import TAB_NAMES
from accounts.models import User
from accounts.work import queries, queues
from risk.desk import acts
from risk.desk import bulk as desk


def begin_with(
    request: HttpRequest, of: str, chosen: Sequence[int], source: str
) -> HttpResponse | None:
    """A run for the rows that somebody chose; None, with a message, if it cannot be."""
    user = member(request)
    try:
        run = operations.begin(of=of, chosen=chosen, source=source, by=user, at=timezone.now())
    except NotBegun as error:
        messages.error(request, str(error))
        return None
    return HttpResponseRedirect(reverse("admin:accounts_bulkrun_change", args=[run.pk]))


def of_customers(request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
    """For the list of customers: the chosen rows, or all that match."""
    ids = rows.order_by().values_list("pk", flat=True)[: operations.MOST_CHOSEN + 1]
    source = noted(request.GET) or _("customers, one by one")
    return begin_with(request, recipes.CUSTOMERS, list(ids), source)


def begin_view(request: HttpRequest) -> HttpResponse:
    """For the work lists: the chosen items, or all of the tab."""
    user = member(request)
    if request.method != "POST" or not user.has_perm("accounts.view_workitem"):
        raise PermissionDenied
    codes = queues.chosen(request.POST.get("queue", ""), user)
    tab = request.POST.get("tab", "")
    tab = tab if tab in TAB_NAMES else "mine"
    if request.POST.get("all") == "yes":
        rows = queries.tab(tab, user=user, codes=codes, at=timezone.now())
        found = rows.order_by().values_list("pk", flat=True)
        chosen = list(found[: operations.MOST_CHOSEN + 1])
    else:
        texts = request.POST.getlist("chosen")[: operations.MOST_CHOSEN + 1]
        chosen = [int(text) for text in texts if text.isascii() and text.isdigit()]
        chosen = [pk for pk in chosen if pk < 2**63]
    source = f"{_('My work')}: {TAB_NAMES[tab]}, {', '.join(codes)}"
    answer = begin_with(request, recipes.ITEMS, chosen, source)
    return answer or HttpResponseRedirect(f"{reverse('admin:work_desk')}?tab={tab}")


@admin.register(BulkRun)
class BulkRunAdmin(ReadOnlyAdmin):
    """The runs, newest first; one run on its page, from its preparation to its results."""

    list_display = ("made_at", "what", "rows_chosen", "stage", "who", "confirmed_at", "done_at")
    list_filter = ("state",)
    shows = ("by",)
    list_before_template = None
    empty_words = gettext_lazy(
        "No bulk act yet. They begin in the list of customers and in the work lists."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What is being prepared is its maker's alone."""
        rows = super().get_queryset(request)
        drafts = [RunState.CHOOSING, RunState.PREVIEWED]
        return rows.exclude(
            pk__in=BulkRun.objects.filter(state__in=drafts).exclude(by=member(request)).values("pk")
        )

    def for_export(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.prefetch_related(None).select_related("by")

    @admin.display(description=gettext_lazy("act"))
    def what(self, row: BulkRun) -> str:
        return desk.named(row)

    @admin.display(description=gettext_lazy("rows chosen"))
    def rows_chosen(self, row: BulkRun) -> str:
        return f"{len(row.chosen):,}"

    @admin.display(description=gettext_lazy("state"))
    def stage(self, row: BulkRun) -> SafeString:
        tone = {RunState.RUNNING: "info", RunState.DONE: "good"}.get(RunState(row.state), "")
        return pill(row.get_state_display(), tone)

    @admin.display(description=gettext_lazy("by"))
    def who(self, row: BulkRun) -> str:
        return row.by.get_full_name() or row.by.username

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        return [
            path("begin/", guard(begin_view), name="bulk_begin"),
            path("<int:pk>/progress/", guard(self.progress_view), name="bulk_progress"),
            *super().get_urls(),
        ]

    def progress_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        run = self._run(request, str(pk))
        counts = running.progress(run)
        total, left = desk.to_do(counts)
        return JsonResponse(
            {
                "state": run.state,
                "done": total - left,
                "total": total,
                "words": _("%(done)s of %(total)s") % {
                    "done": f"{total - left:,}", "total": f"{total:,}"
                },
            }
        )  # fmt: skip

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One run: choose, preview, confirm, progress, results."""
        if object_id is None:
            raise PermissionDenied
        run = self._run(request, object_id)
        if request.method == "POST":
            return self._step(request, run)
        if run.state in (RunState.RUNNING, RunState.DONE):
            return self._show(request, run, "admin/bulk/result.html", **desk.results(run))
        if run.state == RunState.PREVIEWED:
            return self._show(request, run, "admin/bulk/preview.html", **desk.preview(run))
        return self._choose(request, run)

    def _run(self, request: HttpRequest, object_id: str) -> BulkRun:
        if not self.has_view_permission(request):
            raise PermissionDenied
        run: BulkRun | None = self.get_object(request, object_id)
        if run is None:
            raise Http404
        return run

    def _step(self, request: HttpRequest, run: BulkRun) -> HttpResponse:
        user, step = member(request), request.POST.get("step")
        here = HttpResponseRedirect(reverse("admin:accounts_bulkrun_change", args=[run.pk]))
        try:
            if step == "preview":
                return self._to_preview(request, run, user) or here
            if step == "back":
                operations.back(run, by=user)
            elif step == "confirm":
                desk.start(operations.confirm(run, by=user, at=timezone.now()))
        except NotBegun as error:
            messages.error(request, str(error))
        return here

    def _to_preview(self, request: HttpRequest, run: BulkRun, user: User) -> HttpResponse | None:
        recipe = self._recipe(request.POST.get("recipe", ""), run, user)
        form = recipe.form(request.POST)
        if not form.is_valid():
            return self._choose(request, run, recipe, form)
        above = request.POST.get("above", recipes.ASK)
        data: Any = form
        operations.preview(
            run, recipe, data=data.raw(), cleaned=form.cleaned_data,
            above=above if above in (recipes.ASK, recipes.SKIP) else recipes.ASK,
            by=user, on=acts.book_date(),
        )  # fmt: skip
        return None

    def _choose(
        self, request: HttpRequest, run: BulkRun, recipe: Any = None, form: Any = None
    ) -> HttpResponse:
        user = member(request)
        if recipe is None and request.GET.get("act"):
            recipe = self._recipe(request.GET["act"], run, user)
            form = recipe.form()
        shown = {"recipes": recipes.offered(run.of, user), "recipe": recipe, "form": form}
        return self._show(request, run, "admin/bulk/choose.html", **shown)

    def _recipe(self, code: str, run: BulkRun, user: User) -> recipes.Recipe:
        found = {recipe.code: recipe for recipe in recipes.offered(run.of, user)}
        if code not in found:
            raise PermissionDenied
        return found[code]

    def _show(
        self, request: HttpRequest, run: BulkRun, template: str, **shown: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": desk.named(run) or _("Bulk act"),
            "run": run,
            "own": run.by_id == request.user.pk,
            "opts": self.opts,
            **shown,
        }
        response = TemplateResponse(request, template, context)
        response["Cache-Control"] = "no-store"
        return response


@admin.register(BulkTarget)
class BulkTargetAdmin(ReadOnlyAdmin):
    """What came of each: the result list of a run, which can be exported."""

    list_display = ("of", "words", "amount_of", "stage", "reason", "at")
    list_display_links = ("words",)
    list_filter = ("state", "alone")
    shows = ("customer",)
    list_before_template = "admin/bulk/of_run.html"
    empty_words = gettext_lazy("No bulk act has come to anything yet.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        drafts = BulkRun.objects.filter(state__in=[RunState.CHOOSING, RunState.PREVIEWED])
        others = drafts.exclude(by=member(request))
        return rows.exclude(run__in=others.values("pk"))

    @admin.display(description=gettext_lazy("customer"))
    def of(self, row: BulkTarget) -> SafeString:
        return customer_link(row.customer)

    @admin.display(description=gettext_lazy("amount"))
    def amount_of(self, row: BulkTarget) -> str:
        return money(row.amount) if row.amount else ""

    @admin.display(description=gettext_lazy("state"))
    def stage(self, row: BulkTarget) -> SafeString:
        state = TargetState(row.state)
        return pill(state.label, desk.TONES[state])
