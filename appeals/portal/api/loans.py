"""Loans, what repaying one early comes to, and doing so."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.problems import Problem
from accounts.api.schema import REFUSES
from accounts.api.views import CustomerView
from appeals.portal.api import shapes
from appeals.portal.api.money import KEY, payment_number
from billing import payments, settlement
from billing.choices import Product
from billing.models import CreditLine
from billing.operations import FactRefused
from risk.desk.acts import book_date
from risk.forecast.settlement import quote_settlement

_TAG = ["money"]


class _Loans(CustomerView):
    def line(self) -> CreditLine:
        found = CreditLine.objects.filter(customer=self.customer, product=Product.CASH_LOAN)
        if line := found.first():
            return line
        raise Problem("line-not-found", _("You have no such line."))


class Loans(CustomerView):
    @extend_schema(
        summary="Your loans that you can repay early",
        tags=_TAG,
        responses=shapes.LoanShape(many=True),
    )
    def get(self, request: Request) -> Response:
        found = settlement.loans(self.customer)
        return Response(shapes.LoanShape(found, many=True).data)


class LoanQuote(_Loans):
    @extend_schema(
        summary="What repaying a loan today comes to; it holds until the day ends",
        tags=_TAG,
        parameters=[
            OpenApiParameter("loan", OpenApiTypes.STR, required=True),
            OpenApiParameter(
                "amount", OpenApiTypes.STR, description="Of principal; all of it if left out."
            ),
        ],
        responses={200: shapes.QuoteShape, **REFUSES},
    )
    def get(self, request: Request) -> Response:
        asked = shapes.QuoteAsked(data=request.query_params)
        asked.is_valid(raise_exception=True)
        try:
            quote = quote_settlement(
                line=self.line(),
                draw_number=asked.validated_data["loan"],
                amount=asked.validated_data.get("amount"),
                on=book_date(),
            )
        except FactRefused as error:
            raise Problem("refused", str(error)) from error
        return Response(shapes.QuoteShape(quote).data)


class Settlements(_Loans):
    @extend_schema(
        summary="Repay a loan early (where the book has a sandbox for payments)",
        description="`total` is that of the quote; it is refused if another is to be paid now.",
        tags=_TAG,
        parameters=[KEY],
        request=shapes.SettleShape,
        responses={201: shapes.RepaymentShape, 200: shapes.RepaymentShape, **REFUSES},
        examples=[
            OpenApiExample(
                "Repay all of it",
                value={"loan": "LOAN-12", "total": "2004.00"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        asked = shapes.SettleShape(data=request.data)
        asked.is_valid(raise_exception=True)
        if not payments.sandboxed():
            raise Problem("not-offered", _("Payments cannot be made here yet."))
        data: dict[str, Any] = asked.validated_data
        amount: Decimal | None = data.get("amount")
        try:
            slip = payments.prepare(
                line=self.line(),
                amount=data["total"],
                number=payment_number(request, self.customer, "loan:"),
                draw=data["loan"],
                principal=amount,
            )
            known = payments.booked(slip)
            fact: Any = known or payments.book(slip=slip, on=book_date())
        except payments.PaymentRefused as error:
            raise Problem("refused", str(error)) from error
        fact.came_back = False
        shown = shapes.RepaymentShape(fact).data
        return Response(shown, status.HTTP_200_OK if known else status.HTTP_201_CREATED)
