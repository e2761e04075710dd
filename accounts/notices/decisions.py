"""The notice of an act of staff that was done: what, why, and how to object."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.acts import Act, find
from accounts.desk.formats import money, words_date
from accounts.models import Notice
from accounts.notices.kinds import Dropped, Facts, Kind, register, texts_in
from accounts.notices.queueing import queue
from accounts.staff_acts import Reason, StaffAct

CODE = "decision"


def install() -> None:
    register(
        Kind(
            CODE,
            _("Decision of staff"),
            {
                "act": "减免违约金",
                "amount": "12.30",
                "day": "2026年3月11日",
                "reason": "困难",
                "words": "客户提供了住院证明",
            },
            texts_in(Path(__file__).resolve().parent / "texts", CODE),
            facts=_facts,
        )
    )


def tell(done: StaffAct, act: Act) -> None:
    """In the transaction of the act. Some acts tell of themselves by what they change."""
    if act.tells:
        queue(
            customer=done.customer, kind=CODE, key=str(done.pk), context={"act": done.pk},
            at=timezone.now(), on=done.done_on,
        )  # fmt: skip


def _facts(notices: Sequence[Notice]) -> Mapping[int, Facts | Dropped]:
    done = StaffAct.objects.in_bulk([notice.context["act"] for notice in notices])
    found: dict[int, Facts | Dropped] = {}
    for notice in notices:
        row = done.get(notice.context["act"])
        act = find(row.act) if row else None
        if row is None or act is None:
            found[notice.pk] = Dropped()
            continue
        with translation.override(notice.language):
            found[notice.pk] = {
                "act": str(act.label),
                "amount": money(row.amount) if row.amount else "",
                "day": words_date(row.done_on),
                # A suspicion is no reason to give to somebody; the words say what can be said.
                "reason": "" if row.reason == Reason.FRAUD else str(Reason(row.reason).label),
                "words": row.words,
            }
    return found
