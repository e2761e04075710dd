"""A letter as page and as PDF: for its customer, and for staff who may; each viewing recorded."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from appeals import eligibility
from appeals.letters import operations
from appeals.letters.models import Letter, LetterForm
from appeals.letters.pdf import NoPdf

VIEW = "appeals.view_letter"


@require_safe
@never_cache
@login_required
def page(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The letter as it was sent."""
    letter, user = _find(request, public_id)
    operations.record_view(letter, by=user, form=LetterForm.HTML, at=timezone.now())
    shown = {"html": letter.html, "language": letter.language, "title": letter.appeal.number}
    return render(request, "appeals/letters/page.html", shown)


@require_safe
@never_cache
@login_required
def pdf(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The same as a file; where it cannot be made, the page instead."""
    letter, user = _find(request, public_id)
    try:
        made = operations.make_pdf(letter, at=timezone.now())
    except NoPdf:
        return HttpResponseRedirect(reverse("letters:page", args=[public_id]))
    operations.record_view(letter, by=user, form=LetterForm.PDF, at=timezone.now())
    response = HttpResponse(bytes(made.content), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{letter.appeal.number}.pdf"'
    return response


def _find(request: HttpRequest, public_id: uuid.UUID) -> tuple[Letter, User]:
    """The letter, for its customer or for staff who may see it; to all others there is none."""
    letter = (
        Letter.objects.filter(appeal__public_id=public_id)
        .select_related("appeal__customer", "appeal__second_review_of")
        .first()
    )
    user = request.user
    if letter is None or not isinstance(user, User) or not _may(user, letter):
        raise Http404
    return letter, user


def _may(user: User, letter: Letter) -> bool:
    if not user.is_staff:
        return user.customer_id == letter.customer_id
    return user.has_perm(VIEW) and not eligibility.in_conflict(user, letter.customer_id)
