"""Settling a customer's loan early: what it comes to, and the act, once under its key."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.problems import Problem
from accounts.api.schema import REFUSES
from accounts.partner.views import KEY, ONCE
from billing import settlement
from billing.models import CreditLine
from billing.operations import FactRefused
from risk.forecast.settlement import quote_settlement
from risk.partner import shapes
from risk.partner.reads import Reads
from risk.partner.writes import FactView


class ReadLoans(Reads):
    @extend_schema(
        summary="A customer's loans that can be settled early",
        tags=["customers"],
        responses=shapes.LoanOut(many=True),
    )
    def get(self, request: Request, number: str) -> Response:
        found = settlement.loans(self.customer(number))
        return Response(shapes.LoanOut(found, many=True).data)


class ReadQuote(Reads):
    @extend_schema(
        summary="What settling a loan today comes to; it holds until the day ends",
        tags=["customers"],
        parameters=[
            OpenApiParameter("loan", OpenApiTypes.STR, required=True),
            OpenApiParameter(
                "amount", OpenApiTypes.STR, description="Of principal; all of it if left out."
            ),
        ],
        responses={200: shapes.QuoteOut, **REFUSES},
    )
    def get(self, request: Request, number: str) -> Response:
        customer = self.customer(number)
        asked = shapes.QuoteIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        line = CreditLine.objects.filter(customer=customer, product="cash_loan").first()
        if line is None:
            raise Problem("line-not-found", _("the customer has no cash loan"))
        try:
            quote = quote_settlement(
                line=line, draw_number=asked.validated_data["loan"],
                amount=asked.validated_data.get("amount"), on=timezone.localdate(),
            )  # fmt: skip
        except FactRefused as error:
            raise Problem("refused", str(error)) from error
        return Response(shapes.QuoteOut(quote).data)


class Settlements(FactView):
    takes = shapes.SettleIn

    @extend_schema(
        summary="Settle a loan early, whole or in part",
        description="With `paid` what is to be paid today is booked as a repayment with it, in "
        "one commit; otherwise its bill waits for one. With `total`, that of the quote, it is "
        "refused if another is to be paid now.",
        tags=["facts"],
        request=shapes.SettleIn,
        responses={201: shapes.SettlementDone, **ONCE},
        parameters=[KEY],
        examples=[
            OpenApiExample(
                "Settle all of it, paid",
                value={
                    "line": "C00316/cash_loan", "loan": "LOAN-12", "total": "2004.00", "paid": True,
                },
                request_only=True,
            )
        ],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        def do(data: dict[str, Any]) -> Response:
            done = settlement.settle_early(
                line=self.line(data["line"]), draw_number=data["loan"],
                amount=data.get("amount"), on=self.today, number=data.get("number", ""),
                pay=data["paid"], total=data.get("total"),
            )  # fmt: skip
            return Response(shapes.SettlementDone(done).data, status=status.HTTP_201_CREATED)

        return self.write(request, do)
