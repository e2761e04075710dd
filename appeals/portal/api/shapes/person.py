"""Who a customer is and how they are reached."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.notices.choices import Channel
from billing.api import Shape


@extend_schema_field(
    {"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"}
)
class ClockField(serializers.TimeField):
    """A time of the day without a zone, which OpenAPI's `time` would have."""


class MeShape(Shape):
    number = serializers.CharField()
    name = serializers.CharField()
    customer_since = serializers.DateField(source="opened_on")
    language = serializers.CharField()
    phone = serializers.CharField(source="masked_phone", help_text="Masked.")


class NoticeShape(Shape):
    id = serializers.UUIDField(source="public_id")
    kind = serializers.CharField()
    subject = serializers.CharField()
    text = serializers.CharField(source="body")
    language = serializers.CharField()
    sent_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class PreferencesShape(Shape):
    language = serializers.ChoiceField(choices=["en", "zh-hans"], required=False)
    email = serializers.EmailField(allow_blank=True, max_length=254, required=False)
    channels = serializers.ListField(
        child=serializers.ChoiceField(choices=Channel.choices), required=False, max_length=5
    )
    contact_from = ClockField(required=False, help_text="08:00 at the earliest.")
    contact_until = ClockField(required=False, help_text="22:00 at the latest.")
    time_zone = serializers.CharField(allow_blank=True, max_length=64, required=False)
