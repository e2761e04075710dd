"""What the API takes and gives."""

from typing import Any

from rest_framework import serializers

from accounts.notices.choices import Channel
from appeals.choices import Ask, Kind, Result, State, Subject
from appeals.offers.choices import OfferState, Side
from appeals.portal import about, book
from billing.api import AmountField
from billing.choices import Component, EntryKind, PlanStatus, Product
from risk.choices import Effect, Severity, Status
from risk.explain.codes import ReasonCode


class Shape(serializers.Serializer[Any]):
    """A serializer of values; nothing here saves a row."""


class MeShape(Shape):
    number = serializers.CharField()
    name = serializers.CharField()
    customer_since = serializers.DateField(source="opened_on")
    language = serializers.CharField()
    phone = serializers.CharField(source="masked_phone", help_text="Masked.")


class AdviceShape(Shape):
    what = serializers.CharField(help_text="What to do today, in one sentence.")
    then = serializers.ListField(child=serializers.CharField(), help_text="What follows from it.")


class LineShape(Shape):
    product = serializers.ChoiceField(choices=Product.choices, source="row.product")
    number = serializers.CharField(source="row.number")
    status = serializers.ChoiceField(choices=Status.choices, source="row.status")
    assigned_limit = AmountField(source="row.assigned_limit")
    effective_limit = AmountField(source="row.effective_limit")
    available = AmountField(source="row.available")
    used = AmountField(source="row.used")
    billed_unpaid = AmountField(source="row.outstanding")
    credit_balance = AmountField(source="row.credit")
    days_past_due = serializers.IntegerField(source="row.dpd")
    severity = serializers.ChoiceField(choices=Severity.choices, source="row.severity")
    back_on = serializers.DateField(
        source="free_on",
        allow_null=True,
        help_text="The earliest day on which nothing restricts it, if all overdue is paid today.",
    )


class DueShape(Shape):
    product = serializers.CharField()
    number = serializers.CharField(help_text="The bill's, or the plan's.")
    due_on = serializers.DateField(source="on")
    amount = AmountField()
    days_late = serializers.IntegerField(source="days")
    of_plan = serializers.BooleanField()


class LinesShape(Shape):
    as_of = serializers.DateField(source="on")
    today = AdviceShape()
    lines = LineShape(many=True)
    due = DueShape(source="dues", many=True)


class EvidenceShape(Shape):
    text = serializers.CharField()


class RestrictionShape(Shape):
    about = serializers.SerializerMethodField(help_text="Names it when you appeal against it.")
    reason_code = serializers.ChoiceField(
        choices=[(str(code), str(code)) for code in ReasonCode], source="code"
    )
    product = serializers.CharField(source="restriction.line.product")
    rule = serializers.CharField(source="restriction.code")
    effect = serializers.ChoiceField(choices=Effect.choices, source="restriction.effect")
    factor = serializers.DecimalField(
        max_digits=13, decimal_places=12, source="restriction.factor", normalize_output=True
    )
    from_on = serializers.DateField(source="restriction.from_on")
    until_on = serializers.DateField(
        source="restriction.until_on", allow_null=True, help_text="The day it was lifted."
    )
    taken_back_on = serializers.DateField(
        source="restriction.reversed_on",
        allow_null=True,
        help_text="The day it was found to have been wrong from its first day on.",
    )
    title = serializers.CharField()
    happened = serializers.ListField(child=serializers.CharField())
    effect_words = serializers.SerializerMethodField()
    lifts = serializers.ListField(child=serializers.CharField())
    earliest_on = serializers.DateField(source="earliest", allow_null=True)
    policy = serializers.CharField(source="policy.name", allow_null=True, default=None)
    policy_from = serializers.DateField(
        source="policy.effective_from", allow_null=True, default=None
    )
    rule_words = serializers.SerializerMethodField()
    evidence = EvidenceShape(many=True)

    def get_about(self, reason: Any) -> str:
        row = reason.restriction
        return about.ref(row.customer_id, Subject.RESTRICTION.value, row.pk)

    def get_effect_words(self, reason: Any) -> str:
        return str(reason.effect)

    def get_rule_words(self, reason: Any) -> str:
        return str(reason.rule)


