"""Deciding an appeal and extending its term: a form, what it would do, the act or a request."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import authority
from accounts.acts import Act, ActForm, Doing, Refused
from accounts.authority import Changed, NotAllowed, Preview
from accounts.models import User
from appeals import eligibility, operations
from appeals.acts import DecideAppeal, ExtendTerm, causes_of, package_of
from appeals.choices import State
from appeals.letters import writing
from appeals.models import Appeal
from risk.desk import acts
from risk.desk.acts import look, telling_of_the_night

PAGES: dict[str, type[Act]] = {"decide": DecideAppeal, "extend": ExtendTerm}


def page(request: HttpRequest, appeal: Appeal, what: str, site: Any) -> HttpResponse:
    """GET shows the form; POST `preview` what it would do; `confirm` does it, or asks for it."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm(eligibility.HANDLE):
        raise PermissionDenied
    if eligibility.barred(user, appeal) or not appeal.is_open:
        raise PermissionDenied
    act = PAGES[what]()
    if request.method != "POST":
        first = {"appeal": appeal.pk, "version": appeal.version}
        return _show(request, appeal, act, act.form(customer=appeal.customer, initial=first), site)
    form = act.form(_own(request, appeal), customer=appeal.customer)
    step = request.POST.get("step", "preview")
    if not form.is_valid() or step == "edit":
        return _show(request, appeal, act, form, site)
    try:
        with telling_of_the_night():
            if step == "confirm":
                return _confirm(request, appeal, act, form, user)
            preview = _try_out(act, form, user)
    except Changed:
        messages.warning(request, _("The customer changed meanwhile. Look again, then confirm."))
        preview = _try_out(act, form, user)
    except (Refused, NotAllowed) as error:
        form.add_error(None, str(error))
        return _show(request, appeal, act, form, site)
    return _show(request, appeal, act, form, site, preview)


def _own(request: HttpRequest, appeal: Appeal) -> Any:
    """What was sent, about this appeal whatever the hidden field says."""
    data = request.POST.copy()
    data["appeal"] = str(appeal.pk)
    return data


def _try_out(act: Act, form: ActForm, user: User) -> Preview:
    return authority.try_out(act, form, by=user, on=acts.book_date(), look=look)


def _declines(act: Act, form: ActForm, appeal: Appeal) -> bool:
    """Declining needs one person and no authority: it moves nothing."""
    if not isinstance(act, DecideAppeal):
        return False
    data = form.cleaned_data
    if data.get("whole"):
        return bool(data["whole"] == "declined")
    return all(data[f"granted_{n}"] == "no" for n, _cause in enumerate(causes_of(appeal)))


def _alone(act: Act, form: ActForm, user: User, appeal: Appeal) -> bool:
    data = form.cleaned_data
    amount = act.amount(appeal.customer, data)
    return _declines(act, form, appeal) or (
        authority.may_alone(user, act, appeal.customer, amount, acts.book_date())
        and not act.above(user, data, approving=False)
    )


def _confirm(
    request: HttpRequest, appeal: Appeal, act: Act, form: ActForm, user: User
) -> HttpResponse:
    on, token = acts.book_date(), _token(request)
    given: dict[str, Any] = {"by": user, "on": on, "look": look, "token": token}
    seen = request.POST.get("seen", "")
    if _declines(act, form, appeal):
        act.perform(Doing(appeal.customer, form.cleaned_data, user, on))
        messages.success(request, _("Declined; the customer is told."))
    elif _alone(act, form, user, appeal):
        authority.carry_out(act, form, **given, seen=seen)
        messages.success(request, _("Done: %(act)s.") % {"act": act.label})
    else:
        with transaction.atomic():
            asked = authority.ask(act, form, **given, seen=seen)
            fresh = Appeal.objects.get(pk=appeal.pk)
            if isinstance(act, DecideAppeal) and fresh.state != State.WAITING_APPROVAL:
                operations.ask_approval(
                    appeal=fresh, by=user, at=timezone.now(), why=form.cleaned_data["words"],
                    version=form.cleaned_data["version"],
                )  # fmt: skip
        messages.success(
            request,
            _("Sent for approval. It expires on %(day)s.")
            % {"day": timezone.localdate(asked.expires_at)},
        )
    return HttpResponseRedirect(reverse("admin:appeals_appeal_change", args=[appeal.pk]))


def _show(
    request: HttpRequest,
    appeal: Appeal,
    act: Act,
    form: ActForm,
    site: Any,
    preview: Preview | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": act.label,
        "act": act,
        "form": form,
        "appeal": appeal,
        "customer": appeal.customer,
        "token": _token(request),
        "preview": preview,
        "opts": Appeal._meta,
    }
    if preview is not None:
        user: Any = request.user
        context |= acts.effect(preview.before, preview.after)
        context["alone"] = _alone(act, form, user, appeal)
        context["declines"] = _declines(act, form, appeal)
        package = (
            package_of(appeal.customer, form.cleaned_data, acts.book_date())
            if isinstance(act, DecideAppeal)
            else None
        )
        context["grants"] = package.says() if package else []
        context["letter"] = _letter(act, form, user, appeal)
        context["entered"] = [
            (name, value)
            for name, values in form.raw().items()
            for value in (values if isinstance(values, list) else [values])
        ]
    response = TemplateResponse(request, "admin/appeals/decide.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _letter(act: Act, form: ActForm, user: User, appeal: Appeal) -> str:
    """The letter as it would be sent; empty where the act sends none, or cannot be done."""
    if not isinstance(act, DecideAppeal):
        return ""
    doing = Doing(appeal.customer, form.cleaned_data, user, acts.book_date())
    try:
        return writing.rehearsed(appeal, lambda: act.perform(doing))
    except Refused:
        return ""


def _token(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("token", ""))
    except ValueError:
        return uuid.uuid4()
