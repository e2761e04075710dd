"""A bulk run from the choice of rows to its confirmation; nothing is done to anybody here."""

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.bulk import recipes
from accounts.bulk.models import BulkRun, BulkTarget, RunState, TargetState
from accounts.bulk.recipes import CUSTOMERS, ITEMS, Candidate, Recipe
from accounts.models import User, WorkItem

MOST_CHOSEN = 20_000
#: A run of more is worked through in the background.
BACKGROUND_ABOVE = 50
#: What was never confirmed is taken away.
DRAFTS_KEPT = datetime.timedelta(days=1)


class NotBegun(Exception):
    """The run cannot be made or confirmed; the message says why."""


def begin(
    *, of: str, chosen: Sequence[int], source: str, by: User, at: datetime.datetime
) -> BulkRun:
    """Keep the rows that somebody chose. Raises NotBegun for none, or more than MOST_CHOSEN."""
    if not chosen:
        raise NotBegun(_("Choose at least one row."))
    if len(chosen) > MOST_CHOSEN:
        raise NotBegun(
            _("More than %(n)s rows match. Narrow the filter, then choose again.")
            % {"n": f"{MOST_CHOSEN:,}"}
        )
    return BulkRun.objects.create(
        of=of, chosen=sorted(set(chosen)), source=source[:2000], by=by, made_at=at
    )


@transaction.atomic
def preview(
    run: BulkRun,
    recipe: Recipe,
    *,
    data: dict[str, Any],
    cleaned: dict[str, Any],
    above: str,
    by: User,
    on: datetime.date,
) -> BulkRun:
    """Work out what the act would do to each of the chosen, and keep it to be confirmed.

    Raises NotBegun if it is confirmed already, or not theirs.
    """
    run = _draft(run, by)
    run.targets.all().delete()
    found = recipe.candidates(_chosen(run, recipe), cleaned, by=by, on=on)
    BulkTarget.objects.bulk_create((_target(run, row, above) for row in found), batch_size=2000)
    run.recipe, run.data, run.above, run.state = recipe.code, data, above, RunState.PREVIEWED
    run.save(update_fields=["recipe", "data", "above", "state"])
    return run


@transaction.atomic
def confirm(run: BulkRun, *, by: User, at: datetime.datetime) -> BulkRun:
    """Let it run: exactly what was previewed. Confirming twice confirms once."""
    run = BulkRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    if run.by_id != by.pk:
        raise NotBegun(_("Only who prepared it may confirm it."))
    if run.state in (RunState.RUNNING, RunState.DONE):
        return run
    recipe = recipes.find(run.recipe)
    if run.state != RunState.PREVIEWED or recipe is None:
        raise NotBegun(_("Look at the preview first."))
    if not by.has_perms(recipe.permissions):
        raise NotBegun(_("You may not do this any more."))
    run.state, run.confirmed_at = RunState.RUNNING, at
    run.save(update_fields=["state", "confirmed_at"])
    return run


@transaction.atomic
def back(run: BulkRun, *, by: User) -> BulkRun:
    """Choose another act for the same rows."""
    run = _draft(run, by)
    run.targets.all().delete()
    run.recipe, run.data, run.state = "", {}, RunState.CHOOSING
    run.save(update_fields=["recipe", "data", "state"])
    return run


def forget_drafts(before: datetime.datetime) -> int:
    """Take away what was never confirmed; how many those are."""
    old = BulkRun.objects.filter(
        state__in=[RunState.CHOOSING, RunState.PREVIEWED], made_at__lt=before
    )
    count = old.count()
    old.delete()
    return count


def _draft(run: BulkRun, by: User) -> BulkRun:
    run = BulkRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    if run.by_id != by.pk:
        raise NotBegun(_("Only who prepared it may confirm it."))
    if run.state not in (RunState.CHOOSING, RunState.PREVIEWED):
        raise NotBegun(_("It is confirmed already."))
    return run


def _chosen(run: BulkRun, recipe: Recipe) -> list[int]:
    if run.of == ITEMS and recipe.of == CUSTOMERS:
        rows = WorkItem.objects.filter(pk__in=run.chosen).order_by("customer_id")
        return list(rows.values_list("customer_id", flat=True).distinct())
    return list(run.chosen)


def _target(run: BulkRun, row: Candidate, above: str) -> BulkTarget:
    skip = row.skip
    if not skip and not row.alone and above == recipes.SKIP:
        skip = _("above your authority")
    return BulkTarget(
        run=run,
        customer_id=row.customer_id,
        subject_id=row.subject_id,
        fill=dict(row.fill),
        words=row.words[:200],
        amount=row.amount,
        alone=row.alone,
        state=TargetState.SKIPPED if skip else TargetState.WAITING,
        reason=skip[:300],
    )
