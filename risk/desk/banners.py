"""The marks of a customer, as they stand at the top of their page and of every act on them."""

import datetime
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.marks import Mark, MarkKind, standing
from accounts.models import Customer


@dataclass(frozen=True)
class Banner:
    """A mark that stands, with what it means for whoever deals with the customer."""

    mark: Mark
    icon: str
    tone: str
    means: str | Promise


_LOOKS: dict[str, tuple[str, str, str | Promise]] = {
    MarkKind.DECEASED: (
        "deceased", "bad",
        _("No contact, no fees and no milestones from the date of death; no debit; no new credit. "
          "Heirs are not asked to pay: pass what arrives to the estate desk."),
    ),
    MarkKind.COURT_FREEZE: (
        "gavel", "bad",
        _("No debit and no money out; no new credit. A failed debit is not the customer's fault. "
          "Only what the court orders lifts it."),
    ),
    MarkKind.DO_NOT_CONTACT: (
        "notifications_off", "warn",
        _("No calls, messages or letters but those that the law demands."),
    ),
    MarkKind.HARDSHIP: (
        "volunteer_activism", "info",
        _("Speak gently and without pressure; offer a plan first. Goes before others in the "
          "queues."),
    ),
}  # fmt: skip


def of(customer: Customer, on: datetime.date) -> list[Banner]:
    """The marks that stand on a business date, the gravest first; one query."""
    return [Banner(mark, *_LOOKS[mark.kind]) for mark in standing(customer.pk, on)]
