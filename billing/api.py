"""What the APIs share of money: its shapes, and amounts as text, exact to the cent."""

import re
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.terms import amount as exact_amount

#: As `billing.terms.exact` takes it: no leading zeros.
_FORM = r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?"
_PLAIN = re.compile(_FORM)


@extend_schema_field({"type": "string", "pattern": f"^{_FORM}$", "examples": ["1005.50"]})
class AmountField(serializers.Field):  # type: ignore[type-arg]
    """`"1005.50"`: digits and a point, never a JSON number, which programs read as a float."""

    default_error_messages = {
        "amount": _('Give the amount as text, such as "1005.50", to the cent at most.'),
    }

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not _PLAIN.fullmatch(data):
            self.fail("amount")
        return exact_amount(data)

    def to_representation(self, value: Decimal) -> str:
        return f"{value:.2f}"


class Shape(serializers.Serializer[Any]):
    # A serializer of values; nothing here saves a row. No docstring: what inherits it would be
    # described by it to those who use the API.
    pass


class LoanShape(Shape):
    """A loan that can be settled early."""

    loan = serializers.CharField(source="number")
    drawn_on = serializers.DateField(source="fact.value_on")
    drawn = AmountField(source="fact.amount")
    not_billed = AmountField(source="left")
    interest_to_come = AmountField(source="interest")
    instalments_left = serializers.IntegerField(source="instalments")
    next_due_on = serializers.DateField(source="next_due")
