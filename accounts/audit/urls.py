from django.contrib import admin
from django.urls import path

from accounts.audit import views
from accounts.desk.export.tables import register

urlpatterns = [
    path("", admin.site.admin_view(views.audit), name="audit_log"),
    path("export/", admin.site.admin_view(views.export), name="audit_export"),
]

register("audit", views.table)
