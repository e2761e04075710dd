"""Booking facts of money: each commits with all its consequences, once under its key."""

import datetime
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from psycopg.errors import LockNotAvailable
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.acts import Refused
from accounts.api.problems import Problem
from accounts.partner import once
from accounts.partner.models import PartnerScope
from accounts.partner.views import KEY, ONCE, PartnerView
from billing import operations as money
from billing.api import Shape
from billing.choices import FactKind
from billing.models import Bill, CreditLine, Fact
from risk.partner import shapes

_TAG = ["facts"]
_Post = TypeVar("_Post", bound=Callable[..., Response])


class Writes(PartnerView):
    """A write: what it takes, then one call down, within the key's transaction."""

    #: None: it takes no body.
    takes: type[Shape] | None

    def write(self, request: Request, do: Callable[[dict[str, Any]], Response]) -> Response:
        """The answer of `do`, once; what is refused is a problem."""

        def handle() -> Response:
            if self.takes is None:
                return do({})
            taken = self.takes(data=request.data)
            taken.is_valid(raise_exception=True)
            return do(taken.validated_data)

        try:
            return once.answer(self.account, request, lambda: self.refusing(handle))
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            raise Problem(
                "busy", _("The night has this customer: try again in a minute."), status_code=409
            ) from error

    def refusing(self, handle: Callable[[], Response]) -> Response:
        try:
            return handle()
        except Refused as error:
            raise Problem("refused", str(error)) from error
        except IntegrityError as error:
            raise Problem("conflict", _("It is there already."), status_code=409) from error

    def line(self, number: str) -> CreditLine:
        found = CreditLine.objects.filter(number=number).select_related("customer").first()
        if found is None:
            raise Problem("line-not-found", _("no credit line is called %(n)s") % {"n": number})
        return found

    def bill(self, number: str) -> Bill:
        found = Bill.objects.filter(number=number).select_related("line").first()
        if found is None:
            raise Problem("bill-not-found", _("no bill is called %(n)s") % {"n": number})
        return found

    @property
    def today(self) -> datetime.date:
        return timezone.localdate()


class FactView(Writes):
    scope = PartnerScope.FACTS

    def booked(self, fact: Fact) -> Response:
        return Response(shapes.PartnerFact(fact).data, status=status.HTTP_201_CREATED)


def _describe(summary: str, takes: Any, example: dict[str, Any]) -> Callable[[_Post], _Post]:
    described: Callable[[_Post], _Post] = extend_schema(
        summary=summary,
        tags=_TAG,
        request=takes,
        responses={201: shapes.PartnerFact, **ONCE},
        parameters=[KEY],
        examples=[OpenApiExample(summary, value=example, request_only=True)],
    )
    return described


class Purchases(FactView):
    takes = shapes.PurchaseIn

    @_describe(
        "Book a purchase", shapes.PurchaseIn,
        {"number": "SHOP-4711", "line": "C00316/pay_later", "amount": "129.00"},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        def do(data: dict[str, Any]) -> Response:
            return self.booked(
                money.book_purchase(
                    line=self.line(data["line"]), amount=data["amount"], on=self.today,
                    number=data["number"], value_on=data.get("value_on"),
                )
            )  # fmt: skip

        return self.write(request, do)


class Draws(FactView):
    takes = shapes.DrawIn

    @_describe(
        "Book a loan that was drawn", shapes.DrawIn,
        {"number": "LOAN-12", "line": "C00316/cash_loan", "amount": "3000.00", "instalments": 12},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        def do(data: dict[str, Any]) -> Response:
            return self.booked(
                money.book_draw(
                    line=self.line(data["line"]), amount=data["amount"],
                    instalments=data["instalments"], on=self.today, number=data["number"],
                    value_on=data.get("value_on"),
                )
            )  # fmt: skip

        return self.write(request, do)


class Repayments(FactView):
    takes = shapes.RepaymentIn

    @_describe(
        "Book a repayment", shapes.RepaymentIn,
        {"number": "PAY-981", "line": "C00316/pay_later", "amount": "500.00",
         "value_on": "2026-05-03"},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        def do(data: dict[str, Any]) -> Response:
            return self.booked(
                money.book_repayment(
                    line=self.line(data["line"]), amount=data["amount"], on=self.today,
                    number=data["number"], value_on=data.get("value_on"),
                )
            )  # fmt: skip

        return self.write(request, do)


class Reversals(FactView):
    takes = shapes.ReversalIn

    @_describe("Reverse a repayment", shapes.ReversalIn, {"reason": "bounced"})
    def post(self, request: Request, number: str) -> Response:
        def do(data: dict[str, Any]) -> Response:
            repayment = (
                Fact.objects.filter(number=number, kind=FactKind.REPAY)
                .select_related("line")
                .first()
            )
            if repayment is None:
                raise Http404
            return self.booked(
                money.reverse_repayment(repayment=repayment, on=self.today, reason=data["reason"])
            )

        return self.write(request, do)


class Refunds(FactView):
    takes = shapes.RefundIn

    @_describe(
        "Refund an amount of a bill", shapes.RefundIn,
        {"bill": "C00316/pay_later/2026-05", "amount": "20.00"},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        def do(data: dict[str, Any]) -> Response:
            bill = self.bill(data["bill"])
            return self.booked(
                money.book_refund(
                    line=bill.line, bill_number=bill.number, amount=data["amount"],
                    on=self.today, value_on=data.get("value_on"),
                )
            )  # fmt: skip

        return self.write(request, do)


class Payouts(FactView):
    takes = shapes.PayoutIn

    @_describe(
        "Pay a credit balance out", shapes.PayoutIn,
        {"number": "OUT-77", "line": "C00316/pay_later", "amount": "35.00"},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        def do(data: dict[str, Any]) -> Response:
            return self.booked(
                money.pay_out_credit(
                    line=self.line(data["line"]), amount=data["amount"], on=self.today,
                    number=data["number"],
                )
            )  # fmt: skip

        return self.write(request, do)


class Verdicts(FactView):
    takes = shapes.VerdictIn

    @_describe(
        "Decide a dispute, for the customer or for the lender", shapes.VerdictIn,
        {"bill": "C00316/pay_later/2026-05", "outcome": "customer", "reason": "goods returned"},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        def do(data: dict[str, Any]) -> Response:
            bill = self.bill(data["bill"])
            return self.booked(
                money.decide_dispute(
                    line=bill.line, bill_number=bill.number, outcome=data["outcome"],
                    on=self.today, reason=data["reason"],
                )
            )  # fmt: skip

        return self.write(request, do)


class Disputes(FactView):
    takes = shapes.DisputeIn

    @_describe(
        "Open a dispute of a bill", shapes.DisputeIn,
        {"bill": "C00316/pay_later/2026-05", "amount": "80.00"},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        def do(data: dict[str, Any]) -> Response:
            bill = self.bill(data["bill"])
            return self.booked(
                money.file_dispute(
                    line=bill.line, bill_number=bill.number, amount=data["amount"],
                    on=self.today, value_on=data.get("value_on"),
                )
            )  # fmt: skip

        return self.write(request, do)
