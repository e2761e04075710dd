"""The fixed words of the credit status."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Severity(models.TextChoices):
    NONE = "none", _("None")
    GENERAL = "general", _("General")
    SEVERE = "severe", _("Severe")


class Status(models.TextChoices):
    ACTIVE = "active", _("Active")
    REDUCED = "reduced", _("Reduced")
    SUSPENDED = "suspended", _("Suspended")


class Effect(models.TextChoices):
    SUSPEND = "suspend", _("Suspend")
    REDUCE = "reduce", _("Reduce")


class Trigger(models.TextChoices):
    OWN_OVERDUE = "own_overdue", _("Overdue on this line")
    LINKED_GENERAL = "linked_general", _("Overdue on the other line")
    LINKED_SEVERE = "linked_severe", _("Seriously overdue on the other line")
    SCORE_BELOW = "score_below", _("Score below the threshold")
    ALERT = "alert", _("Alert")
    PLAN_BROKEN = "plan_broken", _("Repayment plan broken")
    MANUAL = "manual", _("Set by staff")


class Cause(models.TextChoices):
    PAST_DUE = "past_due", _("Days past due")
    REPEAT = "repeat", _("Overdue again")
    CURED = "cured", _("Overdue cured")
    CLEAN = "clean", _("Time without arrears")
    PAID_ON_TIME = "paid_on_time", _("Paid on time")
    HIGH_UTILISATION = "high_utilisation", _("Line used to the brim")
    TENURE = "tenure", _("Years as a customer")
    INCOME_VERIFIED = "income_verified", _("Income verified")
    PLAN_KEPT = "plan_kept", _("Plan kept")
    PLAN_BROKEN = "plan_broken", _("Plan broken")
    PLAN_ENDED = "plan_ended", _("Plan ended early")


class DecisionKind(models.TextChoices):
    EXEMPT = "exempt", _("Exemption")
    FORGIVE = "forgive", _("Forgiven episode")
    INCOME = "income", _("Income verified")
    RESTRICT = "restrict", _("Restriction by staff")
    LIFT = "lift", _("Lifted restriction")
    CLOSE_ALERT = "close_alert", _("Closed alert")


class EvidenceKind(models.TextChoices):
    EPISODE = "episode", _("Delinquency episode")
    SCORE = "score", _("Score")
    ALERT = "alert", _("Alert")
    PLAN = "plan", _("Repayment plan")
    DECISION = "decision", _("Decision of staff")


class PolicyStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


class Spend(models.TextChoices):
    """What an authorisation is asked for."""

    PURCHASE = "purchase", _("Purchase")
    DRAW = "draw", _("Draw")


class AuthorizationStatus(models.TextChoices):
    """`approved` is open: its amount is held until it is captured, released or expires."""

    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    CAPTURED = "captured", _("Captured")
    RELEASED = "released", pgettext_lazy("authorisation", "Released")
    EXPIRED = "expired", _("Expired")
