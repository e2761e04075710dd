"""What the partner API takes and gives."""

from typing import Any

from rest_framework import serializers

from billing.api import AmountField, LoanShape, Shape
from billing.choices import BillOrigin, Component, EntryKind, FactKind, FileState, Outcome, Product
from risk.choices import AuthorizationStatus, Cause, Effect, Severity, Spend, Status, Trigger

#: A name that a partner gives to a fact: it is taken once for each kind.
NAME = r"^[\x21-\x7e]{1,80}$"


class Named(serializers.RegexField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(NAME, **kwargs)


class PartnerCustomer(Shape):
    number = serializers.CharField()
    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    customer_since = serializers.DateField(source="opened_on")
    language = serializers.CharField()


class PartnerLine(Shape):
    number = serializers.CharField()
    product = serializers.ChoiceField(choices=Product.choices)
    status = serializers.ChoiceField(choices=Status.choices)
    assigned_limit = AmountField()
    effective_limit = AmountField()
    available = AmountField()
    used = AmountField()
    outstanding = AmountField()
    credit_balance = AmountField(source="credit")
    days_past_due = serializers.IntegerField(source="dpd")
    severity = serializers.ChoiceField(choices=Severity.choices)


class PartnerBill(Shape):
    number = serializers.CharField()
    line = serializers.CharField(source="line.number")
    origin = serializers.ChoiceField(choices=BillOrigin.choices)
    issued_on = serializers.DateField()
    due_on = serializers.DateField()
    principal = AmountField()
    interest = AmountField()
    outstanding = AmountField(source="owed")
    overdue_since = serializers.DateField(allow_null=True)
    written_off_on = serializers.DateField(allow_null=True)


class PartnerWriteOff(Shape):
    bill = serializers.CharField(source="bill.number")
    line = serializers.CharField(source="line.number")
    written_off_on = serializers.DateField(source="written_on")
    amount = AmountField(help_text="What was outstanding when it was written off.")
    owed = AmountField(help_text="What still is; the customer owes it as before.")


class PartnerEntry(Shape):
    id = serializers.IntegerField(source="pk")
    line = serializers.CharField(source="line.number")
    bill = serializers.CharField(source="bill.number", allow_null=True, default=None)
    kind = serializers.ChoiceField(choices=EntryKind.choices)
    component = serializers.ChoiceField(choices=Component.choices)
    amount = serializers.DecimalField(
        max_digits=14,
        decimal_places=2,
        help_text="Plus is owed by the customer; on credit, to them. On books it changes "
        "nothing for them: what a write-off took off the lender's books, or came back.",
    )
    value_on = serializers.DateField()
    booked_on = serializers.DateField()
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)


class PartnerEpisode(Shape):
    id = serializers.IntegerField(source="pk")
    line = serializers.CharField(source="line.number")
    opened_on = serializers.DateField()
    cured_on = serializers.DateField(allow_null=True)
    severity = serializers.ChoiceField(choices=Severity.choices)
    oldest_due = serializers.DateField()
    reversed_on = serializers.DateField(allow_null=True)


class PartnerPoint(Shape):
    on = serializers.DateField()
    cause = serializers.ChoiceField(choices=Cause.choices)
    threshold = serializers.IntegerField()
    points = serializers.IntegerField()
    expires_on = serializers.DateField(allow_null=True)
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)


class PartnerScore(Shape):
    score = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateField(allow_null=True)


class PartnerRestriction(Shape):
    id = serializers.IntegerField(source="restriction.pk")
    product = serializers.CharField(source="restriction.line.product")
    code = serializers.CharField(source="restriction.code")
    trigger = serializers.ChoiceField(choices=Trigger.choices, source="restriction.trigger")
    effect = serializers.ChoiceField(choices=Effect.choices, source="restriction.effect")
    since = serializers.DateField(source="restriction.from_on")
    title = serializers.CharField()
    happened = serializers.ListField(child=serializers.CharField())
    lifts = serializers.ListField(child=serializers.CharField())
    earliest = serializers.DateField(allow_null=True)


class PartnerFact(Shape):
    id = serializers.IntegerField(source="pk")
    kind = serializers.ChoiceField(choices=FactKind.choices)
    number = serializers.CharField(allow_null=True)
    line = serializers.CharField(source="line.number")
    amount = AmountField(allow_null=True)
    bill = serializers.CharField(source="bill_number", allow_null=True)
    booked_on = serializers.DateField()
    value_on = serializers.DateField()


