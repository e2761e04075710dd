"""Authorisations over the API: asked, read, captured, released."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.problems import Problem
from accounts.partner.models import PartnerScope
from accounts.partner.views import KEY, ONCE
from risk import authorizations
from risk.authorizations import NotOpen, OtherRequest
from risk.models import Authorization
from risk.partner import shapes
from risk.partner.writes import Writes

_TAG = ["authorizations"]


class AuthorizationView(Writes):
    scope = PartnerScope.AUTHORIZATIONS

    def found(self, id: UUID) -> Authorization:
        row = Authorization.objects.filter(public_id=id).select_related("line").first()
        if row is None:
            raise Http404
        return row

    def shown(self, row: Authorization, code: int = status.HTTP_200_OK) -> Response:
        return Response(shapes.AuthorizationOut(row).data, status=code)


class Authorizations(AuthorizationView):
    takes = shapes.AuthorizationIn

    @extend_schema(
        summary="Ask whether a purchase or draw may happen",
        description="Approved or declined at once, under the line's effective limit; approved, "
        "the amount is held until it is captured, released or expires.",
        tags=_TAG,
        request=shapes.AuthorizationIn,
        responses={201: shapes.AuthorizationOut, **ONCE},
        parameters=[KEY],
        examples=[
            OpenApiExample(
                "A purchase",
                value={
                    "reference": "TILL-7-000123",
                    "line": "C00316/pay_later",
                    "kind": "purchase",
                    "amount": "89.90",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        def do(data: dict[str, Any]) -> Response:
            try:
                row = authorizations.authorize(
                    line=self.line(data["line"]),
                    kind=data["kind"],
                    amount=data["amount"],
                    reference=data["reference"],
                    at=timezone.now(),
                    instalments=data.get("instalments"),
                    hours=data.get("hours", authorizations.HOURS),
                )
            except OtherRequest as error:
                raise Problem("reference-reused", str(error), status_code=409) from error
            return self.shown(row, status.HTTP_201_CREATED)

        return self.write(request, do)


class OneAuthorization(AuthorizationView):
    @extend_schema(summary="One authorisation", tags=_TAG, responses=shapes.AuthorizationOut)
    def get(self, request: Request, id: UUID) -> Response:
        return self.shown(self.found(id))


class Captures(AuthorizationView):
    takes = shapes.CaptureIn

    @extend_schema(
        summary="Capture: book the purchase or draw that was authorised",
        tags=_TAG,
        request=shapes.CaptureIn,
        responses={200: shapes.AuthorizationOut, **ONCE},
        parameters=[KEY],
    )
    def post(self, request: Request, id: UUID) -> Response:
        def do(data: dict[str, Any]) -> Response:
            row = self.found(id)
            try:
                authorizations.capture(
                    row, on=self.today, at=timezone.now(), amount=data.get("amount")
                )
            except NotOpen as error:
                raise Problem("not-open", str(error), status_code=409) from error
            return self.shown(self.found(id))

        return self.write(request, do)


class Releases(AuthorizationView):
    takes = None

    @extend_schema(
        summary="Release: let the amount go",
        tags=_TAG,
        request=None,
        responses={200: shapes.AuthorizationOut, **ONCE},
        parameters=[KEY],
    )
    def post(self, request: Request, id: UUID) -> Response:
        def do(data: dict[str, Any]) -> Response:
            try:
                authorizations.release(self.found(id), at=timezone.now())
            except NotOpen as error:
                raise Problem("not-open", str(error), status_code=409) from error
            return self.shown(self.found(id))

        return self.write(request, do)
