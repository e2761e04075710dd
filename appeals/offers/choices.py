"""The fixed words of an offer, and which moves it may make."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Side(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    STAFF = "staff", _("Staff")


class OfferState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("offer", "Draft")
    WAITING_APPROVAL = "waiting_approval", pgettext_lazy("offer", "Waiting for approval")
    OPEN = "open", pgettext_lazy("offer", "Open")
    ACCEPTED = "accepted", pgettext_lazy("offer", "Accepted")
    COUNTERED = "countered", pgettext_lazy("offer", "Answered by another offer")
    DECLINED = "declined", pgettext_lazy("offer", "Declined")
    WITHDRAWN = "withdrawn", pgettext_lazy("offer", "Withdrawn")
    EXPIRED = "expired", pgettext_lazy("offer", "Expired")
    SUPERSEDED = "superseded", pgettext_lazy("offer", "Superseded")


class Step(models.TextChoices):
    """What happened to an offer."""

    DRAFTED = "drafted", _("Drafted")
    ASKED = "asked", _("Sent for approval")
    TURNED_DOWN = "turned_down", _("Not approved")
    SENT = "sent", _("Sent to the customer")
    PROPOSED = "proposed", _("Proposed by the customer")
    TAKEN_UP = "taken_up", _("Taken up by staff")
    COUNTERED = "countered", _("Answered by another offer")
    ACCEPTED = "accepted", _("Accepted and carried out")
    RETURNED = "returned", _("Accepted, but no longer possible")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
    SUPERSEDED = "superseded", _("Superseded")


_S = OfferState

#: From where to where each step leads; None is before the first.
STEPS: Mapping[Step, tuple[tuple[OfferState | None, ...], OfferState]] = {
    Step.DRAFTED: ((None,), _S.DRAFT),
    Step.ASKED: ((_S.DRAFT,), _S.WAITING_APPROVAL),
    Step.TURNED_DOWN: ((_S.WAITING_APPROVAL,), _S.DRAFT),
    Step.SENT: ((_S.DRAFT, _S.WAITING_APPROVAL), _S.OPEN),
    Step.PROPOSED: ((None,), _S.OPEN),
    Step.TAKEN_UP: ((_S.OPEN,), _S.ACCEPTED),
    Step.COUNTERED: ((_S.OPEN,), _S.COUNTERED),
    Step.ACCEPTED: ((_S.OPEN, _S.DRAFT, _S.WAITING_APPROVAL), _S.ACCEPTED),
    Step.RETURNED: ((_S.OPEN,), _S.DRAFT),
    Step.DECLINED: ((_S.OPEN,), _S.DECLINED),
    Step.WITHDRAWN: ((_S.DRAFT, _S.OPEN), _S.WITHDRAWN),
    Step.EXPIRED: ((_S.OPEN,), _S.EXPIRED),
    Step.SUPERSEDED: ((_S.DRAFT, _S.OPEN), _S.SUPERSEDED),
}


def pairs() -> set[tuple[str, str]]:
    """Every (from, to) that some step makes; the database refuses any other."""
    return {
        (str(before), str(after))
        for befores, after in STEPS.values()
        for before in befores
        if before is not None
    }
