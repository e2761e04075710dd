"""The queue of appeals by the legal clock, the case page, and their figures."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.acts import Refused
from accounts.desk.formats import pill
from accounts.desk.links import customer_link
from accounts.models import Customer, User
from appeals import eligibility, operations
from appeals.admin.filters import ClockFilter, StateFilter, WhoseFilter
from appeals.admin.kept_apart import KeptApart
from appeals.admin.soonest import SoonestFirst
from appeals.choices import Result, State
from appeals.desk import case, deciding, doing, evidence, faces, outlook
from appeals.desk.figures import shown as figures_shown
from appeals.desk.forms import ConflictForm, FileForm
from appeals.models import Appeal
from appeals.titles import titles
from risk.desk.acts import book_date


@admin.register(Appeal)
class AppealAdmin(KeptApart):
    """Open ones by the legal clock, the nearest first; the page of each."""

    list_display = ("number", "of", "about", "stage", "by_law", "promised", "assigned_to")
    list_display_links = ("number",)
    list_filter = (StateFilter, WhoseFilter, ClockFilter, "kind", "channel")
    shows = ("customer", "assigned_to")
    search_fields = ("number",)
    search_help_text = _("Number of an appeal or of a customer")
    keyset = ("legal_due_on", "pk")
    change_list_template = "admin/appeals/queue.html"
    empty_words = _("No appeals here.")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[SoonestFirst]:
        return SoonestFirst

    def meant(self, term: str) -> Q:
        of = Customer.objects.filter(number=term)
        return Q(number=term.upper()) | Q(customer__in=of)

    def furnish(self, request: HttpRequest, rows: list[Any]) -> None:
        words = titles(rows)
        now = timezone.now()
        for row in rows:
            row.title = words.get((row.subject_kind, row.subject_id), "")
            row.law, row.service = faces.both(row, now)

    @admin.display(description=_("customer"))
    def of(self, row: Appeal) -> SafeString:
        return customer_link(row.customer)

    @admin.display(description=_("about"))
    def about(self, row: Any) -> str:
        kind = str(row.get_kind_display())
        return (
            gettext("%(kind)s: %(what)s") % {"kind": kind, "what": row.title} if row.title else kind
        )

    @admin.display(description=_("state"))
    def stage(self, row: Appeal) -> SafeString:
        if row.result:
            return pill(row.get_result_display(), case.RESULT_TONES[Result(row.result)])
        return pill(row.get_state_display(), case.TONES.get(State(row.state), "info"))

    @admin.display(description=_("by law"))
    def by_law(self, row: Any) -> SafeString:
        return _clock(row.law)

    @admin.display(description=_("our promise"))
    def promised(self, row: Any) -> SafeString:
        return _clock(row.service)

    # -- pages ---------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("file/", view(self.file_view), name="appeals_appeal_file"),
            path("figures/", view(self.figures_view), name="appeals_appeal_figures"),
            path("conflict/", view(self.conflict_view), name="appeals_appeal_conflict"),
            path("<int:pk>/do/<slug:what>/", view(self.do_view), name="appeals_appeal_do"),
            path("<int:pk>/act/<slug:what>/", view(self.act_view), name="appeals_appeal_act"),
            path("<int:pk>/outlook/", view(self.outlook_view), name="appeals_appeal_outlook"),
            path(
                "<int:pk>/evidence/<uuid:public_id>/",
                view(self.evidence_view),
                name="appeals_appeal_evidence",
            ),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of a case."""
        known = object_id and object_id.isascii() and object_id.isdigit() and len(object_id) < 19
        if not known or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        appeal = self._case(request, int(object_id or 0))
        shown = case.context(request, appeal, timezone.now(), book_date())
        return self._page(request, "case", appeal.number, original=appeal, **shown)

    def do_view(self, request: HttpRequest, pk: int, what: str) -> HttpResponse:
        return doing.do(request, self._case(request, pk), what)

    def act_view(self, request: HttpRequest, pk: int, what: str) -> HttpResponse:
        if what not in deciding.PAGES:
            raise Http404
        return deciding.page(request, self._case(request, pk), what, self.admin_site)

    def evidence_view(self, request: HttpRequest, pk: int, public_id: uuid.UUID) -> HttpResponse:
        return evidence.file(request, self._case(request, pk), public_id)

    def outlook_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The customer's next 90 days, as the engine has them."""
        appeal = self._case(request, pk)
        shown = outlook.shown(appeal.customer_id, request.GET.get("if", ""))
        title = gettext("What will be")
        return self._page(request, "outlook", title, appeal=appeal, **shown)

    def file_view(self, request: HttpRequest) -> HttpResponse:
        """File an appeal that came by phone or letter."""
        user = self._handler(request)
        customer = self._customer(request)
        self._require_no_conflict(user, customer.pk)
        if request.method == "POST":
            form = FileForm(request.POST, customer=customer)
            if form.is_valid() and (appeal := self._filed(form, customer, user)):
                messages.success(
                    request, gettext("Filed as %(number)s.") % {"number": appeal.number}
                )
                return HttpResponseRedirect(
                    reverse("admin:appeals_appeal_change", args=[appeal.pk])
                )
        else:
            now = timezone.localtime().replace(second=0, microsecond=0, tzinfo=None)
            form = FileForm(
                customer=customer,
                initial={"received": now.isoformat(), "token": uuid.uuid4()},
            )
        return self._page(request, "file", gettext("File an appeal"), form=form, customer=customer)

    def conflict_view(self, request: HttpRequest) -> HttpResponse:
        """Somebody declares that a customer is themselves, or close to them."""
        user = self._handler(request)
        customer = self._customer(request)
        form = ConflictForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            operations.declare_conflict(
                user=user, customer=customer, by=user, at=timezone.now(), **form.cleaned_data
            )
            messages.success(request, gettext("Declared. Their appeals are others' from now on."))
            return HttpResponseRedirect(reverse("admin:appeals_appeal_changelist"))
        title = gettext("Declare a conflict of interest")
        return self._page(request, "conflict", title, form=form, customer=customer)

    def figures_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("appeals.view_appeal_figures"):
            raise PermissionDenied
        shown = figures_shown(request.GET.get("days", ""), timezone.localdate())
        return self._page(request, "figures", gettext("Figures of appeals"), **shown)

    # -- what they share -----------------------------------------------------------------

    def _case(self, request: HttpRequest, pk: int) -> Appeal:
        """The appeal, for those who may see it: nobody sees that of a person close to them."""
        user = request.user
        if not isinstance(user, User) or not self.has_view_permission(request):
            raise PermissionDenied
        rows = Appeal.objects.select_related(
            "customer", "line", "assigned_to", "filed_by", "second_review_of"
        )
        appeal: Appeal = get_object_or_404(rows, pk=pk)
        self._require_no_conflict(user, appeal.customer_id)
        return appeal

    def _require_no_conflict(self, user: User, customer_id: int) -> None:
        if eligibility.in_conflict(user, customer_id):
            raise PermissionDenied(
                gettext("A conflict of interest with this customer is declared.")
            )

    def _handler(self, request: HttpRequest) -> User:
        user = request.user
        if not isinstance(user, User) or not user.has_perm(eligibility.HANDLE):
            raise PermissionDenied
        return user

    def _customer(self, request: HttpRequest) -> Customer:
        text = request.GET.get("customer", "")
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise Http404
        found: Customer = get_object_or_404(Customer, pk=int(text))
        return found

    def _filed(self, form: FileForm, customer: Customer, by: User) -> Appeal | None:
        data = form.cleaned_data
        try:
            return operations.submit(
                customer=customer, kind=data["kind"], words=data["words"], asks=data["asks"],
                subjects_=form.subjects(), channel=data["channel"], by=by, at=timezone.now(),
                on=book_date(), received_at=form.received_at(), token=data["token"],
            )  # fmt: skip
        except Refused as error:
            form.add_error(None, str(error))
            return None

    def _page(self, request: HttpRequest, name: str, title: str, **shown: Any) -> HttpResponse:
        response = TemplateResponse(
            request,
            f"admin/appeals/{name}.html",
            {
                **self.admin_site.each_context(request),
                "title": title,
                "opts": self.opts,
                **shown,
            },
        )
        response["Cache-Control"] = "no-store"
        return response


def _clock(face: faces.Face) -> SafeString:
    return format_html(
        '<span class="dk-clock">{}<small>{}</small></span>', pill(face.says, face.tone), face.due
    )
