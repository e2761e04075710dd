"""The variables of reply templates, and their texts with the values put in.

A variable stands as {name}. Values are put in by name, once: no attribute of anything is reached
through a template, and what stands in a value is text.
"""

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.desk.formats import words_date
from accounts.models import Customer, ReplyTemplate

_NAME = re.compile(r"\{([^{}]*)\}")

Value = Callable[[Customer, datetime.date], str]


@dataclass(frozen=True)
class Variable:
    """Something of a customer that a template can name; `value` is in the language in force."""

    name: str
    label: str | Promise
    value: Value


_variables: dict[str, Variable] = {}


def register(*variables: Variable) -> None:
    for variable in variables:
        _variables[variable.name] = variable


def all_variables() -> list[Variable]:
    return list(_variables.values())


def unknown(text: str) -> Iterator[str]:
    """What stands in braces and is no variable; a brace alone, too."""
    for name in _NAME.findall(text):
        if name not in _variables:
            yield "{" + name + "}"
    yield from re.findall(r"[{}]", _NAME.sub("", text))


def text_of(template: ReplyTemplate, language: str) -> str:
    """The template's text in a language: Chinese for zh-hans, English for every other."""
    return template.text_zh_hans if language.startswith("zh") else template.text_en


def render(
    template: ReplyTemplate, customer: Customer, language: str, on: datetime.date | None = None
) -> str:
    """The template's text for a customer in a language; `on` is the date that it speaks of."""
    return fill(text_of(template, language), customer, language, on or timezone.localdate())


def fill(text: str, customer: Customer, language: str, on: datetime.date) -> str:
    """A text with the variables' values; what is no variable stays as it is."""
    with translation.override(language):
        found: dict[str, str] = {}

        def value(match: re.Match[str]) -> str:
            variable = _variables.get(match.group(1))
            if variable is None:
                return match.group(0)
            if variable.name not in found:
                found[variable.name] = str(variable.value(customer, on))
            return found[variable.name]

        return _NAME.sub(value, text)


def announce() -> None:
    register(
        Variable(
            "customer_name",
            pgettext_lazy("of a person", "name"),
            lambda customer, on: customer.name,
        ),
        Variable("customer_number", _("number"), lambda customer, on: customer.number),
        Variable("today", _("today's date"), lambda customer, on: words_date(on)),
    )
