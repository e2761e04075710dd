"""Offers in an appeal through the API: read, sign, decline, make one."""

from collections.abc import Iterator
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.schema import REFUSES
from accounts.api.views import CustomerView
from accounts.signin.client import address
from appeals.offers import operations, queries
from appeals.offers.composing import Composer, customer_kinds, from_wishes
from appeals.offers.models import Offer
from appeals.portal.api import shapes
from appeals.portal.api.appeals import find, refusals, shown
from risk.desk.acts import book_date


class OfferView(CustomerView):
    """An offer by its place within the appeal."""

    def offer(self, id: UUID, n: int) -> Offer:
        seen = find(self.customer, id)
        offer = queries.find(self.customer, f"{seen.appeal.number}/{n}")
        if offer is None or offer.appeal_id != seen.appeal.pk:
            raise Http404
        return offer


class Offers(CustomerView):
    @extend_schema(
        summary="What was offered, newest first",
        tags=["offers"],
        responses=shapes.OfferShape(many=True),
    )
    def get(self, request: Request, id: UUID) -> Response:
        seen = find(self.customer, id)
        rows = queries.for_customer(seen.appeal, self.customer.language, book_date())
        return Response(shapes.OfferShape(rows, many=True).data)

    @extend_schema(
        summary="Make an offer of your own, or answer one",
        description="First without `text_hash`: the answer is the text to read. With its hash it "
        "is signed and sent.",
        tags=["offers"],
        request=shapes.ProposeShape,
        responses={200: shapes.ToSignShape, 201: shapes.AppealShape, **REFUSES},
        examples=[
            OpenApiExample(
                "Six instalments",
                value={
                    "remedies": [
                        {
                            "kind": "repayment_plan",
                            "bills": ["PL-0007/2026-04"],
                            "parts": 6,
                            "first_due": "2026-06-10",
                        }
                    ]
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, id: UUID) -> Response:
        seen = find(self.customer, id)
        asked = shapes.ProposeShape(data=request.data)
        asked.is_valid(raise_exception=True)
        data, on, language = asked.validated_data, book_date(), self.customer.language
        put = from_wishes(self.customer, on, data["remedies"], customer_kinds())
        package = put.package(None)
        if package is None:
            raise exceptions.ValidationError({"remedies": list(_wrong(put)) or [put.error]})
        text, text_hash = operations.text_to_sign(seen.appeal, package, data["words"], on, language)
        if "text_hash" not in data:
            return Response(shapes.ToSignShape({"text": text, "text_hash": text_hash}).data)
        with refusals():
            operations.propose(
                appeal=seen.appeal,
                package=package,
                words=data["words"],
                by=self.customer,
                text_hash=data["text_hash"],
                language=language,
                address=address(request),
                at=timezone.now(),
                on=on,
            )
        return Response(shown(self.customer, id), status.HTTP_201_CREATED)


def _wrong(put: Composer) -> Iterator[str]:
    for form in put.forms.values():
        for name, errors in form.errors.items():
            yield f"{name}: {' '.join(str(error) for error in errors)}"


class Accept(OfferView):
    @extend_schema(
        summary="Accept an offer: that is your signature",
        tags=["offers"],
        request=shapes.SignShape,
        responses={200: shapes.AppealShape, **REFUSES},
    )
    def post(self, request: Request, id: UUID, n: int) -> Response:
        offer = self.offer(id, n)
        asked = shapes.SignShape(data=request.data)
        asked.is_valid(raise_exception=True)
        with refusals():
            operations.accept(
                offer,
                by=self.customer,
                text_hash=asked.validated_data["text_hash"],
                language=self.customer.language,
                address=address(request),
                at=timezone.now(),
                on=book_date(),
            )
        return Response(shown(self.customer, id))


class Decline(OfferView):
    @extend_schema(
        summary="Decline an offer",
        tags=["offers"],
        request=shapes.WordsShape,
        responses={200: shapes.AppealShape, **REFUSES},
    )
    def post(self, request: Request, id: UUID, n: int) -> Response:
        offer = self.offer(id, n)
        asked = shapes.WordsShape(data=request.data)
        asked.is_valid(raise_exception=True)
        with refusals():
            operations.decline(
                offer, by=self.customer, words=asked.validated_data["words"], at=timezone.now()
            )
        return Response(shown(self.customer, id))


class TakeBack(OfferView):
    @extend_schema(
        summary="Take your own offer back",
        tags=["offers"],
        request=None,
        responses={200: shapes.AppealShape, **REFUSES},
    )
    def post(self, request: Request, id: UUID, n: int) -> Response:
        offer = self.offer(id, n)
        with refusals():
            operations.withdraw(offer, by=self.customer, words="", at=timezone.now())
        return Response(shown(self.customer, id))
