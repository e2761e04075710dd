"""Settlement files over the API."""

import datetime
import io
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.problems import Problem
from accounts.partner import once
from accounts.partner.models import PartnerScope
from accounts.partner.views import KEY, ONCE, PartnerView
from billing.channels import files, tasks
from billing.channels.files import FileKnown
from billing.channels.layout import LayoutRefused
from billing.models import Channel, SettlementFile
from risk.partner import shapes

_TAG = ["settlement"]
#: A larger file goes into the folder.
MOST_BYTES = 32 * 2**20


class CsvParser(BaseParser):
    media_type = "text/csv"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return stream.read(MOST_BYTES)


class SettlementFiles(PartnerView):
    scope = PartnerScope.SETTLEMENT
    parser_classes = [CsvParser]
    most_bytes = MOST_BYTES

    @extend_schema(
        summary="Send a channel's settlement file of a day",
        description="As text/csv, in the layout of the channel. Each content once. It is matched "
        "in the background: read it for its report.",
        tags=_TAG,
        request={"text/csv": OpenApiTypes.BINARY},
        responses={201: shapes.SettlementOut, **ONCE},
        parameters=[KEY],
    )
    def post(self, request: Request, code: str, day: datetime.date) -> Response:
        return once.answer(self.account, request, lambda: self._take(request, code, day))

    def _take(self, request: Request, code: str, day: datetime.date) -> Response:
        channel = Channel.objects.filter(code=code, active=True).first()
        if channel is None:
            raise Http404
        content: Any = request.data
        if not isinstance(content, bytes):
            content = b""
        try:
            file = files.receive(
                channel=channel,
                day=day,
                name=f"{code}_{day}.csv",
                content=io.BytesIO(content),
                source="api",
                at=timezone.now(),
            )
        except FileKnown as known:
            raise Problem("file-known", str(known), status_code=409) from known
        except LayoutRefused as error:
            raise Problem("refused", str(error)) from error
        transaction.on_commit(lambda: tasks.reconcile_file.delay(file.pk))
        return Response(shapes.SettlementOut(file).data, status=status.HTTP_201_CREATED)


class OneSettlementFile(PartnerView):
    scope = PartnerScope.SETTLEMENT

    @extend_schema(summary="A file and its report", tags=_TAG, responses=shapes.SettlementOut)
    def get(self, request: Request, id: UUID) -> Response:
        file = SettlementFile.objects.filter(public_id=id).select_related("channel").first()
        if file is None:
            raise Http404
        return Response(shapes.SettlementOut(file).data)
