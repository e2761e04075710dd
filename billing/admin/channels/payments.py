"""Payments as the channels name them; those in suspense wait here for their line."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.acts import Refused
from accounts.desk.formats import money, pill
from accounts.desk.links import customer_link
from accounts.desk.records import ReadOnlyAdmin
from billing.admin.channels.pages import LineForm, member, now, page
from billing.channels import intake
from billing.channels.breaks import PERMISSION
from billing.choices import PaymentState
from billing.models import ChannelNotice, ChannelPayment

_TONES = {
    PaymentState.BOOKED: "good",
    PaymentState.SUSPENSE: "bad",
    PaymentState.AWAITING: "warn",
}


@admin.register(ChannelPayment)
class ChannelPaymentAdmin(ReadOnlyAdmin):
    list_display = (
        "payment_id", "channel", "sum", "value_on", "of", "account", "stage", "received_at",
    )  # fmt: skip
    list_filter = ("state", "channel")
    shows = ("channel", "customer", "fact")
    search_fields = ("payment_id",)
    search_help_text = _("Whole payment id")
    change_form_template = "admin/billing/channels/payment.html"
    empty_words = _("No payment came through a channel yet.")

    @admin.display(description=_("customer"))
    def of(self, row: ChannelPayment) -> SafeString | str:
        return customer_link(row.customer) if row.customer else ""

    @admin.display(description=_("amount"))
    def sum(self, row: ChannelPayment) -> str:
        return money(row.amount)

    @admin.display(description=_("state"))
    def stage(self, row: ChannelPayment) -> SafeString:
        state = PaymentState(row.state)
        return pill(state.label, _TONES.get(state, ""))

    def meant(self, term: str) -> Q:
        return Q(payment_id=term)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.assign_view)
        own = path("<int:pk>/assign/", view, name="billing_channelpayment_assign")
        return [own, *super().get_urls()]

    def assign_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Book a payment in suspense to the line that staff name."""
        if not request.user.has_perms(["billing.view_channelpayment", PERMISSION]):
            raise PermissionDenied
        row = get_object_or_404(ChannelPayment.objects.select_related("channel"), pk=pk)
        form = LineForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            line = intake.line_named(form.cleaned_data["line"])
            if line is None:
                form.add_error("line", gettext("No credit line has this number."))
            else:
                try:
                    intake.assign(
                        row, line=line, by=member(request), on=now()[0],
                        reason=form.cleaned_data["words"],
                    )  # fmt: skip
                except Refused as error:
                    form.add_error(None, str(error))
                else:
                    messages.success(request, gettext("Booked."))
                    return HttpResponseRedirect(
                        reverse("admin:billing_channelpayment_change", args=[pk])
                    )
        return page(
            self, request, "admin/billing/channels/assign.html", title=row.payment_id, row=row,
            form=form,
        )  # fmt: skip

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if isinstance(row, ChannelPayment):
            context |= {
                "row": row,
                "stage": self.stage(row),
                "sum": self.sum(row),
                "notices": row.notices.order_by("pk"),
                "may_assign": row.state == PaymentState.SUSPENSE
                and request.user.has_perm(PERMISSION),
            }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response


@admin.register(ChannelNotice)
class ChannelNoticeAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "channel", "event_id", "kind", "payment", "outcome")
    list_filter = ("kind", "outcome", "channel")
    shows = ("channel", "payment")
    list_before_template = None
    empty_words = _("No notice came yet.")
