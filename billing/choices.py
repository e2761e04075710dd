"""The fixed words of the book."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Product(models.TextChoices):
    PAY_LATER = "pay_later", _("Pay-later line")
    CASH_LOAN = "cash_loan", _("Cash loan")


class FactKind(models.TextChoices):
    BILL = "bill", _("Bill")
    PURCHASE = "purchase", _("Purchase")
    DRAW = "draw", _("Draw")
    REPAY = "repay", _("Repayment")
    REVERSE = "reverse", _("Reversal of a repayment")
    REFUND = "refund", _("Refund")
    DISPUTE = "dispute", _("Dispute")
    RESOLVE_DISPUTE = "resolve_dispute", _("Decision of a dispute")
    WAIVE = "waive", _("Waiver of fees")
    PLAN = "plan", _("Repayment plan")
    LIMIT = "limit", _("Change of the assigned limit")
    HOLD = "hold", _("Hold")
    RELEASE_HOLD = "release_hold", _("Release of a hold")
    DUE_DAY = "due_day", _("Change of the due day")


class Held(models.TextChoices):
    """What stands still on a bill while a hold covers it."""

    FEES = "fees", _("Late fees")
    MILESTONES = "milestones", _("Score points and severity by days past due")
    INTEREST = "interest", _("Interest of instalments")


class Outcome(models.TextChoices):
    CUSTOMER = "customer", _("For the customer")
    LENDER = "lender", _("For the lender")


class BillOrigin(models.TextChoices):
    STATEMENT = "statement", _("Statement of purchases")
    INSTALMENT = "instalment", _("Loan instalment")
    BOOKED = "booked", _("Booked bill")
    DISPUTED = "disputed", _("Dispute decided for the lender")


class Component(models.TextChoices):
    PRINCIPAL = "principal", _("Principal")
    INTEREST = "interest", _("Interest")
    FEE = "fee", _("Fee")
    CREDIT = "credit", _("Credit balance")


class EntryKind(models.TextChoices):
    ISSUED = "issued", _("Billed")
    UPHELD = "upheld", _("Dispute upheld")
    FEE = "fee", _("Late fee")
    REPAID = "repaid", _("Repaid")
    CREDITED = "credited", _("Paid from the credit balance")
    REFUNDED = "refunded", _("Refunded")
    DISPUTED = "disputed", _("Under dispute")
    WAIVED = "waived", _("Waived")
    RETURNED = "returned", _("Waiver taken back")


class PlanStatus(models.TextChoices):
    KEPT = "kept", _("Running")
    COMPLETED = "completed", _("Completed")
    BROKEN = "broken", _("Broken")
    REPLACED = "replaced", _("Replaced")
    VOID = "void", _("Undone by a correction")


class DayStatus(models.TextChoices):
    OPENING = "opening", _("Opening")
    CLOSED = "closed", _("Closed")
    FAILED = "failed", _("Check failed")


class SliceStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
