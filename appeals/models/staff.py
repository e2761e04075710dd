"""Which member of staff may not deal with which customer."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from appeals.choices import Relation


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class DeclaredConflict(models.Model):
    """Somebody of the staff is this customer, or close to them: they handle none of their cases.

    Declared by the person or by a supervisor; ended, never deleted.
    """

    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("member of staff")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    relation = models.CharField(_("relation"), max_length=10, choices=Relation)
    words = models.CharField(_("in words"), max_length=200, blank=True, db_default="")
    declared_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("declared by")
    )
    declared_at = models.DateTimeField(_("declared at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ended by"),
    )

    class Meta:
        verbose_name = _("declared conflict")
        verbose_name_plural = _("declared conflicts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "customer"],
                name="one_standing_conflict_a_pair",
                condition=models.Q(ended_at=None),
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by=None)
                | (
                    models.Q(ended_at__isnull=False, ended_by__isnull=False)
                    & ~models.Q(ended_by=models.F("user"))
                ),
                name="conflict_is_ended_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.customer_id}"
