"""The fixed words of the book."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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
    END_PLAN = "end_plan", _("End of a repayment plan")
    HOLD = "hold", _("Hold")
    RELEASE_HOLD = "release_hold", _("Release of a hold")
    DUE_DAY = "due_day", _("Change of the due day")
    PAYOUT = "payout", _("Payout of a credit balance")
    WRITE_OFF = "write_off", _("Write-off")
    SETTLE = "settle", _("Early settlement")


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
    SETTLED = "settled", _("Early settlement of a loan")


class Component(models.TextChoices):
    PRINCIPAL = "principal", _("Principal")
    INTEREST = "interest", _("Interest")
    FEE = "fee", _("Fee")
    CREDIT = "credit", _("Credit balance")
    #: What stands of a bill on the books beside what is owed of it: it changes nothing for the
    #: customer.
    BOOKS = "books", _("On the books")


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
    PAID_OUT = "paid_out", _("Paid out to the customer")
    WRITE_OFF = "write_off", _("Written off")
    RECOVERED = "recovered", _("Recovered after a write-off")
    GIVEN_BACK = "given_back", _("Interest given back")


class PlanStatus(models.TextChoices):
    KEPT = "kept", _("Running")
    COMPLETED = "completed", _("Completed")
    BROKEN = "broken", _("Broken")
    REPLACED = "replaced", _("Replaced")
    ENDED = "ended", _("Ended early")
    VOID = "void", _("Undone by a correction")


class PromiseStatus(models.TextChoices):
    OPEN = "open", _("Open")
    KEPT = "kept", _("Kept")
    PARTLY_KEPT = "partly_kept", _("Partly kept")
    BROKEN = "broken", _("Broken")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SUPERSEDED = "superseded", _("Superseded by a new promise")


class PromiseEndKind(models.TextChoices):
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SUPERSEDED = "superseded", _("Superseded by a new promise")


class DayStatus(models.TextChoices):
    OPENING = "opening", _("Opening")
    CLOSED = "closed", _("Closed")
    FAILED = "failed", _("Check failed")


class SliceStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")


class NoticeKind(models.TextChoices):
    """What a channel tells of, in a notice or on a line of its file."""

    PAYMENT = "payment", _("Payment")
    REVERSAL = "reversal", _("Reversal")


class PaymentState(models.TextChoices):
    BOOKED = "booked", pgettext_lazy("state", "Booked")
    SUSPENSE = "suspense", _("In suspense")
    REVERSED = "reversed", pgettext_lazy("payment", "Reversed")
    AWAITING = "awaiting", _("Reversal waits for its payment")


class FileState(models.TextChoices):
    RECEIVED = "received", _("Received")
    RECONCILED = "reconciled", _("Reconciled")


class BreakKind(models.TextChoices):
    MISSING_IN_BOOK = "missing_in_book", _("Missing in the book")
    MISSING_AT_CHANNEL = "missing_at_channel", _("Missing at the channel")
    AMOUNT_DIFFERS = "amount_differs", _("Amount differs")
    DATE_DIFFERS = "date_differs", _("Date differs")
    DUPLICATE = "duplicate", _("Duplicate")
    UNREADABLE = "unreadable", _("Line cannot be read")


class BreakState(models.TextChoices):
    OPEN = "open", _("Open")
    ASKED = "asked", _("Channel was asked")
    PROPOSED = "proposed", _("Waits for a second person")
    SETTLED = "settled", _("Settled")


class Remedy(models.TextChoices):
    BOOKED = "booked", pgettext_lazy("state", "Booked")
    REVERSED = "reversed", _("Ours reversed")
    CORRECTED = "corrected", _("Reversed and booked as the channel has it")
    ACCEPTED = "accepted", _("Accepted with a note")
    CLEARED = "cleared", _("Cleared by itself")


#: Accounts that come with the migrations; one that is added later is called by its own name.
ACCOUNTS = {
    "receivable": _("Receivable"),
    "lending": _("Paid out to merchants and borrowers"),
    "interest_income": _("Interest income"),
    "fee_income": _("Fee income"),
    "waivers": _("Waivers"),
    "disputed": _("Under dispute (suspense)"),
    "disputes_lost": _("Disputes decided for customers"),
    "customer_credit": _("Credit balances of customers"),
    "clearing": _("Channel clearing"),
    "credit_applied": _("Credit on its way to a bill"),
    "written_off": _("Written off"),
    "recoveries": _("Recoveries of what was written off"),
}


class Via(models.TextChoices):
    """Where a mandate was given or revoked."""

    PORTAL = "portal", _("On the customer's pages")
    API = "api", _("With a token of the customer")
    DESK = "desk", _("At the desk")


class DebitState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("debit", "No answer yet")
    OK = "ok", pgettext_lazy("debit", "Debited")
    INSUFFICIENT = "insufficient", _("Insufficient funds")
    REFUSED = "refused", pgettext_lazy("debit", "Refused")
    VOID = "void", _("Never reached the channel")
