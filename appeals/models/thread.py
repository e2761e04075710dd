"""What customer and staff say to each other; and, apart from it, what staff tell themselves.

The two tables know nothing of each other. An internal note has no reverse name on the appeal and
no column in common with a message but the appeal, so that nothing which reads a thread for a
customer can come upon one.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from appeals.choices import Who
from appeals.models.appeals import Appeal


class Message(models.Model):
    """A message between the customer and us; both see all of them. Append-only."""

    appeal = models.ForeignKey(
        Appeal, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    author = models.CharField(_("author"), max_length=8, choices=Who)
    by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    text = models.TextField(_("text"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes: ClassVar = [
            # the thread, oldest first
            models.Index(fields=["appeal", "id"], name="message_by_appeal"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(author="customer")
                | models.Q(author="staff", by__isnull=False)
                | models.Q(author="system", by=None),
                name="message_of_staff_names_them",
            ),
            models.CheckConstraint(condition=~models.Q(text=""), name="message_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.appeal_id} {self.at:%Y-%m-%d}"


class InternalNote(models.Model):
    """A remark of staff that no customer sees. Append-only."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="+", db_index=False)
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("by")
    )
    text = models.TextField(_("text"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("internal note")
        verbose_name_plural = _("internal notes")
        indexes: ClassVar = [
            # the case page, oldest first
            models.Index(fields=["appeal", "id"], name="internal_note_by_appeal"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(text=""), name="internal_note_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.appeal_id} {self.at:%Y-%m-%d}"
