"""The view that every address of the API is built on."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.parsers import JSONParser
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.models import ApiToken
from accounts.api import problems
from accounts.api.authentication import CustomerToken, InScope
from accounts.api.problems import Problem
from accounts.api.throttles import ByCaller
from accounts.models import Customer


class ApiView(APIView):
    """Problems as errors, limits in the headers; nothing is kept by browsers or proxies."""

    renderer_classes: Any = [JSONRenderer]
    parser_classes: Any = [JSONParser]
    throttle_classes: Any = [ByCaller]
    #: A larger body is refused before it is read.
    most_bytes = 2**20

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.method not in SAFE_METHODS and int(length) > self.most_bytes:
            words = _("%(mb)s MB at most") % {"mb": self.most_bytes // 2**20}
            raise Problem("too-large", words, status_code=413)

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


class Nowhere(ApiView):
    """Every other address below the API's: a problem too, no page for people."""

    authentication_classes: Any = ()
    permission_classes: Any = ()
    throttle_classes: Any = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404


class CustomerView(ApiView):
    """An address under `/api/v1/me/`: it sees the rows of the token's customer and no others."""

    authentication_classes: Any = [CustomerToken]
    permission_classes: Any = [InScope]

    @property
    def customer(self) -> Customer:
        token = self.request.auth
        assert isinstance(token, ApiToken)
        return token.customer
