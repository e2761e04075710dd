"""The desk's pages of offers: composing one with its preview, and what is done with one."""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts import authority as four_eyes
from accounts.acts import Refused, find
from accounts.authority import Changed, NotAllowed, fingerprint
from accounts.models import User
from accounts.staff_acts import Reason
from appeals import remedies
from appeals.models import Appeal
from appeals.offers import authority, case, making, operations, panel, queries
from appeals.offers.choices import OfferState, Side
from appeals.offers.composing import Composer, composer, kind_of, next_key
from appeals.offers.dress import dress
from appeals.offers.models import Offer
from appeals.offers.text import text
from appeals.remedies import Package
from appeals.remedies.kinds import FORMS
from risk.desk import acts
from risk.desk.acts import telling_of_the_night
from risk.forecast import draw


class TermsForm(forms.Form):
    """What belongs to an offer beside its remedies."""

    words = forms.CharField(
        label=gettext_lazy("Words to the customer"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Part of the text that the customer reads and signs."),
    )
    days = forms.IntegerField(
        label=gettext_lazy("Can be accepted for so many days"),
        min_value=1,
        max_value=making.MOST_DAYS,
        initial=making.USUAL_DAYS,
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=[("", gettext_lazy("Choose one")), *Reason.choices]
    )
    why = forms.CharField(
        label=gettext_lazy("Why it is granted"),
        min_length=5,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("For the approver; the decision letter gives it as the reason."),
    )


@dataclass
class Page:
    """One request to the composing page."""

    request: HttpRequest
    appeal: Appeal
    user: User
    on: datetime.date
    composer: Composer
    terms: TermsForm
    answers: Offer | None
    site: Any


def compose_page(request: HttpRequest, appeal: Appeal, site: Any) -> HttpResponse:
    """Choose remedies, see what they do and cost, then send it or ask for the approval."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm(case.MAKE):
        raise PermissionDenied
    if why := case.conflict(user, appeal):
        raise PermissionDenied(why)
    page = _page(request, appeal, user, site)
    step = request.POST.get("step", "")
    if request.method != "POST" or step.startswith(("add:", "remove:", "edit")):
        return _show(page)
    if not page.composer.forms:
        messages.error(request, _("An offer needs at least one remedy."))
        return _show(page)
    try:
        with telling_of_the_night():
            return _preview_or_send(page, step)
    except (Refused, NotAllowed) as error:
        page.composer.error = str(error)
        return _show(page)


def _page(request: HttpRequest, appeal: Appeal, user: User, site: Any) -> Page:
    on = acts.book_date()
    step = request.POST.get("step", "")
    keys = [key for key in request.POST.getlist("use") if kind_of(key)]
    if step.startswith("remove:"):
        keys = [key for key in keys if key != step.removeprefix("remove:")]
    sent = request.POST if request.method == "POST" else None
    data = sent
    if step.startswith(("add:", "remove:")):
        data = None
    made = composer(appeal.customer, on, keys, data)
    if data is None and sent is not None:
        made = _with_entered(appeal, on, keys, sent)
    if step.startswith("add:") and (key := next_key(keys, step.removeprefix("add:"))):
        made.keys.append(key)
        made.forms[key] = FORMS[kind_of(key)](prefix=key, customer=appeal.customer, as_of=on)
    for form in made.forms.values():
        dress(form)
    bound = sent is not None and not step.startswith(("add:", "remove:"))
    terms = TermsForm(sent if bound else None, initial=_entered(TermsForm(), sent))
    dress(terms)
    answers = queries.open_offer(appeal)
    return Page(request, appeal, user, on, made, terms, answers, site)


def _with_entered(appeal: Appeal, on: datetime.date, keys: list[str], sent: Any) -> Composer:
    """Unbound forms that show what was entered so far, without scolding about it."""
    made = composer(appeal.customer, on, keys)
    for key in made.keys:
        form = FORMS[kind_of(key)](prefix=key, customer=appeal.customer, as_of=on)
        form.initial = _entered(form, sent)
        made.forms[key] = form
    return made


def _entered(form: forms.Form, sent: Any) -> dict[str, Any]:
    if sent is None:
        return {}
    return {
        name: value
        for name, field in form.fields.items()
        if (value := field.widget.value_from_datadict(sent, {}, form.add_prefix(name))) is not None
    }


def _preview_or_send(page: Page, step: str) -> HttpResponse:
    package = page.composer.package(page.user)
    if package is None or not page.terms.is_valid():
        return _show(page)
    if step == "send" and page.request.POST.get("hash") == package.hash:
        try:
            return _send(page, package)
        except Changed:
            pass
    if step == "send":
        messages.warning(
            page.request, _("The customer changed meanwhile. Look again, then send it.")
        )
    return _show(page, package)


def _send(page: Page, package: Package) -> HttpResponse:
    data = page.terms.cleaned_data
    offer = operations.make_offer(
        appeal=page.appeal, package=package, words=data["words"],
        expires_on=making.last_day(package, page.on, data["days"]),
        replies_to=_theirs(page.answers), by=page.user,
        reason=data["reason"], why=data["why"], seen=page.request.POST.get("seen", ""),
        token=_token(page.request), on=page.on, at=timezone.now(),
    )  # fmt: skip
    _say_what_became(page.request, offer)
    return HttpResponseRedirect(reverse("admin:appeals_offer_change", args=[offer.pk]))


def _show(page: Page, package: Package | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        **page.site.each_context(page.request),
        "title": _("Offer in appeal %(number)s") % {"number": page.appeal.number},
        "appeal": page.appeal,
        "composer": page.composer,
        "forms": [(key, form) for key, form in page.composer.forms.items()],
        "kinds": _kinds(page),
        "terms": page.terms,
        "answers": panel.shown(theirs) if (theirs := _theirs(page.answers)) else None,
        "token": _token(page.request),
        "opts": Offer._meta,
        "on": page.on,
    }
    if package is not None:
        try:
            context |= _preview(page, package)
        except Refused as error:
            page.composer.error = str(error)
    response = TemplateResponse(page.request, "admin/appeals/offers/compose.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _kinds(page: Page) -> list[tuple[str, Any, bool]]:
    """What can be added: code, name, and whether there is anything it could be about."""
    return [
        (
            code,
            form.kind.label,
            form(prefix="~", customer=page.appeal.customer, as_of=page.on).possible,
        )
        for code, form in FORMS.items()
    ]


def _preview(page: Page, package: Package) -> dict[str, Any]:
    seen = remedies.preview(package, customer=page.appeal.customer, by=page.user, on=page.on)
    data = page.terms.cleaned_data
    expires_on = making.last_day(package, page.on, data["days"])
    language = page.appeal.language
    return {
        "package": package,
        "granted": [panel.Granted(str(r.label), r.says(), r.cost) for r in package.remedies],
        "preview": seen,
        "seen": fingerprint(seen.before),
        "drawing": draw(seen.forecast) if seen.forecast else None,
        "steps": queries.dated(seen.data()["told"].get(get_language() or "en", [])),
        "text": text(
            package, about=page.appeal.number, words=data["words"].strip(),
            expires_on=expires_on, language=language,
        ),
        "text_language": language,
        "expires_on": expires_on,
        "entered": _hidden(page),
        **_authority(page.user, page.appeal, package, page.on),
        **acts.effect(seen.before, seen.after),
    }  # fmt: skip


def _hidden(page: Page) -> list[tuple[str, str]]:
    """Everything that was entered, to be sent again with the button."""
    return [
        (name, value)
        for name, values in page.request.POST.lists()
        if name not in ("csrfmiddlewaretoken", "step", "hash", "seen", "token")
        for value in values
    ]


def _authority(user: User, appeal: Appeal, package: Package, on: datetime.date) -> dict[str, Any]:
    """Whether this user may grant it alone, and what it adds up to within 12 months."""
    grant = find(authority.ACT)
    assert grant is not None
    before = authority.granted_since(appeal.customer, on - authority.YEAR)
    months = authority.longest_plan(user, approving=False)
    return {
        "alone": four_eyes.may_alone(user, grant, appeal.customer, package.cost, on)
        and package.months <= months,
        "granted_before": before,
        "months_alone": months,
    }


def record(request: HttpRequest, offer: Offer) -> dict[str, Any]:
    """What an offer's page shows; for an open one of the customer also what it would do now."""
    user: Any = request.user
    found = panel.shown(offer)
    brief = panel.brief(offer, panel.may(user, offer.appeal))
    context: dict[str, Any] = {
        "offer": found,
        "brief": brief,
        "signatures": list(offer.signatures.order_by("pk")),
        "token": uuid.uuid4(),
        "reasons": Reason.choices,
    }
    if brief["may_take_up"]:
        context |= _take_up_now(user, offer)
    return context


def _take_up_now(user: User, offer: Offer) -> dict[str, Any]:
    try:
        seen = remedies.preview(
            offer.granted, customer=offer.customer, by=user, on=acts.book_date()
        )
    except Refused as error:
        return {"impossible": str(error)}
    return {
        "seen": fingerprint(seen.before),
        **_authority(user, offer.appeal, offer.granted, acts.book_date()),
        "now": acts.effect(seen.before, seen.after),
    }


def act_on(request: HttpRequest, offer: Offer) -> bool:
    """Take up, decline or withdraw; whether it was done. What stood in the way is said."""
    user = request.user
    step, words = request.POST.get("step"), request.POST.get("words", "").strip()[:1000]
    if not isinstance(user, User) or not user.has_perm(case.MAKE):
        raise PermissionDenied
    if len(words) < 5:
        messages.error(request, _("Say why, in at least five letters."))
        return False
    try:
        with telling_of_the_night():
            _do(request, offer, user, step or "", words)
    except Changed:
        messages.warning(request, _("The customer changed meanwhile. Look again, then decide."))
        return False
    except (Refused, NotAllowed) as error:
        messages.error(request, _("Not done: %(why)s") % {"why": error})
        return False
    return True


def _do(request: HttpRequest, offer: Offer, user: User, step: str, words: str) -> None:
    now = timezone.now()
    if step == "withdraw":
        operations.withdraw(offer, by=user, words=words, at=now)
        messages.success(request, _("Withdrawn."))
    elif step == "decline" and offer.side == Side.CUSTOMER:
        operations.decline(offer, by=user, words=words, at=now)
        messages.success(request, _("Declined. The customer is told."))
    elif step == "take_up":
        done = operations.take_up(
            offer, by=user, reason=request.POST.get("reason", ""), words=words,
            seen=request.POST.get("seen", ""), token=_token(request), on=acts.book_date(), at=now,
        )  # fmt: skip
        _say_what_became(request, done)


def _say_what_became(request: HttpRequest, offer: Offer) -> None:
    if offer.state == OfferState.OPEN:
        messages.success(request, _("Sent to the customer."))
    elif offer.state == OfferState.ACCEPTED:
        messages.success(request, _("Agreed and carried out."))
    else:
        messages.success(request, _("Sent for approval; somebody else decides it."))


def _theirs(offer: Offer | None) -> Offer | None:
    """The offer, if it is the customer's."""
    return offer if offer is not None and offer.side == Side.CUSTOMER else None


def _token(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("token", ""))
    except ValueError:
        return uuid.uuid4()
