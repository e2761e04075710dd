"""What staff do with mandates: they revoke one. Only the customer gives one, since an account
number that was typed at the desk would stay in the act."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.acts import Act, ActForm, Doing, register
from billing.choices import Product, Via
from billing.debits import mandates
from billing.models import Mandate


class RevokeForm(ActForm):
    mandate = forms.ChoiceField(label=_("Debit mandate"))

    def offer(self) -> None:
        self.mandates = {str(row.pk): row for row in mandates.standing(self.customer)}
        self.choose(
            "mandate",
            [
                (pk, f"{Product(row.line.product).label} · {row} · {row.given_on}")
                for pk, row in self.mandates.items()
            ],
        )

    def clean_mandate(self) -> Mandate:
        return self.mandates[self.cleaned_data["mandate"]]


class RevokeMandate(Act):
    code = "revoke_mandate"
    label = _("Revoke a debit mandate")
    says = _("From now on nothing is debited; a debit that is on its way may still come.")
    form = RevokeForm

    def perform(self, doing: Doing) -> None:
        mandates.revoke(
            mandate=doing.data["mandate"], on=doing.on, at=timezone.now(), via=Via.DESK,
            by=doing.by, reason=doing.reason,
        )  # fmt: skip


def announce() -> None:
    """Make the act known, after those of money."""
    register(RevokeMandate)
