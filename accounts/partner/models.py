"""Service accounts, their tokens, and the answers that their keys stand for."""

import datetime
from typing import ClassVar

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class PartnerScope(models.TextChoices):
    """What a token may do; none includes another."""

    CUSTOMERS = "customers:read", _("Read customers and their credit")
    FACTS = "facts:write", _("Book facts of money")
    AUTHORIZATIONS = "authorizations:write", _("Ask for authorisations and settle them")
    SETTLEMENT = "settlement:write", _("Send settlement files")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ServiceAccount(models.Model):
    """A partner system. Inactive, none of its tokens opens anything."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    active = models.BooleanField(_("active"), default=True)
    reads_a_minute = models.PositiveIntegerField(_("reads a minute"), default=6000)
    writes_a_minute = models.PositiveIntegerField(_("writes a minute"), default=6000)
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        verbose_name = _("service account")
        verbose_name_plural = _("service accounts")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(name=""), name="service_account_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ServiceToken(models.Model):
    """A key of a service account, shown once and kept as its hash."""

    account = models.ForeignKey(
        ServiceAccount,
        on_delete=models.PROTECT,
        related_name="tokens",
        verbose_name=_("service account"),
    )
    hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=24, choices=PartnerScope), verbose_name=_("may")
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("created by"),
    )
    expires_at = models.DateTimeField(_("expires at"))
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("revoked by"),
    )

    class Meta:
        verbose_name = _("service token")
        verbose_name_plural = _("service tokens")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(scopes__len__gte=1)
                & models.Q(scopes__contained_by=PartnerScope.values),
                name="service_token_may_something_known",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def is_open(self, at: datetime.datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at and self.account.active


class Answer(models.Model):
    """What a write was answered under its account's key; committed with the write's effect."""

    account = models.ForeignKey(
        ServiceAccount, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    key = models.CharField(_("key"), max_length=100)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(_("status"))
    body = models.JSONField(_("body"))
    at = models.DateTimeField(_("time"), db_default=Now())

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        indexes: ClassVar = [
            # what is older than it is kept (once.forget)
            models.Index(fields=["at"], name="answer_by_time"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "key"], name="a_key_is_answered_once"),
        ]

    def __str__(self) -> str:
        return self.key
