"""Work items in bulk: assign, snooze, finish."""

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.acts import Refused, dress
from accounts.authority import Look
from accounts.bulk.models import BulkRun, BulkTarget, TargetState
from accounts.bulk.recipes import ITEMS, Candidate, Recipe, Result, register
from accounts.models import User, WorkItem
from accounts.work import operations, queries, queues
from accounts.work.choices import CHOSEN
from accounts.work.operations import ASSIGN, WORK, Moved, NotPossible


class ItemsForm(forms.Form):
    """What is the same for all the items."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer()
        dress(self)

    def offer(self) -> None:
        """Fill the choices."""

    def raw(self) -> dict[str, Any]:
        return {name: self.data.get(name, "") for name in self.fields}


class ItemsRecipe(Recipe):
    """A move of many items, each as it stood when it was previewed."""

    of = ITEMS
    permissions: tuple[str, ...] = ("accounts.view_workitem", WORK)

    def candidates(
        self, chosen: Sequence[int], data: Mapping[str, Any], *, by: User, on: datetime.date
    ) -> Iterable[Candidate]:
        may_assign = by.has_perm(ASSIGN)
        seen = {queue.code for queue in queues.of(by)}
        closed = queues.closed_to(by)
        for item in WorkItem.objects.filter(pk__in=chosen).order_by("pk"):
            yield Candidate(
                customer_id=item.customer_id,
                subject_id=item.pk,
                fill={"version": item.version},
                words=queues.titled(item)[:200],
                skip=_why_not(item, by, seen, closed, may_assign),
            )

    def carry_out(
        self, target: BulkTarget, run: BulkRun, *, by: User, on: datetime.date, look: Look
    ) -> Result:
        try:
            self.move(target.subject_id, run.data, by=by, version=int(target.fill["version"]))
        except Moved as late:
            raise Refused(_("it was moved meanwhile by %(who)s") % {"who": _movers(late)}) from late
        except NotPossible as error:
            raise Refused(str(error)) from error
        return Result(TargetState.DONE)

    def move(self, item_id: int, data: Mapping[str, Any], *, by: User, version: int) -> None:
        raise NotImplementedError


def _why_not(
    item: WorkItem, by: User, seen: set[str], closed: Collection[int], may_assign: bool
) -> str:
    if item.done_at is not None:
        return _("finished already")
    if item.queue not in seen:
        return _("of a queue that you do not see")
    if item.customer_id in closed:
        return _("of a customer whom you are close to")
    if item.not_for_id == by.pk:
        return _("your own request")
    if item.assigned_to_id not in (None, by.pk) and not may_assign:
        return _("somebody else has it")
    return ""


def _movers(late: Moved) -> str:
    names = {move.by.get_full_name() or move.by.username for move in late.since if move.by}
    return ", ".join(sorted(names)) or _("the system")


class AssignForm(ItemsForm):
    to = forms.ChoiceField(label=pgettext_lazy("work item", "To"))
    words = forms.CharField(label=gettext_lazy("Note"), max_length=1000, required=False)

    def offer(self) -> None:
        people = queries.colleagues(User())
        choices = [(str(user.pk), user.get_full_name() or user.username) for user in people]
        to: Any = self.fields["to"]
        to.choices = choices


class AssignItems(ItemsRecipe):
    code = "assign_items"
    label = gettext_lazy("Assign the work items")
    says = gettext_lazy("They become one person's, whoever has them now.")
    permissions = (*ItemsRecipe.permissions, ASSIGN)
    form = AssignForm

    def move(self, item_id: int, data: Mapping[str, Any], *, by: User, version: int) -> None:
        to = User.objects.get(pk=int(data["to"]))
        operations.assign(
            item_id, to=to, by=by, version=version, at=timezone.now(), words=data["words"]
        )
        queries.forget_badge(to.pk)


class SnoozeForm(ItemsForm):
    until = forms.DateField(label=gettext_lazy("Until the morning of"))
    words = forms.CharField(label=gettext_lazy("What they wait for"), max_length=300)

    def clean_until(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["until"]
        now = timezone.localtime()
        if not now.date() < day <= (now + operations.MOST_SNOOZED).date():
            raise forms.ValidationError(_("an item can rest from now on for up to three months"))
        return day


class SnoozeItems(ItemsRecipe):
    code = "snooze_items"
    label = gettext_lazy("Snooze the work items")
    says = gettext_lazy("They rest until a day, then they are back in their lists.")
    form = SnoozeForm

    def move(self, item_id: int, data: Mapping[str, Any], *, by: User, version: int) -> None:
        until = parse_datetime(f"{data['until']}T08:00:00")
        assert until is not None  # the form has seen to it
        operations.snooze(
            item_id, until=timezone.make_aware(until), words=data["words"], by=by,
            version=version, at=timezone.now(),
        )  # fmt: skip


class FinishForm(ItemsForm):
    outcome = forms.ChoiceField(
        label=gettext_lazy("How they ended"),
        choices=[(choice.value, choice.label) for choice in CHOSEN],
    )
    words = forms.CharField(label=gettext_lazy("Note"), max_length=1000, min_length=5)


class FinishItems(ItemsRecipe):
    code = "finish_items"
    label = gettext_lazy("Finish the work items")
    says = gettext_lazy("They leave the lists; a new cause makes a new item.")
    form = FinishForm

    def move(self, item_id: int, data: Mapping[str, Any], *, by: User, version: int) -> None:
        operations.finish(
            item_id, outcome=data["outcome"], by=by, version=version, at=timezone.now(),
            words=data["words"],
        )  # fmt: skip


def announce() -> None:
    register(AssignItems, SnoozeItems, FinishItems)
