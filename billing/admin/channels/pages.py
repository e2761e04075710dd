"""What the pages of money in share: a form in the desk's dress, and one page template."""

import datetime
from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.desk.formats import pill
from accounts.models import User
from billing.choices import BreakState
from billing.models import Break


class WordsForm(forms.Form):
    """Why: every remedy says it."""

    words = forms.CharField(
        label=_("In your words"),
        min_length=5,
        max_length=1000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept in the history."),
    )


class LineForm(WordsForm):
    line = forms.CharField(
        label=_("Credit line"),
        max_length=60,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Its number: C12433/pay_later"),
    )
    field_order = ("line", "words")


def member(request: HttpRequest) -> User:
    """The signed-in member of staff; the admin lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user


def now() -> tuple[datetime.date, datetime.datetime]:
    """The clock, read at the door: business date and instant."""
    return timezone.localdate(), timezone.now()


def count_unsettled(rows: list[Any]) -> None:
    """Give each row of a channel and a day the number of the day's breaks that are open: one
    query, by the index `break_not_settled`."""
    found = (
        Break.objects.exclude(state=BreakState.SETTLED)
        .filter(channel__in={row.channel_id for row in rows}, day__in={row.day for row in rows})
        .order_by()
        .values_list("channel", "day")
        .annotate(Count("pk"))
    )
    counted = {(channel, day): n for channel, day, n in found}
    for row in rows:
        row.unsettled = counted.get((row.channel_id, row.day), 0)


def left_to_settle(breaks: int) -> SafeString:
    """Whether a report is closed: how many of its breaks nobody has settled yet."""
    if not breaks:
        return pill(_("All settled"), "good")
    return pill(_("%(n)s to settle") % {"n": f"{breaks:,}"}, "warn")


def page(site: Any, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    shown = {**site.admin_site.each_context(request), "opts": site.opts, **context}
    answer = TemplateResponse(request, template, shown)
    answer["Cache-Control"] = "no-store"
    return answer