class BillShape(Shape):
    number = serializers.CharField(source="bill.number")
    product = serializers.CharField(source="bill.line.product")
    issued_on = serializers.DateField(source="bill.issued_on")
    due_on = serializers.DateField(source="bill.due_on")
    principal = AmountField(source="bill.principal", help_text="As issued.")
    interest = AmountField(source="bill.interest", help_text="As issued.")
    owed = AmountField(help_text="What is left to pay, fees included.")
    fees_owed = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=["open", "overdue", "in_plan", "paid"])
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


class MoveShape(Shape):
    on = serializers.DateField()
    words = serializers.CharField()
    points = serializers.IntegerField()
    ends_on = serializers.DateField(allow_null=True)
    in_force = serializers.BooleanField()
    score_after = serializers.IntegerField(source="score", allow_null=True)


class ScoreShape(Shape):
    as_of = serializers.DateField()
    score = serializers.IntegerField(allow_null=True)
    lowest = serializers.IntegerField(allow_null=True)
    highest = serializers.IntegerField(allow_null=True)
    points = MoveShape(many=True)


class NoticeShape(Shape):
    id = serializers.UUIDField(source="public_id")
    kind = serializers.CharField()
    subject = serializers.CharField()
    text = serializers.CharField(source="body")
    language = serializers.CharField()
    sent_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class ForecastAskedShape(Shape):
    choice = serializers.ChoiceField(
        choices=["nothing", "overdue", "all", "on_time", "own", "plan"],
        help_text="`own` takes product, amount and on; `plan` takes product and parts.",
    )
    product = serializers.ChoiceField(choices=Product.choices, required=False)
    amount = AmountField(required=False)
    on = serializers.DateField(required=False)
    parts = serializers.IntegerField(required=False, min_value=2, max_value=24)
    days = serializers.ChoiceField(choices=[90, 365], default=90)


class LineDayShape(Shape):
    product = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    effective_limit = AmountField()
    available = AmountField()
    billed_unpaid = AmountField(source="outstanding")
    days_past_due = serializers.IntegerField(source="dpd")


class DayShape(Shape):
    on = serializers.DateField()
    score = serializers.IntegerField(allow_null=True)
    lines = LineDayShape(many=True)
    restrictions = serializers.SerializerMethodField()

    def get_restrictions(self, day: Any) -> list[str]:
        """`rule@product`"""
        return sorted({f"{code}@{product}" for product, _trigger, code in day.restrictions})


class ToldShape(Shape):
    on = serializers.DateField()
    words = serializers.CharField()


class ForecastShape(Shape):
    headline = serializers.ListField(child=serializers.CharField())
    steps = ToldShape(source="told", many=True)
    days = DayShape(source="forecast.days", many=True)


class PreferencesShape(Shape):
    language = serializers.ChoiceField(choices=["en", "zh-hans"], required=False)
    email = serializers.EmailField(allow_blank=True, max_length=254, required=False)
    channels = serializers.ListField(
        child=serializers.ChoiceField(choices=Channel.choices), required=False, max_length=5
    )
    contact_from = serializers.TimeField(required=False, help_text="08:00 at the earliest.")
    contact_until = serializers.TimeField(required=False, help_text="22:00 at the latest.")
    time_zone = serializers.CharField(allow_blank=True, max_length=64, required=False)


# -- appeals -----------------------------------------------------------------------------


class SubjectShape(Shape):
    about = serializers.CharField(help_text="Names it when you appeal against it.")
    kind = serializers.ChoiceField(choices=Subject.choices)
    words = serializers.CharField()


