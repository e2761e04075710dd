"""Debit mandates: what is debited from where; giving and revoking."""

from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.problems import Problem
from accounts.api.schema import REFUSES
from accounts.api.views import CustomerView
from appeals.portal.api import shapes
from billing.choices import Via
from billing.debits import mandates
from billing.models import CreditLine, Mandate
from risk.desk.acts import book_date


class Mandates(CustomerView):
    @extend_schema(
        summary="Your debit mandates that are in force",
        tags=["money"],
        responses=shapes.MandateShape(many=True),
    )
    def get(self, request: Request) -> Response:
        return Response(shapes.MandateShape(mandates.standing(self.customer), many=True).data)

    @extend_schema(
        summary="Allow what is due to be debited",
        tags=["money"],
        request=shapes.GiveShape,
        responses={201: shapes.MandateShape, **REFUSES},
        examples=[
            OpenApiExample(
                "From my card",
                value={"product": "pay_later", "bank": "ICBC", "account": "6222020200001234"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        asked = shapes.GiveShape(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        line = CreditLine.objects.filter(customer=self.customer, product=data["product"]).first()
        if line is None:
            raise exceptions.ValidationError({"product": _("You have no such line.")})
        try:
            made = mandates.give(
                line=line, bank=data["bank"], account=data["account"], on=book_date(),
                at=timezone.now(), via=Via.API,
            )  # fmt: skip
        except mandates.MandateRefused as error:
            raise Problem("refused", str(error)) from error
        return Response(shapes.MandateShape(made).data, status.HTTP_201_CREATED)


class RevokeMandate(CustomerView):
    @extend_schema(
        summary="Revoke a debit mandate", tags=["money"], request=None,
        responses={200: shapes.MandateShape(many=True), **REFUSES},
    )  # fmt: skip
    def post(self, request: Request, id: UUID) -> Response:
        mandate = Mandate.objects.filter(customer=self.customer, public_id=id).first()
        if mandate is None:
            raise Http404
        try:
            mandates.revoke(mandate=mandate, on=book_date(), at=timezone.now(), via=Via.API)
        except mandates.MandateRefused as error:
            raise Problem("refused", str(error)) from error
        return Response(shapes.MandateShape(mandates.standing(self.customer), many=True).data)
