from django.contrib import admin
from django.urls import path

from accounts.desk.export import views

urlpatterns = [
    path("", admin.site.admin_view(views.mine), name="my_exports"),
    path("<uuid:pk>/", admin.site.admin_view(views.fetch), name="my_export"),
]
