"""What the desk keeps of signing in: events that nobody changes, and attempts while they count.

Neither holds a password, a code or a whole address. A name that nobody here has is kept by its
first letters alone: people type passwords into the wrong field.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class SignInKind(models.TextChoices):
    SIGNED_IN = "signed_in", _("Signed in")
    FAILED = "failed", _("Attempt failed")
    LOCKED = "locked", _("Locked out")
    LIFTED = "lifted", _("Lock-out lifted")
    SIGNED_OUT = "signed_out", _("Signed out")
    FACTOR_SET = "factor_set", _("Second factor set up")
    FACTOR_REMOVED = "factor_removed", _("Second factor removed")
    CODES_MADE = "codes_made", _("Recovery codes made")
    CODE_USED = "code_used", _("Recovery code used")
    PASSWORD = "password", _("Password changed")
    SESSIONS_ENDED = "sessions_ended", _("Sessions ended")


class Guarded(models.TextChoices):
    """What attempts are counted by."""

    ACCOUNT = "account", _("User name")
    ADDRESS = "address", _("Address")
    CODE = "code", _("Code of the second factor")


class SignInEvent(models.Model):
    """Something about one person's way in. `by` is who did it, if somebody else."""

    at = models.DateTimeField(_("time"), db_default=Now(), editable=False)
    kind = models.CharField(_("what"), max_length=16, choices=SignInKind)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("user"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    about = models.CharField(_("about"), max_length=200, blank=True, db_default="")
    address = models.CharField(_("address"), max_length=60, blank=True, db_default="")
    device = models.CharField(_("device"), max_length=80, blank=True, db_default="")

    class Meta:
        verbose_name = _("sign-in event")
        verbose_name_plural = _("sign-in events")
        permissions: ClassVar = [("read_audit_log", _("Can read the audit log"))]
        indexes: ClassVar = [
            # the audit log, newest first; and of one person
            models.Index(fields=["-at", "-id"], name="sign_in_by_time"),
            models.Index(fields=["user", "-at"], name="sign_in_by_user"),
            models.Index(
                fields=["by", "-at"], name="sign_in_by_actor", condition=models.Q(by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_kind_display()}"


class Attempts(models.Model):
    """Attempts of late for one name, address or second factor; no row when there were none.

    `key` is a fingerprint, so that a name that nobody has is counted like any other and the table
    holds no addresses.
    """

    kind = models.CharField(_("counted by"), max_length=8, choices=Guarded)
    key = models.CharField(max_length=64, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("user"),
    )
    shown = models.CharField(_("who"), max_length=80)
    failures = models.IntegerField(_("failures"))
    since = models.DateTimeField(_("since"))
    locked_until = models.DateTimeField(_("locked until"), null=True)

    class Meta:
        verbose_name = _("lock-out")
        verbose_name_plural = _("lock-outs")
        permissions: ClassVar = [("lift_lockout", _("Can lift a lock-out"))]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "key"], name="attempts_are_counted_once"),
            models.CheckConstraint(
                condition=models.Q(failures__gte=0), name="attempts_are_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.shown
