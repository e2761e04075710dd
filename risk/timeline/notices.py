"""What the customer was told, waits to be told, or could not be told."""

import datetime
from dataclasses import replace

from accounts.desk.notices import TONES, kind_label
from accounts.notices.choices import State, Why
from accounts.notices.silence import label_of
from risk.timeline.events import Data, Event, Names
from risk.timeline.sources import Source, sql_of


def _notice(event: Event, data: Data, names: Names) -> Event:
    state = State(data["state"])
    why = str(Why(data["why"]).label) if data["why"] else ""
    if data["because"]:
        why = f"{why}: {label_of(data['because'])}"
    return replace(
        event,
        icon="mark_email_read" if state == State.READ else "mail",
        tone=TONES[state] if state != State.SENT else "",
        title=data["subject"] or kind_label(data["kind"]),
        detail=" · ".join(part for part in (str(state.label), why) if part),
        at=datetime.datetime.fromisoformat(data["at"]),
        model="accounts.notice",
    )


SOURCES = (Source("notices", sql_of("notices"), {"notice": _notice}),)
