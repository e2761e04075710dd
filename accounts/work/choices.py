"""What can happen to a work item, and how it ends."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Priority(models.IntegerChoices):
    """The smaller, the sooner: `next` takes them in this order.

    `HARDSHIP` is no queue's to give: an item has it while its customer is marked (hardship.py).
    """

    HARDSHIP = 0, pgettext_lazy("priority", "Hardship first")
    URGENT = 1, pgettext_lazy("priority", "Urgent")
    HIGH = 2, pgettext_lazy("priority", "High")
    NORMAL = 3, pgettext_lazy("priority", "Normal")
    LOW = 4, pgettext_lazy("priority", "Low")


class Outcome(models.TextChoices):
    """How an item ended; `gone` and `decided` are not for people to choose."""

    NOTHING_TO_DO = "nothing_to_do", _("Looked at, nothing to do")
    ACTED = "acted", _("Acted on")
    CONTACTED = "contacted", _("Customer contacted")
    OTHER = "other", _("Other")
    GONE = "gone", _("Its cause is gone")
    DECIDED = "decided", _("Decided")


#: Those that somebody chooses from.
CHOSEN = (Outcome.NOTHING_TO_DO, Outcome.ACTED, Outcome.CONTACTED, Outcome.OTHER)


class MoveKind(models.TextChoices):
    CLAIMED = "claimed", _("Claimed")
    ASSIGNED = "assigned", _("Assigned")
    HANDED_OVER = "handed_over", _("Handed over")
    RELEASED = "released", _("Given back")
    SNOOZED = "snoozed", _("Snoozed")
    WOKEN = "woken", _("Taken up again")
    FINISHED = "finished", _("Finished")
    CLOSED = "closed", _("Closed by itself")
