"""A message to many customers: a reply template, to each in their language, each once.

It is a notice like any other (docs/notices.md): queued in the transaction of its target, said
within the customer's hours from the facts of that moment, held by what silences them. Who must not
be contacted when it is previewed is left out, with the reason; so is who is when it is queued.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.acts import Refused, dress
from accounts.authority import Look
from accounts.bulk.models import BulkRun, BulkTarget, TargetState
from accounts.bulk.recipes import BULK, Candidate, Recipe, Result, Sample, register
from accounts.models import (
    ContactPreference,
    Customer,
    Notice,
    ReplyTemplate,
    ReplyTemplateVersion,
    User,
)
from accounts.notices import channels, hours, kinds, silence, texts
from accounts.notices.kinds import Dropped, Facts, Kind, texts_in
from accounts.notices.queueing import queue
from accounts.notices.versions import current
from accounts.replies.rendering import fill_many, text_of

KIND = "message"
SEND = "accounts.send_notices"


class MessageForm(forms.Form):
    template = forms.ChoiceField(label=gettext_lazy("Reply template"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = ReplyTemplate.objects.filter(active=True).order_by("name")
        self.templates = {str(row.pk): row for row in rows}
        chosen: Any = self.fields["template"]
        chosen.choices = [
            ("", _("Choose one")),
            *((pk, str(r)) for pk, r in self.templates.items()),
        ]
        dress(self)

    def clean_template(self) -> ReplyTemplate:
        return self.templates[self.cleaned_data["template"]]

    def raw(self) -> dict[str, Any]:
        return {"template": self.data.get("template", "")}


class SendMessage(Recipe):
    """Queues one notice a customer."""

    code = "send_message"
    label = gettext_lazy("Send a message")
    says = gettext_lazy("A reply template, to each in their language and within their hours.")
    permissions = (SEND, BULK)
    form = MessageForm
    grouped = True

    def candidates(
        self, chosen: Sequence[int], data: Mapping[str, Any], *, by: User, on: datetime.date
    ) -> Iterable[Candidate]:
        template: ReplyTemplate = data["template"]
        now = timezone.now()
        silences = silence.silenced(chosen, now=now, today=timezone.localdate(now))
        preferences = ContactPreference.objects.in_bulk(list(chosen))
        shut_out = set(
            User.objects.filter(customer__in=chosen, is_active=False).values_list(
                "customer_id", flat=True
            )
        )
        for pk in sorted(chosen):
            ways = [channel for channel, _to in channels.wanted(preferences.get(pk))]
            yield Candidate(
                customer_id=pk,
                subject_id=pk,
                fill={"template": template.pk, "version": template.version},
                words=_how(ways, pk in shut_out, hours.next_moment(now, preferences.get(pk)) > now),
                skip=_why_not(silences.get(pk, ()), reached=bool(ways) or pk not in shut_out),
            )

    def carry_out(
        self, target: BulkTarget, run: BulkRun, *, by: User, on: datetime.date, look: Look
    ) -> Result:
        now = timezone.now()
        found = silence.silenced([target.customer_id], now=now, today=timezone.localdate(now))
        if why := _why_not(found.get(target.customer_id, ()), reached=True):
            raise Refused(why)
        version = ReplyTemplateVersion.objects.get(
            template=target.fill["template"], number=target.fill["version"]
        )
        queue(
            customer=target.customer, kind=KIND, key=f"bulk/{run.pk}/{target.customer_id}",
            context={"template_version": version.pk, "run": run.pk}, at=now, on=on,
        )  # fmt: skip
        return Result(TargetState.DONE)

    def samples(self, run: BulkRun) -> list[Sample]:
        """What the first customer of each language would read now."""
        waiting = run.targets.filter(state=TargetState.WAITING).order_by("customer_id")
        found = []
        for language, name in settings.LANGUAGES:
            first = waiting.filter(customer__language=language).select_related("customer").first()
            if first is not None:
                version = ReplyTemplateVersion.objects.get(
                    template=first.fill["template"], number=first.fill["version"]
                )
                found.append(_sample(first.customer, version, language, str(name)))
        return found


def _how(ways: Sequence[str], shut_out: bool, waits: bool) -> str:
    names = [] if shut_out else [_("in the app")]
    names += [str(_WAYS.get(way, way)) for way in ways]
    text = ", ".join(names)
    return f"{text}; {_('waits for their hours')}" if waits else text


_WAYS = {"email": pgettext_lazy("way to a customer", "by e-mail")}


def _why_not(silences: Sequence[silence.Silence], *, reached: bool) -> str:
    for found in silences:
        if found.holds(KIND, mandatory=False):
            return str(found.label)
    return "" if reached else _("no way to reach them: access closed, no e-mail address")


def _sample(customer: Customer, version: ReplyTemplateVersion, language: str, name: str) -> Sample:
    _number, text = current({(KIND, language)})[KIND, language]
    said = fill_many(text_of(version, language), [customer], language, timezone.localdate())
    people = {"name": customer.name, "lender": settings.LENDER}
    shown = texts.render(text, {**people, "text": said[customer.pk]})
    return Sample(customer, language, name, shown.subject, shown.body)


def _facts(notices: Sequence[Notice]) -> Mapping[int, Facts | Dropped]:
    """The template as it was previewed, with the values of this moment; for the whole batch."""
    versions = ReplyTemplateVersion.objects.in_bulk(
        {notice.context["template_version"] for notice in notices}
    )
    alike: dict[tuple[int, str], list[Notice]] = defaultdict(list)
    for notice in notices:
        alike[notice.context["template_version"], notice.language].append(notice)
    found: dict[int, Facts | Dropped] = {}
    for (pk, language), group in alike.items():
        people = {notice.customer_id: notice.customer for notice in group}
        said = fill_many(
            text_of(versions[pk], language), list(people.values()), language, timezone.localdate()
        )
        found.update({notice.pk: {"text": said[notice.customer_id]} for notice in group})
    return found


def announce() -> None:
    kinds.register(
        Kind(
            KIND,
            gettext_lazy("Message"),
            {"text": "您的账单将于2026年3月10日到期。"},
            texts_in(Path(__file__).resolve().parent / "texts", KIND),
            facts=_facts,
        )
    )
    register(SendMessage)
