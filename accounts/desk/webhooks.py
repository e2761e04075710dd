"""Webhooks on the desk: endpoints (administrators), deliveries with their log, sending again."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.desk import stale
from accounts.desk.formats import NIL, pill
from accounts.desk.guarded import Guarded
from accounts.desk.links import customer_link
from accounts.desk.records import OwnPage, ReadOnlyAdmin
from accounts.models import WebhookDelivery, WebhookEndpoint
from accounts.outbox import operations
from accounts.outbox.choices import DeliveryState, Event

RESEND = "accounts.resend_webhooks"
TONES = {
    DeliveryState.WAITING: "info", DeliveryState.DELIVERED: "good",
    DeliveryState.DEAD: "bad", DeliveryState.SKIPPED: "",
}  # fmt: skip


class EndpointForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, widget=UnfoldAdminTextInputWidget
    )
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        help_text=gettext_lazy("A public address that answers with a status of 200 to 299."),
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "url", "spellcheck": "false"}),
    )
    wants = forms.MultipleChoiceField(
        label=gettext_lazy("Events"), choices=Event, widget=forms.CheckboxSelectMultiple
    )
    active = forms.BooleanField(label=gettext_lazy("Active"), required=False, initial=True)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(Guarded, ReadOnlyAdmin):
    list_display = ("name", "url", "hears", "works", "created_at")
    list_before_template = None
    empty_words = gettext_lazy("No partner hears of anything yet.")
    change_list_template = "admin/webhooks/endpoints.html"

    @admin.display(description=gettext_lazy("events"))
    def hears(self, row: WebhookEndpoint) -> str:
        return ", ".join(str(Event(code).label) for code in row.wants)

    @admin.display(description=gettext_lazy("state"))
    def works(self, row: WebhookEndpoint) -> SafeString:
        return pill(_("Active"), "good") if row.active else pill(_("Switched off"))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        may_add = request.user.has_perm("accounts.add_webhookendpoint")
        return super().changelist_view(request, {"may_add": may_add, **(extra_context or {})})

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Django's own form is not used; the button of the list leads to ours.
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not request.user.has_perm("accounts.add_webhookendpoint"):
            raise PermissionDenied
        form = EndpointForm(request.POST or None)
        form.fields.pop("active")
        if request.method == "POST" and form.is_valid():
            try:
                endpoint, secret = operations.open_endpoint(
                    **form.cleaned_data, by=request.user, at=timezone.now()
                )
            except operations.EndpointRefused as error:
                form.add_error(error.field, str(error))
            else:
                return self._page(request, endpoint, _form_of(endpoint), secret=secret)
        return self._page(request, None, form)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """An endpoint: changed, or its secret replaced; a secret is shown in one answer only."""
        if object_id is None:
            return self.add_view(request)
        if not self.has_view_permission(request):
            raise PermissionDenied
        endpoint = self.get_object(request, object_id)
        if endpoint is None:
            raise Http404
        if request.method != "POST":
            return self._page(request, endpoint, _form_of(endpoint))
        if not request.user.has_perm("accounts.change_webhookendpoint"):
            raise PermissionDenied
        if request.POST.get("step") == "rotate":
            secret = operations.rotate_secret(endpoint, at=timezone.now())
            endpoint.refresh_from_db()
            return self._page(request, endpoint, _form_of(endpoint), secret=secret)
        return self._change(request, endpoint)

    @transaction.atomic
    def _change(self, request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
        form = EndpointForm(request.POST)
        # Held until it is saved: two savings cannot both find it as shown.
        endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
        if late := self.late(endpoint, request.POST.get(stale.FIELD, "")):
            return self._page(request, endpoint, form, late=late)
        if form.is_valid():
            try:
                operations.change_endpoint(endpoint, **form.cleaned_data)
            except operations.EndpointRefused as error:
                form.add_error(error.field, str(error))
            else:
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(reverse("admin:accounts_webhookendpoint_changelist"))
        return self._page(request, endpoint, form)

    def _page(
        self,
        request: HttpRequest,
        endpoint: WebhookEndpoint | None,
        form: EndpointForm,
        secret: str = "",
        late: stale.Stale | None = None,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "seen": self.seen_of(endpoint) if endpoint else "",
            "stale": late,
            "title": endpoint.name if endpoint else _("New endpoint"),
            "opts": self.opts,
            "original": endpoint,
            "endpoint": endpoint,
            "form": form,
            "secret": secret,
            "now": timezone.now(),
            "may_change": endpoint is None
            or request.user.has_perm("accounts.change_webhookendpoint"),
        }
        status = 409 if late else 200
        response = TemplateResponse(request, "admin/webhooks/endpoint.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response


def _form_of(endpoint: WebhookEndpoint) -> EndpointForm:
    fields = ("name", "url", "wants", "active")
    return EndpointForm(initial={name: getattr(endpoint, name) for name in fields})


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(OwnPage, ReadOnlyAdmin):
    """What went to the endpoints, newest first."""

    list_display = ("what", "of", "endpoint", "stage", "attempts", "next_at", "done_at")
    list_display_links = ("what",)
    list_filter = ("state", "endpoint")
    shows = ("event__customer", "endpoint")
    list_before_template = None
    empty_words = gettext_lazy("Nothing was announced yet.")

    def _reference(self, name: str) -> Any:
        return name

    @admin.display(description=gettext_lazy("event"))
    def what(self, row: WebhookDelivery) -> str:
        return str(Event(row.event.event).label)

    @admin.display(description=gettext_lazy("customer"))
    def of(self, row: WebhookDelivery) -> SafeString | str:
        return customer_link(row.event.customer) if row.event.customer else NIL

    @admin.display(description=gettext_lazy("state"))
    def stage(self, row: WebhookDelivery) -> SafeString:
        return pill(DeliveryState(row.state).label, TONES[DeliveryState(row.state)])

    def record_page(self, request: HttpRequest, delivery: WebhookDelivery) -> HttpResponse:
        """One delivery with its log, sent again or skipped."""
        if request.method == "POST":
            return self._settle(request, delivery)
        context = {
            **self.admin_site.each_context(request),
            "title": Event(delivery.event.event).label,
            "opts": self.opts,
            "original": delivery,
            "delivery": delivery,
            "pill": self.stage(delivery),
            "log": delivery.log.order_by("-n")[:50],
            "behind": WebhookDelivery.objects.filter(
                endpoint=delivery.endpoint, lane=delivery.lane, pk__gt=delivery.pk,
                state__in=(DeliveryState.WAITING, DeliveryState.DEAD),
            ).count(),
            "may_send": request.user.has_perm(RESEND)
            and delivery.state != DeliveryState.SKIPPED,
            "may_skip": request.user.has_perm(RESEND) and delivery.state == DeliveryState.DEAD,
        }  # fmt: skip
        return TemplateResponse(request, "admin/webhooks/delivery.html", context)

    def _settle(self, request: HttpRequest, delivery: WebhookDelivery) -> HttpResponse:
        user: Any = request.user
        if not user.has_perm(RESEND):
            raise PermissionDenied
        act = operations.skip if request.POST.get("step") == "skip" else operations.send_again
        try:
            act(delivery, by=user, at=timezone.now())
        except operations.NotSettled as error:
            messages.error(request, _("Not done: %(why)s") % {"why": error})
        else:
            messages.success(request, _("Done. It takes effect with the next run."))
        return HttpResponseRedirect(
            reverse("admin:accounts_webhookdelivery_change", args=[delivery.pk])
        )
