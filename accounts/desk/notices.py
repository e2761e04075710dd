"""Notices on the desk: the list, one notice with its text in every language, sending again."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk import contact
from accounts.desk.formats import NIL, pill
from accounts.desk.links import customer_link
from accounts.desk.records import OwnPage, ReadOnlyAdmin
from accounts.models import Customer, Notice
from accounts.notices import kinds, mail, preferences, sandbox, sending
from accounts.notices.choices import AttemptState, State, Why
from accounts.notices.hours import zone_of
from accounts.notices.silence import label_of

RESEND = "accounts.resend_notices"
TONES = {
    State.QUEUED: "info", State.HELD: "warn", State.SENDING: "info", State.SENT: "good",
    State.READ: "good", State.DROPPED: "", State.FAILED: "bad",
}  # fmt: skip
_ATTEMPT_TONES = {
    AttemptState.WAITING: "info", AttemptState.SENDING: "info", AttemptState.SENT: "good",
    AttemptState.REFUSED: "bad", AttemptState.UNKNOWN: "warn", AttemptState.DROPPED: "",
}  # fmt: skip


def kind_label(code: str) -> str:
    kind = kinds.find(code)
    return str(kind.label) if kind else code


def why_words(notice: Notice) -> str:
    """Why it is held, was dropped or failed; empty where it was sent."""
    if not notice.why:
        return ""
    words = str(Why(notice.why).label)
    return f"{words}: {label_of(notice.because)}" if notice.because else words


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [(kind.code, kind.label) for kind in kinds.all_kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Notice)
class NoticeAdmin(OwnPage, ReadOnlyAdmin):
    """Newest first; found by the whole number of a customer."""

    list_display = ("what", "of", "stage", "reason", "queued_at", "sent_at", "read_at")
    list_display_links = ("what",)
    list_filter = ("state", KindFilter)
    shows = ("customer",)
    search_fields = ("customer__number",)
    search_help_text = gettext_lazy("Whole number of a customer")
    empty_words = gettext_lazy("No notices yet. They come with what the nights find.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        # What no column of the list shows is long.
        return super().get_queryset(request).defer("body", "translations", "context")

    def meant(self, term: str) -> Q:
        return Q(customer__in=Customer.objects.filter(number=term))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.contact_view)
        own = path("contact/<int:customer_id>/", view, name="accounts_contact")
        return [own, *super().get_urls()]

    def contact_view(self, request: HttpRequest, customer_id: int) -> HttpResponse:
        """How to reach a customer (contact.py)."""
        return contact.page(request, customer_id, self.admin_site)

    @admin.display(description=gettext_lazy("notice"))
    def what(self, row: Notice) -> str:
        return kind_label(row.kind)

    @admin.display(description=gettext_lazy("customer"))
    def of(self, row: Notice) -> SafeString:
        return customer_link(row.customer)

    @admin.display(description=gettext_lazy("state"))
    def stage(self, row: Notice) -> SafeString:
        return pill(State(row.state).label, TONES[State(row.state)])

    @admin.display(description=gettext_lazy("why"))
    def reason(self, row: Notice) -> str:
        return why_words(row) or NIL

    def record_page(self, request: HttpRequest, notice: Notice) -> HttpResponse:
        """One notice, and sending it again."""
        if request.method == "POST":
            return self._resend(request, notice)
        return TemplateResponse(
            request,
            "admin/notices/notice.html",
            {**self.admin_site.each_context(request), **_shown(request, notice), "opts": self.opts},
        )

    def _resend(self, request: HttpRequest, notice: Notice) -> HttpResponse:
        user: Any = request.user
        if not user.has_perm(RESEND):
            raise PermissionDenied
        try:
            sending.resend(notice, by=user, at=timezone.now())
        except sending.NotResent as error:
            messages.error(request, _("Not sent again: %(why)s") % {"why": error})
        else:
            messages.success(request, _("It is sent again with the next run."))
        return HttpResponseRedirect(reverse("admin:accounts_notice_change", args=[notice.pk]))


def _shown(request: HttpRequest, notice: Notice) -> dict[str, Any]:
    user: Any = request.user
    reached = preferences.of(notice.customer_id)
    attempts = list(notice.attempts.select_related("asked_by").order_by("n"))
    names = dict(settings.LANGUAGES)
    return {
        "title": kind_label(notice.kind),
        # what the trail of the page says of it
        "original": kind_label(notice.kind),
        "notice": notice,
        "pill": pill(State(notice.state).label, TONES[State(notice.state)]),
        "why": why_words(notice),
        "language": names.get(notice.language, notice.language),
        "others": [
            (names.get(code, code), code, subject, body)
            for code, (subject, body) in notice.translations.items()
        ],
        "contact": reached,
        "zone": zone_of(reached),
        "may_change_contact": user.has_perm(contact.CHANGE),
        "attempts": [
            (row, pill(AttemptState(row.state).label, _ATTEMPT_TONES[AttemptState(row.state)]))
            for row in attempts
        ],
        "letters": [
            (row, letter.name)
            for row in attempts
            if (letter := sandbox.kept(mail.message_id(row, notice)))
        ],
        "corrected_by": Notice.objects.filter(
            customer_id=notice.customer_id, kind="correction", context__notices__contains=notice.pk
        ).first(),
        "may_resend": notice.state == State.FAILED and user.has_perm(RESEND),
    }
