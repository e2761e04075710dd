"""YAML with exact scalars: numbers and dates stay the text that was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import yaml

from billing.terms import Document

DEEPEST: Final = 30

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS: Final = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEANS: Final = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


def parse_yaml(text: str) -> object:
    """The one document of the text: mappings, lists, None, booleans and text, nothing else.

    Raises ValueError for bad syntax, duplicate keys, anchors, aliases, tags, keys that are no
    text, more than one document, and nesting beyond reason.
    """
    try:
        events = yaml.parse(text, Loader=_Loader)
        document = _document(events)
        if any(isinstance(event, yaml.DocumentStartEvent) for event in events):
            raise ValueError("holds more than one document")
    except yaml.MarkedYAMLError as error:
        raise ValueError(f"is no YAML{_place(error.problem_mark)}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ValueError(f"is no YAML: {' '.join(str(error).split())}") from error
    return document


def _document(events: Iterator[yaml.Event]) -> object:
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            return _node(next(events), events, 0)
    raise ValueError("is empty")


def _place(mark: Any) -> str:
    return f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""


def _node(event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> object:
    where = _place(event.start_mark)
    if depth > DEEPEST:
        raise ValueError(f"is nested too deep{where}")
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise ValueError(f"uses an anchor or alias{where}")
    if getattr(event, "tag", None):
        raise ValueError(f"uses a tag{where}")
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(events, depth)
    if isinstance(event, yaml.SequenceStartEvent):
        return [_node(entry, events, depth + 1) for entry in _until_end(events)]
    assert isinstance(event, yaml.ScalarEvent)
    return _scalar(event)


def _until_end(events: Iterator[yaml.Event]) -> Iterator[yaml.Event]:
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            return
        yield event


def _mapping(events: Iterator[yaml.Event], depth: int) -> Document:
    found: Document = {}
    for event in _until_end(events):
        key = _node(event, events, depth + 1)
        if not isinstance(key, str):
            raise ValueError(f"has a key that is no text{_place(event.start_mark)}")
        if key in found:
            raise ValueError(f"names {key!r} twice{_place(event.start_mark)}")
        found[key] = _node(next(events), events, depth + 1)
    return found


def _scalar(event: yaml.ScalarEvent) -> str | bool | None:
    text = str(event.value)
    if event.style:  # quoted: text, whatever it looks like
        return text
    if text in _NULLS:
        return None
    return _BOOLEANS.get(text, text)
