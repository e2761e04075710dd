"""Addresses."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/sign-in/", include("accounts.signin.urls")),
    path("admin/exports/", include("accounts.desk.export.urls")),
    path("admin/audit/", include("accounts.audit.urls")),
    path("admin/", admin.site.urls),
    path("my/", include("risk.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
