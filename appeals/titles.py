"""What an appeal contests, in a few words of the reader's language; one query a kind."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

from django.utils.translation import gettext as _

from accounts.desk.formats import money, signed, words_date
from appeals.choices import Subject
from billing.choices import Product
from billing.models import Bill, Entry, Fact
from risk.choices import Trigger
from risk.models import Episode, Point, Restriction
from risk.timeline import cause_words

Key = tuple[str, int]


class _Named(Protocol):
    @property
    def subject_kind(self) -> str: ...

    @property
    def subject_id(self) -> int | None: ...


def titles(rows: Iterable[_Named]) -> dict[Key, str]:
    """By (kind, id); a thing that is gone has its kind's name alone."""
    ids: Mapping[str, set[int]] = defaultdict(set)
    for row in rows:
        if row.subject_id is not None:
            ids[row.subject_kind].add(row.subject_id)
    found: dict[Key, str] = {
        (kind, pk): str(Subject(kind).label) for kind in ids for pk in ids[kind]
    }
    for kind, teller in _TELLERS.items():
        if ids.get(kind):
            found |= {(kind, pk): text for pk, text in teller(ids[kind]).items()}
    return found


def _restrictions(ids: set[int]) -> dict[int, str]:
    rows = Restriction.objects.filter(pk__in=ids).select_related("line")
    return {
        row.pk: _("%(line)s restricted since %(day)s: %(why)s")
        % {
            "line": Product(row.line.product).label,
            "day": words_date(row.from_on),
            "why": Trigger(row.trigger).label,
        }
        for row in rows
    }


def _episodes(ids: set[int]) -> dict[int, str]:
    rows = Episode.objects.filter(pk__in=ids).select_related("line")
    return {
        row.pk: _("%(line)s overdue since %(day)s")
        % {"line": Product(row.line.product).label, "day": words_date(row.oldest_due)}
        for row in rows
    }


def _fees(ids: set[int]) -> dict[int, str]:
    rows = Entry.objects.filter(pk__in=ids).select_related("bill")
    return {
        row.pk: _("Late fee of %(amount)s for %(day)s, bill %(bill)s")
        % {
            "amount": money(row.amount),
            "day": words_date(row.for_on),
            "bill": row.bill.number if row.bill else "",
        }
        for row in rows
    }


def _points(ids: set[int]) -> dict[int, str]:
    return {
        row.pk: _("Score %(points)s on %(day)s: %(cause)s")
        % {
            "points": signed(row.points),
            "day": words_date(row.on),
            "cause": cause_words(row.cause, row.threshold),
        }
        for row in Point.objects.filter(pk__in=ids)
    }


def _bills(ids: set[int]) -> dict[int, str]:
    return {
        row.pk: _("Bill %(number)s of %(amount)s, due on %(day)s")
        % {
            "number": row.number,
            "amount": money(row.principal + row.interest),
            "day": words_date(row.due_on),
        }
        for row in Bill.objects.filter(pk__in=ids)
    }


def _transactions(ids: set[int]) -> dict[int, str]:
    return {
        row.pk: _("%(kind)s of %(amount)s on %(day)s")
        % {
            "kind": row.get_kind_display(),
            "amount": money(row.amount),
            "day": words_date(row.value_on),
        }
        for row in Fact.objects.filter(pk__in=ids)
    }


_TELLERS = {
    Subject.RESTRICTION: _restrictions,
    Subject.EPISODE: _episodes,
    Subject.FEE: _fees,
    Subject.POINT: _points,
    Subject.BILL: _bills,
    Subject.TRANSACTION: _transactions,
}
