"""A customer's appeals through the API."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import exceptions, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access.rates import TooOften
from accounts.acts import Refused
from accounts.api.problems import Problem
from accounts.api.schema import REFUSES
from accounts.api.views import CustomerView
from accounts.models import Customer
from appeals import operations
from appeals.choices import Channel
from appeals.letters import operations as letters
from appeals.letters.models import Letter
from appeals.letters.pdf import NoPdf
from appeals.portal import about
from appeals.portal.api import shapes
from appeals.portal.views.appeals import FILED
from appeals.queries import mine
from risk.desk.acts import book_date


@contextmanager
def refusals() -> Iterator[None]:
    """What an act refuses is told as a problem, in its own words."""
    try:
        yield
    except Refused as error:
        raise Problem("refused", str(error)) from error


def find(customer: Customer, id: UUID) -> mine.Mine:
    seen = mine.appeal_of(customer.pk, id, today=book_date())
    if seen is None:
        raise Http404
    return seen


def shown(customer: Customer, id: UUID) -> Any:
    return shapes.AppealShape(find(customer, id)).data


class Appeals(CustomerView):
    @extend_schema(
        summary="Your appeals, newest first",
        tags=["appeals"],
        responses=shapes.AppealRowShape(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = mine.appeals_of(self.customer.pk)
        return Response(shapes.AppealRowShape(rows, many=True).data)

    @extend_schema(
        summary="File an appeal",
        tags=["appeals"],
        request=shapes.AppealAskedShape,
        responses={201: shapes.AppealShape, **REFUSES},
        examples=[
            OpenApiExample(
                "Hardship",
                value={
                    "kind": "hardship",
                    "words": "I was in hospital for three weeks and earned nothing.",
                    "asks": ["plan", "waive"],
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        asked = shapes.AppealAskedShape(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        contested = [about.unref(self.customer.pk, text) for text in data.get("about", [])]
        if None in contested:
            raise exceptions.ValidationError({"about": _("There is no such thing of yours.")})
        try:
            FILED.count(str(self.customer.pk))
        except TooOften as error:
            raise exceptions.Throttled(error.wait) from error
        with refusals():
            appeal = operations.submit(
                customer=self.customer,
                kind=data["kind"],
                words=data["words"],
                asks=data["asks"],
                subjects_=[row for row in contested if row],
                channel=Channel.API,
                by=self.customer,
                at=timezone.now(),
                on=book_date(),
                language=self.customer.language,
                token=data.get("token"),
            )
        return Response(shown(self.customer, appeal.public_id), status.HTTP_201_CREATED)


class Subjects(CustomerView):
    @extend_schema(
        summary="What you may appeal against",
        tags=["appeals"],
        responses=shapes.SubjectShape(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = [
            {"about": about.ref(self.customer.pk, kind, pk), "kind": kind, "words": words}
            for kind, pk, words in mine.to_appeal_against(self.customer.pk)
        ]
        return Response(shapes.SubjectShape(rows, many=True).data)


class OneAppeal(CustomerView):
    @extend_schema(
        summary="One appeal with its thread", tags=["appeals"], responses=shapes.AppealShape
    )
    def get(self, request: Request, id: UUID) -> Response:
        return Response(shown(self.customer, id))


class Messages(CustomerView):
    @extend_schema(
        summary="Write to us, or answer a question",
        tags=["appeals"],
        request=shapes.SaidShape,
        responses={201: shapes.AppealShape, **REFUSES},
    )
    def post(self, request: Request, id: UUID) -> Response:
        seen = find(self.customer, id)
        asked = shapes.SaidShape(data=request.data)
        asked.is_valid(raise_exception=True)
        with refusals():
            operations.send_message(
                appeal=seen.appeal,
                text=asked.validated_data["text"],
                by=self.customer,
                at=timezone.now(),
            )
        return Response(shown(self.customer, id), status.HTTP_201_CREATED)


class Upload(CustomerView):
    parser_classes = (MultiPartParser,)
    most_bytes = 32 * 2**20

    @extend_schema(
        summary="Hand in a file",
        tags=["appeals"],
        request={"multipart/form-data": shapes.UploadShape},
        responses={201: shapes.AppealShape, **REFUSES},
    )
    def post(self, request: Request, id: UUID) -> Response:
        seen = find(self.customer, id)
        asked = shapes.UploadShape(data=request.data)
        asked.is_valid(raise_exception=True)
        file = asked.validated_data["file"]
        with refusals():
            operations.attach(
                appeal=seen.appeal,
                name=file.name,
                data=file.read(),
                by=self.customer,
                at=timezone.now(),
            )
        return Response(shown(self.customer, id), status.HTTP_201_CREATED)


class OneFile(CustomerView):
    @extend_schema(
        summary="A file that you handed in",
        tags=["appeals"],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **REFUSES},
    )
    def get(self, request: Request, id: UUID, file: UUID) -> HttpResponse:
        row = mine.evidence_of(self.customer.pk, file)
        if row is None or row.appeal.public_id != id:
            raise Http404
        try:
            with refusals():
                data = operations.open_evidence(
                    evidence=row, by=self.customer, at=timezone.now(), saved=True
                )
        except FileNotFoundError as error:
            raise Http404 from error
        answer = HttpResponse(data, content_type=row.content_type)
        answer["Content-Disposition"] = f'attachment; filename="{row.public_id}"'
        return answer


class Withdraw(CustomerView):
    @extend_schema(
        summary="Withdraw the appeal",
        tags=["appeals"],
        request=None,
        responses={200: shapes.AppealShape, **REFUSES},
    )
    def post(self, request: Request, id: UUID) -> Response:
        seen = find(self.customer, id)
        with refusals():
            operations.withdraw(
                appeal=seen.appeal, by=self.customer, at=timezone.now(), on=book_date()
            )
        return Response(shown(self.customer, id))


class Review(CustomerView):
    @extend_schema(
        summary="Ask once for a second review, by somebody else",
        tags=["appeals"],
        request=shapes.ReviewShape,
        responses={201: shapes.AppealShape, **REFUSES},
    )
    def post(self, request: Request, id: UUID) -> Response:
        seen = find(self.customer, id)
        asked = shapes.ReviewShape(data=request.data)
        asked.is_valid(raise_exception=True)
        with refusals():
            second = operations.reopen(
                appeal=seen.appeal,
                words=asked.validated_data["words"],
                by=self.customer,
                at=timezone.now(),
                on=book_date(),
                channel=Channel.API,
            )
        return Response(shown(self.customer, second.public_id), status.HTTP_201_CREATED)


class TheLetter(CustomerView):
    @extend_schema(
        summary="The decision as it was sent, as a PDF",
        tags=["appeals"],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, **REFUSES},
    )
    def get(self, request: Request, id: UUID) -> HttpResponse:
        row = Letter.objects.filter(appeal__customer=self.customer, appeal__public_id=id).first()
        if row is None:
            raise Http404
        try:
            made = letters.make_pdf(row, at=timezone.now())
        except NoPdf as error:
            raise Problem("refused", _("The letter cannot be made as a PDF now.")) from error
        answer = HttpResponse(bytes(made.content), content_type="application/pdf")
        answer["Content-Disposition"] = f'attachment; filename="{id}.pdf"'
        return answer
