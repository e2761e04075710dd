"""What every shape is."""

from typing import Any

from rest_framework import serializers


class Shape(serializers.Serializer[Any]):
    """A serializer of values; nothing here saves a row."""
