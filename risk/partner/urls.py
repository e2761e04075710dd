"""`/api/v1/…`, for partner systems."""

import datetime

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from risk.partner import authorizations, reads, settlement, settling, writes


class DayConverter:
    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> datetime.date:
        return datetime.date.fromisoformat(value)

    def to_url(self, value: datetime.date) -> str:
        return value.isoformat()


class NameConverter(StringConverter):
    """A number of a customer or fact; the database keeps no text with a null character."""

    regex = r"[^/\x00]{1,80}"


register_converter(DayConverter, "day")
register_converter(NameConverter, "name")

app_name = "partner"
_ONE = "customers/<name:number>/"
urlpatterns = [
    path("customers/", reads.ReadCustomers.as_view(), name="customers"),
    path(_ONE, reads.ReadCustomer.as_view(), name="customer"),
    path(f"{_ONE}lines/", reads.ReadLines.as_view(), name="lines"),
    path(f"{_ONE}bills/", reads.ReadBills.as_view(), name="bills"),
    path(f"{_ONE}entries/", reads.ReadEntries.as_view(), name="entries"),
    path(f"{_ONE}write-offs/", reads.ReadWriteOffs.as_view(), name="write_offs"),
    path(f"{_ONE}episodes/", reads.ReadEpisodes.as_view(), name="episodes"),
    path(f"{_ONE}score/", reads.ReadScore.as_view(), name="score"),
    path(f"{_ONE}points/", reads.ReadPoints.as_view(), name="points"),
    path(f"{_ONE}restrictions/", reads.ReadRestrictions.as_view(), name="restrictions"),
    path(f"{_ONE}loans/", settling.ReadLoans.as_view(), name="loans"),
    path(f"{_ONE}settlement-quote/", settling.ReadQuote.as_view(), name="settlement_quote"),
    path("settlements/", settling.Settlements.as_view(), name="settlements"),
    path("purchases/", writes.Purchases.as_view(), name="purchases"),
    path("draws/", writes.Draws.as_view(), name="draws"),
    path("repayments/", writes.Repayments.as_view(), name="repayments"),
    path("repayments/<name:number>/reversal/", writes.Reversals.as_view(), name="reversals"),
    path("refunds/", writes.Refunds.as_view(), name="refunds"),
    path("payouts/", writes.Payouts.as_view(), name="payouts"),
    path("disputes/", writes.Disputes.as_view(), name="disputes"),
    path("disputes/decisions/", writes.Verdicts.as_view(), name="verdicts"),
    path("authorizations/", authorizations.Authorizations.as_view(), name="authorizations"),
    path(
        "authorizations/<uuid:id>/",
        authorizations.OneAuthorization.as_view(),
        name="authorization",
    ),
    path("authorizations/<uuid:id>/capture/", authorizations.Captures.as_view(), name="capture"),
    path("authorizations/<uuid:id>/release/", authorizations.Releases.as_view(), name="release"),
    path(
        "channels/<slug:code>/settlement-files/<day:day>/",
        settlement.SettlementFiles.as_view(),
        name="settlement_files",
    ),
    path("settlement-files/<uuid:id>/", settlement.OneSettlementFile.as_view(), name="settlement"),
]
