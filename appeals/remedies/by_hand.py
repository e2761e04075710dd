"""What staff restricted by hand is lifted by hand: no exemption covers it, and no date ends it."""

from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.acts import Refused
from appeals.remedies.base import Case, Number, ProductCode, Remedy, named
from appeals.remedies.credit import standing
from risk import operations


class LiftedByHand(Remedy):
    """A restriction that staff set ends for good."""

    label = gettext_lazy("Lift a restriction set by staff")
    rank = 85

    kind: Literal["lifted_by_hand"] = "lifted_by_hand"
    product: ProductCode
    number: Number

    @property
    def subject(self) -> tuple[str, ...]:
        return (self.kind, self.number)

    def says(self) -> list[str]:
        return [
            _("The restriction of %(product)s that was set by staff is lifted.")
            % {"product": named(self.product)}
        ]

    def check(self, case: Case) -> None:
        rows = standing(case.customer.pk).filter(
            line__product=self.product, code=f"manual:{self.number}"
        )
        if not rows.exists():
            raise Refused(_("%(product)s is not restricted by hand any more") % {
                "product": named(self.product)})  # fmt: skip

    def perform(self, case: Case) -> None:
        operations.lift_restriction(
            customer=case.customer, number=self.number, on=case.on, by=case.by, reason=case.words
        )
