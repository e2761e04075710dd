"""Sign-in by a one-time code of six digits.

A code holds ten minutes and five tries. What is answered does not depend on whether the number is
anybody's: the same rows are written, the same hashes compared, and only a customer of ours is
sent anything.
"""

import datetime
import secrets

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.access import channels
from accounts.access.models import SignInCode
from accounts.access.rates import Rate
from accounts.models import Customer, User

LASTS = datetime.timedelta(minutes=10)
MOST_TRIES = 5

ASKED_BY_NUMBER = Rate("code-number", 5, 3600)
ASKED_FROM_ADDRESS = Rate("code-address", 30, 3600)
TRIED_FROM_ADDRESS = Rate("code-tries-address", 60, 3600)


def ask(*, number: str, address: str, at: datetime.datetime) -> None:
    """Send a new code to the customer of this number; raises TooOften."""
    mark = _fingerprint(number)
    ASKED_FROM_ADDRESS.count(address)
    ASKED_BY_NUMBER.count(mark)
    code = f"{secrets.randbelow(10**6):06}"
    customer = Customer.objects.filter(number=_normal(number)).first()
    with transaction.atomic():
        SignInCode.objects.filter(expires_at__lt=at).exclude(pk=mark).delete()
        SignInCode.objects.update_or_create(
            fingerprint=mark,
            defaults={
                "customer": customer,
                "code": _hash(mark, code),
                "asked_at": at,
                "expires_at": at + LASTS,
                "tries": 0,
            },
        )
    if customer is not None:
        channels.send(customer=customer, code=code, at=at)


def redeem(*, number: str, code: str, address: str, at: datetime.datetime) -> User | None:
    """Whoever the code lets in, once; None for a wrong, old or used one. Raises TooOften."""
    TRIED_FROM_ADDRESS.count(address)
    mark = _fingerprint(number)
    with transaction.atomic():
        row = SignInCode.objects.select_for_update().filter(fingerprint=mark).first()
        right = constant_time_compare(row.code if row else _hash(mark, ""), _hash(mark, code))
        if row is None:
            return None
        if row.tries >= MOST_TRIES or at >= row.expires_at:
            return None
        if not right or row.customer_id is None:
            row.tries += 1
            row.save(update_fields=["tries"])
            return None
        customer_id = row.customer_id
        row.delete()
        return _user_of(customer_id)


def _user_of(customer_id: int) -> User | None:
    """The customer's user, made at the first sign-in; None where it was closed."""
    customer = Customer.objects.get(pk=customer_id)
    user = User.objects.filter(customer=customer).first()
    if user is None:
        user = User(username=f"customer-{customer.public_id}", customer=customer)
        user.set_unusable_password()
        user.save()
    return user if user.is_active else None


def _normal(number: str) -> str:
    return number.strip().upper()


def _fingerprint(number: str) -> str:
    return salted_hmac("accounts.access.number", _normal(number), algorithm="sha256").hexdigest()


def _hash(mark: str, code: str) -> str:
    value = f"{mark}:{code.strip()}"
    return salted_hmac("accounts.access.code", value, algorithm="sha256").hexdigest()