class Dated(Shape):
    value_on = serializers.DateField(
        required=False, help_text="When it counts; today if left out. Not after today."
    )


class PurchaseIn(Dated):
    number = Named(help_text="Your own number of the purchase.")
    line = serializers.CharField(max_length=60)
    amount = AmountField()


class DrawIn(PurchaseIn):
    instalments = serializers.IntegerField(min_value=1, max_value=360)


class RepaymentIn(PurchaseIn):
    pass


class PayoutIn(Shape):
    number = Named(help_text="Your own number of the payout.")
    line = serializers.CharField(max_length=60)
    amount = AmountField(help_text="At most the line's credit balance.")


class ReversalIn(Shape):
    reason = serializers.CharField(max_length=200, required=False, default="")


class RefundIn(Dated):
    bill = serializers.CharField(max_length=80)
    amount = AmountField()


class DisputeIn(RefundIn):
    pass


class VerdictIn(Shape):
    bill = serializers.CharField(max_length=80, help_text="The bill whose dispute is open.")
    outcome = serializers.ChoiceField(
        choices=Outcome.choices,
        help_text="`customer`: it was never owed; `lender`: it is billed again.",
    )
    reason = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class AuthorizationIn(Shape):
    reference = Named(help_text="Your own number; with the same content it answers the same.")
    line = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(choices=Spend.choices)
    amount = AmountField()
    instalments = serializers.IntegerField(min_value=1, max_value=360, required=False)
    hours = serializers.IntegerField(
        min_value=1,
        max_value=720,
        required=False,
        help_text="How long it is held; 168 if left out.",
    )


class CaptureIn(Shape):
    amount = AmountField(required=False, help_text="All of it if left out.")


class AuthorizationOut(Shape):
    id = serializers.UUIDField(source="public_id")
    reference = serializers.CharField()
    line = serializers.CharField(source="line.number")
    kind = serializers.ChoiceField(choices=Spend.choices)
    status = serializers.ChoiceField(choices=AuthorizationStatus.choices)
    reasons = serializers.ListField(
        child=serializers.CharField(),
        help_text="Why it was declined: `over_limit` or `line_suspended`, then "
        "`marked:MARK` for a mark that closes every line, and `restricted:TRIGGER` for each "
        "restriction in force.",
    )
    amount = AmountField()
    captured = AmountField(allow_null=True)
    decided_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)


class SettlementOut(Shape):
    id = serializers.UUIDField(source="public_id")
    channel = serializers.CharField(source="channel.code")
    day = serializers.DateField()
    state = serializers.ChoiceField(choices=FileState.choices)
    lines = serializers.IntegerField()
    report = serializers.JSONField()


class LoanOut(LoanShape):
    line = serializers.CharField(source="fact.line.number")


class QuoteIn(Shape):
    loan = Named()
    amount = AmountField(required=False)


class FiguresOut(Shape):
    principal = AmountField()
    interest = AmountField(help_text="To the day, on the principal.")
    given_back = AmountField(help_text="Interest that was billed ahead.")
    credited = AmountField(help_text="What the line's credit balance pays of it.")
    other_bills = AmountField(help_text="What is to be paid before it or with it, fees included.")
    fees = AmountField(help_text="Late fees within the total.")
    total = AmountField(help_text="What to pay today.")
    left = AmountField(source="left_principal", help_text="Principal not billed yet afterwards.")


class QuoteOut(Shape):
    loan = serializers.CharField(source="draw")
    figures = FiguresOut()
    interest_saved = serializers.DecimalField(max_digits=14, decimal_places=2)
    valid_until = serializers.DateField(help_text="Until this business day ends.")


class SettleIn(QuoteIn):
    number = Named(required=False, help_text="Of its bill; one is given if left out.")
    line = serializers.CharField(max_length=60)
    total = AmountField(required=False, help_text="That of the quote.")
    paid = serializers.BooleanField(required=False, default=False)


class SettlementDone(Shape):
    settlement = PartnerFact(source="fact")
    figures = FiguresOut()
    repayment = PartnerFact(allow_null=True)
