"""Acts on a customer at the desk: a form, what it would do, then the act or a request for it.

Nothing is done before its consequences were shown: the button carries the fingerprint of what was
shown, and if the customer changed since, the new consequences are shown instead.
"""

import datetime
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg.errors import LockNotAvailable

from accounts import authority
from accounts.acts import Act, ActForm, Refused, desk_acts, find
from accounts.authority import Changed, NotAllowed, Preview
from accounts.desk import stale
from accounts.desk.formats import money, percent
from accounts.models import ActRequest, Customer, StaffAct
from accounts.staff_acts import RequestStatus
from billing.choices import Product
from billing.models import BusinessDay
from risk import status
from risk.choices import Effect, Severity, Status, Trigger
from risk.desk import banners, changes
from risk.explain.record import business_day
from risk.limits import reduced
from risk.models import Restriction

PERFORM = "accounts.perform_acts"
APPROVE = "accounts.approve_acts"

#: A calendar that fell so far behind is that of a book of the past: acts belong to its last day.
FAR_BEHIND = datetime.timedelta(days=31)


def book_date() -> datetime.date:
    """The business date of an act of now: today, or the last day of a book of the past."""
    today = timezone.localdate()
    last = BusinessDay.objects.order_by("-on").values_list("on", flat=True).first()
    return last if last is not None and today - last > FAR_BEHIND else today


def look(customer_id: int) -> dict[str, Any]:
    """How a customer stands, as JSON keeps it: what a preview compares."""
    return state(customer_id, business_day(customer_id))


def state(customer_id: int, on: datetime.date | None) -> dict[str, Any]:
    """How a customer stands on a day; `on` is their last open day, or one looked back at."""
    rows = status.lines(customer_id, on) if on else []
    standing = Restriction.objects.filter(
        customer_id=customer_id, until_on=None, reversed_on=None
    ).order_by("line__product", "code", "effect", "factor")
    return {
        "on": on.isoformat() if on else None,
        "score": status.score(customer_id),
        "lines": [
            {
                "product": row["product"],
                "status": row["status"],
                "severity": row["severity"],
                "dpd": row["dpd"],
                **{name: str(row[name]) for name in _AMOUNTS},
            }
            for row in rows
        ],
        "restrictions": [
            [product, trigger, code, effect, str(factor)]
            for product, trigger, code, effect, factor in standing.values_list(
                "line__product", "trigger", "code", "effect", "factor"
            )
        ],
    }


_AMOUNTS = {
    "outstanding": gettext_lazy("Outstanding"),
    "credit": gettext_lazy("Credit balance"),
    "assigned_limit": gettext_lazy("Assigned limit"),
    "effective_limit": gettext_lazy("Effective limit"),
    "available": gettext_lazy("Available"),
}


@dataclass(frozen=True)
class Row:
    """One figure of a preview."""

    what: str | Promise
    before: str | Promise
    after: str | Promise

    @property
    def differs(self) -> bool:
        return str(self.before) != str(self.after)


def table(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str | Promise, list[Row]]]:
    """Two states beside each other: the score, then each line."""
    found: list[tuple[str | Promise, list[Row]]] = [
        (_("Customer"), [Row(_("Credit score"), _said(before["score"]), _said(after["score"]))])
    ]
    later = {line["product"]: line for line in after["lines"]}
    for line in before["lines"]:
        then = later[line["product"]]
        rows = [
            Row(_("Status"), Status(line["status"]).label, Status(then["status"]).label),
            Row(_("Severity"), Severity(line["severity"]).label, Severity(then["severity"]).label),
            Row(_("Days past due"), str(line["dpd"]), str(then["dpd"])),
            *(Row(label, _amount(line[name]), _amount(then[name]))
              for name, label in _AMOUNTS.items()),
        ]  # fmt: skip
        found.append((Product(line["product"]).label, rows))
    return found


Told = list[tuple[str, str]]


