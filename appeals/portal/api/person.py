"""Who a customer is, how they are reached, what was written to them, all of their data."""

from typing import Any
from uuid import UUID

from django.http import Http404, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import operations as accounts_operations
from accounts import takeaway
from accounts.access.models import Door
from accounts.access.rates import TooOften
from accounts.api.paged import Paged
from accounts.api.views import CustomerView
from accounts.notices import preferences, queries
from appeals.portal.api import shapes


class Me(CustomerView):
    @extend_schema(summary="Who you are", tags=["me"], responses=shapes.MeShape)
    def get(self, request: Request) -> Response:
        return Response(shapes.MeShape(self.customer).data)


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
