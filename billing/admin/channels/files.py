"""Settlement files: uploaded here, or dropped into the folder, or sent to the API."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.acts import Refused
from accounts.desk.formats import money, pill
from accounts.desk.records import ReadOnlyAdmin
from billing.admin.channels.pages import count_unsettled, left_to_settle, member, now, page
from billing.channels import files, reconcile, tasks
from billing.channels.files import FileKnown
from billing.choices import BreakKind, FileState
from billing.models import Break, Channel, SettlementFile, SettlementLine

UPLOAD = "billing.settle_breaks"
#: Up to so many lines a file is matched while the page waits; more, and a worker does it.
AT_ONCE = 20_000
MOST_LINES = 200


class UploadForm(forms.Form):
    channel = forms.ModelChoiceField(
        label=_("Payment channel"),
        queryset=Channel.objects.filter(active=True),
        widget=UnfoldAdminSelectWidget,
    )
    day = forms.DateField(
        label=_("Settlement day"), widget=UnfoldAdminTextInputWidget(attrs={"type": "date"})
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("As the channel sent it. A file that was received before changes nothing."),
    )


@admin.register(SettlementFile)
class SettlementFileAdmin(ReadOnlyAdmin):
    list_display = (
        "day", "channel", "name", "lines", "matched", "broken", "left", "stage", "received_at",
    )  # fmt: skip
    list_filter = ("channel", "state")
    shows = ("channel", "received_by")
    keyset = ("day", "pk")
    change_list_template = "admin/billing/channels/files.html"
    change_form_template = "admin/billing/channels/file.html"
    list_before_template = None
    empty_words = _("No settlement file was received yet.")

    @admin.display(description=_("matched"))
    def matched(self, row: SettlementFile) -> str:
        return f"{row.report['matched']:,}" if row.report else ""

    @admin.display(description=_("breaks"))
    def broken(self, row: SettlementFile) -> str:
        return f"{sum(row.report['breaks'].values()):,}" if row.report else ""

    def furnish(self, request: HttpRequest, rows: list[Any]) -> None:
        count_unsettled(rows)

    @admin.display(description=_("to settle"))
    def left(self, row: Any) -> SafeString | str:
        return left_to_settle(row.unsettled) if row.report else ""

    @admin.display(description=_("state"))
    def stage(self, row: SettlementFile) -> SafeString:
        state = FileState(row.state)
        return pill(state.label, "good" if state == FileState.RECONCILED else "info")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.upload_view)
        own = path("upload/", view, name="billing_settlementfile_upload")
        return [own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        shown = {"may_upload": request.user.has_perm(UPLOAD)}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        if not (self.has_view_permission(request) and request.user.has_perm(UPLOAD)):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            done = self._take(request, form)
            if done is not None:
                return done
        return page(
            self, request, "admin/billing/channels/upload.html",
            title=gettext("Upload a settlement file"), form=form,
        )  # fmt: skip

    def _take(self, request: HttpRequest, form: UploadForm) -> HttpResponse | None:
        upload, (on, at) = form.cleaned_data["file"], now()
        try:
            file = files.receive(
                channel=form.cleaned_data["channel"], day=form.cleaned_data["day"],
                name=upload.name or "", content=upload, source="upload", at=at,
                by=member(request),
            )  # fmt: skip
        except FileKnown as known:
            messages.warning(request, str(known))
            return HttpResponseRedirect(_address(known.file))
        except Refused as error:
            form.add_error("file", str(error))
            return None
        if file.lines <= AT_ONCE:
            reconcile.reconcile(file, on=on, at=at)
            messages.success(request, gettext("Received and matched."))
        else:
            transaction.on_commit(lambda: tasks.reconcile_file.delay(file.pk))
            messages.info(request, gettext("Received. It is being matched; reload in a moment."))
        return HttpResponseRedirect(_address(file))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        file = kwargs.get("obj")
        if isinstance(file, SettlementFile):
            breaks = list(_breaks(file)[:MOST_LINES])
            for row in breaks:
                row.words = BreakKind(row.kind).label  # type: ignore[attr-defined]
            broken = {row.line_id for row in breaks}
            lines = list(SettlementLine.objects.filter(file=file).order_by("number")[:MOST_LINES])
            self.furnish(request, [file])
            context |= {
                "file": file,
                "stage": self.stage(file),
                "left": self.left(file),
                "breaks": breaks,
                "lines": [(line, line.pk in broken) for line in lines],
                "most": MOST_LINES,
                "amounts": _amounts(file),
            }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response


def _breaks(file: SettlementFile) -> QuerySet[Break]:
    """Of its lines, and of our payments that its day should have had."""
    missed = Q(file=None, channel=file.channel_id, day=file.day)
    found = Break.objects.filter(Q(file=file) | missed)
    return found.select_related("line", "payment").order_by("pk")


def _amounts(file: SettlementFile) -> list[tuple[Any, str]]:
    if not file.report:
        return []
    report = file.report
    return [
        (pgettext("of a file", "Lines"), f"{report['lines']:,}"),
        (_("Net amount"), money(Decimal(report["amount"]))),
        (_("Matched lines"), f"{report['matched']:,}"),
        (_("Booked late"), f"{report['booked_late']:,}"),
        (_("Broken lines"), f"{report['broken']:,}"),
        (_("Amount of broken lines"), money(Decimal(report["broken_amount"]))),
    ]


def _address(file: SettlementFile) -> str:
    return reverse("admin:billing_settlementfile_change", args=[file.pk])
