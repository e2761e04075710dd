"""A text column that is encrypted at rest."""

from typing import Any

from django.db import models

from accounts import crypto


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Text in Python, ciphertext in the database; look up by a blind index beside it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        token = crypto.encrypt(value) if isinstance(value, str) and value else None
        return super().get_db_prep_value(token, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str:
        return "" if value is None else crypto.decrypt(value)

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        """Dumps carry the ciphertext, never the text."""
        value = self.value_from_object(obj)
        return crypto.encrypt(value).decode() if value else ""
