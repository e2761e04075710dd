"""People who can sign in to the demo: one of the staff for each role, and three customers."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import ContactPreference, Customer, User
from accounts.notices import preferences


@dataclass(frozen=True)
class Person:
    """Somebody of the demo; `does` says in one line what to expect of them."""

    username: str
    does: str | Promise
    given: str = ""
    family: str = ""
    role: str = ""
    customer: str = ""


STAFF = (
    Person("agent", _("answers customers: sees why a line is restricted"), "Min", "Wang", "agent"),
    Person(
        "supervisor",
        _("as an agent, and opens quarantined customers again"),
        "Jie",
        "Li",
        "supervisor",
    ),
    Person("analyst", _("reads the policies and what they did"), "Yun", "Zhao", "risk_analyst"),
    Person("auditor", _("sees everything, changes nothing"), "Lan", "Chen", "auditor"),
    Person("administrator", _("looks after staff and settings"), "Tao", "Sun", "administrator"),
)
# Chosen from the sample by what their bills say; see sample_book/README.md.
CUSTOMERS = (
    Person("c00316", _("has paid every bill on time"), customer="C00316"),
    Person("c01233", _("was months behind, and is often late"), customer="C01233"),
    Person("c12433", _("pays every month, and is still behind"), customer="C12433"),
)


@transaction.atomic
def settle(password: str) -> list[Person]:
    """Have all of them in the database with this password; those who are there keep the rest."""
    for person in STAFF:
        user = _have(person.username, password, first_name=person.given, last_name=person.family)
        user.is_staff = True
        user.is_superuser = person.role == "administrator"
        user.save()
        user.groups.set(Group.objects.filter(name=person.role))
    known = {customer.number: customer for customer in _customers()}
    for person in CUSTOMERS:
        if customer := known.get(person.customer):
            user = _have(person.username, password, customer=customer)
            user.save()
            _reachable(customer)
    return [*STAFF, *(person for person in CUSTOMERS if person.customer in known)]


def password(path: Path) -> str:
    """The one password of everybody here: made at the first start, kept for the next."""
    if not path.exists():
        made = "-".join(secrets.token_hex(2) for _number in range(3))
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(made)
    return path.read_text().strip()


def _customers() -> list[Customer]:
    return list(Customer.objects.filter(number__in=[person.customer for person in CUSTOMERS]))


def _reachable(customer: Customer) -> None:
    """By an address that leads nowhere: in development a letter becomes a file."""
    if not ContactPreference.objects.filter(pk=customer.pk).exists():
        address = f"{customer.number.lower()}@example.com"
        preferences.change(customer=customer, by=None, at=timezone.now(), email=address)


def _have(username: str, password: str, **fields: Any) -> User:
    user, _new = User.objects.get_or_create(username=username, defaults=fields)
    if not user.check_password(password):
        user.set_password(password)
    return user
