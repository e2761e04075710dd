"""What the pages of money in share: a form in the desk's dress, and one page template."""

import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.models import User


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


def page(site: Any, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    shown = {**site.admin_site.each_context(request), "opts": site.opts, **context}
    answer = TemplateResponse(request, template, shown)
    answer["Cache-Control"] = "no-store"
    return answer
