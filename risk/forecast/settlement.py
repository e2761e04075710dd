"""The quote of an early settlement: the settlement itself, taken where nothing is kept."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.choices import Product
from billing.models import CreditLine
from billing.operations import FactRefused
from billing.settlement import Figures, check_amount, figures_of, loan_of
from risk.forecast.run import NoBook, ahead
from risk.forecast.steps import Settle


@dataclass(frozen=True)
class Quote:
    """What settling on a day comes to; it holds until that day ends, if nothing else happens.

    `interest_saved` is what the schedule would bear beyond it.
    """

    draw: str
    amount: Decimal | None
    figures: Figures
    interest_saved: Decimal
    valid_until: datetime.date

    @property
    def whole(self) -> bool:
        return self.figures.left_principal == 0


def quote_settlement(
    *, line: CreditLine, draw_number: str, amount: Decimal | None, on: datetime.date
) -> Quote:
    """What `settle_early` would come to on `on`, the customer's last open day or up to 365 days
    later. Raises FactRefused as that does, and for a day that is not one of these."""
    check_amount(loan_of(line, draw_number), amount)
    try:
        with ahead(line.customer_id, on) as run:
            loan = loan_of(line, draw_number)
            check_amount(loan, amount)
            fact = run.settle(Settle(Product.CASH_LOAN, draw_number, amount, on))
            figures = figures_of(fact)
    except NoBook as error:
        raise FactRefused(_("there is no quote for %(on)s") % {"on": on}) from error
    if figures is None:
        raise FactRefused(
            _("nothing of %(draw)s can be settled on %(on)s") % {"draw": draw_number, "on": on}
        )
    saved = loan.interest - figures.left_interest - figures.interest + figures.given_back
    return Quote(draw_number, amount, figures, saved, on)
