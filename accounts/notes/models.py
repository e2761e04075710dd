"""Internal notes on a customer: for staff alone, with every version of their words."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

MOST_LETTERS = 5000


class Note(models.Model):
    """A note as it reads now; its words and its pin at each time are its versions."""

    customer = models.ForeignKey(
        "accounts.Customer",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("customer"),
    )
    text = models.TextField(_("note"))
    pinned = models.BooleanField(_("pinned"), db_default=False, default=False)
    version = models.PositiveIntegerField(_("version"), db_default=1, default=1)
    written_at = models.DateTimeField(_("written at"), db_default=Now())
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("written by"),
    )

    class Meta:
        verbose_name = _("internal note")
        verbose_name_plural = _("internal notes")
        permissions: ClassVar = [
            ("write_notes", _("Can write internal notes on customers")),
            ("edit_all_notes", _("Can edit and pin the notes of others")),
        ]
        indexes: ClassVar = [
            # the customer's page: pinned first, then the newest
            models.Index(fields=["customer", "-pinned", "-id"], name="note_by_customer"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(text=""), name="note_says_something"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class NoteVersion(models.Model):
    """What a note said from a moment on, and who wrote it so. Never edited."""

    note = models.ForeignKey(
        Note,
        on_delete=models.PROTECT,
        related_name="versions",
        db_index=False,
        verbose_name=_("internal note"),
    )
    number = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("note"))
    pinned = models.BooleanField(_("pinned"))
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )

    class Meta:
        verbose_name = _("version of a note")
        verbose_name_plural = _("versions of notes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["note", "number"], name="note_version_has_a_number"),
        ]

    def __str__(self) -> str:
        return f"#{self.note_id}.{self.number}"
