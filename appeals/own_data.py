"""What this room holds about a customer (accounts/takeaway.py). Notes that staff keep for
themselves are theirs: no source of the export knows them."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from accounts.takeaway import Row, Source, plain, register, table, withhold
from appeals import store
from appeals.models import (
    Appeal,
    AppealDecision,
    ContestedCause,
    Evidence,
    Execution,
    Letter,
    Message,
    Offer,
    Signature,
)
from appeals.offers.choices import OfferState
from appeals.offers.queries import SHOWN


def announce() -> None:
    register(
        table("appeals", _("Your appeals"), Appeal, without=("alarmed_left", "service_left")),
        Source("appeal_causes", _("What you contested"), ("appeals.ContestedCause",), _causes),
        table("appeal_messages", _("What was said"), Message, by="appeal__customer"),
        table("appeal_decisions", _("Our decisions"), AppealDecision, by="appeal__customer"),
        Source("appeal_files", _("Files you handed in"), ("appeals.Evidence",), _evidence, _files),
        Source("offers", _("Offers"), ("appeals.Offer",), _offers),
        table("signatures", _("What you signed"), Signature, by="offer__customer"),
        table("carried_out", _("What was carried out"), Execution, without=("cost",)),
        table("letters", _("Letters to you"), Letter),
    )
    withhold("appeals.DeclaredConflict", "about staff: whose cases they must not handle")
    withhold("appeals.DeclaredConflictEvent", "about staff: whose cases they must not handle")
    withhold("accounts.Note", "what staff keep for themselves")
    withhold("accounts.WorkItem", "how staff share their work")
    withhold("accounts.BulkTarget", "how staff share their work; the acts themselves are given")


def _causes(customer: Customer) -> Iterator[Row]:
    for row in ContestedCause.objects.filter(appeal__customer=customer).order_by("pk"):
        yield plain(row, without=("deciders",))


def _evidence(customer: Customer) -> Iterator[Row]:
    for row in Evidence.objects.filter(appeal__customer=customer).order_by("pk"):
        yield plain(row, without=("stored_as",))


def _files(customer: Customer) -> Iterator[tuple[str, bytes]]:
    for row in Evidence.objects.filter(appeal__customer=customer).order_by("pk"):
        if row.may_be_shown:
            ending = row.content_type.partition("/")[2]
            yield f"{row.public_id}.{ending}", store.get(row.stored_as)


def _offers(customer: Customer) -> Iterator[Row]:
    """Those that came before the customer; what one costs the lender is the lender's."""
    rows = Offer.objects.filter(customer=customer, events__step__in=SHOWN).distinct()
    for row in rows.exclude(state__in=[OfferState.DRAFT, OfferState.WAITING_APPROVAL]):
        yield plain(row, without=("cost", "effect"))
