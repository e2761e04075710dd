"""Endpoints of partners, what was announced, and its way to each of them."""

import uuid
from typing import ClassVar

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.fields import EncryptedTextField
from accounts.outbox.choices import DeliveryState, Event


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    exclude=["secret", "previous_secret"],
)
class WebhookEndpoint(models.Model):
    """Where a partner wants to hear of events. While a secret is replaced, both sign."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    url = models.CharField(_("address"), max_length=500)
    secret = EncryptedTextField(_("secret"), null=True)
    previous_secret = EncryptedTextField(_("previous secret"), null=True)
    previous_until = models.DateTimeField(_("previous secret signs until"), null=True)
    wants = ArrayField(
        models.CharField(max_length=40, choices=Event), verbose_name=_("events"), default=list
    )
    active = models.BooleanField(_("active"), default=True, db_default=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("created by"),
    )

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(wants=[]), name="endpoint_wants_at_least_one_event"
            ),
            models.CheckConstraint(
                condition=models.Q(previous_secret=None, previous_until=None)
                | models.Q(previous_secret__isnull=False, previous_until__isnull=False),
                name="previous_secret_has_its_end",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OutboxEvent(models.Model):
    """One event, written in the transaction of its effect. `customer` is None for the whole book.

    Ids of one customer's events are in the order of their effects: each holds the customer.
    """

    public_id = models.UUIDField(
        _("public id"), default=uuid.uuid4, db_default=models.Func(function="gen_random_uuid")
    )
    event = models.CharField(_("event"), max_length=40, choices=Event)
    key = models.CharField(max_length=120)
    customer = models.ForeignKey(
        "accounts.Customer",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("customer"),
    )
    occurred_at = models.DateTimeField(_("occurred at"))
    data = models.JSONField(_("data"), default=dict)

    class Meta:
        verbose_name = _("announced event")
        verbose_name_plural = _("announced events")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "key"], name="event_is_announced_once"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.key}"


class WebhookDelivery(models.Model):
    """An event on its way to an endpoint: at least once, in order per customer.

    `lane` is the customer's id, 0 for the book: of one lane the first that is not done goes next.
    """

    endpoint = models.ForeignKey(
        WebhookEndpoint,
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_index=False,
        verbose_name=_("endpoint"),
    )
    event = models.ForeignKey(
        OutboxEvent,
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_index=False,
        verbose_name=_("event"),
    )
    lane = models.BigIntegerField(db_default=0)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=DeliveryState,
        default=DeliveryState.WAITING,
        db_default=DeliveryState.WAITING,
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    next_at = models.DateTimeField(_("next attempt"), db_default=Now())
    done_at = models.DateTimeField(_("done at"), null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("sent again or skipped by"),
    )

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        permissions: ClassVar = [("resend_webhooks", _("Can send webhooks again"))]
        indexes: ClassVar = [
            # the first of each lane that is not done (delivering.py); those given up (the desk)
            models.Index(
                fields=["endpoint", "lane", "id"],
                name="delivery_not_done",
                condition=models.Q(state__in=("waiting", "dead")),
            ),
            models.Index(fields=["id"], name="delivery_given_up", condition=models.Q(state="dead")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["event", "endpoint"], name="event_goes_to_an_endpoint_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=("waiting", "dead"), done_at=None)
                | models.Q(state__in=("delivered", "skipped"), done_at__isnull=False),
                name="delivery_is_done_at_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id}>{self.endpoint_id}"


class WebhookAttempt(models.Model):
    """One request and what came back, as far as it is kept."""

    delivery = models.ForeignKey(
        WebhookDelivery, on_delete=models.PROTECT, related_name="log", verbose_name=_("delivery")
    )
    n = models.PositiveSmallIntegerField(_("attempt"))
    at = models.DateTimeField(_("time"))
    url = models.CharField(_("address"), max_length=500)
    request = models.TextField(_("request"))
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    response = models.TextField(_("response"), blank=True, db_default="")
    error = models.CharField(_("error"), max_length=300, blank=True, db_default="")
    milliseconds = models.PositiveIntegerField(_("milliseconds"))

    class Meta:
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["delivery", "n"], name="one_webhook_attempt_a_number"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.n}"
