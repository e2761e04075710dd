"""The rules of appeals and their calendars as figures in words, and the forms that ask for a new
version. A form's fields are the figures of the document, one each: an error of the document is one
of its field."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold import widgets

from accounts.desk.figures import Table, entries, figures
from accounts.desk.formats import Words
from appeals import rules
from appeals.choices import Kind
from appeals.clocks import calendar
from billing.terms import TermsError

Document = Mapping[str, Any]
_STAGES: tuple[tuple[str, Words, bool], ...] = (
    ("days", _("days to answer"), True),
    ("extended", _("days in all, extended"), False),
    ("at_most", _("days in all, extended by two who lead"), False),
)
_COUNTS: tuple[tuple[str, Words, int], ...] = (
    ("service.first_answer_hours", _("First answer: working hours"), 2000),
    ("service.decide_hours", _("Decision: working hours"), 2000),
    ("waiting.days", _("Days the customer has to answer"), 3650),
    ("waiting.after_reminder_days", _("Days more after the reminder"), 3650),
    ("review_days", _("Days to ask for a second review"), 3650),
    ("evidence.files", _("Files with an appeal, at most"), 50),
    ("evidence.megabytes", _("Megabytes a file, at most"), 50),
    ("overturned.window_days", _("Overturned rules: days looked back"), 3650),
    ("overturned.min_cases", _("Overturned rules: from so many cases"), 100_000),
    ("overturned.percent", _("Overturned rules: from so many percent granted"), 100),
)
_PATHS = [path for path, _label, _most in _COUNTS]
_DAYS: tuple[tuple[str, Words], ...] = tuple(
    zip(
        calendar.WEEKDAYS,
        (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"),
         _("Sunday")),
        strict=True,
    )
)  # fmt: skip


def _at(document: Document, path: str) -> Any:
    found: Any = document
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for part in above:
        document = document.setdefault(part, {})
    document[last] = value


class Publishing(forms.Form):
    """From which day on it holds."""

    effective_from = forms.DateField(
        label=_("In force from"),
        help_text=_("A day after today. Until then, what is in force stays."),
        widget=widgets.UnfoldAdminTextInputWidget(attrs={"type": "date"}),
    )
    #: The last version when the form was first shown.
    after = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: datetime.date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)
        self.fields |= self.figures()
        for field in self.fields.values():
            if isinstance(field, forms.IntegerField) and not field.widget.is_hidden:
                field.widget = widgets.UnfoldAdminIntegerFieldWidget()
                field.widget.attrs |= {"min": field.min_value, "max": field.max_value}

    def figures(self) -> dict[str, forms.Field]:
        """The fields that are made of the document's own paths."""
        raise NotImplementedError

    def clean_effective_from(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["effective_from"]
        if day <= self.today:
            raise forms.ValidationError(_("This has to be a day after today."))
        return day

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        try:
            data["document"] = self.checked(self.document(data))
        except TermsError as error:
            for path, why in error.errors:
                field = self.field_of(path)
                self.add_error(field, why if field else f"{path} {why}".strip())
        return data

    def document(self, data: Mapping[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def checked(self, document: dict[str, Any]) -> Any:
        raise NotImplementedError

    def field_of(self, path: str) -> str | None:
        """The longest field of which a path of the document is, or is a part."""
        fitting = [name for name in self.fields if path == name or path.startswith(f"{name}.")
                   or path.startswith(f"{name}[")]  # fmt: skip
        return max(fitting, key=len, default=None)


class RulesForm(Publishing):
    """Every figure of the rules."""

    alarms = forms.CharField(
        label=_("Alarms: days left by law"),
        max_length=60,
        help_text=_("Falling, with commas: 10, 5, 1"),
        widget=widgets.UnfoldAdminTextInputWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        legal = [path for path, *_rest in _legal()]
        self.order_fields([*legal, "alarms", "service.calendar", *_PATHS, "effective_from"])

    def figures(self) -> dict[str, forms.Field]:
        made: dict[str, forms.Field] = {
            path: forms.IntegerField(label=label, min_value=1, max_value=3650, required=required)
            for path, label, required in _legal()
        }
        made["service.calendar"] = forms.ChoiceField(
            label=_("Working calendar"),
            choices=calendar.choices(),
            widget=widgets.UnfoldAdminSelectWidget,
        )
        made |= {
            path: forms.IntegerField(label=str(label), min_value=1, max_value=most)
            for path, label, most in _COUNTS
        }
        return made

    @classmethod
    def begin(cls, document: Document) -> dict[str, Any]:
        paths = [*(path for path, *_rest in _legal()), *_PATHS]
        found = {path: _at(document, path) for path in (*paths, "service.calendar")}
        return {**found, "alarms": ", ".join(map(str, document["alarms"]))}

    def document(self, data: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for path in (*(path for path, *_rest in _legal()), *_PATHS):
            if data.get(path) is not None:
                _put(made, path, data[path])
        _put(made, "service.calendar", data["service.calendar"])
        made["alarms"] = [
            int(text) if text.isascii() and text.isdigit() and len(text) < 6 else text
            for text in _listed(data["alarms"])
        ]
        return made

    def checked(self, document: dict[str, Any]) -> Any:
        return rules.load(document).document()

    def field_of(self, path: str) -> str | None:
        # A rule over several stages is told at the first of them.
        return (
            super().field_of(path)
            or super().field_of(f"{path}.days")
            or ("alarms" if not path else None)
        )


class CalendarForm(Publishing):
    """Hours by weekday, holidays by name, and the days worked instead."""

    code = forms.SlugField(
        label=_("Code"),
        max_length=20,
        help_text=_("An existing one gets a new version; a new one is another calendar."),
        widget=widgets.UnfoldAdminTextInputWidget,
    )
    name = forms.CharField(
        label=_("Name"), max_length=80, widget=widgets.UnfoldAdminTextInputWidget
    )
    holidays = forms.CharField(
        label=_("Holidays"),
        required=False,
        max_length=20_000,
        help_text=_("A line each: name: 2027-02-05/2027-02-11, 2027-04-05"),
        widget=widgets.UnfoldAdminTextareaWidget(attrs={"rows": 10}),
    )
    worked = forms.CharField(
        label=_("Worked nevertheless"),
        required=False,
        max_length=20_000,
        help_text=_("Days with Monday's hours, with commas: 2027-02-20, 2027-03-06"),
        widget=widgets.UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hours = [f"hours.{name}" for name, _label in _DAYS]
        self.order_fields(["code", "name", *hours, "holidays", "worked", "effective_from"])

    def figures(self) -> dict[str, forms.Field]:
        return {
            f"hours.{name}": forms.CharField(
                label=str(label),
                max_length=120,
                required=False,
                help_text=_("09:00-12:00, 13:00-18:00; empty: not worked"),
                widget=widgets.UnfoldAdminTextInputWidget,
            )
            for name, label in _DAYS
        }

    @classmethod
    def begin(cls, document: Document) -> dict[str, Any]:
        holidays = document.get("holidays") or {}
        return {
            **{f"hours.{name}": ", ".join(_at(document, f"hours.{name}") or ())
               for name, _label in _DAYS},
            "holidays": "\n".join(f"{name}: {', '.join(days)}" for name, days in holidays.items()),
            "worked": ", ".join(document.get("worked") or ()),
        }  # fmt: skip

    def clean_holidays(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for line in self.cleaned_data["holidays"].splitlines():
            if not line.strip():
                continue
            name, colon, days = line.replace("\N{FULLWIDTH COLON}", ":").partition(":")
            if not (colon and name.strip() and _listed(days)):
                raise forms.ValidationError(
                    _("“%(line)s” is no name with its days."), params={"line": line.strip()[:80]}
                )
            found.setdefault(name.strip(), []).extend(_listed(days))
        return found

    def document(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "hours": {name: _listed(data[f"hours.{name}"]) for name, _label in _DAYS},
            "holidays": data["holidays"],
            "worked": _listed(data["worked"]),
        }

    def checked(self, document: dict[str, Any]) -> Any:
        calendar.load(document)
        return document


def rule_tables(document: Document, before: Document | None) -> list[Table]:
    """The rules in words, with what changes against another version."""
    old = None if before is None else list(_rule_pairs(before))
    return [figures(_("Figures"), list(_rule_pairs(document)), old)]


def calendar_tables(document: Document, before: Document | None) -> list[Table]:
    """A calendar in words, with what changes against another version."""
    old = before or {}
    return [
        figures(_("Hours"), _hours(document), None if before is None else _hours(old)),
        entries(
            _("Holidays"), (_("name"), _("days")), _holidays(document),
            None if before is None else _holidays(old),
        ),
        entries(
            _("Worked nevertheless"), (), [(day,) for day in document.get("worked") or ()],
            None if before is None else [(day,) for day in old.get("worked") or ()],
        ),
    ]  # fmt: skip


def _legal() -> Iterator[tuple[str, str, bool]]:
    for kind in Kind:
        for stage, words, required in _STAGES:
            label = gettext("%(kind)s: %(what)s") % {"kind": kind.label, "what": words}
            yield f"legal.{kind.value}.{stage}", label, required


def _rule_pairs(document: Document) -> Iterator[tuple[Words, str]]:
    for path, label, _required in _legal():
        yield label, _said(_at(document, path))
    yield _("Alarms: days left by law"), ", ".join(map(str, document["alarms"]))
    yield _("Working calendar"), _said(_at(document, "service.calendar"))
    for path, words, _most in _COUNTS:
        yield words, _said(_at(document, path))


def _hours(document: Document) -> list[tuple[Words, str]]:
    return [
        (label, ", ".join(_at(document, f"hours.{name}") or ()) or "–") for name, label in _DAYS
    ]


def _holidays(document: Document) -> list[tuple[str, ...]]:
    rows = (document.get("holidays") or {}).items()
    return [(str(name), ", ".join(days)) for name, days in rows]


def _listed(text: str) -> list[str]:
    for comma in ("\N{FULLWIDTH COMMA}", "\N{IDEOGRAPHIC COMMA}", "\n"):
        text = text.replace(comma, ",")
    return [part.strip() for part in text.split(",") if part.strip()]


def _said(value: object) -> str:
    return "–" if value is None else str(value)
