"""States of a notice and of an attempt, and why one waits or was not sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """Ways to a customer; `accounts/notices/channels.py` is where one is plugged in."""

    IN_APP = "in_app", _("In the app")
    EMAIL = "email", _("E-mail")


class State(models.TextChoices):
    QUEUED = "queued", _("Queued")
    HELD = "held", _("Held")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    READ = "read", _("Read")
    DROPPED = "dropped", _("Dropped")
    FAILED = "failed", _("Failed")


WAITING = (State.QUEUED, State.HELD)


class Why(models.TextChoices):
    """Why a notice is held, dropped or failed."""

    HOURS = "hours", _("outside the hours in which the customer may be contacted")
    SILENCED = "silenced", _("the customer must not be contacted")
    OVER = "over", _("its cause was over before it was sent")
    SUPERSEDED = "superseded", _("a newer notice about the same took its place")
    TOO_OLD = "too_old", _("it could not be sent in time")
    UNTOLD = "untold", _("what it corrects was never sent")
    BROKEN = "broken", _("its text could not be made")
    REFUSED = "refused", _("the mail server refused it")
    UNKNOWN = "unknown", _("nobody knows whether the mail server took it")


class AttemptState(models.TextChoices):
    """`sending` is on record before the mail server is asked; what dies there stays unknown."""

    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    REFUSED = "refused", _("Refused")
    UNKNOWN = "unknown", _("Unknown")
    DROPPED = "dropped", _("Dropped")
