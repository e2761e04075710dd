"""What a customer sees of their own credit: both lines, the score, and why."""

import datetime
from functools import wraps
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import Customer, User
from risk.desk.page import line_cards
from risk.explain import explain
from risk.explain.record import business_day


class CustomerLogin(AuthenticationForm):
    """Signs in those who are customers; staff have a door of their own."""

    error_messages = {
        "invalid_login": _("The number and the password do not belong together."),
        "inactive": _("This account is closed."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Customer number")

    def clean(self) -> dict[str, Any]:
        """People sign in by their customer number, whatever their user is called."""
        number = str(self.cleaned_data.get("username") or "").strip()
        known = User.objects.filter(customer__number__in={number, number.upper()}).first()
        if known is not None:
            self.cleaned_data["username"] = known.username
        cleaned: dict[str, Any] = super().clean()
        return cleaned

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if user.customer_id is None:
            raise ValidationError(self.error_messages["invalid_login"], code="invalid_login")


class Login(LoginView):
    """`/my/login/`."""

    template_name = "my/login.html"
    authentication_form = CustomerLogin

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if _customer(request) is not None:
            return redirect("my:overview")
        return super().dispatch(request, *args, **kwargs)

    def get_default_redirect_url(self) -> str:
        return reverse("my:overview")


def _for_customers(view: Any) -> Any:
    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        customer = _customer(request)
        if customer is None:
            return redirect("my:login")
        response: HttpResponse = view(request, customer)
        return response

    return wrapped


@require_safe
@_for_customers
def overview(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Read as of the customer's last open day."""
    on: datetime.date = business_day(customer.pk) or customer.opened_on
    explanation = explain(customer.pk, on)
    policy, score = explanation.record.policy, explanation.record.score
    rules = policy.score if policy else None
    return render(
        request,
        "my/overview.html",
        {
            "customer": customer,
            "on": on,
            "lines": line_cards(explanation),
            "reasons": explanation.in_force,
            "score": score,
            "score_rules": rules,
            "score_span": rules.ceiling - rules.floor if rules else 0,
            "score_above": score - rules.floor if rules and score is not None else 0,
        },
    )


def _customer(request: HttpRequest) -> Customer | None:
    return request.user.customer if isinstance(request.user, User) else None
