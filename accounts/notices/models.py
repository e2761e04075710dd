"""Notices to customers, the attempts to send them, their texts, and how customers are reached."""

import datetime
import uuid
from typing import ClassVar

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.fields import EncryptedTextField
from accounts.notices.choices import AttemptState, Channel, State, Why

#: Nobody is contacted before or after these local times, whatever they prefer.
EARLIEST, LATEST = datetime.time(8), datetime.time(22)


def all_channels() -> list[str]:
    return list(Channel.values)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ContactPreference(models.Model):
    """How and when a customer wants to hear from us; without a row, in the app and by day.

    The language is the customer's own. Hours are local times of `time_zone` (the book's zone where
    it is empty), within 08:00 to 22:00.
    """

    customer = models.OneToOneField(
        "accounts.Customer",
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="contact",
        verbose_name=_("customer"),
    )
    email = EncryptedTextField(_("e-mail"), null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, db_default="")
    contact_from = models.TimeField(
        _("not before"), default=EARLIEST, db_default=models.Value(EARLIEST)
    )
    contact_until = models.TimeField(
        _("not after"), default=LATEST, db_default=models.Value(LATEST)
    )
    channels = ArrayField(
        models.CharField(max_length=16), verbose_name=_("channels"), default=all_channels
    )
    changed_at = models.DateTimeField(_("changed at"), db_default=Now())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("changed by"),
    )

    class Meta:
        verbose_name = _("contact preference")
        verbose_name_plural = _("contact preferences")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    contact_from__gte=EARLIEST,
                    contact_until__lte=LATEST,
                    contact_from__lt=models.F("contact_until"),
                ),
                name="contact_hours_are_within_the_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"

    @property
    def masked_email(self) -> str:
        return mask_email(self.email or "")


def mask_email(address: str) -> str:
    """a***@example.com: enough to recognise one's own."""
    name, at, host = address.partition("@")
    shown = name[:1] if len(name) > 1 else ""
    return f"{shown}{'*' * (len(name) - len(shown))}{at}{host}" if at else ""


class NoticeTemplate(models.Model):
    """A version of a text that the desk published; a new version follows it, none is edited.

    The text that a kind is shipped with is version 0 and has no row.
    """

    kind = models.CharField(_("kind"), max_length=40)
    language = models.CharField(_("language"), max_length=10)
    version = models.PositiveIntegerField(_("version"))
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    published_at = models.DateTimeField(_("published at"), db_default=Now())
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("published by"),
    )

    class Meta:
        verbose_name = _("text of a notice")
        verbose_name_plural = _("texts of notices")
        permissions: ClassVar = [("publish_notice_texts", _("Can publish texts of notices"))]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "language", "version"], name="one_text_a_version"
            ),
            models.CheckConstraint(
                condition=models.Q(version__gte=1), name="published_text_follows_the_shipped_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.language} {self.version}"


class Notice(models.Model):
    """Something a customer is told, once: (kind, key) never comes twice.

    `on` is the business date it is about. `about` names its subject: of the notices about one
    subject that still wait, the newest takes the place of the others. Language, text and version
    are those of the moment in which it was sent; from then on it is a fact.
    """

    public_id = models.UUIDField(
        default=uuid.uuid4, db_default=models.Func(function="gen_random_uuid")
    )
    customer = models.ForeignKey(
        "accounts.Customer",
        on_delete=models.PROTECT,
        related_name="notices",
        db_index=False,
        verbose_name=_("customer"),
    )
    kind = models.CharField(_("kind"), max_length=40)
    key = models.CharField(max_length=120)
    about = models.CharField(max_length=80, blank=True, db_default="")
    on = models.DateField(_("business date"))
    context = models.JSONField(default=dict)
    state = models.CharField(
        _("state"), max_length=8, choices=State, default=State.QUEUED, db_default=State.QUEUED
    )
    why = models.CharField(_("why"), max_length=12, choices=Why, blank=True, db_default="")
    because = models.CharField(max_length=40, blank=True, db_default="")
    queued_at = models.DateTimeField(_("queued at"), db_default=Now())
    due_at = models.DateTimeField(_("not before"), db_default=Now())
    sent_at = models.DateTimeField(_("sent at"), null=True)
    read_at = models.DateTimeField(_("read at"), null=True)
    language = models.CharField(_("language"), max_length=10, blank=True, db_default="")
    subject = models.CharField(_("subject"), max_length=200, blank=True, db_default="")
    body = models.TextField(_("text"), blank=True, db_default="")
    # The same text in the other languages of the house, as {language: [subject, text]}: what staff
    # read who do not read the customer's.
    translations = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    template_version = models.PositiveIntegerField(_("version of the text"), null=True)
    corrects = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="corrected_by",
        db_index=False,
        verbose_name=_("corrects"),
    )

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        permissions: ClassVar = [
            ("resend_notices", _("Can send a failed notice again")),
            ("send_notices", _("Can send a message to many customers")),
        ]
        indexes: ClassVar = [
            # what a worker takes next (delivering.py)
            models.Index(
                fields=["due_at", "id"],
                name="notice_to_deliver",
                condition=models.Q(state__in=("queued", "held")),
            ),
            # a newer notice takes the place of those that wait (queueing.py)
            models.Index(
                fields=["customer", "about"],
                name="notice_to_supersede",
                condition=models.Q(state__in=("queued", "held")),
            ),
            # a customer's notices, newest first: inbox, timeline, corrections
            models.Index(fields=["customer", "id"], name="notice_by_customer"),
            # how many a customer has not read (queries.py)
            models.Index(
                fields=["customer"],
                name="notice_unread",
                condition=models.Q(sent_at__isnull=False, read_at__isnull=True),
            ),
            # the desk's list by state
            models.Index(fields=["state", "id"], name="notice_by_state"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "key"], name="notice_is_queued_once"),
            models.CheckConstraint(
                condition=models.Q(sent_at=None)
                | ~models.Q(subject="") & ~models.Q(body="") & ~models.Q(language=""),
                name="sent_notice_keeps_its_text",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=("queued", "held", "dropped"), sent_at=None)
                | models.Q(state__in=("sending", "sent", "read"), sent_at__isnull=False)
                | models.Q(state="failed"),
                name="notice_is_sent_at_a_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(read_at=None) | models.Q(sent_at__isnull=False),
                name="notice_is_read_after_it_is_sent",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=("held", "dropped", "failed")) | ~models.Q(why=""),
                name="notice_not_sent_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class NoticeAttempt(models.Model):
    """One attempt to send a notice through a channel, on record before it is made."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="attempts")
    channel = models.CharField(_("channel"), max_length=16, choices=Channel)
    n = models.PositiveSmallIntegerField(_("attempt"))
    state = models.CharField(
        _("state"), max_length=8, choices=AttemptState, default=AttemptState.WAITING
    )
    not_before = models.DateTimeField(_("not before"), db_default=Now())
    started_at = models.DateTimeField(_("started at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    to = models.CharField(_("to"), max_length=254, blank=True, db_default="")
    error = models.CharField(_("error"), max_length=500, blank=True, db_default="")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("asked by"),
    )

    class Meta:
        verbose_name = _("attempt to send")
        verbose_name_plural = _("attempts to send")
        indexes: ClassVar = [
            # what a worker sends next, and what a dead one left (mail.py)
            models.Index(
                fields=["not_before", "id"],
                name="attempt_to_make",
                condition=models.Q(state__in=("waiting", "sending")),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "channel", "n"], name="attempt_is_made_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=("waiting", "dropped"))
                | models.Q(started_at__isnull=False),
                name="attempt_begins_before_it_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.channel} {self.n}"
