"""While an appeal contests a cause, that cause escalates no further; others do.

What stops is the policy's (`appeals:` of the policy in force): new late fees, new milestones,
notices. A hold is a fact of the book, placed on the open bills that the cause rests on and released
when the appeal ends. Two open appeals about one bill each have a hold of their own: the bill goes
on when the last of them is released.
"""

import datetime

from accounts.models import User
from appeals.models import Appeal, ContestedCause
from billing import operations as money
from billing.choices import FactKind
from billing.models import CreditLine, Fact, OpenBill
from risk import rules
from risk.policy import Appealed
from risk.rules import NoPolicy


def policy_on(on: datetime.date) -> Appealed:
    """What holds on a day; nothing before the first policy."""
    try:
        return rules.current().on(on).policy.appeals
    except NoPolicy:
        return Appealed(hold_fees=False, hold_milestones=False, hold_notices=False)


def place(appeal: Appeal, *, on: datetime.date, by: User | None) -> None:
    """Hold the open bills of each cause, within the caller's transaction; a hold a cause."""
    policy = policy_on(on)
    if not (policy.hold_fees or policy.hold_milestones):
        return
    held: set[str] = set()
    for cause in ContestedCause.objects.filter(appeal=appeal).order_by("position"):
        for line_id, bills in _open_bills(appeal, cause, held).items():
            number = f"{appeal.number}/{cause.position}"
            money.place_hold(
                line=CreditLine.objects.get(pk=line_id), number=number, bill_numbers=bills,
                fees=policy.hold_fees, milestones=policy.hold_milestones, on=on, by=by,
                reason=appeal.number,
            )  # fmt: skip
            held |= set(bills)
            ContestedCause.objects.filter(pk=cause.pk).update(hold_number=number)
            break  # the bills of one cause are of one line


def release(appeal: Appeal, *, on: datetime.date, by: User | None, reason: str) -> None:
    """Let the bills go on from `on`, the first day that is not held; once."""
    causes = ContestedCause.objects.filter(appeal=appeal).exclude(hold_number="")
    done = Fact.objects.filter(customer=appeal.customer_id, kind=FactKind.RELEASE_HOLD)
    for cause in causes.exclude(hold_number__in=done.values("number")).order_by("position"):
        line = _line_of(appeal, cause)
        if line is not None:
            money.release_hold(line=line, number=cause.hold_number, on=on, by=by, reason=reason)


def _open_bills(appeal: Appeal, cause: ContestedCause, held: set[str]) -> dict[int, list[str]]:
    rows = OpenBill.objects.filter(
        customer=appeal.customer_id, bill__number__in=set(cause.bills) - held
    ).order_by("due_on", "bill_id")
    found: dict[int, list[str]] = {}
    for line_id, number in rows.values_list("line_id", "bill__number"):
        found.setdefault(line_id, []).append(number)
    return found


def _line_of(appeal: Appeal, cause: ContestedCause) -> CreditLine | None:
    """The line whose bills are held: that of the bills, which a linked restriction's is not."""
    fact = Fact.objects.filter(
        customer=appeal.customer_id, kind=FactKind.HOLD, number=cause.hold_number
    ).select_related("line")
    found = fact.first()
    return found.line if found else None
