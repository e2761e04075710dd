"""Bulk acts at the desk: starting a run, and what its preview and its results show."""

import contextlib
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet
from kombu.exceptions import OperationalError as BrokerAway

from accounts.bulk import operations, recipes, running
from accounts.bulk.models import BulkRun, BulkTarget, RunState, TargetState
from risk import tasks
from risk.desk import acts

TONES = {
    TargetState.WAITING: "info",
    TargetState.DONE: "good",
    TargetState.ASKED: "warn",
    TargetState.REFUSED: "bad",
    TargetState.SKIPPED: "",
}
#: So long a page works itself, before it leaves the rest to the background.
PAGE_SECONDS = 8
MOST_SHOWN = 20


def start(run: BulkRun) -> None:
    """Do a small run at once; leave a large one, or what is left, to the background."""
    if run.state != RunState.RUNNING:
        return
    waiting = run.targets.filter(state=TargetState.WAITING).count()
    if waiting <= operations.BACKGROUND_ABOVE and running.work_on(
        run.pk, look=acts.look, on=acts.book_date(), seconds=PAGE_SECONDS
    ):
        return
    # The sweep finds it all the same, should the broker be away.
    with contextlib.suppress(BrokerAway, ConnectionError):
        tasks.work_on_bulk.delay(run.pk)


def to_do(counts: dict[str, dict[str, Any]]) -> tuple[int, int]:
    """How many are to be done in all, and how many of them still are."""
    total = sum(row["n"] for state, row in counts.items() if state != TargetState.SKIPPED)
    return total, counts[TargetState.WAITING]["n"]


def named(run: BulkRun) -> str:
    recipe = recipes.find(run.recipe) if run.recipe else None
    return str(recipe.label) if recipe else run.recipe


def preview(run: BulkRun) -> dict[str, Any]:
    """What would be done: how many, how much, within whose authority; who is left out and why."""
    recipe = recipes.find(run.recipe)
    counts = running.progress(run)
    waiting = run.targets.filter(state=TargetState.WAITING)
    above = waiting.filter(alone=False).count()
    left_out = run.targets.filter(state=TargetState.SKIPPED)
    reasons = left_out.values("reason").annotate(n=Count("pk")).order_by("-n", "reason")[:20]
    return {
        "recipe": recipe,
        "counts": counts,
        "customers": waiting.values("customer_id").distinct().count(),
        "total": counts[TargetState.WAITING]["amount"] or Decimal(0),
        "above": above,
        "alone": counts[TargetState.WAITING]["n"] - above,
        "reasons": list(reasons),
        "groups": _groups(waiting) if recipe and recipe.grouped else [],
        "samples": recipe.samples(run) if recipe else [],
        "first": list(waiting.select_related("customer").order_by("pk")[:MOST_SHOWN]),
        "entered": _entered(run, recipe),
        "background": counts[TargetState.WAITING]["n"] > operations.BACKGROUND_ABOVE,
    }


def _groups(waiting: QuerySet[BulkTarget]) -> list[tuple[str, int]]:
    """How many are told in which way."""
    rows = waiting.values("words").annotate(n=Count("pk")).order_by("-n", "words")[:20]
    return [(row["words"], row["n"]) for row in rows]


def _entered(run: BulkRun, recipe: Any) -> list[tuple[str, str]]:
    """What was entered, under the form's labels and in its choices' words."""
    if recipe is None:
        return []
    form = recipe.form(run.data)
    found = []
    for name, field in form.fields.items():
        value = run.data.get(name, "")
        choices = {str(k): str(v) for k, v in getattr(field, "choices", [])}
        if value:
            found.append((str(field.label), choices.get(str(value), str(value))))
    return found


def results(run: BulkRun) -> dict[str, Any]:
    counts = running.progress(run)
    total, left = to_do(counts)
    refused = run.targets.filter(state__in=[TargetState.REFUSED, TargetState.SKIPPED])
    reasons = refused.values("state", "reason").annotate(n=Count("pk")).order_by("-n", "reason")
    return {
        "rows": [
            (state, TargetState(state).label, TONES[TargetState(state)], row["n"], row["amount"])
            for state, row in counts.items()
            if row["n"] or state == TargetState.DONE
        ],
        "reasons": [(TargetState(r["state"]).label, r["reason"], r["n"]) for r in reasons[:20]],
        "total": total,
        "worked": total - left,
        "running": run.state == RunState.RUNNING,
        "entered": _entered(run, recipes.find(run.recipe)),
    }
