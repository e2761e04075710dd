"""`/api/v1/me/…`, for the customer whose token it is."""

from django.urls import path

from appeals.portal.api import views

app_name = "me"
urlpatterns = [
    path("", views.Me.as_view(), name="me"),
    path("lines/", views.Lines.as_view(), name="lines"),
    path("restrictions/", views.Restrictions.as_view(), name="restrictions"),
    path("bills/", views.Bills.as_view(), name="bills"),
    path("entries/", views.Entries.as_view(), name="entries"),
    path("repayments/", views.Repayments.as_view(), name="repayments"),
    path("plans/", views.Plans.as_view(), name="plans"),
    path("score/", views.Score.as_view(), name="score"),
    path("notices/", views.Notices.as_view(), name="notices"),
    path("notices/<uuid:id>/read/", views.NoticeRead.as_view(), name="notice_read"),
    path("forecast/", views.Forecast.as_view(), name="forecast"),
    path("preferences/", views.Preferences.as_view(), name="preferences"),
    path("export/", views.Export.as_view(), name="export"),
]
