"""Policy versions: what each says in words, and what it changed."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.desk.formats import pill
from accounts.desk.records import ReadOnlyAdmin
from risk.choices import PolicyStatus
from risk.desk.rules import tables
from risk.models import PolicyVersion
from risk.policy import load_policy


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ReadOnlyAdmin):
    list_display = ("name", "effective_from", "stage", "preset", "published_at", "publisher")
    shows = ("published_by",)
    list_before_template = None
    keyset = ("effective_from", "pk")
    change_form_template = "admin/desk/figures.html"
    empty_words = _("No policy yet. It comes with the book: manage.py import_book DIR")

    @admin.display(description=_("published by"))
    def publisher(self, row: Any) -> str:
        by = row.published_by
        return "" if by is None else by.get_full_name() or str(by)

    @admin.display(description=_("status"))
    def stage(self, version: PolicyVersion) -> SafeString:
        published = version.status == PolicyStatus.PUBLISHED
        return pill(PolicyStatus(version.status).label, "good" if published else "info")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        version = kwargs.get("obj")
        if isinstance(version, PolicyVersion):
            before = _before(version)
            old = load_policy(before.document) if before else None
            context |= {
                "tables": tables(load_policy(version.document), old),
                "before": before,
                "before_model": "risk.policyversion",
                "facts": [
                    (_("effective from"), version.effective_from.isoformat()),
                    (_("status"), self.stage(version)),
                    (_("preset"), version.preset),
                    (_("published by"), version.published_by or ""),
                ],
            }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("name",)


def _before(version: PolicyVersion) -> PolicyVersion | None:
    """The published version that was in force until this one."""
    return (
        PolicyVersion.objects.filter(
            status=PolicyStatus.PUBLISHED, effective_from__lt=version.effective_from
        )
        .order_by("-effective_from")
        .first()
    )
