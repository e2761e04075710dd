"""Version 1 of the API: its addresses and its description."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from accounts.api import schema as schema
from accounts.api.views import ApiView, Nowhere


class Schema(SpectacularAPIView):
    """OpenAPI 3.1, for everybody: it tells addresses, no rows."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ApiView.throttle_classes


class Docs(SpectacularSwaggerSplitView):
    """The description as a page; its script is an address of its own, so no script is inline."""

    authentication_classes = ()
    permission_classes = ()
    template_name = "api/docs.html"


urlpatterns = [
    path("", include("risk.partner.urls")),
    path("me/", include("appeals.portal.api.urls")),
    path("schema/", Schema.as_view(), name="api_schema"),
    path("docs/", Docs.as_view(url_name="api_schema"), name="api_docs"),
    re_path("", Nowhere.as_view(), name="api_nowhere"),
]
