"""The variables of reply templates, and their texts with the values put in.

A variable stands as {name}. Values are put in by name, once: no attribute of anything is reached
through a template, and what stands in a value is text.
"""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.desk.formats import words_date
from accounts.models import Customer, ReplyTemplate, ReplyTemplateVersion

_NAME = re.compile(r"\{([^{}]*)\}")

Values = Callable[[Sequence[Customer], datetime.date], Mapping[int, str]]


@dataclass(frozen=True)
class Variable:
    """Something of a customer that a template can name.

    `values` gives it for many customers at once, by their id, in the language in force and in a
    constant number of queries.
    """

    name: str
    label: str | Promise
    values: Values


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


def text_of(template: ReplyTemplate | ReplyTemplateVersion, language: str) -> str:
    """The template's text in a language: Chinese for zh-hans, English for every other."""
    return template.text_zh_hans if language.startswith("zh") else template.text_en


def render(
    template: ReplyTemplate, customer: Customer, language: str, on: datetime.date | None = None
) -> str:
    """The template's text for a customer in a language; `on` is the date that it speaks of."""
    return fill(text_of(template, language), customer, language, on or timezone.localdate())


def fill(text: str, customer: Customer, language: str, on: datetime.date) -> str:
    """A text with the variables' values; what is no variable stays as it is."""
    return fill_many(text, [customer], language, on)[customer.pk]


def fill_many(
    text: str, customers: Sequence[Customer], language: str, on: datetime.date
) -> dict[int, str]:
    """As `fill`, for each of many customers, by their id."""
    with translation.override(language):
        values = {
            name: _variables[name].values(customers, on)
            for name in dict.fromkeys(_NAME.findall(text))
            if name in _variables
        }
        return {customer.pk: _put_in(text, values, customer.pk) for customer in customers}


def _put_in(text: str, values: Mapping[str, Mapping[int, str]], pk: int) -> str:
    return _NAME.sub(
        lambda match: str(values[match[1]][pk]) if match[1] in values else match[0], text
    )


def announce() -> None:
    register(
        Variable(
            "customer_name",
            pgettext_lazy("of a person", "name"),
            lambda customers, on: {customer.pk: customer.name for customer in customers},
        ),
        Variable(
            "customer_number",
            _("number"),
            lambda customers, on: {customer.pk: customer.number for customer in customers},
        ),
        Variable(
            "today",
            _("today's date"),
            lambda customers, on: {customer.pk: words_date(on) for customer in customers},
        ),
    )
