"""Reading customers and their credit."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.paging import Pages
from accounts.models import Customer
from accounts.partner.models import PartnerScope
from accounts.partner.views import PartnerView
from billing.api import Shape
from billing.models import NEVER, Bill, Entry, OpenBill, WriteOff
from risk import status
from risk.explain import explain
from risk.explain.record import business_day
from risk.models import Episode, Point
from risk.partner import shapes

_TAG = ["customers"]


class Reads(PartnerView):
    """Without the columns that would have to be decrypted: partners get neither."""

    scope = PartnerScope.CUSTOMERS

    def customer(self, number: str) -> Customer:
        found = (
            Customer.objects.only("pk", "public_id", "number", "name", "opened_on", "language")
            .filter(number=number)
            .first()
        )
        if found is None:
            raise Http404
        return found


class Paged(Reads, GenericAPIView[Any]):
    """A page of a customer's rows, newest first."""

    pagination_class = Pages
    shape: type[Shape]
    order: tuple[str, ...] = ("-pk",)

    def page(self, request: Request, rows: Any) -> Response:
        found = self.paginate_queryset(rows) or []
        self.furnish(found)
        return self.get_paginated_response(self.shape(found, many=True).data)

    def furnish(self, rows: Any) -> None:
        """Give the rows of a page what their shape needs, in a constant number of queries."""


class ReadCustomers(Paged):
    shape = shapes.PartnerCustomer

    @extend_schema(
        summary="Customers, newest first", tags=_TAG, responses=shapes.PartnerCustomer(many=True)
    )
    def get(self, request: Request) -> Response:
        return self.page(
            request,
            Customer.objects.only("pk", "public_id", "number", "name", "opened_on", "language"),
        )


class ReadCustomer(Reads):
    @extend_schema(summary="One customer", tags=_TAG, responses=shapes.PartnerCustomer)
    def get(self, request: Request, number: str) -> Response:
        return Response(shapes.PartnerCustomer(self.customer(number)).data)


class ReadLines(Reads):
    @extend_schema(summary="A customer's lines", tags=_TAG, responses=shapes.PartnerLine(many=True))
    def get(self, request: Request, number: str) -> Response:
        customer = self.customer(number)
        on = business_day(customer.pk) or customer.opened_on
        return Response(shapes.PartnerLine(status.lines(customer.pk, on), many=True).data)


class ReadBills(Paged):
    shape = shapes.PartnerBill
    order = ("-issued_on", "-id")

    @extend_schema(summary="A customer's bills", tags=_TAG, responses=shapes.PartnerBill(many=True))
    def get(self, request: Request, number: str) -> Response:
        customer = self.customer(number)
        return self.page(
            request,
            Bill.objects.filter(customer=customer, issued_on__gt=NEVER).select_related("line"),
        )

    def furnish(self, rows: Any) -> None:
        owed = OpenBill.objects.in_bulk([bill.pk for bill in rows])
        written_off = WriteOff.objects.in_bulk([bill.pk for bill in rows])
        for bill in rows:
            off = written_off.get(bill.pk)
            bill.written_off_on = off.written_on if off else None
            row = owed.get(bill.pk)
            bill.owed = row.principal + row.interest + row.fee if row else 0
            bill.overdue_since = row.overdue_on if row else None


class ReadEntries(Paged):
    shape = shapes.PartnerEntry
    order = ("-value_on", "-id")

    @extend_schema(
        summary="A customer's money entries", tags=_TAG, responses=shapes.PartnerEntry(many=True)
    )
    def get(self, request: Request, number: str) -> Response:
        customer = self.customer(number)
        rows = Entry.objects.filter(customer=customer).select_related("line", "bill")
        return self.page(request, rows)


class ReadWriteOffs(Paged):
    shape = shapes.PartnerWriteOff
    order = ("-written_on", "-bill_id")

    @extend_schema(
        summary="A customer's bills that were written off",
        tags=_TAG,
        responses=shapes.PartnerWriteOff(many=True),
    )
    def get(self, request: Request, number: str) -> Response:
        customer = self.customer(number)
        rows = WriteOff.objects.filter(customer=customer).select_related("line", "bill")
        return self.page(request, rows)


class ReadEpisodes(Paged):
    shape = shapes.PartnerEpisode
    order = ("-opened_on", "-id")

    @extend_schema(
        summary="A customer's delinquency episodes",
        tags=_TAG,
        responses=shapes.PartnerEpisode(many=True),
    )
    def get(self, request: Request, number: str) -> Response:
        customer = self.customer(number)
        return self.page(request, Episode.objects.filter(customer=customer).select_related("line"))


class ReadScore(Reads):
    @extend_schema(summary="A customer's score", tags=_TAG, responses=shapes.PartnerScore)
    def get(self, request: Request, number: str) -> Response:
        customer = self.customer(number)
        shown = {"score": status.score(customer.pk), "as_of": business_day(customer.pk)}
        return Response(shapes.PartnerScore(shown).data)


class ReadPoints(Paged):
    shape = shapes.PartnerPoint
    order = ("-on", "-id")

    @extend_schema(
        summary="A customer's score ledger", tags=_TAG, responses=shapes.PartnerPoint(many=True)
    )
    def get(self, request: Request, number: str) -> Response:
        return self.page(request, Point.objects.filter(customer=self.customer(number)))


class ReadRestrictions(Reads):
    @extend_schema(
        summary="A customer's restrictions in force, with their reasons",
        tags=_TAG,
        responses=shapes.PartnerRestriction(many=True),
    )
    def get(self, request: Request, number: str) -> Response:
        customer = self.customer(number)
        on = business_day(customer.pk) or customer.opened_on
        found = explain(customer.pk, on).in_force
        return Response(shapes.PartnerRestriction(found, many=True).data)
