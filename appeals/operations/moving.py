"""The one writer of an appeal's row: each call is one logged step."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import operations as accounts_operations
from appeals.choices import ENDED, State, Who
from appeals.models import Appeal, AppealEvent
from appeals.moves import MOVES
from appeals.operations import actors
from appeals.operations.actors import AppealRefused, By, NotAllowed


class WrongState(AppealRefused):
    """The appeal is not where this move begins."""


class Stale(AppealRefused):
    """Somebody changed the appeal since it was shown."""


@contextmanager
def locked(appeal: Appeal, *, by: By, version: int | None = None) -> Iterator[tuple[Appeal, Who]]:
    """The appeal as it is now, under its customer's lock, for somebody who may act on it."""
    with transaction.atomic():
        accounts_operations.lock(appeal.customer_id)
        row = (
            Appeal.objects.select_for_update(of=("self",))
            .select_related("customer", "second_review_of")
            .get(pk=appeal.pk)
        )
        who = actors.who(by, row.customer_id)
        actors.require_free(by, row)
        if version is not None and row.version != version:
            raise Stale(_("The appeal changed meanwhile. Look again, then repeat it."))
        yield row, who


def may(appeal: Appeal, name: str, who: Who) -> bool:
    """Whether the table of moves has this one here."""
    move = MOVES[name]
    return appeal.state in move.before and who in move.who


def require(appeal: Appeal, name: str, who: Who) -> None:
    """Raise NotAllowed or WrongState where the table has no such move."""
    rule = MOVES[name]
    if who not in rule.who:
        raise NotAllowed(_("This step is not yours to take."))
    if appeal.state not in rule.before:
        raise WrongState(
            _("The appeal is “%(state)s”: this step is not possible now.")
            % {"state": State(appeal.state).label}
        )


def move(
    appeal: Appeal,
    name: str,
    *,
    who: Who,
    by: By,
    at: datetime.datetime,
    why: str = "",
    **columns: Any,
) -> Appeal:
    """Make a move of the table; `columns` change with it. Call within `locked`."""
    require(appeal, name, who)
    rule = MOVES[name]
    if rule.after in ENDED:
        columns["ended_at"] = at
    return _write(appeal, name, rule.after, who, by, at, why, columns)


def log(
    appeal: Appeal,
    name: str,
    *,
    who: Who,
    by: By,
    at: datetime.datetime,
    why: str = "",
    **columns: Any,
) -> Appeal:
    """A step that leaves the state as it is. Call within `locked`; refused once it has ended."""
    if appeal.state in ENDED:
        raise WrongState(_("The appeal has ended; a second review can be asked for."))
    return _write(appeal, name, State(appeal.state), who, by, at, why, columns)


def begin(appeal: Appeal, *, who: Who, by: By, at: datetime.datetime, why: str) -> None:
    """The first row of the log, of an appeal that was just stored."""
    AppealEvent.objects.create(
        appeal=appeal,
        version=appeal.version,
        move="submit",
        to_state=appeal.state,
        who=who,
        by=actors.user(by),
        at=at,
        why=why,
    )


def _write(
    appeal: Appeal,
    name: str,
    after: State,
    who: Who,
    by: By,
    at: datetime.datetime,
    why: str,
    columns: dict[str, Any],
) -> Appeal:
    before = appeal.state
    appeal.state, appeal.version = after, appeal.version + 1
    for column, value in columns.items():
        setattr(appeal, column, value)
    appeal.save(update_fields=["state", "version", *columns])
    AppealEvent.objects.create(
        appeal=appeal,
        version=appeal.version,
        move=name,
        from_state=before,
        to_state=after,
        who=who,
        by=actors.user(by),
        at=at,
        why=why,
    )
    return appeal
