"""The page of a signed-in customer."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from risk import views

app_name = "my"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(next_page="my:login"), name="logout"),
]
