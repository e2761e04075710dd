"""How far a role may go in granting a package: its cost, with that of 12 months, and its length."""

import datetime
from decimal import Decimal

from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from accounts.desk.formats import money
from accounts.models import AuthorityLimit, Customer, StaffAct, User
from appeals.offers.choices import OfferState, Side
from appeals.offers.models import Execution, Offer, PlanLength

ACT = "grant_package"
YEAR = datetime.timedelta(days=365)

#: Acts that give away money too: what was split from a package counts with it.
BESIDE = ("waive_fees", "decide_dispute", "decide_appeal")


def granted_since(customer: Customer, after: datetime.date, but: Offer | None = None) -> Decimal:
    """What packages and single acts gave the customer since a day, offers on the table included."""
    done = Execution.objects.filter(customer=customer, done_on__gt=after)
    promised = Offer.objects.filter(
        customer=customer, side=Side.STAFF,
        state__in=[OfferState.OPEN, OfferState.WAITING_APPROVAL],
    )  # fmt: skip
    if but is not None:
        promised = promised.exclude(pk=but.pk)
    acts = StaffAct.objects.filter(customer=customer, act__in=BESIDE, done_on__gt=after)
    sums = (
        done.aggregate(total=Sum("cost")),
        promised.aggregate(total=Sum("cost")),
        acts.aggregate(total=Sum("amount")),
    )
    return sum((found["total"] or Decimal(0) for found in sums), Decimal(0))


def above(user: User, offer: Offer, on: datetime.date, *, approving: bool) -> str:
    """What of it is above the user's authority, beside what `AuthorityLimit` says of one act."""
    months = longest_plan(user, approving=approving)
    if offer.months > months:
        return _("a plan of %(months)s months is above your %(most)s months") % {
            "months": offer.months,
            "most": months,
        }
    return _above_the_year(user, offer, on) if approving else ""


def longest_plan(user: User, *, approving: bool) -> int:
    """The longest plan in months that the user's roles may grant alone, or approve."""
    found = PlanLength.objects.filter(role__in=_roles(user)).aggregate(
        most=Max("months_approves" if approving else "months_alone")
    )
    return found["most"] or 0


def _above_the_year(user: User, offer: Offer, on: datetime.date) -> str:
    most: Decimal | None = AuthorityLimit.objects.filter(role__in=_roles(user), act=ACT).aggregate(
        most=Max("approves")
    )["most"]
    total = granted_since(offer.customer, on - YEAR, but=offer) + offer.cost
    if most is not None and total > most:
        return _(
            "with what was granted in 12 months it comes to %(total)s, above your %(most)s"
        ) % {"total": money(total), "most": money(most)}
    return ""


def _roles(user: User) -> list[str]:
    return list(user.groups.values_list("name", flat=True))
