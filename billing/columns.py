"""Money columns: exact, two decimals, refused at the door when finer."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

MAX_DIGITS = 14


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """Amount in the currency's major unit. Saving half a cent raises, it never rounds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"], kwargs["decimal_places"] = MAX_DIGITS, 2
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, Decimal) and value.is_finite():
            exponent = value.as_tuple().exponent
            if isinstance(exponent, int) and exponent < -2 and value != round(value, 2):
                raise ValidationError(
                    _("%(value)s is finer than the cent"), params={"value": value}
                )
        return super().get_db_prep_save(value, connection)


def loose(
    to: type[models.Model], name: Any, *, related_name: str = "+", null: bool = False
) -> "models.ForeignKey[Any, Any]":
    """A reference without index or constraint, for tables that the engine writes in bulk.

    Checking a foreign key costs more than the insert; `check_book` looks for strays instead.
    """
    return models.ForeignKey(
        to,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name=related_name,
        verbose_name=name,
        null=null,
    )


def amounts(*columns: str) -> models.Q:
    """Each amount is at least 0 and below the bound; NaN, which is above every number, is not."""
    condition = models.Q()
    for column in columns:
        condition &= models.Q(**{f"{column}__gte": 0, f"{column}__lt": 10**12})
    return condition


def totals(*columns: str) -> models.Q:
    """Each sum of amounts, on either side of 0, is a number."""
    condition = models.Q()
    for column in columns:
        condition &= models.Q(**{f"{column}__gt": -(10**14), f"{column}__lt": 10**14})
    return condition
