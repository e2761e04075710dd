"""An appeal goes with its work item: who takes that, hands it over or gives it back does the same
with the appeal, in the same transaction. (The other way round: `appeals.work.given`.)"""

from django.utils.translation import gettext as _

from accounts.acts import Refused
from accounts.work.choices import MoveKind
from accounts.work.operations import NotPossible
from accounts.work.queues import Passed
from appeals import eligibility
from appeals.choices import OPEN
from appeals.models import Appeal
from appeals.operations import actors, moving


def passed(move: Passed) -> None:
    """Who may move the item was seen to; here is what the appeal has against it. Raises
    NotPossible."""
    appeal = Appeal.objects.filter(pk=move.item.subject_id or 0, state__in=OPEN).first()
    if appeal is None:
        return
    if move.kind == MoveKind.FINISHED:
        raise NotPossible(
            _("the appeal %(number)s is open: its item ends with it") % {"number": appeal.number}
        )
    try:
        _follow(appeal, move)
    except Refused as error:
        raise NotPossible(str(error)) from error


def _follow(appeal: Appeal, move: Passed) -> None:
    with moving.locked(appeal, by=move.by) as (row, who):
        if row.assigned_to_id == (move.to.pk if move.to else None):
            return
        if move.to is not None:
            if not move.to.has_perm(eligibility.HANDLE):
                raise actors.AppealRefused(_("%(who)s handles no appeals.") % {"who": move.to})
            actors.require_free(move.to, row)
        moving.log(
            row, "assign", who=who, by=move.by, at=move.at, why=move.words, assigned_to=move.to
        )
