"""What staff did on customers, what they asked for, and how far each role may go alone."""

import uuid
from typing import ClassVar

import pghistory
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """Why an act was done; the words beside it say it in full."""

    OUR_ERROR = "our_error", _("Our error")
    CUSTOMER_REQUEST = "customer_request", _("Request of the customer")
    HARDSHIP = "hardship", _("Hardship")
    GOODWILL = "goodwill", _("Goodwill")
    FRAUD = "fraud", _("Suspected fraud")
    PAYMENT_CHANNEL = "payment_channel", _("Payment channel")
    NEW_INFORMATION = "new_information", _("New information")
    OTHER = "other", _("Other")


class RequestStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class AuthorityLimit(models.Model):
    """How far a role may go in an act; an act without a row needs somebody else's approval.

    Amounts in the book's currency. An act that moves no money counts as 0, so that a limit of 0
    allows it. Empty means not at all.
    """

    role = models.CharField(_("role"), max_length=40)
    act = models.CharField(_("act"), max_length=40)
    alone = models.DecimalField(
        _("alone, each"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    alone_in_a_year = models.DecimalField(
        _("alone, for one customer in 12 months"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
    )
    approves = models.DecimalField(
        _("approves, each"), max_digits=14, decimal_places=2, null=True, blank=True
    )

    class Meta:
        verbose_name = _("authority limit")
        verbose_name_plural = _("authority limits")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["role", "act"], name="one_limit_a_role_and_act"),
            models.CheckConstraint(
                condition=(models.Q(alone=None) | models.Q(alone__gte=0, alone__lt=10**12))
                & (
                    models.Q(alone_in_a_year=None)
                    | models.Q(alone_in_a_year__gte=0, alone_in_a_year__lt=10**12)
                )
                & (models.Q(approves=None) | models.Q(approves__gte=0, approves__lt=10**12)),
                name="authority_is_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(alone=None) | models.Q(alone_in_a_year__isnull=False),
                name="authority_alone_has_a_year",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.act}"


class ActRequest(models.Model):
    """An act above somebody's authority, until another person decides it. A kept record."""

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    act = models.CharField(_("act"), max_length=40)
    data = models.JSONField(_("data"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    words = models.TextField(_("words"))
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))
    requested_by = models.ForeignKey(
        "accounts.User",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    status = models.CharField(
        _("status"), max_length=10, choices=RequestStatus, default=RequestStatus.WAITING
    )
    decided_by = models.ForeignKey(
        "accounts.User",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_words = models.TextField(_("words of the decision"), db_default="", default="")

    class Meta:
        verbose_name = _("request for approval")
        verbose_name_plural = _("requests for approval")
        permissions: ClassVar = [("approve_acts", _("Can decide requests for approval"))]
        indexes: ClassVar = [
            # the approvers' queue, oldest first
            models.Index(
                fields=["requested_at"],
                name="request_waiting",
                condition=models.Q(status="waiting"),
            ),
            # the audit log, newest first: what was asked, what was decided
            models.Index(fields=["-requested_at", "-id"], name="request_by_time"),
            models.Index(
                fields=["-decided_at", "-id"],
                name="request_by_decision",
                condition=models.Q(decided_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            # maker-checker: nobody approves or rejects their own request
            models.CheckConstraint(
                condition=~models.Q(status__in=["approved", "rejected"])
                | (
                    models.Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~models.Q(decided_by=models.F("requested_by"))
                ),
                name="request_is_decided_by_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="waiting") | models.Q(decided_by=None, decided_at=None),
                name="waiting_request_is_undecided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class StaffAct(models.Model):
    """An act that was done: by whom, approved by whom, why, and what it changed. Never edited."""

    token = models.UUIDField(unique=True, editable=False)
    customer = models.ForeignKey(
        "accounts.Customer",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("customer"),
    )
    act = models.CharField(_("act"), max_length=40)
    data = models.JSONField(_("data"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    words = models.TextField(_("words"))
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))
    done_on = models.DateField(_("business date"))
    done_at = models.DateTimeField(_("done at"), default=timezone.now)
    done_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("done by")
    )
    approved_by = models.ForeignKey(
        "accounts.User",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    request = models.OneToOneField(
        ActRequest,
        on_delete=models.PROTECT,
        null=True,
        related_name="executed",
        verbose_name=_("request for approval"),
    )

    class Meta:
        verbose_name = _("act of staff")
        verbose_name_plural = _("acts of staff")
        permissions: ClassVar = [("perform_acts", _("Can act on customers"))]
        indexes: ClassVar = [
            # what a customer was granted in 12 months: authority limits; the customer page
            models.Index(fields=["customer", "act", "done_on"], name="staff_act_by_customer"),
            # the audit log, newest first; of one person
            models.Index(fields=["-done_at", "-id"], name="staff_act_by_time"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("done_by")),
                name="staff_act_is_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
