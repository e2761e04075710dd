"""Customers for tests, made by the product's own operations."""

import datetime
import itertools
import re
from decimal import Decimal
from importlib import import_module
from typing import Any

from django.contrib.auth.models import Group

from accounts import operations as accounts_operations
from accounts.models import AuthorityLimit, Customer, User
from appeals.models import PlanLength
from billing import operations as money
from billing.engine.scope import Few
from billing.models import CreditLine, ProductTerms
from risk.assessment import RealBook
from risk.choices import PolicyStatus
from risk.engine import day as days
from risk.engine.replay import dates
from risk.engine.steps import Day
from risk.models import PolicyVersion
from risk.policy import preset
from risk.rules import current

_numbers = itertools.count(1)

FIRST_DAY = datetime.date(2020, 1, 1)
#: The migrations that give a new book its authority limits.
LIMITS_OF = (
    "accounts.migrations.0004_four_eyes",
    "accounts.migrations.0041_limits_of_further_acts",
    "appeals.migrations.0002_limits_and_calendars",
    "billing.migrations.0011_forbearance_authority",
    "billing.migrations.0040_channels",
    "billing.migrations.0057_limits_of_money_out",
    "billing.migrations.0062_debit_authority",
    "billing.migrations.0064_mandates_by_staff",
    "billing.migrations.0053_settling_authority",
)
LIMITS = {"pay_later": Decimal("10000.00"), "cash_loan": Decimal("20000.00")}


def publish(name: str = "contract", effective_from: datetime.date = FIRST_DAY) -> PolicyVersion:
    """Have a preset in force from a day on; a book that has one then keeps it."""
    known = PolicyVersion.objects.filter(effective_from=effective_from, status="published").first()
    if known:
        return known
    figures = preset(name)
    for product, terms in figures.terms.items():
        ProductTerms.objects.create(
            product=product, effective_from=effective_from, document=terms.document(), preset=name
        )
    return PolicyVersion.objects.create(
        name=name,
        effective_from=effective_from,
        document=figures.policy.document(),
        status=PolicyStatus.PUBLISHED,
        preset=name,
    )


def make_customer(
    opened: datetime.date = datetime.date(2025, 1, 1),
    *,
    limits: dict[str, Decimal] | None = None,
    **fields: Any,
) -> Customer:
    """A customer with both lines, opened on a day, in a book with the contract's rules."""
    publish()
    n = next(_numbers)
    values = {"number": f"T{n:06}", "name": f"Customer {n}", **fields}
    customer = accounts_operations.open_customer(opened_on=opened, **values)
    for product, limit in (LIMITS if limits is None else limits).items():
        money.open_line(customer=customer, product=product, limit=limit, on=opened)
    return customer


def start_with_limits() -> None:
    """The authority limits that a new book has; a flush between tests takes them away."""
    if not AuthorityLimit.objects.exists():
        AuthorityLimit.objects.bulk_create(
            AuthorityLimit(role=role, act=act, alone=alone, alone_in_a_year=year, approves=most)
            for module in LIMITS_OF
            for role, act, alone, year, most in import_module(module).LIMITS
        )
    if not PlanLength.objects.exists():
        packages = import_module("appeals.migrations._offers")
        PlanLength.objects.bulk_create(
            PlanLength(role=role, months_alone=alone, months_approves=most)
            for role, alone, most in packages.LENGTHS
        )
    if not AuthorityLimit.objects.filter(act="grant_package").exists():
        packages = import_module("appeals.migrations._offers")
        AuthorityLimit.objects.bulk_create(
            AuthorityLimit(
                role=role, act="grant_package", alone=alone, alone_in_a_year=year, approves=most
            )
            for role, alone, year, most in packages.LIMITS
        )


def line(customer: Customer, product: str = "pay_later") -> CreditLine:
    return CreditLine.objects.get(customer=customer, product=product)


def open_days(customer: Customer, first: datetime.date, last: datetime.date) -> None:
    """Open the days first..last for one customer, with the facts that are booked already."""
    rulebook = current()
    for on in dates(first, last):
        day = Day(rules=rulebook.on(on), scope=Few((customer.pk,)), booked_on=on)
        days.open_day(day)
        if on < last:
            days.live_day(day)
    RealBook().opened_ahead(customer.pk, last)


#: The password of everybody who is made here.
PASSWORD = "correct-horse-battery"


def seen_on(answer: Any) -> str:
    """What a page says of the row that it shows, as its form sends it back."""
    found = re.search(r'name="_seen" value="([^"]*)"', answer.content.decode())
    return found[1] if found else ""


def make_user(role: str = "", **fields: Any) -> User:
    """Somebody of the staff with a role; without one, somebody who may nothing."""
    n = next(_numbers)
    values = {"username": f"user{n}", "is_staff": True, **fields}
    user = User.objects.create_user(password=PASSWORD, **values)
    if role:
        user.groups.set(Group.objects.filter(name=role))
    return user
