"""Filters and links of the desk's pages."""

import datetime
import json
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from accounts.desk import formats

register = template.Library()


@register.filter
def money(value: object) -> str:
    if value is None or value == "":
        return ""
    return formats.money(Decimal(str(value)))


@register.filter
def signed(value: int | None) -> str:
    return formats.signed(value)


@register.filter
def words_date(day: datetime.date | None) -> str:
    return formats.words_date(day) if day else ""


@register.filter
def words_time(moment: datetime.datetime | None) -> str:
    return formats.words_time(moment) if moment else ""


@register.filter
def iso(day: datetime.date | None) -> str:
    """2026-05-03: the dates of tables, which are compared at a glance."""
    return day.isoformat() if day else ""


@register.filter
def age(moment: datetime.datetime | None) -> str:
    """How long ago, in the largest unit alone: 3 days."""
    return timesince(moment, depth=1) if moment else ""


@register.filter
def percent(value: Decimal) -> str:
    return formats.percent(value)


@register.filter
def in_fours(text: str) -> str:
    """`ABCD EFGH`: a secret as people type it from a screen."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


@register.filter
def pill(text: formats.Words, tone: str = "") -> SafeString:
    return formats.pill(text, tone)


@register.filter
def get(mapping: Any, key: object) -> Any:
    return mapping.get(key)


@register.simple_tag(takes_context=True)
def record_url(context: template.Context, model: str, pk: object) -> str:
    """The address of a record for those who may see it; empty for the others."""
    return _url(context, model, "change", [pk])


@register.simple_tag(takes_context=True)
def list_url(context: template.Context, model: str, **filters: object) -> str:
    """The address of a list, filtered, for those who may see it; empty for the others."""
    url = _url(context, model, "changelist", [])
    pairs = "&".join(f"{name}={value}" for name, value in filters.items())
    return f"{url}?{pairs}" if url and pairs else url


def _url(context: template.Context, model: str, page: str, args: list[object]) -> str:
    if not model:
        return ""
    app, name = model.split(".")
    user = context["request"].user
    if not user.has_perm(f"{app}.view_{name}"):
        return ""
    if len(args) == 1 and isinstance(args[0], int):
        # A page names some hundred records of a few kinds, and an id stands in a path as it is.
        return _reversed(app, name, page, "0").replace("/0/", f"/{args[0]}/")
    return _reversed(app, name, page, *args)


@lru_cache(512)
def _reversed(app: str, name: str, page: str, *args: object) -> str:
    try:
        return reverse(f"admin:{app}_{name}_{page}", args=args)
    except NoReverseMatch:
        return ""


@register.filter
def pretty(document: Any) -> str:
    """A JSON document, one figure a line."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=str)


@register.simple_tag(takes_context=True)
def go_keys(context: template.Context) -> list[dict[str, Any]]:
    """What `g` and a letter opens: the links of the navigation that have a `key`, of those that
    this user sees."""
    return [
        {"letter": item["key"], "title": item["title"], "url": item["link"]}
        for group in context.get("sidebar_navigation") or []
        for item in group.get("items", [])
        if item.get("key") and item.get("has_permission", True)
    ]
