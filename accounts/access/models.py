"""One-time codes, tokens, and what customers took away of their own data."""

import datetime
import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """What a token may do; `write` does not include `read`."""

    READ = "read", _("Read")
    WRITE = "write", _("Act")


class Door(models.TextChoices):
    """Where a customer came in."""

    PORTAL = "portal", _("Portal")
    API = "api", _("API")


class SignInCode(models.Model):
    """The code that was last asked for under a number; asking anew replaces it.

    A row is made for a number that nobody has too, so that an answer tells nobody apart. Neither
    the number nor the code stands here, only their keyed fingerprints.
    """

    fingerprint = models.CharField(max_length=64, primary_key=True)
    customer = models.ForeignKey(
        "accounts.Customer",
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("customer"),
    )
    code = models.CharField(max_length=64)
    asked_at = models.DateTimeField(_("asked at"))
    expires_at = models.DateTimeField(_("expires at"))
    tries = models.PositiveSmallIntegerField(_("tries"), db_default=0, default=0)

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")
        indexes: ClassVar = [
            # what is over is swept out with the next code (accounts/access/codes.py)
            models.Index(fields=["expires_at"], name="code_by_expiry"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("asked_at")),
                name="code_expires_after_it_was_asked",
            ),
        ]

    def __str__(self) -> str:
        return self.fingerprint[:8]


class ApiToken(models.Model):
    """A customer's key to `/api/v1/me/`, shown once and kept as its hash."""

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(
        "accounts.Customer",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    name = models.CharField(_("name"), max_length=60)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=10, choices=Scope), verbose_name=_("may"), default=list
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    expires_at = models.DateTimeField(_("expires at"))
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(name=""), name="token_has_a_name"),
            models.CheckConstraint(
                condition=models.Q(scopes__len__gte=1)
                & models.Q(scopes__contained_by=[Scope.READ, Scope.WRITE]),
                name="token_may_read_or_act",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_open(self, at: datetime.datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


class DataExport(models.Model):
    """A customer took away everything that is held about them; written before the first byte."""

    customer = models.ForeignKey(
        "accounts.Customer",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    at = models.DateTimeField(_("time"), db_default=Now())
    door = models.CharField(_("through"), max_length=10, choices=Door)

    class Meta:
        verbose_name = _("export of own data")
        verbose_name_plural = _("exports of own data")

    def __str__(self) -> str:
        return f"#{self.pk}"
