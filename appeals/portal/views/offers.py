"""Offers: reading one, signing or declining it, making one of one's own."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.acts import Refused
from accounts.models import Customer
from accounts.signin.client import address
from appeals.choices import State
from appeals.offers import operations, queries
from appeals.offers.composing import Composer, composer, customer_kinds
from appeals.offers.models import Offer
from appeals.portal.door import for_customers
from appeals.queries import mine
from appeals.remedies.kinds import FORMS
from risk.desk.acts import book_date


@require_POST
@for_customers
def answer(request: HttpRequest, customer: Customer, public_id: UUID, number: int) -> HttpResponse:
    """Accept (signed), decline, or take back an offer; which one is in the address."""
    offer = find(customer, public_id, number)
    by: Any = request.user
    said = request.POST.get("answer")
    try:
        if said == "accept":
            _accept(request, offer)
        elif said == "decline":
            words = request.POST.get("words", "")[:2000]
            operations.decline(offer, by=by, words=words, at=timezone.now())
            messages.success(request, _("You declined the offer. The appeal goes on."))
        elif said == "withdraw":
            operations.withdraw(offer, by=by, words="", at=timezone.now())
            messages.success(request, _("Your offer is taken back."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("my:appeal", public_id)


def _accept(request: HttpRequest, offer: Offer) -> None:
    if request.POST.get("read") != "yes":
        messages.error(request, _("Tick that you have read the offer before you accept it."))
        return
    by: Any = request.user
    operations.accept(
        offer,
        by=by,
        text_hash=request.POST.get("text_hash", ""),
        language=get_language() or "en",
        address=address(request),
        at=timezone.now(),
        on=book_date(),
    )
    messages.success(request, _("Accepted and carried out."))


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def propose(request: HttpRequest, customer: Customer, public_id: UUID) -> HttpResponse:
    """`/my/appeals/ID/offer/`: choose, fill in, read what it says, sign."""
    seen = mine.appeal_of(customer.pk, public_id, today=book_date())
    if seen is None or seen.appeal.state not in (State.IN_REVIEW, State.NEGOTIATING):
        raise Http404
    data = request.POST if request.method == "POST" else None
    keys = [f"{kind}-0" for kind in (data or request.GET).getlist("kind")] or ["repayment_plan-0"]
    put = composer(customer, book_date(), keys, data, customer_kinds())
    for remedy in put.forms.values():
        _dress(remedy)
    context: dict[str, Any] = {
        "customer": customer,
        "seen": seen,
        "appeal": seen.appeal,
        "composer": put,
        "kinds": [(kind, FORMS[kind].kind.label, f"{kind}-0" in keys) for kind in customer_kinds()],
        "words": str(data.get("words", ""))[:2000] if data is not None else "",
    }
    if data is not None and "show" in data and _read(request, seen, put, context):
        return redirect("my:appeal", public_id)
    return render(request, "my/offer.html", context)


def _dress(form: forms.Form) -> None:
    """Fields as a thumb likes them: boxes to tick, the device's own calendar and figures."""
    for field in form.fields.values():
        if isinstance(field, forms.MultipleChoiceField):
            choices: Any = field.choices
            field.widget = forms.CheckboxSelectMultiple(choices=choices)
        elif isinstance(field, forms.DateField):
            field.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        elif isinstance(field, forms.DecimalField):
            field.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})


def _read(request: HttpRequest, seen: mine.Mine, put: Composer, context: dict[str, Any]) -> bool:
    """Show what it says, to be signed; True once it is."""
    by: Any = request.user
    package = put.package(by)
    if package is None:
        return False
    language, on = get_language() or "en", book_date()
    text, text_hash = operations.text_to_sign(seen.appeal, package, context["words"], on, language)
    context |= {"text": text, "text_hash": text_hash, "entered": _entered(request)}
    if "sign" not in request.POST:
        return False
    try:
        operations.propose(
            appeal=seen.appeal,
            package=package,
            words=context["words"],
            by=by,
            text_hash=request.POST.get("text_hash", ""),
            language=language,
            address=address(request),
            at=timezone.now(),
            on=on,
        )
    except Refused as error:
        context["fault"] = str(error)
        return False
    messages.success(request, _("Your offer is sent. Somebody of our staff answers it."))
    return True


def _entered(request: HttpRequest) -> list[tuple[str, str]]:
    left_out = {"csrfmiddlewaretoken", "show", "sign", "text_hash"}
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        for value in values
        if name not in left_out
    ]


def find(customer: Customer, public_id: UUID, number: int) -> Offer:
    """The nth offer of one of the customer's appeals; Http404 for what is not before them."""
    seen = mine.appeal_of(customer.pk, public_id)
    if seen is None:
        raise Http404
    offer = queries.find(customer, f"{seen.appeal.number}/{number}")
    if offer is None or offer.appeal_id != seen.appeal.pk:
        raise Http404
    return offer
