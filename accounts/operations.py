"""Acts on customers."""

import datetime

from django.db import transaction

from accounts import crypto
from accounts.models import Customer, Disclosure, User
from accounts.traces import Identity, RevealReason


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


@transaction.atomic
def change_language(*, customer: Customer, language: str) -> None:
    """Speak another language to a customer: on the pages, in notices and letters."""
    lock(customer.pk)
    Customer.objects.filter(pk=customer.pk).update(language=language)
    User.objects.filter(customer=customer).update(language=language)
    customer.language = language


def lock(customer_id: int) -> None:
    """Take the customer's row first: every act on one customer waits here for the other."""
    Customer.objects.select_for_update(no_key=True).only("pk").get(pk=customer_id)


def reveal(*, customer_id: int, field: str, by: User, reason: str, words: str) -> str:
    """A customer's phone or ID number in clear, once it is recorded who asked and why.

    Durable: the record is committed before the value is so much as decrypted, and no transaction
    around it can take it back.
    """
    asked = Identity(field)
    with transaction.atomic(durable=True):
        Disclosure.objects.create(
            customer_id=customer_id, by=by, field=asked, reason=RevealReason(reason), words=words
        )
    value = Customer.objects.values_list(asked.value, flat=True).get(pk=customer_id)
    return str(value or "")
