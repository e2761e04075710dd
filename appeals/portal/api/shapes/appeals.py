"""Appeals and offers."""

from rest_framework import serializers

from appeals.choices import Ask, Kind, Result, State, Subject
from appeals.offers.choices import OfferState, Side
from billing.api import Shape


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
