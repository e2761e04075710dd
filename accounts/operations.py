"""Acts on customers."""

import datetime

from django.db import transaction

from accounts import crypto
from accounts.models import Customer


class CustomerNumberTaken(Exception):
    """Another customer has this number."""


@transaction.atomic
def open_customer(
    *,
    number: str,
    name: str,
    opened_on: datetime.date,
    phone: str = "",
    id_number: str = "",
    language: str = "zh-hans",
) -> Customer:
    """Create a customer whose first day is `opened_on` (business date)."""
    if Customer.objects.filter(number=number).exists():
        raise CustomerNumberTaken(number)
    return Customer.objects.create(
        number=number,
        name=name,
        opened_on=opened_on,
        phone=phone or None,
        phone_index=crypto.blind_index(phone) if phone else "",
        id_number=id_number or None,
        id_number_index=crypto.blind_index(id_number) if id_number else "",
        language=language,
    )


def lock(customer_id: int) -> None:
    """Take the customer's row first: every act on one customer waits here for the other."""
    Customer.objects.select_for_update(no_key=True).only("pk").get(pk=customer_id)