def opened_and_lifted(before: dict[str, Any], after: dict[str, Any]) -> tuple[Told, Told]:
    """The restrictions that only the later state has, and those that only the earlier one has."""
    old = [tuple(row) for row in before["restrictions"]]
    new = [tuple(row) for row in after["restrictions"]]
    limits = {line["product"]: line["assigned_limit"] for line in after["lines"]}
    return (
        [_restriction(row, limits) for row in new if row not in old],
        [_restriction(row, limits) for row in old if row not in new],
    )


def act_page(request: HttpRequest, customer: Customer, code: str, site: Any) -> HttpResponse:
    """One act on one customer: form, preview, done."""
    if not request.user.has_perm(PERFORM):
        raise PermissionDenied
    act = find(code)
    if act is None or not act.on_desk:
        raise Http404
    on = book_date()
    if request.method != "POST":
        token = uuid.uuid4()
        return _show(request, customer, act, act.form(customer=customer), site, on, token)
    token = _token(request)
    form = act.form(request.POST, customer=customer)
    step = request.POST.get("step", "preview")
    if not form.is_valid() or step == "edit":
        return _show(request, customer, act, form, site, on, token)
    try:
        with telling_of_the_night():
            if step == "confirm":
                return _confirm(request, customer, act, form, on, token)
            preview = _try_out(request, act, form, on)
    except Changed:
        return _changed(request, customer, act, form, site, on, token)
    except (Refused, NotAllowed) as error:
        form.add_error(None, str(error))
        return _show(request, customer, act, form, site, on, token)
    return _show(request, customer, act, form, site, on, token, preview)


def _changed(
    request: HttpRequest,
    customer: Customer,
    act: Act,
    form: ActForm,
    site: Any,
    on: datetime.date,
    token: uuid.UUID,
) -> HttpResponse:
    """The customer changed since the preview: what changed, by whom, and the preview anew."""
    messages.warning(request, _("The customer changed meanwhile. Look again, then confirm."))
    late = changes.since(customer, request.POST.get(stale.FIELD, ""), look(customer.pk))
    try:
        with telling_of_the_night():
            preview = _try_out(request, act, form, on)
    except (Refused, NotAllowed) as error:
        form.add_error(None, str(error))
        return _show(request, customer, act, form, site, on, token, late=late)
    return _show(request, customer, act, form, site, on, token, preview, late=late)


@contextmanager
def telling_of_the_night() -> Iterator[None]:
    """Raises Refused, with what to do, while the night holds the customer for longer than a page
    may wait."""
    try:
        yield
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise Refused(
            _("The night is opening this customer's day. Nothing was done; try again in a minute.")
        ) from error


def _try_out(request: HttpRequest, act: Act, form: ActForm, on: datetime.date) -> Preview:
    user: Any = request.user
    return authority.try_out(act, form, by=user, on=on, look=look)


def _confirm(
    request: HttpRequest,
    customer: Customer,
    act: Act,
    form: ActForm,
    on: datetime.date,
    token: uuid.UUID,
) -> HttpResponse:
    seen = request.POST.get("seen", "")
    user: Any = request.user
    given = {"by": user, "on": on, "look": look, "seen": seen, "token": token}
    amount = act.amount(customer, form.cleaned_data)
    if request.POST.get("alone") == "yes":
        authority.carry_out(act, form, **given)
        messages.success(request, _("Done: %(act)s.") % {"act": act.label})
    else:
        asked = authority.ask(act, form, **given)
        messages.success(
            request,
            _("Sent for approval (%(amount)s). It expires on %(day)s.")
            % {"amount": money(amount), "day": timezone.localdate(asked.expires_at)},
        )
    return HttpResponseRedirect(reverse("admin:accounts_customer_change", args=[customer.pk]))


def _show(
    request: HttpRequest,
    customer: Customer,
    act: Act,
    form: ActForm,
    site: Any,
    on: datetime.date,
    token: uuid.UUID,
    preview: Preview | None = None,
    late: stale.Stale | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "stale": late,
        **site.each_context(request),
        "title": act.label,
        "act": act,
        "form": form,
        "customer": customer,
        "on": on,
        "token": token,
        "preview": preview,
        "marks": banners.of(customer, on),
        "nothing_to_choose": _nothing_to_choose(form),
        "opts": Customer._meta,
    }
    if preview is not None:
        context |= effect(preview.before, preview.after)
        context["shown"] = changes.shown(preview.before)
        user: Any = request.user
        context["alone"] = authority.may_alone(user, act, customer, preview.amount, on)
        context["entered"] = [
            (name, value)
            for name, values in form.raw().items()
            for value in (values if isinstance(values, list) else [values])
        ]
    response = TemplateResponse(request, "admin/acts/act.html", context)
    response["Cache-Control"] = "no-store"
    return response


