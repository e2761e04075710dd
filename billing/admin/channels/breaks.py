"""The breaks desk: where the book and a channel differ, and one way out for each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.acts import Refused
from accounts.desk.formats import money, pill
from accounts.desk.records import ReadOnlyAdmin
from billing.admin.channels.pages import LineForm, WordsForm, member, now, page
from billing.channels import breaks, intake
from billing.choices import BreakKind, BreakState, NoticeKind, PaymentState, Remedy
from billing.models import Break

_TONES = {
    BreakState.OPEN: "bad",
    BreakState.ASKED: "warn",
    BreakState.PROPOSED: "info",
    BreakState.SETTLED: "good",
}
DID = {
    "booked_late": _("Booked late by the night, with its value date"),
    "booked": _("Booked"),
    "reversed": _("Ours was reversed"),
    "corrected": _("Reversed and booked as the channel has it"),
    "proposed": _("Proposed to accept it"),
    "accepted": _("Accepted"),
    "approved": _("Accepted by a second person"),
    "refused": _("Proposal sent back"),
    "asked": _("Wrote to the channel"),
    "cleared": _("Cleared by itself"),
}


@dataclass(frozen=True)
class Way:
    """One remedy as a button; `second` asks for a second look before it is done."""

    code: str
    label: str | Promise
    says: str | Promise
    do: Callable[..., Any]
    form: type[WordsForm] = WordsForm
    dated: bool = True


_BOOK = Way(
    "book", _("Book it"),
    _("It is booked as a repayment with the channel's amount and value date."), breaks.book,
)  # fmt: skip
_BOOK_TO = Way(
    "book", _("Book it to a line"),
    _("The channel names nobody we know. Name the line; it is booked with its value date."),
    breaks.book, LineForm,
)  # fmt: skip
_REVERSE = Way(
    "reverse", _("Reverse ours"),
    _("Our repayment counts as never made, back to its value date; fees and restrictions follow."),
    breaks.reverse_ours,
)  # fmt: skip
_TAKE_BACK = Way(
    "book", _("Book the reversal"),
    _("The channel took the payment back: it counts as never made, back to its value date."),
    breaks.book,
)  # fmt: skip
_CORRECT = Way(
    "correct", _("Take the channel's figures"),
    _("Our repayment is reversed and booked again with the channel's amount and value date."),
    breaks.correct,
)  # fmt: skip
_ACCEPT = Way(
    "accept", _("Accept the difference"),
    _("It stays as it is. Above your authority somebody else has to agree."), breaks.accept,
)  # fmt: skip
_APPROVE = Way(
    "accept", _("Agree to accept it"),
    _("The difference stays as it is; your name stands beside that of who proposed it."),
    breaks.accept,
)  # fmt: skip
_REFUSE = Way(
    "refuse", _("Send it back"), _("The break is open again."), breaks.refuse, dated=False
)
_ASK = Way(
    "ask", _("Write to the channel"),
    _("Your words go to the channel's address for questions."), breaks.ask_channel, dated=False,
)  # fmt: skip


def ways(row: Break) -> list[Way]:
    """What can be done about a break as it stands."""
    if row.state == BreakState.SETTLED:
        return []
    if row.state == BreakState.PROPOSED:
        return [_APPROVE, _REFUSE]
    found: list[Way] = []
    if row.kind == BreakKind.MISSING_IN_BOOK and row.line is not None:
        if row.line.kind == NoticeKind.REVERSAL:
            found.append(_TAKE_BACK)
        else:
            known = intake.line_named(row.line.account or "") is not None
            found.append(_BOOK if known else _BOOK_TO)
    if row.kind == BreakKind.MISSING_AT_CHANNEL:
        found.append(_REVERSE)
    if row.kind in (BreakKind.AMOUNT_DIFFERS, BreakKind.DATE_DIFFERS) and (
        row.payment is not None and row.payment.state == PaymentState.BOOKED
    ):
        found.append(_CORRECT)
    return [*found, _ACCEPT, _ASK]


class OpenFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [("unsettled", _("Not settled")), *BreakState.choices]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "unsettled":
            return queryset.exclude(state=BreakState.SETTLED)
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Break)
class BreakAdmin(ReadOnlyAdmin):
    list_display = (
        "day", "channel", "what", "payment", "ours", "theirs", "stage", "age", "remedy",
    )  # fmt: skip
    list_filter = (OpenFilter, "kind", "channel")
    shows = ("channel", "payment", "line")
    keyset = ("day", "pk")
    list_before_template = None
    change_form_template = "admin/billing/channels/break.html"
    empty_words = _("No breaks: the book and the channels agree.")

    @admin.display(description=_("break"))
    def what(self, row: Break) -> str:
        return str(BreakKind(row.kind).label)

    @admin.display(description=_("in the book"))
    def ours(self, row: Break) -> str:
        return money(row.in_book)

    @admin.display(description=_("at the channel"))
    def theirs(self, row: Break) -> str:
        return money(row.at_channel)

    @admin.display(description=_("state"))
    def stage(self, row: Break) -> SafeString:
        state = BreakState(row.state)
        return pill(state.label, _TONES[state])

    @admin.display(description=_("age in days"))
    def age(self, row: Break) -> str:
        end = timezone.localdate(row.settled_at) if row.settled_at else timezone.localdate()
        return str(max((end - row.day).days, 0))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.remedy_view)
        own = path("<int:pk>/do/<slug:code>/", view, name="billing_break_remedy")
        return [own, *super().get_urls()]

    def remedy_view(self, request: HttpRequest, pk: int, code: str) -> HttpResponse:
        """One remedy: what it does and why it is done, then done."""
        if not request.user.has_perms(["billing.view_break", breaks.PERMISSION]):
            raise PermissionDenied
        row = get_object_or_404(Break.objects.select_related("channel", "line", "payment"), pk=pk)
        way = next((way for way in ways(row) if way.code == code), None)
        back = HttpResponseRedirect(reverse("admin:billing_break_change", args=[pk]))
        if way is None:
            messages.warning(request, gettext("That cannot be done about it any more."))
            return back
        form = way.form(request.POST or None)
        if request.method == "POST" and form.is_valid() and self._do(request, row, way, form):
            return back
        return page(
            self, request, "admin/billing/channels/remedy.html", title=way.label, row=row,
            way=way, form=form, what=self.what(row),
        )  # fmt: skip

    def _do(self, request: HttpRequest, row: Break, way: Way, form: WordsForm) -> bool:
        on, at = now()
        words = form.cleaned_data["words"]
        given: dict[str, Any] = {"by": member(request), "at": at, "words": words}
        if way.dated:
            given["on"] = on
        if "line" in form.cleaned_data:
            given["line"] = intake.line_named(form.cleaned_data["line"])
            if given["line"] is None:
                form.add_error("line", gettext("No credit line has this number."))
                return False
        try:
            way.do(row, **given)
        except Refused as error:
            form.add_error(None, str(error))
            return False
        row.refresh_from_db()
        messages.success(
            request,
            gettext("Proposed. Somebody else has to agree.")
            if row.state == BreakState.PROPOSED
            else gettext("Done."),
        )
        return True

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if isinstance(row, Break):
            events = row.events.select_related("by").order_by("pk")
            context |= {
                "row": row,
                "what": self.what(row),
                "stage": self.stage(row),
                "remedy": Remedy(row.remedy).label if row.remedy else "",
                "events": [(event, DID.get(event.did, event.did)) for event in events],
                "ways": ways(row) if request.user.has_perm(breaks.PERMISSION) else [],
                "age": self.age(row),
                "gap": breaks.difference(row),
            }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response
