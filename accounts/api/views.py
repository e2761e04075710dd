"""The view that every address of the API is built on."""

from typing import Any

from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.models import ApiToken
from accounts.api import problems
from accounts.api.authentication import CustomerToken, InScope
from accounts.api.throttles import ByCaller
from accounts.models import Customer


class ApiView(APIView):
    """Problems as errors, limits in the headers; nothing is kept by browsers or proxies."""

    renderer_classes: Any = [JSONRenderer]
    parser_classes: Any = [JSONParser]
    throttle_classes: Any = [ByCaller]

    def get_exception_handler(self) -> Any:
        return problems.handle

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if answer.status_code >= 400 and isinstance(answer, Response):
            answer.accepted_renderer = problems.ProblemRenderer()
            answer.accepted_media_type = problems.ProblemRenderer.media_type
            answer.content_type = problems.ProblemRenderer.media_type
        for name, value in getattr(request, "limits", {}).items():
            answer[name] = value
        answer["Cache-Control"] = "private, no-store"
        return answer


class CustomerView(ApiView):
    """An address under `/api/v1/me/`: it sees the rows of the token's customer and no others."""

    authentication_classes: Any = [CustomerToken]
    permission_classes: Any = [InScope]

    @property
    def customer(self) -> Customer:
        token = self.request.auth
        assert isinstance(token, ApiToken)
        return token.customer
