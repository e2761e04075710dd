"""Work items: what waits for somebody, who has it, and every move of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.work.choices import MoveKind, Outcome, Priority

_OPEN = models.Q(done_at=None)


class WorkItem(models.Model):
    """One thing of one queue that somebody has to look at.

    `key` names its cause within the queue; while it is open there is one item a cause. `context`
    is what its title is made of. `version` counts its moves: a page that was made before the last
    one changes nothing. Written by accounts/work/operations.py and accounts/work/sync.py alone.
    """

    queue = models.CharField(_("queue"), max_length=40)
    key = models.CharField(_("key"), max_length=80)
    subject_id = models.BigIntegerField(_("subject"), null=True)
    customer = models.ForeignKey(
        "accounts.Customer",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("customer"),
    )
    context = models.JSONField(
        _("context"), default=dict, db_default=models.Value({}, models.JSONField())
    )
    cause_on = models.DateField(_("date of the cause"))
    opened_at = models.DateTimeField(_("opened at"))
    due_at = models.DateTimeField(_("due at"))
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, default=Priority.NORMAL
    )
    usual_priority = models.PositiveSmallIntegerField(
        _("usual priority"),
        choices=Priority,
        null=True,
        help_text=_("what it has again when the mark of hardship ends"),
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("assigned to"),
    )
    claimed_at = models.DateTimeField(_("claimed at"), null=True)
    not_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("not for"),
        help_text=_("who may not take it: their own request"),
    )
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True)
    snoozed_why = models.CharField(_("why snoozed"), max_length=300, db_default="", default="")
    done_at = models.DateTimeField(_("done at"), null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("done by"),
    )
    outcome = models.CharField(
        _("outcome"), max_length=16, choices=Outcome, blank=True, db_default="", default=""
    )
    version = models.PositiveIntegerField(_("version"), db_default=1, default=1)

    class Meta:
        verbose_name = _("work item")
        verbose_name_plural = _("work items")
        permissions: ClassVar = [
            ("work_items", _("Can claim, hand over, snooze and finish work items")),
            ("assign_work", _("Can assign work items to others and take theirs over")),
        ]
        indexes: ClassVar = [
            # `next`, the tabs of one queue, and its count: most urgent first
            models.Index(
                fields=["queue", "priority", "due_at", "id"], name="work_open", condition=_OPEN
            ),
            # the tabs over several queues: most urgent first
            models.Index(
                fields=["priority", "due_at", "id"], name="work_by_urgency", condition=_OPEN
            ),
            # my items, and their count
            models.Index(
                fields=["assigned_to", "priority", "due_at", "id"],
                name="work_of_a_person",
                condition=_OPEN & models.Q(assigned_to__isnull=False),
            ),
            # what is overdue, the oldest first, and its count
            models.Index(fields=["due_at", "id"], name="work_overdue", condition=_OPEN),
            # what sleeps, and its count
            models.Index(
                fields=["snoozed_until"],
                name="work_snoozed",
                condition=_OPEN & models.Q(snoozed_until__isnull=False),
            ),
            # the strip on a customer's page; what a fact about them settles
            models.Index(fields=["customer"], name="work_of_a_customer", condition=_OPEN),
            # whether a cause was looked at already (accounts/work/sync.py)
            models.Index(fields=["queue", "key", "cause_on"], name="work_by_cause"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["queue", "key"], name="one_open_item_a_cause", condition=_OPEN
            ),
            models.CheckConstraint(
                condition=models.Q(done_at=None, outcome="", done_by=None)
                | (models.Q(done_at__isnull=False) & ~models.Q(outcome="")),
                name="done_item_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=models.Q(priority=0, usual_priority__isnull=False, usual_priority__gte=1)
                | models.Q(priority__gte=1, usual_priority=None),
                name="item_before_others_keeps_its_usual_priority",
            ),
            models.CheckConstraint(
                condition=models.Q(assigned_to=None, claimed_at=None)
                | models.Q(assigned_to__isnull=False, claimed_at__isnull=False),
                name="assigned_item_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(snoozed_until=None, snoozed_why="")
                | (models.Q(snoozed_until__isnull=False) & ~models.Q(snoozed_why="")),
                name="snoozed_item_says_why",
            ),
            models.CheckConstraint(
                condition=models.Q(not_for=None)
                | models.Q(assigned_to=None)
                | ~models.Q(assigned_to=models.F("not_for")),
                name="item_is_not_given_to_whom_it_is_not_for",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.queue} {self.key}"


class WorkMove(models.Model):
    """One move of an item: who, when, why, to whom. Never edited. `by` is empty for the night."""

    item = models.ForeignKey(
        WorkItem, on_delete=models.PROTECT, related_name="moves", verbose_name=_("work item")
    )
    kind = models.CharField(_("move"), max_length=12, choices=MoveKind)
    version = models.PositiveIntegerField(_("version"))
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("to"),
    )
    until = models.DateTimeField(_("until"), null=True)
    words = models.TextField(_("words"), db_default="", default="")

    class Meta:
        verbose_name = _("move of a work item")
        verbose_name_plural = _("moves of work items")

    def __str__(self) -> str:
        return f"{self.item_id} {self.kind}"


class QueueSync(models.Model):
    """Through which business day the causes of a queue were looked at."""

    queue = models.CharField(_("queue"), max_length=40, primary_key=True)
    through = models.DateField(_("through"))
    at = models.DateTimeField(_("time"), db_default=Now())
    opened = models.PositiveIntegerField(_("opened"), db_default=0, default=0)
    closed = models.PositiveIntegerField(_("closed"), db_default=0, default=0)

    class Meta:
        verbose_name = _("state of a queue")
        verbose_name_plural = _("states of queues")

    def __str__(self) -> str:
        return f"{self.queue} {self.through}"
