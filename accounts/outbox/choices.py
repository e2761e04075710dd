"""What is announced, and states of a delivery."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.TextChoices):
    LINE_STATUS_CHANGED = "line.status_changed", _("Line status changed")
    RESTRICTION_OPENED = "restriction.opened", _("Restriction opened")
    RESTRICTION_LIFTED = "restriction.lifted", _("Restriction lifted")
    APPEAL_DECIDED = "appeal.decided", _("Appeal decided")
    DAY_CLOSED = "day.closed", _("Day closed")


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    DEAD = "dead", _("Given up")
    SKIPPED = "skipped", _("Skipped")
