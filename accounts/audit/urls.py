from django.contrib import admin
from django.urls import path

from accounts.audit import views

urlpatterns = [path("", admin.site.admin_view(views.audit), name="audit_log")]
