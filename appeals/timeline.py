"""Appeals in the story of a customer."""

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from appeals.choices import Result, State
from appeals.desk.case import MOVE_WORDS, RESULT_TONES
from risk import timeline
from risk.timeline import Event, Names

_SQL = Path(__file__).resolve().parent / "sql" / "timeline" / "appeals.sql"
_ICONS = {"submit": "gavel", "decide": "balance", "settle": "handshake", "withdraw": "undo"}


def _step(event: Event, data: dict[str, Any], names: Names) -> Event:
    result = data["result"] if data["state"] == State.DECIDED else ""
    words = str(MOVE_WORDS.get(data["move"], data["move"]))
    if result:
        words = str(Result(result).label)
    return replace(
        event,
        icon=_ICONS.get(data["move"], "forum"),
        tone=RESULT_TONES[Result(result)] if result else "info",
        title=_("Appeal %(number)s: %(step)s") % {"number": data["number"], "step": words},
        by=names.user(data),
        reason=data["why"],
        at=datetime.datetime.fromisoformat(data["at"]),
        model="appeals.appeal",
        pk=data["appeal"],
    )


def announce() -> None:
    timeline.register(
        timeline.Source(
            part="appeals", sql=_SQL.read_text(encoding="utf-8"), tell={"appeal_step": _step}
        )
    )
