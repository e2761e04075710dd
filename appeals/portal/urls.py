"""Addresses of the customer's side. The most of them are for a signed-in customer alone; who may
see which is tried address by address in `tests/appeals/test_portal_matrix.py`."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from appeals.portal.views import (
    appeals,
    autopay,
    bills,
    forecast,
    loans,
    notices,
    offers,
    overview,
    pay,
    rules,
    settings,
    signin,
)

app_name = "my"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("score/", overview.score, name="score"),
    path("past/", overview.past, name="past"),
    path("login/", signin.Login.as_view(), name="login"),
    path("login/code/", signin.ask_code, name="login_code"),
    path("login/code/enter/", signin.enter_code, name="enter_code"),
    path("logout/", LogoutView.as_view(next_page="my:login"), name="logout"),
    path("rules/", rules.explained, name="rules"),
    path("bills/", bills.bills, name="bills"),
    path("bills/<path:number>/", bills.bill, name="bill"),
    path("loans/", loans.loans, name="loans"),
    path("loans/<path:number>/", loans.repay_early, name="repay_early"),
    path("pay/", pay.pay, name="pay"),
    path("pay/sandbox/<str:slip>/", pay.sandbox, name="sandbox"),
    path("payments/", bills.repayments, name="payments"),
    path("payments/<path:number>/", pay.receipt, name="receipt"),
    path("autopay/", autopay.autopay, name="autopay"),
    path("autopay/<uuid:public_id>/revoke/", autopay.revoke, name="revoke_mandate"),
    path("forecast/", forecast.forecast, name="forecast"),
    path("appeals/", appeals.appeals, name="appeals"),
    path("appeals/new/", appeals.new, name="new_appeal"),
    path("appeals/<uuid:public_id>/", appeals.appeal, name="appeal"),
    path("appeals/<uuid:public_id>/withdraw/", appeals.withdraw, name="withdraw"),
    path("appeals/<uuid:public_id>/review/", appeals.reopen, name="reopen"),
    path("appeals/<uuid:public_id>/letter/", appeals.letter, name="letter"),
    path("appeals/<uuid:public_id>/files/<uuid:file_id>/", appeals.file, name="file"),
    path("appeals/<uuid:public_id>/offer/", offers.propose, name="offer"),
    path("appeals/<uuid:public_id>/offers/<int:number>/", offers.answer, name="offer_answer"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.read_all, name="read_all"),
    path("notices/<uuid:public_id>/", notices.notice, name="notice"),
    path("settings/", settings.settings, name="settings"),
    path("settings/password/", settings.password, name="password"),
    path("settings/tokens/new/", settings.new_token, name="new_token"),
    path("settings/tokens/<uuid:public_id>/revoke/", settings.revoke_token, name="revoke_token"),
    path("data/", settings.data, name="data"),
    path("data/download/", settings.download, name="download"),
]
