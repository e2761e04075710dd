"""Working through a confirmed run: each target in a transaction of its own, once.

The target's row is locked while its act is done, and says in the same transaction what came of it:
a worker that is killed loses the one it was at, which waits again; two workers at once share the
rest. The act carries the target's token, so that even a doubled target would make one act.
"""

import datetime
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db.models import Count, Sum
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from structlog import get_logger

from accounts.acts import Refused
from accounts.authority import Changed, Look
from accounts.bulk import recipes
from accounts.bulk.models import BulkRun, BulkTarget, RunState, TargetState
from accounts.bulk.recipes import Recipe, Result
from accounts.models import User

log = get_logger(__name__)


def unfinished() -> list[int]:
    """The runs that a worker has to go on with."""
    running = BulkRun.objects.filter(state=RunState.RUNNING).order_by("pk")
    return list(running.values_list("pk", flat=True))


def work_on(
    run_id: int,
    *,
    look: Look,
    on: datetime.date,
    seconds: float,
    after_each: Callable[[], None] = lambda: None,
) -> bool:
    """Do targets of a run until none waits or the seconds are over; whether it is done."""
    run = BulkRun.objects.select_related("by").get(pk=run_id)
    if run.state != RunState.RUNNING:
        return run.state == RunState.DONE
    ends = time.monotonic() + seconds
    with translation.override(run.by.language or settings.LANGUAGE_CODE):
        while time.monotonic() < ends:
            try:
                worked = _one(run, look=look, on=on)
            except (OperationalError, InterfaceError) as error:
                # The night holds the customer, or the database went away: it waits for the next.
                log.warning("bulk_run_waits", run=run.pk, error=str(error)[:300])
                return False
            if not worked:
                break
            after_each()
    return _close(run)


@transaction.atomic
def _one(run: BulkRun, *, look: Look, on: datetime.date) -> bool:
    target = (
        BulkTarget.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(run=run, state=TargetState.WAITING)
        .order_by("pk")
        .first()
    )
    if target is None:
        return False
    result = _tried(target, run, look=look, on=on)
    target.state, target.reason = result.state, result.reason[:300]
    target.act, target.request, target.at = result.act, result.request, timezone.now()
    target.save(update_fields=["state", "reason", "act", "request", "at"])
    return True


def _tried(target: BulkTarget, run: BulkRun, *, look: Look, on: datetime.date) -> Result:
    by = User.objects.get(pk=run.by_id)
    recipe = recipes.find(run.recipe)
    if recipe is None or not _still_may(by, recipe):
        return Result(TargetState.REFUSED, _("who confirmed it may not do it any more"))
    try:
        with transaction.atomic():
            return recipe.carry_out(target, run, by=by, on=on, look=look)
    except (OperationalError, InterfaceError):
        raise
    except Changed:
        return Result(TargetState.REFUSED, _("the customer changed meanwhile"))
    except Refused as error:
        return Result(TargetState.REFUSED, str(error) or _("refused"))
    except (DatabaseError, ArithmeticError, ValueError, LookupError) as error:
        log.exception("bulk_target_failed", run=run.pk, target=target.pk)
        return Result(TargetState.REFUSED, _("it failed: %(error)s") % {"error": str(error)[:200]})


def _still_may(by: User, recipe: Recipe) -> bool:
    return by.is_active and by.is_staff and by.has_perms(recipe.permissions)


def _close(run: BulkRun) -> bool:
    """Say that it is done when nothing waits, not even with another worker."""
    if BulkTarget.objects.filter(run=run, state=TargetState.WAITING).exists():
        return False
    BulkRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(
        state=RunState.DONE, done_at=timezone.now()
    )
    return True


def progress(run: BulkRun) -> dict[str, dict[str, Any]]:
    """How many targets of a run are in each state, and what they amount to."""
    rows = run.targets.values("state").annotate(n=Count("pk"), amount=Sum("amount")).order_by()
    found = {row["state"]: {"n": row["n"], "amount": row["amount"]} for row in rows}
    return {state: found.get(state, {"n": 0, "amount": 0}) for state in TargetState.values}
