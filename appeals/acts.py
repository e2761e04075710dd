"""Acts on appeals that go through authority limits: granting, and the last extension of a term."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts import operations as accounts_operations
from accounts.acts import Act, ActForm, Doing, Refused, register
from accounts.models import ActRequest, Customer, User
from accounts.staff_acts import RequestStatus
from appeals import eligibility, grants, holds, operations
from appeals.choices import Ground, Result, State
from appeals.models import Appeal, ContestedCause
from appeals.operations import actors
from appeals.remedies import NoPackage, Package
from appeals.remedies.base import Case, Remedy, money_field
from appeals.titles import titles


class DecideForm(ActForm):
    """One finding a contested cause, and what is granted for it.

    The fields of causes are named after their place: `granted_0`, `ground_0`, `found_0`,
    `remedy_0`, and `until_0` for a restriction.
    """

    appeal = forms.IntegerField()
    version = forms.IntegerField()
    words = forms.CharField(
        label=gettext_lazy("Specific reasons"),
        min_length=10,
        max_length=4000,
        help_text=gettext_lazy("For the customer, in their language; never just “policy”."),
    )
    whole = forms.ChoiceField(
        label=gettext_lazy("Decision"), choices=[("", "…"), *Result.choices], required=False
    )
    whole_found = forms.CharField(
        label=gettext_lazy("What was found"), required=False, max_length=4000
    )
    changes = forms.CharField(
        label=gettext_lazy("What changes, and when"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Said in the letter, beside what is granted below."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _hide(self, "appeal", "version")
        long = [name for name in self.fields if name.startswith("found_")]
        for name in {*long, "whole_found", "changes"} & self.fields.keys():
            self.fields[name].widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})
            self.fields[name].widget.is_required = self.fields[name].required

    def offer(self) -> None:
        self.case = self._case()
        self.causes = list(
            ContestedCause.objects.filter(appeal=self.case).select_related("line")
        ) if self.case else []  # fmt: skip
        self.causes.sort(key=lambda cause: cause.position)
        if self.causes:
            del self.fields["whole"], self.fields["whole_found"]
        words = titles(self.causes)
        for n, cause in enumerate(self.causes):
            self._fields_of(n, cause, words[(cause.subject_kind, cause.subject_id)])
        first = [f"{name}_{n}" for n in range(len(self.causes)) for name in _PARTS]
        self.order_fields([*first, "whole", "whole_found", "changes", "reason", "words"])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if self.case is None or self.case.customer_id != self.customer.pk:
            raise forms.ValidationError(_("There is no such appeal."))
        if not self.causes and not (data.get("whole") and data.get("whole_found")):
            raise forms.ValidationError(_("Say how it is decided, and what was found."))
        for n in range(len(self.causes)):
            if data.get(f"remedy_{n}") and data.get(f"granted_{n}") != "yes":
                self.add_error(f"remedy_{n}", _("What is declined changes nothing."))
        return data

    def _case(self) -> Appeal | None:
        text = str(self.data.get("appeal") or self.initial.get("appeal") or "")
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            return None
        return Appeal.objects.filter(pk=int(text), customer=self.customer).first()

    def _fields_of(self, n: int, cause: ContestedCause, title: str) -> None:
        choices = [("", "…"), ("yes", _("Granted")), ("no", _("Declined"))]
        self.fields[f"granted_{n}"] = forms.ChoiceField(label=title, choices=choices)
        self.fields[f"ground_{n}"] = forms.ChoiceField(
            label=_("Ground"), choices=[("", "…"), *Ground.choices]
        )
        self.fields[f"found_{n}"] = forms.CharField(label=_("What was found"), max_length=4000)
        offered = grants.grantable(cause)
        self.fields[f"remedy_{n}"] = forms.ChoiceField(
            label=_("What is done"),
            choices=[("", _("Nothing in the book")), *((g.code, g.label) for g in offered)],
            required=False,
        )
        needs = {grant.needs for grant in offered}
        if "until_on" in needs:
            self.fields[f"until_{n}"] = forms.DateField(label=_("Lifted until"), required=False)
        if "amount" in needs:
            self.fields[f"amount_{n}"] = money_field(
                _("Amount that was never owed"), required=False, help_text=_("Empty: all of it.")
            )


_PARTS = ("granted", "ground", "found", "remedy", "until", "amount")


class DecideAppeal(Act):
    code = "decide_appeal"
    label = gettext_lazy("Decide an appeal")
    says = gettext_lazy("With what it grants, and its letter.")
    form = DecideForm
    on_desk = False

    def amount(self, customer: Customer, data: Mapping[str, Any]) -> Decimal:
        package = package_of(customer, data, timezone.localdate())
        return package.cost if package else Decimal(0)

    def perform(self, doing: Doing) -> None:
        appeal, form = _of(doing)
        causes = causes_of(appeal)
        operations.decide(
            appeal=appeal,
            findings=[
                operations.Finding(
                    cause,
                    form[f"granted_{n}"] == "yes",
                    form[f"ground_{n}"],
                    form[f"found_{n}"],
                )
                for n, cause in enumerate(causes)
            ],
            result=form.get("whole") or "",
            found=form.get("whole_found") or "",
            reasons=form["words"],
            changes=form.get("changes") or "",
            package=package_of(doing.customer, form, doing.on),
            by=doing.by,
            at=timezone.now(),
            on=doing.on,
            approved_by=_approver(doing.customer, appeal),
            version=None if appeal.state == State.WAITING_APPROVAL else form["version"],
        )

    def above(self, user: User, data: Mapping[str, Any], *, approving: bool) -> str:
        appeal = Appeal.objects.filter(pk=data["appeal"]).first()
        return eligibility.barred(user, appeal) if appeal else ""

    def detail(self, customer: Customer, data: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        form = DecideForm(data, customer=customer)
        if form.case is None:
            return "", {}
        found = [
            f"{form.fields[f'granted_{n}'].label}: {_said(data.get(f'granted_{n}'))}. "
            f"{data.get(f'found_{n}', '')}"
            for n, _cause in enumerate(form.causes)
        ]
        package = None
        if form.is_valid() and form.case.is_open:
            package = package_of(customer, form.cleaned_data, timezone.localdate())
        grants_ = package.says() if package else []
        shown = {"appeal": form.case, "findings": found, "grants": grants_}
        return "admin/appeals/asked.html", shown

    def turned_down(self, request: ActRequest) -> None:
        appeal = Appeal.objects.filter(
            pk=_number(request.data.get("appeal")), customer=request.customer
        ).first()
        if appeal is None or appeal.state != State.WAITING_APPROVAL:
            return
        expired = request.status == RequestStatus.EXPIRED
        operations.turn_down(
            appeal=appeal,
            by=None if expired else request.decided_by,
            at=timezone.now(),
            why=request.decision_words,
            own=request.status == RequestStatus.WITHDRAWN,
        )


class ExtendForm(ActForm):
    appeal = forms.IntegerField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _hide(self, "appeal")


class ExtendTerm(Act):
    code = "extend_appeal"
    label = gettext_lazy("Extend the legal term of an appeal")
    says = gettext_lazy("The customer is told, with the words below.")
    form = ExtendForm
    on_desk = False

    def perform(self, doing: Doing) -> None:
        appeal, data = _of(doing)
        operations.extend(
            appeal=appeal, why=data["words"], by=doing.by, at=timezone.now(),
            approved_by=_approver(doing.customer, appeal, self.code),
        )  # fmt: skip

    def rehearse(self, doing: Doing) -> None:
        """It changes nothing of how the customer stands."""

    def above(self, user: User, data: Mapping[str, Any], *, approving: bool) -> str:
        appeal = Appeal.objects.filter(pk=data["appeal"]).first()
        if not user.has_perm(eligibility.LEAD):
            return _("Only those who lead appeals extend a term.")
        if appeal and appeal.legal_stage and not approving:
            return _("A second extension needs another person who leads appeals.")
        return eligibility.barred(user, appeal) if appeal else ""

    def turned_down(self, request: ActRequest) -> None:
        """Nothing waited with it; but nobody rejects what they are close to."""
        appeal = Appeal.objects.filter(
            pk=_number(request.data.get("appeal")), customer=request.customer
        ).first()
        if request.status == RequestStatus.REJECTED and appeal is not None:
            actors.require_free(request.decided_by, appeal)


def _hide(form: ActForm, *names: str) -> None:
    """The desk's widgets are put on every field; these are not for people."""
    for name in names:
        form.fields[name].widget = forms.HiddenInput()


