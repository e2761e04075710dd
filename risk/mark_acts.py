"""Acts of staff that mark a customer, and end a mark."""

from typing import ClassVar

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.acts import Act, ActForm, Doing, Raw, register
from accounts.marks import GRAVE, Mark, MarkKind
from accounts.models import User
from risk import marks

END_FREEZE = "accounts.end_court_freezes"


class FromForm(ActForm):
    from_on = forms.DateField(label=_("From"), help_text=_("Today or earlier."))


class DeathForm(ActForm):
    from_on = forms.DateField(
        label=_("Date of death"),
        help_text=_("As the certificate says, not as we heard of it."),
    )


class UntilForm(ActForm):
    until_on = forms.DateField(
        label=_("Until"), required=False, help_text=_("The first day without it; open if empty.")
    )


class _Marking(Act):
    """An act that sets one kind of mark."""

    kind: ClassVar[MarkKind]

    def perform(self, doing: Doing) -> None:
        marks.mark(
            customer=doing.customer, kind=self.kind, from_on=doing.data.get("from_on") or doing.on,
            until_on=doing.data.get("until_on"), on=doing.on, by=doing.by, reason=doing.reason,
            at=timezone.now(),
        )  # fmt: skip


class MarkDeceased(_Marking):
    code = "mark_deceased"
    label = _("Mark as deceased")
    says = _("From the date of death: no contact, no late fees, no milestones, no debit, no new "
             "credit. What was charged since is taken back.")  # fmt: skip
    form = DeathForm
    kind = MarkKind.DECEASED


class MarkCourtFreeze(_Marking):
    code = "mark_court_freeze"
    label = _("Mark as frozen by a court")
    says = _("From the date of the order: no debit, no money out, no new credit. Write the number "
             "of the order into your words.")  # fmt: skip
    form = FromForm
    kind = MarkKind.COURT_FREEZE


class MarkDoNotContact(_Marking):
    code = "mark_do_not_contact"
    label = _("Mark as not to be contacted")
    says = _("No notices but those that the law demands. It changes nothing of what is owed.")
    form = UntilForm
    kind = MarkKind.DO_NOT_CONTACT


class MarkHardship(_Marking):
    code = "mark_hardship"
    label = _("Mark as in hardship")
    says = _("Contact softens and the customer goes before others. Whether fees and milestones are "
             "held is said by the policy.")  # fmt: skip
    form = UntilForm
    kind = MarkKind.HARDSHIP


class EndForm(ActForm):
    mark = forms.ChoiceField(label=_("Mark"))
    in_error = forms.BooleanField(
        label=_("It was set in error"),
        required=False,
        help_text=_("Then it never held: what it held back is taken up from its first day."),
    )
    kinds: ClassVar[tuple[MarkKind, ...]] = (MarkKind.DO_NOT_CONTACT, MarkKind.HARDSHIP)

    def offer(self) -> None:
        today = timezone.localdate()
        rows = Mark.objects.filter(
            Q(until_on=None) | Q(until_on__gt=today),
            customer=self.customer, kind__in=self.kinds, ended_at=None,
        )  # fmt: skip
        self.marks = {str(row.pk): row for row in rows.select_related("customer").order_by("pk")}
        self.choose(
            "mark",
            [
                (pk, f"{row.get_kind_display()} · {row.from_on} · {row.reason[:60]}")
                for pk, row in self.marks.items()
            ],
        )

    def clean_mark(self) -> Mark:
        return self.marks[self.cleaned_data["mark"]]


class EndGraveForm(EndForm):
    kinds = GRAVE


class EndMark(Act):
    code = "end_mark"
    label = _("End a mark")
    says = _("Of hardship or do-not-contact: from today on it holds nothing any more.")
    form: ClassVar[type[ActForm]] = EndForm

    def tells(self, doing: Doing) -> list[str]:
        row: Mark = doing.data["mark"]
        if doing.data["in_error"]:
            text = gettext("The mark counts as never set: %(mark)s.")
        else:
            text = gettext("The mark ends today: %(mark)s.")
        return [text % {"mark": row.get_kind_display()}]

    def perform(self, doing: Doing) -> None:
        marks.end_mark(
            mark=doing.data["mark"], on=doing.on, by=doing.by, reason=doing.reason,
            at=timezone.now(), in_error=doing.data["in_error"],
        )  # fmt: skip


class EndGraveMark(EndMark):
    code = "end_grave_mark"
    label = _("End a mark of death or of a court")
    says = _("What it held back is taken up again. It always needs a second person; for a freeze "
             "of a court, one who may end it.")  # fmt: skip
    form = EndGraveForm

    def above(self, user: User, data: Raw, *, approving: bool) -> str:
        """Only the legal role ends what a court froze (domain rule 35)."""
        frozen = data["mark"].kind == MarkKind.COURT_FREEZE
        if approving and frozen and not user.has_perm(END_FREEZE):
            return gettext("only an administrator ends a freeze of a court")
        return ""


def announce() -> None:
    """Make the acts known, after those of the credit status."""
    register(MarkDeceased, MarkHardship, MarkDoNotContact, MarkCourtFreeze, EndMark, EndGraveMark)
