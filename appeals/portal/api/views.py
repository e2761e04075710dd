"""Addresses of the customer's API. Each asks `book` or calls one act, as the pages do."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import exceptions, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import operations as accounts_operations
from accounts import takeaway
from accounts.access.models import Door
from accounts.access.rates import TooOften
from accounts.api.paging import Pages
from accounts.api.problems import Problem
from accounts.api.views import CustomerView
from accounts.notices import preferences, queries
from appeals.portal import ahead, book, today
from appeals.portal.api import shapes
from billing import payments
from billing.models import CreditLine
from risk import forecast as engine
from risk.desk.acts import book_date

_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="Your own name for this request, 8 to 100 characters: the same again pays once.",
)


class Me(CustomerView):
    @extend_schema(summary="Who you are", tags=["me"], responses=shapes.MeShape)
    def get(self, request: Request) -> Response:
        return Response(shapes.MeShape(self.customer).data)


class Lines(CustomerView):
    @extend_schema(
        summary="Both lines, what is due, and what to do today",
        tags=["credit"],
        responses=shapes.LinesShape,
    )
    def get(self, request: Request) -> Response:
        standing = book.standing(self.customer)
        shown = {
            "on": standing.on,
            "today": today.advice(standing),
            "lines": standing.lines,
            "dues": standing.dues,
        }
        return Response(shapes.LinesShape(shown).data)


class Restrictions(CustomerView):
    @extend_schema(
        summary="Why a line is restricted, and the way back",
        tags=["credit"],
        parameters=[
            OpenApiParameter("ended", OpenApiTypes.BOOL, description="Those that ended instead.")
        ],
        responses=shapes.RestrictionShape(many=True),
    )
    def get(self, request: Request) -> Response:
        found = book.standing(self.customer).explanation
        rows = found.ended if request.query_params.get("ended") in _YES else found.in_force
        return Response(shapes.RestrictionShape(rows, many=True).data)


_YES = ("true", "1", "True")


class Paged(CustomerView, GenericAPIView[Any]):
    """A list by cursor; `see` turns its rows into what is shown."""

    pagination_class = Pages
    order: Sequence[str] = ("-pk",)

    def rows(self) -> Any:
        raise NotImplementedError

    def see(self, rows: list[Any]) -> Sequence[Any]:
        return rows

    def page(self) -> Response:
        rows = self.paginate_queryset(self.rows()) or []
        shown = self.get_serializer(self.see(list(rows)), many=True)
        return self.get_paginated_response(shown.data)


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
            bill = book.bills(self.customer).filter(number=number).first()
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
        parameters=[_KEY],
        request=shapes.PayShape,
        responses={201: shapes.RepaymentShape, 200: shapes.RepaymentShape},
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
                line=line, amount=asked.validated_data["amount"], number=self._number()
            )
            known = payments.booked(slip)
            fact = known or payments.book(slip=slip, on=book_date())
        except payments.PaymentRefused as error:
            raise Problem("refused", str(error)) from error
        shown = shapes.RepaymentShape(self.see([fact])[0]).data
        return Response(shown, status.HTTP_200_OK if known else status.HTTP_201_CREATED)

    def _number(self) -> str:
        key = self.request.headers.get("Idempotency-Key", "").strip()
        if not 8 <= len(key) <= 100:
            raise exceptions.ValidationError(
                {"Idempotency-Key": _("Name this request in 8 to 100 characters.")}
            )
        mark = hashlib.sha256(f"{self.customer.pk}:{key}".encode()).hexdigest()[:24]
        return f"API-{mark.upper()}"

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


class Score(CustomerView):
    @extend_schema(
        summary="Your score and every point of it", tags=["credit"], responses=shapes.ScoreShape
    )
    def get(self, request: Request) -> Response:
        standing = book.standing(self.customer)
        rules = standing.record.policy.score if standing.record.policy else None
        shown = {
            "as_of": standing.on,
            "score": standing.record.score,
            "lowest": rules.floor if rules else None,
            "highest": rules.ceiling if rules else None,
            "points": book.moves(standing.record),
        }
        return Response(shapes.ScoreShape(shown).data)


class Notices(Paged):
    serializer_class = shapes.NoticeShape
    order = ("-id",)

    @extend_schema(
        summary="What we wrote to you, newest first",
        tags=["notices"],
        responses=shapes.NoticeShape(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.page()

    def rows(self) -> Any:
        return queries.inbox(self.customer.pk)


class NoticeRead(CustomerView):
    @extend_schema(
        summary="Mark a notice as read",
        tags=["notices"],
        request=None,
        responses=shapes.NoticeShape,
    )
    def post(self, request: Request, id: UUID) -> Response:
        row = queries.mark_read(customer_id=self.customer.pk, public_id=id, at=timezone.now())
        if row is None:
            raise Http404
        return Response(shapes.NoticeShape(row).data)


class Forecast(CustomerView):
    only_reads = True

    @extend_schema(
        summary="What happens if you pay, or not",
        description="Day by day, by the engine that runs every night. It changes nothing.",
        tags=["credit"],
        request=shapes.ForecastAskedShape,
        responses={200: shapes.ForecastShape},
        examples=[
            OpenApiExample("All that is overdue, today", value={"choice": "overdue"}),
            OpenApiExample(
                "An amount of your own",
                value={
                    "choice": "own",
                    "product": "pay_later",
                    "amount": "500.00",
                    "on": "2026-05-19",
                },
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        asked = shapes.ForecastAskedShape(data=request.data)
        asked.is_valid(raise_exception=True)
        values = {key: str(value) for key, value in asked.validated_data.items()}
        values["line"] = values.pop("product", "")
        record = book.standing(self.customer).record
        try:
            choice = ahead.choice_of(record, values)
            found = ahead.answer(self.customer.pk, choice, int(values["days"]))
        except ahead.NotAsked as error:
            field = "product" if error.field == "line" else error.field
            raise exceptions.ValidationError({field: str(error)}) from error
        except TooOften as error:
            raise exceptions.Throttled(error.wait) from error
        except engine.NoBook as error:
            raise Problem("refused", _("Your first day is still to come.")) from error
        return Response(shapes.ForecastShape(found).data)


class Preferences(CustomerView):
    @extend_schema(summary="How we may reach you", tags=["me"], responses=shapes.PreferencesShape)
    def get(self, request: Request) -> Response:
        return self._shown()

    @extend_schema(
        summary="Change how we may reach you",
        tags=["me"],
        request=shapes.PreferencesShape,
        responses=shapes.PreferencesShape,
        examples=[
            OpenApiExample(
                "Write to me in Chinese, not in the evening",
                value={"language": "zh-hans", "contact_until": "19:00"},
                request_only=True,
            )
        ],
    )
    def patch(self, request: Request) -> Response:
        asked = shapes.PreferencesShape(data=request.data)
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)
        language = values.pop("language", None)
        try:
            if values:
                preferences.change(customer=self.customer, by=None, at=timezone.now(), **values)
        except preferences.PreferenceRefused as error:
            raise exceptions.ValidationError({error.field: str(error)}) from error
        if language:
            accounts_operations.change_language(customer=self.customer, language=language)
        return self._shown()

    def _shown(self) -> Response:
        kept = preferences.of(self.customer.pk)
        shown = {
            "language": self.customer.language,
            "email": kept.email or "",
            "channels": kept.channels,
            "contact_from": kept.contact_from,
            "contact_until": kept.contact_until,
            "time_zone": kept.time_zone if isinstance(kept.time_zone, str) else "",
        }
        return Response(shapes.PreferencesShape(shown).data)


class Export(CustomerView):
    @extend_schema(
        summary="Everything we hold about you, as a ZIP",
        tags=["me"],
        request=None,
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def post(self, request: Request) -> StreamingHttpResponse:
        try:
            pieces = takeaway.take(customer=self.customer, door=Door.API, at=timezone.now())
        except TooOften as error:
            raise exceptions.Throttled(error.wait) from error
        answer = StreamingHttpResponse(pieces, content_type="application/zip")
        answer["Content-Disposition"] = 'attachment; filename="fairline.zip"'
        return answer
