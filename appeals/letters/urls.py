"""Addresses of letters: one for everybody who may read it."""

from django.urls import path

from appeals.letters import views

app_name = "letters"
urlpatterns = [
    path("<uuid:public_id>/", views.page, name="page"),
    path("<uuid:public_id>.pdf", views.pdf, name="pdf"),
]