def effect(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What the template of a preview shows."""
    opened, lifted = opened_and_lifted(before, after)
    return {"effect": table(before, after), "opened": opened, "lifted": lifted}


def menu(request: HttpRequest, customer: Customer) -> list[tuple[str, str | Promise]]:
    """The acts that the customer's page offers: address and name."""
    if not request.user.has_perm(PERFORM):
        return []
    return [
        (reverse("admin:accounts_customer_act", args=[customer.pk, act.code]), act.label)
        for act in desk_acts()
    ]


def waiting(customer: Customer) -> Sequence[ActRequest]:
    """The customer's requests that wait for approval, oldest first."""
    return [
        named(row)
        for row in ActRequest.objects.filter(customer=customer, status=RequestStatus.WAITING)
        .select_related("requested_by")
        .order_by("requested_at")[:20]
    ]


def done(customer: Customer) -> Sequence[StaffAct]:
    """The last acts of staff on the customer, newest first."""
    return [
        named(row)
        for row in StaffAct.objects.filter(customer=customer)
        .select_related("done_by", "approved_by")
        .order_by("-done_on", "-pk")[:20]
    ]


def badge(request: HttpRequest) -> str:
    """How many requests wait, beside the queue's name."""
    if not request.user.has_perm("accounts.view_actrequest"):
        return "0"
    most = 100
    count = len(
        ActRequest.objects.filter(status=RequestStatus.WAITING).values_list("pk", flat=True)[:most]
    )
    return f"{most - 1}+" if count == most else str(count)


def named(row: Any) -> Any:
    """Give a request or an act the words for what it is."""
    act = find(row.act)
    row.label = act.label if act else row.act
    return row


def _nothing_to_choose(form: ActForm) -> bool:
    """Whether a list that the act has to choose from is empty: there is nothing to act on."""
    return any(
        hasattr(field, "choices") and field.required and not list(field.choices)
        for field in form.fields.values()
    )


def _token(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("token", ""))
    except ValueError:
        return uuid.uuid4()


def _restriction(row: Sequence[Any], limits: Mapping[str, str]) -> tuple[str, str]:
    """A restriction in a full sentence, and its code; those kept from earlier say no effect."""
    product, trigger, code, effect, factor = (*row, "", "")[:5]
    figures: dict[str, Any] = {"line": Product(product).label, "why": _WHY[Trigger(trigger)]}
    if effect == Effect.SUSPEND:
        text = _("%(line)s: nothing of the limit can be used, because %(why)s.")
    elif effect == Effect.REDUCE and product in limits:
        text = _("%(line)s: of the limit only %(share)s, %(part)s, can be used, because %(why)s.")
        part = reduced(Decimal(limits[product]), Decimal(factor))
        figures["share"] = percent(Decimal(factor))
        figures["part"] = money(part)
    else:
        text = _("%(line)s: restricted, because %(why)s.")
    return text % figures, code


_WHY = {
    Trigger.OWN_OVERDUE: gettext_lazy("this line is overdue"),
    Trigger.LINKED_GENERAL: gettext_lazy("the other line is overdue"),
    Trigger.LINKED_SEVERE: gettext_lazy("the other line is seriously overdue"),
    Trigger.SCORE_BELOW: gettext_lazy("the credit score is below what this line needs"),
    Trigger.ALERT: gettext_lazy("the credit score lost many points within a short time"),
    Trigger.PLAN_BROKEN: gettext_lazy("a repayment plan was broken"),
    Trigger.MANUAL: gettext_lazy("staff restricted it by hand"),
}


def _amount(text: str) -> str:
    return money(Decimal(text))


def _said(value: object) -> str:
    return "\N{EN DASH}" if value is None else str(value)
