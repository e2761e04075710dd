"""How a customer stands, why, and what would be."""

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access.rates import TooOften
from accounts.api.problems import Problem
from accounts.api.schema import REFUSES
from accounts.api.views import CustomerView
from appeals.portal import ahead, book, today
from appeals.portal.api import shapes
from risk import forecast as engine

_ENDED = {"true": True, "1": True, "True": True, "false": False, "0": False, "False": False}


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
        ended = _ENDED.get(request.query_params.get("ended", "false"))
        if ended is None:
            raise exceptions.ValidationError({"ended": _("true or false")})
        rows = found.ended if ended else found.in_force
        return Response(shapes.RestrictionShape(rows, many=True).data)


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


class Forecast(CustomerView):
    only_reads = True

    @extend_schema(
        summary="What happens if you pay, or not",
        description="Day by day, by the engine that runs every night. It changes nothing.",
        tags=["credit"],
        request=shapes.ForecastAskedShape,
        responses={200: shapes.ForecastShape, **REFUSES},
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
