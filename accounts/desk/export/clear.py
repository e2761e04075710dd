"""A list taken away with phone numbers in clear: a permission of its own, a reason, on record.

For what masked numbers cannot do, such as a file for those who call; a single number is revealed
on the customer's page.
"""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.desk.export import files, tables, views
from accounts.desk.export.noting import asked_of, noted


class ClearForm(forms.Form):
    format = forms.ChoiceField(
        label=_("File"),
        choices=[(files.CSV, "CSV"), (files.XLSX, "XLSX")],
        widget=UnfoldAdminSelectWidget,
    )
    words = forms.CharField(
        label=_("Why the numbers are needed in clear"),
        min_length=10,
        max_length=500,
        help_text=_("What for, and who gets the file. Kept for good."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "autocomplete": "off"}),
    )


def may(request: HttpRequest, site: Any) -> bool:
    """Whether this list has columns that are masked, and this person may have them in clear."""
    return bool(site.clear_columns) and request.user.has_perms(
        [tables.PERMISSION, tables.CLEAR_PERMISSION]
    )


def view(site: Any, request: HttpRequest) -> HttpResponseBase:
    """The form, and the file that it asks for."""
    if not (may(request, site) and site.has_view_permission(request)):
        raise PermissionDenied
    form = ClearForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["words"]
        return views.list_given(site, request, clear_reason=words)
    shown = {
        **site.admin_site.each_context(request),
        "opts": site.opts,
        "title": gettext("Export with phone numbers in clear"),
        "form": form,
        "filters": noted(asked_of(request)),
        "back": views.back_to(site, request),
    }
    answer = TemplateResponse(request, "admin/desk/export_clear.html", shown)
    add_never_cache_headers(answer)
    return answer
