"""Auto-debit: mandates, what was tried, giving one, revoking one."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Customer, User
from appeals.portal.door import for_customers
from billing.choices import Product, Via
from billing.debits import mandates
from billing.models import CreditLine, DebitAttempt, Mandate
from risk.desk.acts import book_date

MOST = 30


class MandateForm(forms.Form):
    line = forms.ChoiceField(label=gettext_lazy("For what"))
    bank = forms.CharField(label=gettext_lazy("Bank"), max_length=60)
    account = forms.CharField(
        label=gettext_lazy("Account or card number"),
        max_length=40,
        help_text=gettext_lazy("We keep the last four digits only."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    agreed = forms.BooleanField(
        label=gettext_lazy(
            "On each due date the lender may debit what is due, and what is overdue then, from "
            "this account, until I revoke it here."
        ),
        error_messages={
            "required": gettext_lazy("Tick that you agree before you give the mandate.")
        },
    )

    def __init__(self, customer: Customer, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        rows = CreditLine.objects.filter(customer=customer).order_by("product")
        self.lines = {row.product: row for row in rows}
        field = self.fields["line"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, Product(code).label) for code in self.lines]


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def autopay(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/autopay/`: what is debited from where, and a new mandate."""
    form = MandateForm(customer, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            mandates.give(
                line=form.lines[data["line"]], bank=data["bank"], account=data["account"],
                on=book_date(), at=timezone.now(), via=Via.PORTAL, by=_user(request),
            )  # fmt: skip
        except mandates.MandateRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("From the next due date on we debit it."))
            return redirect("my:autopay")
    tried = DebitAttempt.objects.filter(customer=customer).select_related("line")
    context = {
        "customer": customer,
        "form": form,
        "offered": mandates.channel() is not None,
        "mandates": mandates.standing(customer),
        "tried": tried.order_by("-day", "-n")[:MOST],
    }
    return render(request, "my/autopay.html", context)


@require_POST
@for_customers
def revoke(request: HttpRequest, customer: Customer, public_id: UUID) -> HttpResponse:
    mandate = Mandate.objects.filter(customer=customer, public_id=public_id).first()
    if mandate is None:
        raise Http404
    try:
        mandates.revoke(
            mandate=mandate, on=book_date(), at=timezone.now(), via=Via.PORTAL, by=_user(request)
        )
    except mandates.MandateRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Revoked. Nothing is debited from this account any more."))
    return redirect("my:autopay")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
