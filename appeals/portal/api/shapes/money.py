"""Bills, entries, payments, plans."""

from rest_framework import serializers

from appeals.portal import book
from billing.api import AmountField, Shape
from billing.choices import Component, EntryKind, PlanStatus, Product


class BillShape(Shape):
    number = serializers.CharField(source="bill.number")
    product = serializers.CharField(source="bill.line.product")
    issued_on = serializers.DateField(source="bill.issued_on")
    due_on = serializers.DateField(source="bill.due_on")
    principal = AmountField(source="bill.principal", help_text="As issued.")
    interest = AmountField(source="bill.interest", help_text="As issued.")
    owed = AmountField(help_text="What is left to pay, fees included.")
    fees_owed = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=["open", "overdue", "in_plan", "written_off", "paid"])
    written_off_on = serializers.DateField(
        source="written_off.written_on",
        allow_null=True,
        default=None,
        help_text="When the lender took it off the books; what is owed is owed as before.",
    )
    days_late = serializers.IntegerField(source="days")

    def get_fees_owed(self, row: book.BillView) -> str:
        return f"{row.open.fee:.2f}" if row.open else "0.00"


class EntryShape(Shape):
    id = serializers.IntegerField(source="pk")
    bill = serializers.CharField(source="bill.number", allow_null=True, default=None)
    product = serializers.CharField(source="line.product")
    kind = serializers.ChoiceField(choices=EntryKind.choices)
    component = serializers.ChoiceField(choices=Component.choices)
    amount = serializers.DecimalField(
        max_digits=14, decimal_places=2, help_text="Plus is owed by you; on credit, to you."
    )
    for_on = serializers.DateField()
    value_on = serializers.DateField()
    booked_on = serializers.DateField()
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)


class RepaymentShape(Shape):
    number = serializers.CharField(allow_null=True)
    product = serializers.CharField(source="line.product")
    amount = AmountField()
    value_on = serializers.DateField()
    booked_on = serializers.DateField()
    came_back = serializers.BooleanField()


class PayShape(Shape):
    product = serializers.ChoiceField(choices=Product.choices)
    amount = AmountField()


class PartShape(Shape):
    due_on = serializers.DateField()
    amount = AmountField()
    left = AmountField(help_text="What of it is still to pay.")


class PlanShape(Shape):
    number = serializers.CharField(source="plan.number")
    product = serializers.CharField(source="plan.line.product")
    started_on = serializers.DateField(source="plan.started_on")
    status = serializers.ChoiceField(choices=PlanStatus.choices, source="plan.status")
    ended_on = serializers.DateField(source="plan.ended_on", allow_null=True)
    counted = AmountField(source="plan.counted")
    instalments = PartShape(source="parts", many=True)


class MandateShape(Shape):
    id = serializers.UUIDField(source="public_id")
    product = serializers.CharField(source="line.product")
    bank = serializers.CharField()
    account = serializers.CharField(help_text="Its last four digits.")
    given_on = serializers.DateField()


class GiveShape(Shape):
    product = serializers.ChoiceField(choices=Product.choices)
    bank = serializers.CharField(max_length=60)
    account = serializers.CharField(
        max_length=40, write_only=True, help_text="8 to 24 digits; goes to the channel alone."
    )
