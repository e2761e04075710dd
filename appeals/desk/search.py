"""Appeals in the search of the whole desk: by their number."""

from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from appeals.models import Appeal
from risk.desk import search


def suggestions(request: HttpRequest, term: str) -> list[SearchResult]:
    """The appeal of a number, for those who may see appeals."""
    term = term.strip().upper()
    if not request.user.has_perm("appeals.view_appeal") or not term.startswith("AP"):
        return []
    rows = Appeal.objects.filter(number=term).select_related("customer")
    return [
        SearchResult(
            title=f"{row.get_kind_display()} {row.number}",
            description=f"{row.customer.number} {row.customer.name}",
            link=reverse("admin:appeals_appeal_change", args=[row.pk]),
            icon="gavel",
        )
        for row in rows
    ]


def announce() -> None:
    search.register(suggestions)
