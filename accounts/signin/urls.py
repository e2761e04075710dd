"""Addresses of the sign-in pages; allauth finds them by these names. There is no sign-up."""

from django.urls import path

from accounts.signin import views

urlpatterns = [
    path("", views.SignIn.as_view(), name="account_login"),
    path("out/", views.SignOut.as_view(), name="account_logout"),
    path("closed/", views.closed, name="account_inactive"),
    path("again/", views.PasswordAgain.as_view(), name="account_reauthenticate"),
    path("password/", views.Password.as_view(), name="account_change_password"),
    path("code/", views.Code.as_view(), name="mfa_authenticate"),
    path("code/again/", views.CodeAgain.as_view(), name="mfa_reauthenticate"),
    path("own/", views.Own.as_view(), name="mfa_index"),
    path("own/end/", views.end_sessions, name="account_end_sessions"),
    path("factor/", views.SetUp.as_view(), name="mfa_activate_totp"),
    path("factor/remove/", views.Remove.as_view(), name="mfa_deactivate_totp"),
    path("codes/", views.Codes.as_view(), name="mfa_view_recovery_codes"),
    path("codes/new/", views.NewCodes.as_view(), name="mfa_generate_recovery_codes"),
]
