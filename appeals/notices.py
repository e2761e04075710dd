"""What the customer is told of their appeal, in the transaction of what it tells; and what other
systems are.

Each is owed by law, or is what the customer waits for: nothing but a death holds it back. While an
appeal is open, reminders about money may wait (`Appeal.quiet`, by the policy).
"""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts import outbox
from accounts.desk.formats import words_date
from accounts.notices import Kind, queue, register, silenced_by, texts_in
from appeals.models import Appeal, AppealDecision, AppealEvent, Message

TEXTS = Path(__file__).resolve().parent / "notice_texts"

_ABOUT: Mapping[str, Any] = {"number": "AP000012", "due": "2026年4月9日"}
_KINDS: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "appeal_received": (_("Appeal received"), {}),
    "appeal_needs_you": (
        _("Appeal needs the customer"),
        {"asked": "请补充住院证明。", "answer_by": "2026年3月27日"},
    ),
    "appeal_reminder": (_("Appeal still needs the customer"), {"answer_by": "2026年4月3日"}),
    "appeal_extended": (_("Term of an appeal extended"), {"why": "需要向支付渠道核实。"}),
    "appeal_decided": (
        _("Appeal decided"),
        {
            "result": "granted",
            "reasons": "还款日当天您正在住院。",
            "changes": "违约金 12.50 元已减免。",
            "further": "",
        },
    ),
    "appeal_expired": (_("Appeal ended without an answer"), {}),
}
#: So many days after it was queued a notice is of no use any more.
_DAYS = 30

_QUIET = """exists (
    select from appeals_appeal a where a.customer_id = {customer} and a.quiet
    and a.state in ('submitted', 'in_review', 'waiting_customer', 'negotiating',
                    'waiting_approval')
)"""


def announce() -> None:
    """Make the kinds known, and what keeps reminders quiet."""
    register(
        *(
            Kind(
                code,
                label,
                {**_ABOUT, **variables},
                texts_in(TEXTS, code),
                mandatory=True,
                days=_DAYS,
            )
            for code, (label, variables) in _KINDS.items()
        )
    )
    silenced_by(_QUIET, code="appeal_open", label=_("an appeal is open"))


def received(appeal: Appeal, *, at: datetime.datetime) -> None:
    """It arrived: its number, and by when it is answered."""
    _queue(appeal, "appeal_received", at)


def needs_you(appeal: Appeal, *, at: datetime.datetime) -> None:
    """We asked for something."""
    last = Message.objects.filter(appeal=appeal).order_by("-pk").first()
    _queue(appeal, "appeal_needs_you", at, asked=last.text if last else "", **_answer_by(appeal))


def reminded(appeal: Appeal, *, at: datetime.datetime) -> None:
    """We still need the answer, or the appeal ends."""
    _queue(appeal, "appeal_reminder", at, **_answer_by(appeal))


def extended(appeal: Appeal, *, at: datetime.datetime) -> None:
    """The legal term was extended, and why: the law wants it told."""
    why = AppealEvent.objects.values_list("why", flat=True).get(
        appeal=appeal, version=appeal.version
    )
    _queue(appeal, "appeal_extended", at, why=why)


def decided(appeal: Appeal, *, at: datetime.datetime) -> None:
    """How it was decided; also for other systems."""
    decision = AppealDecision.objects.get(appeal=appeal)
    _queue(
        appeal, "appeal_decided", at, result=decision.result, reasons=decision.reasons,
        changes=decision.changes, further=decision.further,
    )  # fmt: skip
    outbox.announce(
        event=outbox.Event.APPEAL_DECIDED,
        key=appeal.number,
        customer=appeal.customer,
        data={
            "appeal": str(appeal.public_id),
            "number": appeal.number,
            "kind": appeal.kind,
            "result": decision.result,
        },
        at=at,
    )


def expired(appeal: Appeal, *, at: datetime.datetime) -> None:
    """It ended without an answer."""
    _queue(appeal, "appeal_expired", at)


def _queue(appeal: Appeal, kind: str, at: datetime.datetime, **facts: Any) -> None:
    """Once a step of the appeal; dates in the words of the customer's language."""
    with translation.override(appeal.language):
        due = words_date(appeal.legal_due_on)
    queue(
        customer=appeal.customer,
        kind=kind,
        key=f"{appeal.number}/{appeal.version}",
        context={"number": appeal.number, "due": due, **facts},
        at=at,
        on=timezone.localdate(at),
    )


def _answer_by(appeal: Appeal) -> dict[str, str]:
    with translation.override(appeal.language):
        return {"answer_by": words_date(appeal.answer_due_on) if appeal.answer_due_on else ""}
