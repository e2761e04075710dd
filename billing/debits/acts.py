"""What staff do with mandates: they record one that a customer gave them, and revoke one.

What is entered for an act is kept, a whole account number never is: as soon as a form is whole,
the channel is told the number, and the form goes on with the channel's name for it, sealed.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold import widgets

from accounts.acts import Act, ActForm, Doing, register
from billing.acts import LineForm
from billing.choices import Product, Via
from billing.debits import mandates
from billing.models import Mandate


class Consent(models.TextChoices):
    """How a customer told us that their account may be debited."""

    PHONE = "phone", gettext_lazy("On the phone, recorded")
    LETTER = "letter", gettext_lazy("By a signed letter")
    PERSON = "person", gettext_lazy("In person, signed")


class AccountField(forms.CharField):
    """A number as typed, or an account that was sealed; the latter is typed anew to change it."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        found = super().bound_data(data, initial)
        return "" if found and len(found) > _LONGEST else found


#: A number with blanks between its digits; what is longer was sealed.
_LONGEST = 40


class GiveForm(LineForm):
    bank = forms.CharField(label=gettext_lazy("Bank"), max_length=60)
    account = AccountField(
        label=gettext_lazy("Account or card number"),
        help_text=gettext_lazy(
            "The channel is told it before you see what would follow; we keep the last four digits "
            "only."
        ),
    )
    consent = forms.ChoiceField(
        label=gettext_lazy("How the customer agreed"), choices=Consent.choices
    )

    def offer(self) -> None:
        super().offer()
        if mandates.channel() is None:
            self.choose("line", [])
        self.fields["account"].widget = widgets.UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "off", "inputmode": "numeric"}
        )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not self.errors:
            try:
                data["known"] = self._known(data["bank"], data["account"])
            except mandates.MandateRefused as error:
                self.add_error("account", str(error))
        return data

    def raw(self) -> dict[str, Any]:
        known: mandates.Account | None = self.cleaned_data.get("known")
        sealed = known.sealed(self.customer) if known else ""
        return {**super().raw(), "account": sealed}

    def _known(self, bank: str, account: str) -> mandates.Account:
        if len(account) <= _LONGEST:
            return mandates.register(bank=bank, account=account)
        known = mandates.unsealed(account, self.customer)
        if known is None or known.bank != bank:
            raise mandates.MandateRefused(_("Enter the account number again."))
        return known


class GiveMandate(Act):
    code = "give_mandate"
    label = gettext_lazy("Give a debit mandate")
    says = gettext_lazy(
        "The customer told us that what falls due on a line may be debited from an account of "
        "theirs. They are told that it is on record, and can revoke it at any time."
    )
    form = GiveForm

    def tells(self, doing: Doing) -> list[str]:
        line, known = doing.data["line"], doing.data["known"]
        found = [
            _("From the next due date on, what is due and overdue of %(line)s would be debited "
              "from %(account)s.")
            % {"line": Product(line.product).label, "account": f"{known.bank} {known.ending}"}
        ]  # fmt: skip
        found += [
            _("It would take the place of the mandate for %(account)s.") % {"account": row}
            for row in mandates.standing(doing.customer)
            if row.line_id == line.pk
        ]
        return found

    def perform(self, doing: Doing) -> None:
        mandates.give_known(
            line=doing.data["line"], account=doing.data["known"], on=doing.on, at=timezone.now(),
            via=Via.DESK, by=doing.by,
        )  # fmt: skip

    def detail(self, customer: Any, data: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        known = mandates.unsealed(str(data.get("account", "")), customer)
        consent = dict(Consent.choices).get(str(data.get("consent", "")), "")
        return "admin/acts/mandate.html", {"account": known, "consent": consent}


class RevokeForm(ActForm):
    mandate = forms.ChoiceField(label=gettext_lazy("Debit mandate"))

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
    label = gettext_lazy("Revoke a debit mandate")
    says = gettext_lazy(
        "From now on nothing is debited; a debit that is on its way may still come."
    )
    form = RevokeForm

    def perform(self, doing: Doing) -> None:
        mandates.revoke(
            mandate=doing.data["mandate"], on=doing.on, at=timezone.now(), via=Via.DESK,
            by=doing.by, reason=doing.reason,
        )  # fmt: skip


def announce() -> None:
    """Make these acts known, after those of money."""
    register(GiveMandate, RevokeMandate)
