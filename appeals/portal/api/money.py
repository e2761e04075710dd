"""Bills, entries, plans, payments; paying."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.paged import Paged
from accounts.api.problems import Problem
from accounts.api.schema import REFUSES
from accounts.api.views import CustomerView
from accounts.models import Customer
from appeals.portal import book
from appeals.portal.api import shapes
from billing import payments
from billing.models import Bill, CreditLine
from risk.desk.acts import book_date

KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 8, "maxLength": 100},
    OpenApiParameter.HEADER,
    required=True,
    description="Your own name for this request, 8 to 100 characters: the same again pays once.",
)


def payment_number(request: Request, customer: Customer, about: str = "") -> str:
    """The number of the payment that a request's key names, of this customer and what it is
    about (`"loan:"`) alone."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not 8 <= len(key) <= 100:
        raise exceptions.ValidationError(
            {"Idempotency-Key": _("Name this request in 8 to 100 characters.")}
        )
    mark = hashlib.sha256(f"{customer.pk}:{about}{key}".encode()).hexdigest()[:24]
    return f"API-{mark.upper()}"


class Bills(Paged):
    serializer_class = shapes.BillShape
    order = ("-issued_on", "-id")

    @extend_schema(
        summary="Your bills, newest first",
        tags=["money"],
        responses=shapes.BillShape(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.page()

    def rows(self) -> Any:
        return book.bills(self.customer).select_related("line")

    def see(self, rows: list[Any]) -> Sequence[Any]:
        on = book.on(self.customer)
        return book.see_bills(self.customer, rows, on)


class Entries(Paged):
    serializer_class = shapes.EntryShape
    order = ("-id",)

    @extend_schema(
        summary="Every movement of money, newest first",
        tags=["money"],
        parameters=[OpenApiParameter("bill", OpenApiTypes.STR, description="Those of one bill.")],
        responses=shapes.EntryShape(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.page()

    def rows(self) -> Any:
        found = book.entries(self.customer).select_related("bill", "line")
        if number := self.request.query_params.get("bill"):
            # the database keeps no text with a null character, and refuses to look for one
            known = book.bills(self.customer) if "\x00" not in number else Bill.objects.none()
            bill = known.filter(number=number).first()
            if bill is None:
                raise Http404
            found = found.filter(bill=bill, value_on__gte=bill.issued_on)
        return found


class Repayments(Paged):
    serializer_class = shapes.RepaymentShape
    order = ("-booked_on", "-id")

    @extend_schema(
        summary="What you paid, newest first",
        tags=["money"],
        responses=shapes.RepaymentShape(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.page()

    @extend_schema(
        summary="Pay (where the book has a sandbox for payments)",
        tags=["money"],
        parameters=[KEY],
        request=shapes.PayShape,
        responses={201: shapes.RepaymentShape, 200: shapes.RepaymentShape, **REFUSES},
        examples=[
            OpenApiExample(
                "Pay what is overdue",
                value={"product": "pay_later", "amount": "1005.50"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        asked = shapes.PayShape(data=request.data)
        asked.is_valid(raise_exception=True)
        if not payments.sandboxed():
            raise Problem("not-offered", _("Payments cannot be made here yet."))
        line = CreditLine.objects.filter(
            customer=self.customer, product=asked.validated_data["product"]
        ).first()
        if line is None:
            raise exceptions.ValidationError({"product": _("You have no such line.")})
        try:
            slip = payments.prepare(
                line=line,
                amount=asked.validated_data["amount"],
                number=payment_number(request, self.customer),
            )
            known = payments.booked(slip)
            fact = known or payments.book(slip=slip, on=book_date())
        except payments.PaymentRefused as error:
            raise Problem("refused", str(error)) from error
        shown = shapes.RepaymentShape(self.see([fact])[0]).data
        return Response(shown, status.HTTP_200_OK if known else status.HTTP_201_CREATED)

    def rows(self) -> Any:
        return book.repayments(self.customer)

    def see(self, rows: list[Any]) -> Sequence[Any]:
        gone = book.bounced(rows)
        for row in rows:
            row.came_back = row.pk in gone
        return rows


class Plans(CustomerView):
    @extend_schema(
        summary="Your repayment plans", tags=["money"], responses=shapes.PlanShape(many=True)
    )
    def get(self, request: Request) -> Response:
        return Response(shapes.PlanShape(book.plans(self.customer), many=True).data)
