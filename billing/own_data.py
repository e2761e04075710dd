"""What this room holds about a customer (accounts/takeaway.py)."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from accounts.takeaway import Row, Source, plain, register, table, withhold
from billing.models import (
    Bill,
    ChannelPayment,
    Charge,
    CreditLine,
    DebitAttempt,
    Dispute,
    Entry,
    Fact,
    Hold,
    LineState,
    Mandate,
    MandateEnd,
    OpenBill,
    Plan,
    PlanBill,
    PlanInstalment,
    PromiseEnd,
    PromiseState,
    PromiseToPay,
    WriteOff,
)


def announce() -> None:
    register(
        table("lines", _("Your credit lines"), CreditLine),
        table("line_states", _("Your lines as they stand"), LineState),
        table("facts", _("What happened"), Fact),
        table("charges", _("Purchases and instalments"), Charge),
        table("bills", _("Your bills"), Bill),
        table("open_bills", _("What you owe now"), OpenBill),
        table("entries", _("Every movement of money"), Entry),
        table("payments", _("Payments as the channels told us"), ChannelPayment),
        table("mandates", _("Your debit mandates"), Mandate),
        Source(
            "mandate_ends",
            _("Debit mandates that ended"),
            ("billing.MandateEnd",),
            _mandate_ends,
        ),
        table("debit_attempts", _("Attempts to debit your account"), DebitAttempt),
        table("promises", _("Your promises to pay"), PromiseToPay),
        table("promise_states", _("How your promises stand"), PromiseState),
        table("promise_ends", _("Promises taken back or replaced"), PromiseEnd),
        table("plans", _("Your repayment plans"), Plan),
        table("plan_bills", _("The bills in your plans"), PlanBill),
        Source(
            "plan_instalments",
            _("The instalments of your plans"),
            ("billing.PlanInstalment",),
            _instalments,
        ),
        table("holds", _("What was put on hold for you"), Hold),
        table("disputes", _("Your disputes"), Dispute),
        table("write_offs", _("Bills that were written off"), WriteOff),
    )
    withhold("billing.AheadOfNight", "where the night's work stands")
    withhold("billing.JournalLine", "the movements of money once more, as a ledger keeps them")
    withhold("billing.Quarantine", "a fault of the night's work")
    withhold("billing.QuarantineEvent", "a fault of the night's work")
    withhold("billing.CreditLineEvent", "changes of a line's number; limits are among the facts")


def _mandate_ends(customer: Customer) -> Iterator[Row]:
    for row in MandateEnd.objects.filter(mandate__customer=customer).order_by("pk"):
        yield plain(row)


def _instalments(customer: Customer) -> Iterator[Row]:
    for row in PlanInstalment.objects.filter(fact__customer=customer).order_by("pk"):
        yield plain(row)
