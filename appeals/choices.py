"""The fixed words of an appeal."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """What the law calls it; the legal clock goes by it."""

    APPEAL = "appeal", _("Appeal")
    OBJECTION = "objection", _("Objection to the record")
    COMPLAINT = "complaint", _("Complaint")
    HARDSHIP = "hardship", _("Request for hardship help")


class Subject(models.TextChoices):
    """What it is about. An id belongs to every one but `none`."""

    NONE = "none", _("Nothing in particular")
    RESTRICTION = "restriction", _("Restriction")
    EPISODE = "episode", _("Delinquency episode")
    FEE = "fee", _("Late fee")
    POINT = "point", _("Score points")
    BILL = "bill", _("Bill")
    TRANSACTION = "transaction", _("Transaction")


class Ask(models.TextChoices):
    """What the customer would like to happen."""

    LIFT = "lift", _("Lift the restriction")
    FORGIVE = "forgive", _("Give the score points back")
    WAIVE = "waive", _("Waive the late fees")
    CORRECT = "correct", _("Correct the bill or the record")
    PLAN = "plan", _("Pay in instalments")
    DUE_DAY = "due_day", _("Another due day")
    FREEZE = "freeze", _("Stop interest and fees for a time")
    EXPLAIN = "explain", _("Explain the decision")
    OTHER = "other", _("Something else")


class State(models.TextChoices):
    SUBMITTED = "submitted", _("Submitted")
    IN_REVIEW = "in_review", _("In review")
    WAITING_CUSTOMER = "waiting_customer", _("Waiting for the customer")
    NEGOTIATING = "negotiating", _("Negotiating")
    WAITING_APPROVAL = "waiting_approval", pgettext_lazy("appeal", "Waiting for approval")
    DECIDED = "decided", _("Decided")
    WITHDRAWN = "withdrawn", pgettext_lazy("appeal", "Withdrawn")
    EXPIRED = "expired", pgettext_lazy("appeal", "Expired")


#: Nothing follows them but a second review.
ENDED = (State.DECIDED, State.WITHDRAWN, State.EXPIRED)
OPEN = tuple(state for state in State if state not in ENDED)


class Result(models.TextChoices):
    """What was decided: of the whole, and of each cause (which is never `partly` granted)."""

    GRANTED = "granted", _("Granted")
    PARTLY = "partly", _("Granted in part")
    DECLINED = "declined", _("Declined")


class Channel(models.TextChoices):
    """How it reached us; the legal clock runs from then on, whenever it was entered."""

    PORTAL = "portal", _("Portal")
    API = "api", _("API")
    PHONE = "phone", _("Phone")
    LETTER = "letter", _("Letter")


class Who(models.TextChoices):
    """Whose move it is."""

    CUSTOMER = "customer", _("Customer")
    STAFF = "staff", _("Staff")
    SYSTEM = "system", pgettext_lazy("who", "System")


class Ground(models.TextChoices):
    """Why it was decided so; specific words stand beside it."""

    OUR_ERROR = "our_error", _("We made an error")
    CHANNEL_ERROR = "channel_error", _("The payment channel made an error")
    NOT_OWED = "not_owed", _("It was never owed")
    HARDSHIP = "hardship", _("Proven hardship")
    EVENT = "event", _("An event outside the customer's control")
    FIRST_TIME = "first_time", _("First time, and paid since")
    CORRECT = "correct", _("The record is correct")
    NO_EVIDENCE = "no_evidence", _("What was claimed is not shown")
    CONTRACT = "contract", _("The contract says so")
    NOT_ABLE = "not_able", _("The facts cannot be established")


class Relation(models.TextChoices):
    OWN = "own", _("It is my own account")
    RELATIVE = "relative", _("A relative or somebody close")
    BUSINESS = "business", _("A business interest")


class Scan(models.TextChoices):
    """What the virus scanner said of a file; only `clean` and `unchecked` ones are shown."""

    UNCHECKED = "unchecked", _("No scanner is set up")
    WAITING = "waiting", _("Waiting for the scanner")
    CLEAN = "clean", _("Clean")
    REFUSED = "refused", _("Refused by the scanner")
