"""Find customers by what staff have before them: a number, a name, a phone, an ID, a bill.

Each kind of term has its index, and each is asked for a bounded number of ids, so that a search
costs the same on any book. A name or number is matched from its first letter on.
"""

import re
from collections.abc import Callable

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from accounts.crypto import blind_index
from accounts.models import Customer

MOST_FOUND = 500
MOST_SUGGESTED = 10
_IDENTIFIER = re.compile(r"[0-9+][0-9 \-]{5,24}[0-9Xx]")

# One statement, so that the planner takes each index by itself; a disjunction would take none.
FIND = """
(select c.id from accounts_customer c where c.number = %(term)s)
union
(select c.id from accounts_customer c where c.number like %(prefix)s limit %(most)s)
union
(select c.id from accounts_customer c where c.number like %(upper_prefix)s limit %(most)s)
union
(select c.id from accounts_customer c where upper(c.name) like upper(%(prefix)s) limit %(most)s)
union
(select b.customer_id from billing_bill b where b.number = %(term)s)
"""
FIND_PERSON = """
union
(select c.id from accounts_customer c where c.phone_index = %(fingerprint)s
 and c.phone_index <> '' limit %(most)s)
union
(select c.id from accounts_customer c where c.id_number_index = %(fingerprint)s
 and c.id_number_index <> '' limit %(most)s)
"""


def found(term: str, most: int = MOST_FOUND) -> list[int]:
    """Ids of customers that a term means; at most about `most`."""
    term = term.strip()
    if not term or "\x00" in term:
        return []
    statement = FIND
    escaped = term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    values: dict[str, str | int] = {
        "term": term,
        "prefix": escaped,
        "upper_prefix": escaped.upper(),
        "most": most,
    }
    if _IDENTIFIER.fullmatch(term):
        statement += FIND_PERSON
        values["fingerprint"] = blind_index(term)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]


def narrowed(customers: QuerySet[Customer], term: str) -> QuerySet[Customer]:
    """Those of the customers that the term means."""
    return customers.filter(pk__in=found(term))


Finder = Callable[[HttpRequest, str], list[SearchResult]]
_finders: list[Finder] = []


def register(finder: Finder) -> None:
    """Let a room above add what it finds for a term; it asks for its own permission."""
    if finder not in _finders:
        _finders.append(finder)


def suggestions(request: HttpRequest, term: str) -> list[SearchResult]:
    """What Ctrl+K offers: what rooms above know by the term, then customers."""
    found = [result for finder in _finders for result in finder(request, term)]
    return found + _customers(request, term)


def _customers(request: HttpRequest, term: str) -> list[SearchResult]:
    """Customers, to those who may see them."""
    if not request.user.has_perm("accounts.view_customer"):
        return []
    ids = found(term, MOST_SUGGESTED)[:MOST_SUGGESTED]
    return [
        SearchResult(
            title=customer.name,
            description=customer.number,
            link=reverse("admin:accounts_customer_change", args=[customer.pk]),
            icon="person",
        )
        for customer in Customer.objects.filter(pk__in=ids).only("pk", "number", "name")
    ]