class AppealRowShape(Shape):
    id = serializers.UUIDField(source="appeal.public_id")
    number = serializers.CharField(source="appeal.number")
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=Kind.choices, source="appeal.kind")
    state = serializers.ChoiceField(choices=State.choices, source="appeal.state")
    result = serializers.ChoiceField(
        choices=Result.choices, source="appeal.result", allow_null=True
    )
    received_at = serializers.DateTimeField(source="appeal.received_at")
    decision_due_on = serializers.DateField(
        source="appeal.legal_due_on", help_text="You have our decision by then at the latest."
    )
    needs_you = serializers.BooleanField(help_text="We asked you something and wait for you.")


class AppealAskedShape(Shape):
    kind = serializers.ChoiceField(choices=Kind.choices)
    about = serializers.ListField(
        child=serializers.CharField(max_length=200),
        max_length=8,
        required=False,
        help_text="From `appeals/subjects/` or a restriction; the main one first.",
    )
    words = serializers.CharField(max_length=5000)
    asks = serializers.ListField(child=serializers.ChoiceField(choices=Ask.choices), max_length=9)
    token = serializers.UUIDField(
        required=False, help_text="A random one of yours: the same again files nothing anew."
    )


class SaidShape(Shape):
    text = serializers.CharField(max_length=5000)
    mine = serializers.BooleanField(read_only=True)
    at = serializers.DateTimeField(read_only=True)


class FileShape(Shape):
    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    ready = serializers.BooleanField(help_text="It may be opened.")


class CauseShape(Shape):
    title = serializers.CharField()
    result = serializers.CharField(allow_blank=True)
    found = serializers.CharField(allow_blank=True)


class DecisionShape(Shape):
    result = serializers.ChoiceField(choices=Result.choices)
    asked = serializers.CharField()
    found = serializers.CharField()
    reasons = serializers.CharField()
    changes = serializers.CharField(allow_blank=True)
    further = serializers.CharField(allow_blank=True)
    decided_on = serializers.DateField()


class OfferShape(Shape):
    number = serializers.CharField()
    side = serializers.ChoiceField(choices=Side.choices)
    state = serializers.ChoiceField(choices=OfferState.choices)
    text = serializers.CharField(help_text="What is accepted and signed.")
    text_hash = serializers.CharField(help_text="Give it back when you accept.")
    expires_on = serializers.DateField()
    can_be_accepted = serializers.BooleanField()
    can_be_withdrawn = serializers.BooleanField()


class AppealShape(AppealRowShape):
    words = serializers.CharField(source="appeal.words")
    asks = serializers.ListField(child=serializers.CharField(), source="appeal.asks")
    may = serializers.ListField(
        child=serializers.CharField(), help_text="What you may do now, such as `withdraw`."
    )
    review_until = serializers.DateField(allow_null=True)
    causes = CauseShape(many=True)
    thread = SaidShape(many=True)
    files = FileShape(many=True)
    decision = DecisionShape(allow_null=True)


class UploadShape(Shape):
    file = serializers.FileField(help_text="A photo or a PDF.")


class WordsShape(Shape):
    words = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")


class ReviewShape(Shape):
    words = serializers.CharField(max_length=5000, help_text="What was overlooked.")


class SignShape(Shape):
    text_hash = serializers.CharField(max_length=64, help_text="Of the text that you accept.")


class WishShape(serializers.DictField):
    """`{"kind": "repayment_plan", "bills": [...], "parts": 6, "first_due": "2026-06-10"}`"""


class ProposeShape(Shape):
    remedies = serializers.ListField(
        child=WishShape(),
        min_length=1,
        max_length=8,
        help_text="Each with its `kind` and what it takes.",
    )
    words = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    text_hash = serializers.CharField(
        max_length=64,
        required=False,
        help_text="Left out, the text to sign is given and nothing is sent.",
    )


class ToSignShape(Shape):
    text = serializers.CharField()
    text_hash = serializers.CharField()
