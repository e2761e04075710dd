"""A customer's phone or ID number in clear: for those who may, with a reason, on record.

The value is in the answer to the form and nowhere else: in no address, message, log or redirect,
and in no cache. Loading the answer again asks for it again, which is recorded again.
"""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from accounts import operations
from accounts.models import Customer, User
from accounts.traces import Identity, RevealReason

PERMISSION = "accounts.reveal_identity"


class RevealForm(forms.Form):
    field = forms.ChoiceField(
        label=_("What to show"), choices=Identity, widget=UnfoldAdminRadioSelectWidget
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", "…"), *RevealReason.choices],
        widget=UnfoldAdminSelectWidget,
    )
    words = forms.CharField(
        label=_("In words"),
        min_length=5,
        max_length=500,
        help_text=_("Who asked and what for. Kept for good; do not write the number itself."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "autocomplete": "off"}),
    )


class Revealing:
    """For the admin of customers: the page …/<pk>/reveal/."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.reveal_view)
        own = path("<int:customer_id>/reveal/", view, name="accounts_customer_reveal")
        return [own, *super().get_urls()]  # type: ignore[misc]

    def reveal_view(self, request: HttpRequest, customer_id: int) -> HttpResponse:
        user = request.user
        if not (
            isinstance(user, User)
            and user.has_perms(["accounts.view_customer", PERMISSION])
            and request.method in ("GET", "HEAD", "POST")
        ):
            raise PermissionDenied
        # Without the columns that would have to be decrypted: nothing is read before the record.
        customer = get_object_or_404(Customer.objects.only("pk", "number", "name"), pk=customer_id)
        shown: dict[str, Any] = {}
        if request.method == "POST":
            form = RevealForm(request.POST)
            if form.is_valid():
                shown["value"] = operations.reveal(
                    customer_id=customer.pk, by=user, **form.cleaned_data
                )
                shown["what"] = Identity(form.cleaned_data["field"]).label
        else:
            form = RevealForm(initial={"field": request.GET.get("field", "")})
        answer = TemplateResponse(
            request,
            "admin/accounts/customer/reveal.html",
            {
                **self.admin_site.each_context(request),
                **shown,
                "form": form,
                "customer": customer,
                "original": customer,
                "opts": self.opts,
                "title": customer.name,
            },
        )
        add_never_cache_headers(answer)
        return answer
