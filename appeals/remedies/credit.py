"""Remedies on the credit status: a rule that does not restrict for a time, points given back."""

import datetime
from typing import Any, Literal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.acts import Refused
from accounts.desk.formats import words_date
from appeals.remedies.base import Case, Day, Number, ProductCode, Remedy, RemedyForm, named
from billing.models import CreditLine
from risk import operations
from risk.choices import Trigger
from risk.models import EpisodeBill, Forgiveness, Restriction

#: The longest time a rule may be switched off for one customer.
MOST_DAYS = 366


class LiftedRestriction(Remedy):
    """One rule does not restrict one line until a date, although its cause stands."""

    label = gettext_lazy("Lift a restriction until a date")
    rank = 90

    kind: Literal["lifted_restriction"] = "lifted_restriction"
    product: ProductCode
    code: Number
    trigger: Number
    until_on: Day

    @property
    def subject(self) -> tuple[str, ...]:
        return (self.kind, self.product, self.code)

    def says(self) -> list[str]:
        return [
            _("The restriction of %(product)s because of “%(cause)s” is lifted until %(until)s.")
            % {
                "product": named(self.product),
                "cause": _cause(self.trigger),
                "until": words_date(self.until_on),
            }
        ]

    def check(self, case: Case) -> None:
        if not case.on < self.until_on <= case.on + datetime.timedelta(days=MOST_DAYS):
            raise Refused(
                _("%(until)s is not within %(n)s days after %(on)s")
                % {"until": words_date(self.until_on), "n": MOST_DAYS, "on": words_date(case.on)}
            )
        if not standing(case.customer.pk).filter(
            line__product=self.product, code=self.code
        ).exists():  # fmt: skip
            raise Refused(
                _("%(product)s is not restricted by %(code)s any more")
                % {"product": named(self.product), "code": self.code}
            )

    def perform(self, case: Case) -> None:
        operations.exempt(
            line=case.line(self.product), code=self.code, until_on=self.until_on, on=case.on,
            by=case.by, reason=case.words,
        )  # fmt: skip


class ForgivenEpisode(Remedy):
    """The points that an episode took are given back; that it happened stays on record."""

    label = gettext_lazy("Forgive an episode")
    rank = 80

    kind: Literal["forgiven_episode"] = "forgiven_episode"
    product: ProductCode
    bill: Number
    opened_on: Day

    @property
    def subject(self) -> tuple[str, ...]:
        return (self.kind, self.product, self.opened_on.isoformat())

    def says(self) -> list[str]:
        return [
            _("The score points taken because %(product)s was overdue since %(day)s (bill "
              "%(bill)s) are given back.")
            % {"product": named(self.product), "day": words_date(self.opened_on),
               "bill": self.bill}
        ]  # fmt: skip

    def check(self, case: Case) -> None:
        row = episodes(case.customer.pk).filter(
            bill__number=self.bill, episode__opened_on=self.opened_on
        ).first()  # fmt: skip
        if row is None:
            raise Refused(
                _("no episode since %(day)s holds bill %(bill)s")
                % {"day": words_date(self.opened_on), "bill": self.bill}
            )
        if Forgiveness.objects.filter(episode_id=row.episode_id, on__gte=case.on).exists():
            raise Refused(_("that episode is forgiven already"))

    def perform(self, case: Case) -> None:
        operations.forgive_episode(
            customer=case.customer, bill_number=self.bill, on=case.on, by=case.by,
            reason=case.words,
        )  # fmt: skip


def standing(customer_id: int) -> Any:
    """The restrictions in force now."""
    return Restriction.objects.filter(customer_id=customer_id, until_on=None, reversed_on=None)


def episodes(customer_id: int) -> Any:
    """The bills of episodes that stand, the newest episode first."""
    return (
        EpisodeBill.objects.filter(customer_id=customer_id, episode__reversed_on=None)
        .select_related("episode__line", "bill")
        .order_by("-episode__opened_on", "-bill__due_on", "pk")
    )


class LiftForm(RemedyForm):
    kind = LiftedRestriction
    for_customers = True

    restriction = forms.ChoiceField(label=gettext_lazy("Restriction"))
    until_on = forms.DateField(label=gettext_lazy("Lifted until"))

    def offer(self) -> None:
        rows = standing(self.customer.pk).select_related("line").order_by("line__product", "code")
        self.rows = {f"{row.line.product}:{row.code}": row for row in rows}
        self.choose(
            "restriction",
            [
                (key, f"{named(row.line.product)} · {_cause(row.trigger)} ({row.code})")
                for key, row in self.rows.items()
            ],
        )

    def remedy(self, case: Case) -> LiftedRestriction:
        row = self.rows[self.cleaned_data["restriction"]]
        return LiftedRestriction(
            product=row.line.product, code=row.code, trigger=row.trigger,
            until_on=self.cleaned_data["until_on"],
        )  # fmt: skip


class ForgiveForm(RemedyForm):
    kind = ForgivenEpisode

    episode = forms.ChoiceField(label=gettext_lazy("Delinquency episode"))

    def offer(self) -> None:
        self.rows: dict[str, EpisodeBill] = {}
        for row in episodes(self.customer.pk):
            self.rows.setdefault(str(row.episode_id), row)
        self.choose("episode", [(pk, self._named(row)) for pk, row in self.rows.items()])

    @staticmethod
    def _named(row: EpisodeBill) -> str:
        line: CreditLine = row.episode.line
        return f"{named(line.product)} · {row.episode.opened_on} · {row.bill.number}"

    def remedy(self, case: Case) -> ForgivenEpisode:
        row = self.rows[self.cleaned_data["episode"]]
        return ForgivenEpisode(
            product=row.episode.line.product, bill=row.bill.number, opened_on=row.episode.opened_on
        )


def _cause(trigger: str) -> str:
    return str(Trigger(trigger).label) if trigger in Trigger.values else trigger
