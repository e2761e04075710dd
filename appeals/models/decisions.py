"""How an appeal was decided, in the words of the letter."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from appeals.choices import Result
from appeals.models.appeals import Appeal


class AppealDecision(models.Model):
    """What was asked, found and decided, what changes when, and how to go further. Append-only.

    `package` is what was carried out with it, in one transaction, as `appeals.remedies` reads it.
    """

    appeal = models.OneToOneField(Appeal, on_delete=models.PROTECT, related_name="decision")
    result = models.CharField(pgettext_lazy("appeal", "result"), max_length=8, choices=Result)
    asked = models.TextField(_("what was asked"))
    found = models.TextField(_("what was found"))
    reasons = models.TextField(_("why it was decided so"))
    changes = models.TextField(_("what changes, and when"), blank=True)
    further = models.TextField(_("how to go further"), blank=True)
    package = models.JSONField(_("remedies"), default=dict)
    amount = models.DecimalField(_("granted amount"), max_digits=14, decimal_places=2, default=0)
    decided_on = models.DateField(_("business date"))
    decided_at = models.DateTimeField(_("decided at"))
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    approved_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )

    class Meta:
        verbose_name = _("decision of an appeal")
        verbose_name_plural = _("decisions of appeals")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(approved_by=None)
                | ~models.Q(approved_by=models.F("decided_by")),
                name="appeal_decision_is_approved_by_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(found="") & ~models.Q(reasons=""),
                name="appeal_decision_gives_reasons",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=0, amount__lt=10**12),
                name="granted_amount_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.appeal_id} {self.result}"
