"""Payment channels: administrators set them up; the secret for notices is shown once."""

import json
import secrets
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.desk.formats import pill
from accounts.desk.guarded import Guarded
from billing.admin.channels.pages import page
from billing.channels import layout
from billing.channels.layout import LayoutRefused
from billing.models import Channel


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg]
    layout = forms.CharField(
        label=_("Layout of its file"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 18, "spellcheck": "false"}),
        initial=json.dumps(layout.SAMPLE, indent=2),
        help_text=_("As JSON: encoding, delimiter, header, date, decimal, columns, kinds."),
    )

    class Meta:
        model = Channel
        fields = (
            "code",
            "name",
            "contact",
            "settles_after",
            "debit_times",
            "since",
            "active",
            "layout",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.is_bound:
            self.initial["layout"] = json.dumps(self.instance.layout, indent=2, ensure_ascii=False)

    def clean_layout(self) -> Any:
        try:
            document = json.loads(self.cleaned_data["layout"])
            layout.load(document)
        except json.JSONDecodeError as error:
            raise forms.ValidationError(
                _("line %(line)s: %(why)s"), params={"line": error.lineno, "why": error.msg}
            ) from error
        except LayoutRefused as error:
            raise forms.ValidationError(str(error)) from error
        return document


@admin.register(Channel)
class ChannelAdmin(Guarded, ModelAdmin):  # type: ignore[misc]
    form = ChannelForm
    list_display = ("code", "name", "since", "settles_after", "signed", "active")
    change_form_template = "admin/billing/channels/channel.html"
    list_per_page = 50

    @admin.display(description=_("notices"))
    def signed(self, row: Channel) -> SafeString:
        return pill(_("Signed"), "good") if row.secret else pill(_("No secret yet"), "warn")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("code", "since") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.secret_view)
        own = path("<int:pk>/secret/", view, name="billing_channel_secret")
        return [own, *super().get_urls()]

    def secret_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new secret; the one before it counts beside it until the next. Shown this once."""
        if not request.user.has_perm("billing.change_channel"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        channel = Channel.objects.filter(pk=pk).first()
        if channel is None:
            raise Http404
        made = secrets.token_urlsafe(32)
        channel.secret_before, channel.secret = channel.secret, made
        channel.save(update_fields=["secret", "secret_before"])
        return page(
            self, request, "admin/billing/channels/secret.html", title=channel.name,
            channel=channel, made=made,
        )  # fmt: skip
