"""An appeal, the causes it contests, and the log of its moves."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Customer, User
from appeals.choices import ENDED, OPEN, Ask, Channel, Kind, Result, State, Subject, Who
from billing.models import CreditLine


class Appeal(models.Model):
    """What a customer asks us to look at again.

    `state` has one writer (`appeals/operations/moving.py`): the database refuses a move that
    stands in no table of moves, and one that leaves no row in the log. `version` counts what was
    written, so that a stale save is noticed. The legal clock is `legal_due_on`, the last day on
    which an answer is in time; it never rests. The service clock is `service_due_at`; while it
    rests, `service_left` holds the seconds of business time that are left (below 0: overrun).
    """

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(_("number"), max_length=20, unique=True)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="appeals",
        db_index=False,
        verbose_name=_("customer"),
    )
    line = models.ForeignKey(
        CreditLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("credit line"),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    subject_kind = models.CharField(
        _("subject"), max_length=12, choices=Subject, default=Subject.NONE
    )
    subject_id = models.BigIntegerField(_("subject"), null=True, blank=True)
    asks = ArrayField(
        models.CharField(max_length=12, choices=Ask), verbose_name=_("asked for"), default=list
    )
    words = models.TextField(_("in the customer's words"))
    language = models.CharField(_("language"), max_length=10)
    state = models.CharField(
        _("state"), max_length=16, choices=State, default=State.SUBMITTED, editable=False
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    channel = models.CharField(_("received by"), max_length=8, choices=Channel)
    received_at = models.DateTimeField(_("received at"))
    received_on = models.DateField(_("received on"), help_text=_("the day in the book's time zone"))
    filed_at = models.DateTimeField(_("entered at"))
    filed_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("entered by"),
        help_text=_("empty: the customer"),
    )

    legal_due_on = models.DateField(_("answer due by law"))
    legal_stage = models.PositiveSmallIntegerField(_("extensions"), default=0)
    alarmed_left = models.IntegerField(_("last alarm, days left"), null=True, blank=True)
    service_due_at = models.DateTimeField(_("decision promised by"), null=True, blank=True)
    service_left = models.IntegerField(_("business seconds left"), null=True, blank=True)
    first_due_at = models.DateTimeField(_("first answer promised by"))
    first_answer_at = models.DateTimeField(_("first answered at"), null=True, blank=True)
    asked_on = models.DateField(_("customer asked on"), null=True, blank=True)
    answer_due_on = models.DateField(_("customer's answer due on"), null=True, blank=True)
    reminded_on = models.DateField(_("customer reminded on"), null=True, blank=True)

    quiet = models.BooleanField(
        _("reminders wait"),
        db_default=False,
        default=False,
        help_text=_("while it is open, by the policy"),
    )

    assigned_to = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("assigned to"),
    )
    result = models.CharField(
        pgettext_lazy("appeal", "result"), max_length=8, choices=Result, null=True, blank=True
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    second_review_of = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="second_review",
        verbose_name=_("second review of"),
    )

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        permissions: ClassVar = [
            ("handle_appeals", _("Can handle appeals")),
            ("lead_appeals", _("Can assign appeals and extend their time")),
            ("view_evidence_files", _("Can open the evidence of an appeal")),
            ("view_appeal_figures", _("Can see the figures of appeals")),
        ]
        indexes: ClassVar = [
            # the desk's queue, by the legal clock; escalate_appeals.sql
            models.Index(
                fields=["legal_due_on", "id"],
                name="appeal_open_by_clock",
                condition=models.Q(state__in=[str(s) for s in OPEN]),
            ),
            # a customer's appeals, newest first: portal, customer page
            models.Index(fields=["customer", "-received_at"], name="appeal_by_customer"),
            # the load of each member of staff; "mine" at the desk
            models.Index(
                fields=["assigned_to", "legal_due_on"],
                name="appeal_open_by_assignee",
                condition=models.Q(state__in=[str(s) for s in OPEN]),
            ),
            # the night: who was asked and did not answer
            models.Index(
                fields=["answer_due_on"],
                name="appeal_waiting_by_term",
                condition=models.Q(state="waiting_customer"),
            ),
            # the figures: what ended within a window of time
            models.Index(
                fields=["ended_at"],
                name="appeal_by_end",
                condition=models.Q(ended_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(subject_kind="none", subject_id=None)
                | (~models.Q(subject_kind="none") & models.Q(subject_id__isnull=False)),
                name="appeal_names_what_it_is_about",
            ),
            models.CheckConstraint(
                condition=models.Q(state="decided", result__isnull=False)
                | (~models.Q(state="decided") & models.Q(result=None)),
                name="decided_appeal_has_a_result",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[str(s) for s in ENDED], ended_at__isnull=False)
                | (~models.Q(state__in=[str(s) for s in ENDED]) & models.Q(ended_at=None)),
                name="ended_appeal_has_its_time",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state="waiting_customer",
                    asked_on__isnull=False,
                    answer_due_on__isnull=False,
                    service_due_at=None,
                    service_left__isnull=False,
                )
                | (
                    ~models.Q(state="waiting_customer")
                    & models.Q(asked_on=None, answer_due_on=None, reminded_on=None)
                ),
                name="waiting_appeal_was_asked_and_rests",
            ),
            models.CheckConstraint(
                condition=models.Q(legal_due_on__gte=models.F("received_on"))
                & models.Q(legal_stage__lte=2),
                name="legal_clock_runs_from_receipt",
            ),
            models.CheckConstraint(
                condition=models.Q(filed_at__gte=models.F("received_at")),
                name="appeal_is_entered_no_sooner_than_received",
            ),
            models.CheckConstraint(
                condition=models.Q(channel__in=["portal", "api"], filed_by=None)
                | models.Q(channel__in=["phone", "letter"], filed_by__isnull=False),
                name="appeal_by_phone_or_letter_was_entered_by_staff",
            ),
            models.CheckConstraint(
                condition=~models.Q(second_review_of=models.F("id")),
                name="appeal_does_not_review_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED


class ContestedCause(models.Model):
    """One of the causes that an appeal contests; the first is its subject.

    `code` is the rule behind it (a restriction's code, a point's cause), `bills` the numbers of
    the bills that a hold keeps from escalating while the appeal is open, `deciders` the ids of the
    staff who decided or approved what is contested: they do not handle it. What was decided is
    written once, with the decision.
    """

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="causes")
    position = models.PositiveSmallIntegerField(_("position"))
    subject_kind = models.CharField(_("subject"), max_length=12, choices=Subject)
    subject_id = models.BigIntegerField(_("subject"))
    line = models.ForeignKey(
        CreditLine, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    code = models.CharField(_("rule"), max_length=100, db_default="", blank=True)
    bills = ArrayField(models.CharField(max_length=80), verbose_name=_("bills"), default=list)
    deciders = ArrayField(models.BigIntegerField(), verbose_name=_("who decided it"), default=list)
    hold_number = models.CharField(_("hold"), max_length=80, db_default="", blank=True)
    result = models.CharField(_("decision"), max_length=8, choices=Result, null=True, blank=True)
    ground = models.CharField(_("ground"), max_length=16, db_default="", blank=True)
    found = models.TextField(_("what was found"), db_default="", blank=True)

    class Meta:
        verbose_name = _("contested cause")
        verbose_name_plural = _("contested causes")
        indexes: ClassVar = [
            # whether a cause is contested now: the customer page, a second appeal about it
            models.Index(fields=["subject_kind", "subject_id"], name="contested_by_subject"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["appeal", "position"], name="cause_has_a_place"),
            models.UniqueConstraint(
                fields=["appeal", "subject_kind", "subject_id"], name="cause_is_contested_once"
            ),
            models.CheckConstraint(
                condition=models.Q(result=None)
                | (models.Q(result__in=["granted", "declined"]) & ~models.Q(found="")),
                name="decided_cause_says_what_was_found",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.appeal_id} {self.subject_kind} {self.subject_id}"


class AppealEvent(models.Model):
    """One thing that happened to an appeal: who, when, why. Append-only; the log of its states.

    `version` is the appeal's after it. `public` events are told to the customer.
    """

    appeal = models.ForeignKey(
        Appeal, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    version = models.PositiveIntegerField(_("version"))
    move = models.CharField(_("move"), max_length=24)
    from_state = models.CharField(
        _("from state"), max_length=16, choices=State, null=True, blank=True
    )
    to_state = models.CharField(_("to state"), max_length=16, choices=State)
    who = models.CharField(_("who"), max_length=8, choices=Who)
    by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))
    why = models.TextField(_("why"), db_default="", blank=True)

    class Meta:
        verbose_name = _("step of an appeal")
        verbose_name_plural = _("steps of appeals")
        constraints: ClassVar = [
            # also serves: the log of an appeal, in its order
            models.UniqueConstraint(fields=["appeal", "version"], name="one_step_a_version"),
            models.CheckConstraint(
                condition=~models.Q(who="staff") | models.Q(by__isnull=False),
                name="step_of_staff_names_them",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.appeal_id} {self.version} {self.move}"
