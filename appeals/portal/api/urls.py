"""`/api/v1/me/…`, for the customer whose token it is."""

from django.urls import path

from appeals.portal.api import appeals, credit, loans, mandates, money, offers, person

app_name = "me"
urlpatterns = [
    path("", person.Me.as_view(), name="me"),
    path("lines/", credit.Lines.as_view(), name="lines"),
    path("restrictions/", credit.Restrictions.as_view(), name="restrictions"),
    path("bills/", money.Bills.as_view(), name="bills"),
    path("entries/", money.Entries.as_view(), name="entries"),
    path("repayments/", money.Repayments.as_view(), name="repayments"),
    path("loans/", loans.Loans.as_view(), name="loans"),
    path("loans/quote/", loans.LoanQuote.as_view(), name="loan_quote"),
    path("loans/settlements/", loans.Settlements.as_view(), name="settlements"),
    path("plans/", money.Plans.as_view(), name="plans"),
    path("mandates/", mandates.Mandates.as_view(), name="mandates"),
    path("mandates/<uuid:id>/revoke/", mandates.RevokeMandate.as_view(), name="revoke_mandate"),
    path("score/", credit.Score.as_view(), name="score"),
    path("notices/", person.Notices.as_view(), name="notices"),
    path("notices/<uuid:id>/read/", person.NoticeRead.as_view(), name="notice_read"),
    path("forecast/", credit.Forecast.as_view(), name="forecast"),
    path("appeals/", appeals.Appeals.as_view(), name="appeals"),
    path("appeals/subjects/", appeals.Subjects.as_view(), name="subjects"),
    path("appeals/<uuid:id>/", appeals.OneAppeal.as_view(), name="appeal"),
    path("appeals/<uuid:id>/messages/", appeals.Messages.as_view(), name="messages"),
    path("appeals/<uuid:id>/evidence/", appeals.Upload.as_view(), name="evidence"),
    path("appeals/<uuid:id>/evidence/<uuid:file>/", appeals.OneFile.as_view(), name="file"),
    path("appeals/<uuid:id>/withdraw/", appeals.Withdraw.as_view(), name="withdraw"),
    path("appeals/<uuid:id>/review/", appeals.Review.as_view(), name="review"),
    path("appeals/<uuid:id>/letter/", appeals.TheLetter.as_view(), name="letter"),
    path("appeals/<uuid:id>/offers/", offers.Offers.as_view(), name="offers"),
    path("appeals/<uuid:id>/offers/<int:n>/accept/", offers.Accept.as_view(), name="accept"),
    path("appeals/<uuid:id>/offers/<int:n>/decline/", offers.Decline.as_view(), name="decline"),
    path("appeals/<uuid:id>/offers/<int:n>/withdraw/", offers.TakeBack.as_view(), name="take_back"),
    path("preferences/", person.Preferences.as_view(), name="preferences"),
    path("export/", person.Export.as_view(), name="export"),
]
