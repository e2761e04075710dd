"""Service accounts at the desk: administrators make and revoke their tokens."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from accounts.desk.guarded import Guarded
from accounts.models import User
from accounts.partner import tokens
from accounts.partner.models import PartnerScope, ServiceAccount, ServiceToken

CHANGE = "accounts.change_serviceaccount"


class TokenForm(forms.Form):
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=PartnerScope.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(
        label=_("Lasts how many days"),
        min_value=1,
        max_value=tokens.MOST_DAYS,
        initial=365,
        widget=UnfoldAdminIntegerFieldWidget,
    )


@admin.register(ServiceAccount)
class ServiceAccountAdmin(Guarded, ModelAdmin):  # type: ignore[misc]
    """Partner systems that come in over the API."""

    list_display = ("name", "active", "reads_a_minute", "writes_a_minute", "created_at")
    fields = ("name", "active", "reads_a_minute", "writes_a_minute")
    change_form_template = "admin/accounts/partner/account.html"
    ordering = ("name",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/token/", wrap(self.token_view), name="accounts_serviceaccount_token"),
            path(
                "<int:pk>/token/<int:token>/revoke/",
                wrap(self.revoke_view),
                name="accounts_serviceaccount_revoke",
            ),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        account = kwargs.get("obj")
        if isinstance(account, ServiceAccount):
            now = timezone.now()
            rows = account.tokens.select_related("created_by").order_by("-pk")[:50]
            context["tokens"] = [(row, row.is_open(now)) for row in rows]
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def token_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new token; its secret is in this answer and nowhere else."""
        user = self._allowed(request)
        account = get_object_or_404(ServiceAccount, pk=pk)
        form, secret = TokenForm(request.POST or None), ""
        if request.method == "POST" and form.is_valid():
            _token, secret = tokens.issue(
                account=account, by=user, at=timezone.now(), **form.cleaned_data
            )
        answer = TemplateResponse(
            request,
            "admin/accounts/partner/token.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": account.name,
                "account": account,
                "form": form,
                "secret": secret,
            },
        )
        answer["Cache-Control"] = "no-store"
        return answer

    def revoke_view(self, request: HttpRequest, pk: int, token: int) -> HttpResponse:
        user = self._allowed(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = get_object_or_404(ServiceToken, pk=token, account=pk)
        if tokens.revoke(row, by=user, at=timezone.now()):
            messages.success(request, gettext("The token opens nothing any more."))
        return HttpResponseRedirect(reverse("admin:accounts_serviceaccount_change", args=[pk]))

    def _allowed(self, request: HttpRequest) -> User:
        user = request.user
        if not (isinstance(user, User) and user.has_perm(CHANGE)):
            raise PermissionDenied
        return user
