"""Authorisations: what a merchant or partner was told about a purchase or draw to come."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from billing.columns import MoneyField, amounts
from billing.models import CreditLine, Fact
from risk.choices import AuthorizationStatus, Spend


class Authorization(models.Model):
    """One answer, approved or declined at once. Others have relied on it: it is not revised, also
    if a late fact shows that the limit was another (RULES, Facts and consequences).

    While it is open its amount is held from what may be used. `reasons` are stable codes:
    `over_limit`, `line_suspended`, `marked:MARK` for a mark that closes every line,
    `restricted:TRIGGER` for each restriction in force.
    """

    public_id = models.UUIDField(
        _("public id"),
        default=uuid.uuid4,
        db_default=models.Func(function="gen_random_uuid"),
        unique=True,
        editable=False,
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    line = models.ForeignKey(CreditLine, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Spend)
    reference = models.CharField(_("reference"), max_length=80, unique=True)
    amount = MoneyField(_("amount"))
    instalments = models.PositiveSmallIntegerField(_("instalments"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=AuthorizationStatus)
    reasons = ArrayField(models.CharField(max_length=80), verbose_name=_("reasons"), default=list)
    available = MoneyField(_("available then"))
    decided_at = models.DateTimeField(_("decided at"))
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    captured = MoneyField(_("captured"), null=True, blank=True)
    fact = models.OneToOneField(
        Fact,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="authorization",
        verbose_name=_("fact"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("authorisation")
        verbose_name_plural = _("authorisations")
        indexes: ClassVar = [
            # what is held of a line (authorize.sql)
            models.Index(
                fields=["line", "expires_at"],
                name="authorization_open_on_line",
                condition=models.Q(status="approved"),
            ),
            # a customer's authorisations: the API, the customer page
            models.Index(fields=["customer", "decided_at"], name="authorization_by_customer"),
            # those whose time is over (operations.expire)
            models.Index(
                fields=["expires_at"],
                name="authorization_to_expire",
                condition=models.Q(status="approved"),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=amounts("available") & models.Q(amount__gt=0, amount__lt=10**12),
                name="authorization_is_of_an_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(captured=None)
                | models.Q(captured__gt=0, captured__lte=models.F("amount")),
                name="no_more_is_captured_than_authorized",
            ),
            models.CheckConstraint(
                condition=models.Q(status="captured", captured__isnull=False, fact__isnull=False)
                | (~models.Q(status="captured") & models.Q(captured=None, fact=None)),
                name="captured_authorization_says_how_much",
            ),
            models.CheckConstraint(
                condition=models.Q(status="approved", ended_at=None, expires_at__isnull=False)
                | (~models.Q(status="approved") & models.Q(ended_at__isnull=False)),
                name="open_authorization_has_not_ended",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="declined") | ~models.Q(reasons=[]),
                name="declined_authorization_names_reasons",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="draw")
                | models.Q(instalments__isnull=False, instalments__gte=1),
                name="authorized_draw_has_instalments",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
