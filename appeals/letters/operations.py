"""Sending letters, making their PDF, and recording who read them."""

import datetime
import hashlib
from functools import partial

import structlog
from django.db import transaction
from django.utils import timezone

from accounts import operations as accounts_operations
from accounts.models import User
from appeals.letters import pdf, writing
from appeals.letters.models import Letter, LetterForm, LetterPdf, LetterView
from appeals.models import AppealDecision

log = structlog.get_logger(__name__)


def send_soon(decision: AppealDecision) -> None:
    """Send its letter once the decision is committed; what fails then is sent by the task."""
    transaction.on_commit(partial(_try_to_send, decision.pk), robust=True)


def _try_to_send(decision_id: int) -> None:
    decision = AppealDecision.objects.select_related("appeal__customer").get(pk=decision_id)
    send(decision, by=decision.decided_by, at=timezone.now())


@transaction.atomic
def send(decision: AppealDecision, *, by: User | None, at: datetime.datetime) -> Letter:
    """Write and keep the letter of a decision, once: a second time gives the one that was sent."""
    appeal = decision.appeal
    accounts_operations.lock(appeal.customer_id)
    known = Letter.objects.filter(appeal=appeal).first()
    if known is not None:
        return known
    html = writing.html(writing.content_of(decision))
    return Letter.objects.create(
        appeal=appeal, customer=appeal.customer, language=writing.language_of(appeal), html=html,
        html_hash=writing.hash_of(html), dated_on=decision.decided_on, sent_at=at, sent_by=by,
    )  # fmt: skip


def make_pdf(letter: Letter, *, at: datetime.datetime) -> LetterPdf:
    """The PDF of a letter, made once. Raises pdf.NoPdf; the letter is valid without it."""
    known = LetterPdf.objects.filter(letter=letter).first()
    if known is not None:
        return known
    content = pdf.render(letter.html, language=letter.language, title=letter.appeal.number)
    made, _new = LetterPdf.objects.get_or_create(
        letter=letter,
        defaults={
            "content": content,
            "content_hash": hashlib.sha256(content).hexdigest(),
            "made_at": at,
        },
    )
    return made


def record_view(
    letter: Letter, *, by: User | None, form: LetterForm, at: datetime.datetime
) -> None:
    """Durable before anything is shown."""
    LetterView.objects.create(letter=letter, by=by, form=form, at=at)


def send_what_waits(*, at: datetime.datetime, most: int = 100) -> int:
    """Letters of decisions that have none yet, and PDFs of letters that have none; how many
    letters were sent. One that fails is logged and tried again, the others go on."""
    waiting = (
        AppealDecision.objects.filter(appeal__letter=None)
        .select_related("appeal__customer", "decided_by")
        .order_by("pk")[:most]
    )
    sent = 0
    for decision in waiting:
        try:
            send(decision, by=decision.decided_by, at=at)
            sent += 1
        except Exception:
            log.exception("letter_not_sent", appeal=decision.appeal.number)
    for letter in Letter.objects.filter(pdf=None).select_related("appeal").order_by("pk")[:most]:
        try:
            make_pdf(letter, at=at)
        except pdf.NoPdf:
            log.exception("pdf_not_made", appeal=letter.appeal.number)
    return sent
