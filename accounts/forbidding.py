"""What a mark forbids while it stands. Source: docs/promises-and-marks.md.

Who does one of these asks here first, in the transaction of the act; the marks are read anew, so
that a mark set a moment ago counts.
"""

import datetime
import enum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import marks
from accounts.acts import Refused
from accounts.desk.formats import words_date
from accounts.marks import Mark, MarkKind


class MarkForbids(Refused):
    """A mark of the customer forbids it; the message names the mark and since when."""


class Deed(enum.Enum):
    """What a mark can forbid, by the marks that do."""

    MONEY_OUT = (MarkKind.COURT_FREEZE,)
    MORE_CREDIT = marks.CLOSES_CREDIT


_WORDS: dict[Deed, str | Promise] = {
    Deed.MONEY_OUT: gettext_lazy("no money goes out: no refund, no payout, no loan"),
    Deed.MORE_CREDIT: gettext_lazy("no limit is raised"),
}


def require(deed: Deed, *, customer_id: int, on: datetime.date) -> None:
    """Raise MarkForbids if a mark that stands on a business date forbids the deed."""
    for mark in marks.standing(customer_id, on):
        if mark.kind in deed.value:
            raise MarkForbids(
                _("%(mark)s since %(day)s: %(what)s")
                % {"mark": named(mark), "day": words_date(mark.from_on), "what": _WORDS[deed]}
            )


def require_end_of_mark(number: str | None, *, on: datetime.date) -> None:
    """Raise MarkForbids for a number under which a grave mark that stands on a business date holds
    something: it is let go with the mark, and not before."""
    mark = marks.of_number(number)
    if mark is not None and mark.kind in marks.GRAVE and mark.stands_on(on):
        raise MarkForbids(
            _("%(mark)s since %(day)s: what it holds is let go when the mark ends")
            % {"mark": named(mark), "day": words_date(mark.from_on)}
        )


def named(mark: Mark) -> str:
    return str(MarkKind(mark.kind).label)
