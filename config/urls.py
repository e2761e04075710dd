"""Addresses."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from billing.channels import door
from config import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/sign-in/", include("accounts.signin.urls")),
    path("admin/exports/", include("accounts.desk.export.urls")),
    path("admin/audit/", include("accounts.audit.urls")),
    path("admin/", admin.site.urls),
    path("my/", include("appeals.portal.urls")),
    path("api/v1/channels/<slug:code>/notices", door.notices, name="channel_notices"),
    path("api/v1/", include("config.api")),
    path("letters/", include("appeals.letters.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
