"""Products with their dated terms, and the customers' credit lines."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from billing.choices import Product
from billing.columns import MoneyField


class ProductTerms(models.Model):
    """Terms of one product from a date on; never changed once published."""

    product = models.CharField(_("product"), max_length=20, choices=Product)
    effective_from = models.DateField(_("effective from"))
    document = models.JSONField(_("terms"))
    preset = models.CharField(_("preset"), max_length=20, blank=True, db_default="")
    published_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(_("published at"), db_default=models.functions.Now())

    class Meta:
        verbose_name = _("product terms")
        verbose_name_plural = _("product terms")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["product", "effective_from"], name="one_terms_version_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_product_display()} {self.effective_from}"


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent())
class CreditLine(models.Model):
    """A customer's line of one product. What changes daily stands in LineState."""

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="lines", db_index=False
    )
    product = models.CharField(_("product"), max_length=20, choices=Product)
    number = models.CharField(_("number"), max_length=60, unique=True)
    opened_on = models.DateField(_("opened on"))
    opening_limit = MoneyField(_("opening limit"))

    class Meta:
        verbose_name = _("credit line")
        verbose_name_plural = _("credit lines")
        constraints: ClassVar = [
            # also serves: the lines of a customer (every screen, every trigger of a restriction)
            models.UniqueConstraint(fields=["customer", "product"], name="one_line_a_product"),
            models.CheckConstraint(
                condition=models.Q(opening_limit__gte=0, opening_limit__lt=10**12),
                name="opening_limit_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.number
