"""The inbox."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Customer
from accounts.notices import queries
from appeals.portal.door import for_customers

PAGE = 20


@require_safe
@for_customers
def notices(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/notices/`, newest first."""
    found = queries.inbox(customer.pk)
    if after := request.GET.get("after"):
        last = found.filter(public_id=_uuid(after)).first()
        if last is None:
            raise Http404
        found = found.filter(pk__lt=last.pk)
    rows = list(found[: PAGE + 1])
    context = {
        "customer": customer,
        "notices": rows[:PAGE],
        "more": rows[PAGE - 1].public_id if len(rows) > PAGE else "",
        "unread": queries.unread(customer.pk),
    }
    return render(request, "my/notices.html", context)


@require_safe
@for_customers
def notice(request: HttpRequest, customer: Customer, public_id: UUID) -> HttpResponse:
    """`/my/notices/ID/`: reading it is noted."""
    row = queries.mark_read(customer_id=customer.pk, public_id=public_id, at=timezone.now())
    if row is None:
        raise Http404
    return render(request, "my/notice.html", {"customer": customer, "notice": row})


@require_POST
@for_customers
def read_all(request: HttpRequest, customer: Customer) -> HttpResponse:
    queries.mark_all_read(customer_id=customer.pk, at=timezone.now())
    return redirect("my:notices")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error