def announce() -> None:
    register(DecideAppeal, ExtendTerm)


def causes_of(appeal: Appeal) -> list[ContestedCause]:
    return list(
        ContestedCause.objects.filter(appeal=appeal).select_related("line").order_by("position")
    )


def package_of(customer: Customer, data: Mapping[str, Any], on: datetime.date) -> Package | None:
    """What the form grants, with the figures of now, nothing being held any more; None if nothing.
    Raises Refused."""
    appeal = Appeal.objects.filter(pk=data["appeal"], customer=customer).first()
    if appeal is None:
        return None
    with transaction.atomic():
        accounts_operations.lock(customer.pk)
        holds.release(appeal, on=on, by=None, reason=appeal.number)
        found = _remedies(appeal, customer, data, on)
        transaction.set_rollback(True)
    if not found:
        return None
    try:
        return Package(on, tuple(found.values()))
    except NoPackage as error:
        raise Refused(str(error)) from error


def _remedies(
    appeal: Appeal, customer: Customer, data: Mapping[str, Any], on: datetime.date
) -> dict[tuple[str, ...], Remedy]:
    found: dict[tuple[str, ...], Remedy] = {}
    for n, cause in enumerate(causes_of(appeal)):
        code = data.get(f"remedy_{n}")
        if not code:
            continue
        case = Case(customer, on, on, None, appeal.number, str(data.get("words", "")))
        asked = grants.Asked(data.get(f"until_{n}") or None, data.get(f"amount_{n}") or None)
        for remedy in grants.granted(cause, code, asked, case):
            found.setdefault(remedy.subject, remedy)
    return found


def _of(doing: Doing) -> tuple[Appeal, Mapping[str, Any]]:
    appeal = Appeal.objects.filter(pk=doing.data["appeal"], customer=doing.customer).first()
    if appeal is None:
        raise Refused(_("There is no such appeal."))
    return appeal, doing.data


def _approver(customer: Customer, appeal: Appeal, act: str = DecideAppeal.code) -> User | None:
    """Who just approved it: the request of this transaction that was not carried out yet."""
    request = (
        ActRequest.objects.filter(
            customer=customer,
            act=act,
            status=RequestStatus.APPROVED,
            executed=None,
            data__appeal=str(appeal.pk),
        )
        .select_related("decided_by")
        .order_by("-decided_at")
        .first()
    )
    return request.decided_by if request else None


def _said(granted: object) -> str:
    return _("Granted") if granted == "yes" else _("Declined")


def _number(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
