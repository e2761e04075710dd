"""Requests for approval, what staff did, and how far each role may go."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget

from accounts import authority
from accounts.acts import Refused, all_acts, find
from accounts.authority import Changed, NotAllowed
from accounts.desk.guarded import Guarded
from accounts.desk.links import customer_link
from accounts.desk.records import OwnPage, ReadOnlyAdmin
from accounts.models import ActRequest, AuthorityLimit, StaffAct
from accounts.roles import LABELS, ROLES
from accounts.staff_acts import RequestStatus
from billing.channels import breaks
from risk.desk import acts, banners


class StatusFilter(admin.SimpleListFilter):
    """Those that wait, unless others are asked for."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [*RequestStatus.choices, ("all", gettext_lazy("All"))]

    def choices(self, changelist: Any) -> Any:
        yield from list(super().choices(changelist))[1:]

    def value(self) -> str:
        return super().value() or RequestStatus.WAITING

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset if self.value() == "all" else queryset.filter(status=self.value())


@admin.register(ActRequest)
class ActRequestAdmin(OwnPage, ReadOnlyAdmin):
    """The approvers' queue; one request on its page, decided there."""

    list_display = ("what", "of", "amount", "requested_by", "requested_at", "expires_at", "state")
    list_display_links = ("what",)
    list_filter = (StatusFilter,)
    shows = ("customer", "requested_by")
    empty_words = gettext_lazy("Nothing waits for approval.")

    @admin.display(description=gettext_lazy("act"))
    def what(self, row: ActRequest) -> str:
        return str(acts.named(row).label)

    @admin.display(description=gettext_lazy("customer"))
    def of(self, row: ActRequest) -> str:
        return customer_link(row.customer)

    @admin.display(description=gettext_lazy("status"))
    def state(self, row: ActRequest) -> str:
        return row.get_status_display()

    def record_page(self, request: HttpRequest, found: ActRequest) -> HttpResponse:
        """A request: what was asked, what it would do now, and the decision."""
        if request.method == "POST":
            answer = self._decide(request, found)
            if answer is not None:
                return answer
        return self._page(request, ActRequest.objects.get(pk=found.pk))

    def _decide(self, request: HttpRequest, found: ActRequest) -> HttpResponse | None:
        user: Any = request.user
        words = request.POST.get("words", "").strip()[:1000]
        step = request.POST.get("step")
        if step == "withdraw":
            return self._withdraw(request, found)
        if not user.has_perm(acts.APPROVE):
            raise PermissionDenied
        if len(words) < 5:
            messages.error(request, _("Give a reason for the decision, in at least five letters."))
            return None
        try:
            if step == "approve":
                with acts.telling_of_the_night():
                    authority.approve(
                        found, by=user, words=words, on=acts.book_date(), look=acts.look,
                        seen=request.POST.get("seen", ""),
                    )  # fmt: skip
                messages.success(request, _("Approved and done."))
            elif step == "reject":
                authority.reject(found, by=user, words=words)
                messages.success(request, _("Rejected. The request is kept."))
            else:
                return None
        except Changed:
            messages.warning(request, _("The customer changed meanwhile. Look again, then decide."))
            return None
        except (Refused, NotAllowed) as error:
            messages.error(request, _("Not done: %(why)s") % {"why": error})
            return None
        return HttpResponseRedirect(reverse("admin:accounts_actrequest_changelist"))

    def _withdraw(self, request: HttpRequest, found: ActRequest) -> HttpResponse | None:
        user: Any = request.user
        try:
            authority.withdraw(found, by=user)
        except NotAllowed as error:
            messages.error(request, _("Not done: %(why)s") % {"why": error})
            return None
        messages.success(request, _("Withdrawn."))
        return HttpResponseRedirect(reverse("admin:accounts_actrequest_changelist"))

    def _page(self, request: HttpRequest, found: ActRequest) -> HttpResponse:
        user: Any = request.user
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": acts.named(found).label,
            "asked": found,
            "original": found,
            "opts": self.opts,
            "own": found.requested_by_id == user.pk,
            "may_decide": False,
            "marks": banners.of(found.customer, acts.book_date()),
            **acts.effect(found.before, found.after),
        }
        if found.status == RequestStatus.WAITING:
            context |= self._now(found, user)
        context |= self._detail(found)
        response = TemplateResponse(request, "admin/acts/request.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def _detail(self, found: ActRequest) -> dict[str, Any]:
        """What the act itself shows of what is asked."""
        act = find(found.act)
        template, shown = act.detail(found.customer, found.data) if act else ("", {})
        return {"detail": template, **shown}

    def _now(self, found: ActRequest, user: Any) -> dict[str, Any]:
        """What the act would do at this moment, and whether this user may decide it."""
        try:
            act, form = authority.reopened(found)
            with acts.telling_of_the_night():
                preview = authority.try_out(
                    act, form, by=found.requested_by, on=acts.book_date(), look=acts.look
                )
        except Refused as error:
            return {"impossible": str(error), "may_reject": user.has_perm(acts.APPROVE)}
        above = act.above(user, form.cleaned_data, approving=True)
        return {
            **acts.effect(preview.before, preview.after),
            "preview": preview,
            "seen": preview.seen,
            "changed": authority.fingerprint(found.before) != preview.seen,
            "may_decide": authority.may_approve(user, act, preview.amount) and not above,
            "may_reject": user.has_perm(acts.APPROVE),
        }


@admin.register(StaffAct)
class StaffActAdmin(ReadOnlyAdmin):
    """What staff did, newest first."""

    list_display = ("what", "of", "amount", "reason", "done_by", "approved_by", "done_at")
    list_display_links = ("what",)
    shows = ("customer", "done_by", "approved_by")
    search_fields = ("customer__number", "done_by__username")
    search_help_text = gettext_lazy("Customer number or user name")
    empty_words = gettext_lazy("No acts yet. They begin on a customer's page.")

    @admin.display(description=gettext_lazy("act"))
    def what(self, row: StaffAct) -> str:
        return str(acts.named(row).label)

    @admin.display(description=gettext_lazy("customer"))
    def of(self, row: StaffAct) -> str:
        return customer_link(row.customer)


@admin.register(AuthorityLimit)
class AuthorityLimitAdmin(Guarded, ModelAdmin):  # type: ignore[misc]
    """How far each role may go; administrators change it, and each change is on record."""

    list_display = ("role_name", "named", "alone", "alone_in_a_year", "approves")
    list_display_links = ("role_name", "named")
    list_filter = ("role",)
    ordering = ("act", "role")
    list_per_page = 100

    @admin.display(description=gettext_lazy("role"), ordering="role")
    def role_name(self, row: AuthorityLimit) -> str:
        return str(LABELS.get(row.role, row.role))

    @admin.display(description=gettext_lazy("act"), ordering="act")
    def named(self, row: AuthorityLimit) -> str:
        return str(_limited().get(row.act, row.act))

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Role and act from lists; the columns know nothing of the rooms above."""
        if db_field.name == "role":
            kwargs["widget"] = UnfoldAdminSelectWidget(
                choices=[(name, LABELS[name]) for name in ROLES]
            )
        if db_field.name == "act":
            kwargs["widget"] = UnfoldAdminSelectWidget(choices=list(_limited().items()))
        return super().formfield_for_dbfield(db_field, request, **kwargs)


def _limited() -> dict[str, Any]:
    """What has limits, by its code: every act on a customer, and taking a loss in a break."""
    return {
        **{act.code: act.label for act in all_acts()},
        breaks.ACT: gettext_lazy("Accept a break"),
    }
