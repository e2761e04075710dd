"""Forms of the case pages, dressed as the desk's."""

import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold import widgets

from accounts.models import Customer
from appeals.choices import Ask, Channel, Kind, Relation
from appeals.operations.filing import MOST_WORDS
from appeals.queries.mine import to_appeal_against


def _area(rows: int) -> Any:
    return widgets.UnfoldAdminTextareaWidget(attrs={"rows": rows})


class FileForm(forms.Form):
    """An appeal that came by phone or letter."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=Kind.choices, widget=widgets.UnfoldAdminSelectWidget
    )
    channel = forms.ChoiceField(
        label=_("Received by"),
        choices=[(c.value, c.label) for c in (Channel.PHONE, Channel.LETTER)],
        widget=widgets.UnfoldAdminSelectWidget,
    )
    received = forms.DateTimeField(
        label=_("Received at"),
        help_text=_("When it reached us: the legal clock runs from then."),
        widget=widgets.UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )
    about = forms.MultipleChoiceField(
        label=_("About"), required=False, widget=forms.CheckboxSelectMultiple
    )
    asks = forms.MultipleChoiceField(
        label=_("Asked for"),
        choices=Ask.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    words = forms.CharField(
        label=_("In the customer's words"), max_length=MOST_WORDS, widget=_area(6)
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        about: Any = self.fields["about"]
        about.choices = [
            (f"{kind}:{pk}", words) for kind, pk, words in to_appeal_against(customer.pk)
        ]

    def subjects(self) -> list[tuple[str, int]]:
        pairs = (text.partition(":") for text in self.cleaned_data["about"])
        return [(kind, int(pk)) for kind, _colon, pk in pairs]

    def received_at(self) -> datetime.datetime:
        at: datetime.datetime = self.cleaned_data["received"]
        return at if timezone.is_aware(at) else timezone.make_aware(at)


class ConflictForm(forms.Form):
    """A conflict of interest that somebody declares of themselves."""

    relation = forms.ChoiceField(
        label=_("How you are related"),
        choices=Relation.choices,
        widget=widgets.UnfoldAdminRadioSelectWidget,
    )
    words = forms.CharField(label=_("In words"), max_length=200, required=False, widget=_area(2))


class TextForm(forms.Form):
    """A message, a question, an answer, a note, or a reason."""

    text = forms.CharField(max_length=5000)
    version = forms.IntegerField(required=False)
