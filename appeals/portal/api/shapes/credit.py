"""Lines, reasons, the score, the days to come."""

from typing import Any

from rest_framework import serializers

from appeals.choices import Subject
from appeals.portal import about
from billing.api import AmountField, Shape
from billing.choices import Product
from risk.choices import Effect, Severity, Status
from risk.explain.codes import ReasonCode


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


class MoveShape(Shape):
    about = serializers.SerializerMethodField(
        help_text="Names the points when you appeal against them; empty for points gained."
    )
    on = serializers.DateField()
    words = serializers.CharField()
    points = serializers.IntegerField()
    ends_on = serializers.DateField(allow_null=True)
    in_force = serializers.BooleanField()
    score_after = serializers.IntegerField(source="score", allow_null=True)

    def get_about(self, move: Any) -> str:
        lost = move.points < 0
        return about.ref(move.customer_id, Subject.POINT.value, move.id) if lost else ""


class ScoreShape(Shape):
    as_of = serializers.DateField()
    score = serializers.IntegerField(allow_null=True)
    lowest = serializers.IntegerField(allow_null=True)
    highest = serializers.IntegerField(allow_null=True)
    points = MoveShape(many=True)


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
    written_off = AmountField(
        help_text="What is still owed of bills that were written off; a part of `billed_unpaid`."
    )


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
