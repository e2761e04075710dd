"""Marks on a customer: what everybody who deals with them has to know, and has to hold.

A mark stands from its first day until the day before its last one is named. What it holds back
(bills, restrictions, notices) is done by the rooms that own those; this room says who is marked,
since when and why. Every change of a row is kept (pghistory).
"""

import datetime
import re
from collections import defaultdict
from collections.abc import Collection
from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class MarkKind(models.TextChoices):
    """In the order in which a page shows them: the gravest first."""

    DECEASED = "deceased", _("Deceased")
    COURT_FREEZE = "court_freeze", _("Frozen by a court")
    DO_NOT_CONTACT = "do_not_contact", _("Do not contact")
    HARDSHIP = "hardship", _("Hardship")


#: Marks that silence every notice to the customer, those that the law demands included.
SILENT = (MarkKind.DECEASED,)
#: Marks that silence notices except those that the law demands.
QUIET = (MarkKind.DO_NOT_CONTACT,)
#: Marks under which nothing is debited from an account of the customer.
NO_DEBIT = (MarkKind.DECEASED, MarkKind.COURT_FREEZE)
#: Marks whose end needs a second pair of eyes, and that hold against everybody's hand.
GRAVE = (MarkKind.DECEASED, MarkKind.COURT_FREEZE)
#: Marks under which no line may be used any more, and none grows.
CLOSES_CREDIT = (MarkKind.DECEASED, MarkKind.COURT_FREEZE)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Mark(models.Model):
    """One mark of one customer; `from_on` for a death is the date of death."""

    customer = models.ForeignKey(
        "accounts.Customer",
        on_delete=models.PROTECT,
        related_name="marks",
        verbose_name=_("customer"),
    )
    kind = models.CharField(_("mark"), max_length=20, choices=MarkKind)
    from_on = models.DateField(_("from"), help_text=_("business date"))
    until_on = models.DateField(
        _("until"), null=True, blank=True, help_text=_("the first day without it")
    )
    reason = models.TextField(_("reason"))
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("set by"),
    )
    set_at = models.DateTimeField(_("set at"), db_default=Now())
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ended by"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_reason = models.TextField(_("reason of the end"), blank=True, db_default="", default="")

    class Meta:
        verbose_name = _("mark")
        verbose_name_plural = _("marks")
        permissions: ClassVar = [
            ("end_court_freezes", _("Can end what a court froze, and let go what it holds")),
        ]
        indexes: ClassVar = [
            # a customer's marks: their page, the acts on them, a notice to them
            models.Index(fields=["customer", "kind"], name="mark_by_customer"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "kind"],
                condition=models.Q(until_on=None),
                name="mark_stands_once",
            ),
            models.CheckConstraint(
                condition=models.Q(until_on=None) | models.Q(until_on__gte=models.F("from_on")),
                name="mark_ends_no_sooner_than_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=MarkKind.values), name="mark_is_of_a_known_kind"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="mark_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by=None, ended_reason="")
                | models.Q(ended_at__isnull=False, until_on__isnull=False)
                & ~models.Q(ended_reason=""),
                name="mark_ended_has_a_day_and_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.from_on}"

    def stands_on(self, on: datetime.date) -> bool:
        return self.from_on <= on and (self.until_on is None or self.until_on > on)


def standing_on(on: datetime.date) -> models.Q:
    """The marks that stand on a business date, as a condition."""
    return models.Q(from_on__lte=on) & (models.Q(until_on=None) | models.Q(until_on__gt=on))


def standing(customer_id: int, on: datetime.date) -> list[Mark]:
    """A customer's marks on a business date, the gravest first."""
    return standing_of([customer_id], on)[customer_id]


def standing_of(customers: Collection[int], on: datetime.date) -> dict[int, list[Mark]]:
    """The marks of many customers on a business date, in one query."""
    found: dict[int, list[Mark]] = defaultdict(list)
    rows = Mark.objects.filter(standing_on(on), customer_id__in=customers).select_related("set_by")
    for mark in sorted(rows, key=lambda mark: (_ORDER.index(mark.kind), mark.pk)):
        found[mark.customer_id].append(mark)
    return found


_ORDER = [str(kind) for kind in MarkKind]


def number(mark: Mark, line_id: int) -> str:
    """Under which a mark restricts a line and holds its bills."""
    return f"MARK-{mark.pk}-{line_id}"


def of_number(text: str | None) -> Mark | None:
    """The mark that restricts or holds something under a number, if one does."""
    found = _NUMBER.fullmatch(text or "")
    return Mark.objects.filter(pk=int(found[1])).first() if found else None


_NUMBER = re.compile(r"MARK-([1-9][0-9]{0,17})-[0-9]+", re.ASCII)


def announce() -> None:
    """Have notices ask the marks: a death silences all, a wish not to be contacted what the law
    does not demand."""
    from accounts.notices import silenced_by

    for by_law, code, label in (
        (True, "silent_mark", _("deceased: nobody is written to")),
        (False, "quiet_mark", _("asked not to be contacted")),
    ):
        silenced_by(
            silences_sql(demanded_by_law=by_law, customer="{customer}"),
            code=code,
            label=label,
            everything=by_law,
        )


def silences_sql(*, demanded_by_law: bool, customer: str = "customer_id") -> str:
    """An SQL condition, over a customer's id and the business date `%(on)s`, that holds for the
    customers to whom no such notice may go."""
    kinds = ", ".join(f"'{kind}'" for kind in (SILENT if demanded_by_law else (*SILENT, *QUIET)))
    return (
        f"{customer} in (select m.customer_id from accounts_mark m where m.kind in ({kinds}) "
        "and m.from_on <= %(on)s and (m.until_on is null or m.until_on > %(on)s))"
    )
