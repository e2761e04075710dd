"""Letters as they were sent."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from accounts.desk.links import customer_link
from appeals.admin.kept_apart import KeptApart
from appeals.letters.models import Letter

_READS = ("GET", "HEAD")


@admin.register(Letter)
class LetterAdmin(KeptApart):
    """Newest first; each opens as it was sent, and that is recorded."""

    list_display = ("about", "of", "dated_on", "sent_at", "language", "as_pdf")
    list_display_links = ("about",)
    shows = ("customer", "appeal")
    search_fields = ("appeal__number", "customer__number")
    search_help_text = gettext_lazy("Appeal number or customer number")
    empty_words = gettext_lazy("No letters yet. One is sent with each decision.")

    @admin.display(description=gettext_lazy("appeal"))
    def about(self, row: Letter) -> str:
        return row.appeal.number

    @admin.display(description=gettext_lazy("customer"))
    def of(self, row: Letter) -> SafeString:
        return customer_link(row.customer)

    @admin.display(description=gettext_lazy("PDF"))
    def as_pdf(self, row: Letter) -> SafeString:
        url = reverse("letters:pdf", args=[row.appeal.public_id])
        return format_html('<a class="dk-link" href="{}">{}</a>', url, gettext("Open"))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("html")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The letter itself, where its viewing is recorded."""
        if not (object_id and self.has_view_permission(request) and request.method in _READS):
            raise PermissionDenied
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return HttpResponseRedirect(reverse("letters:page", args=[found.appeal.public_id]))
