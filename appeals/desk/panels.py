"""What other parts of this room add to the page of a case, such as offers and letters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from appeals.models import Appeal

Build = Callable[[Appeal, HttpRequest], Mapping[str, Any]]


@dataclass(frozen=True)
class Panel:
    """A part of the page; its template has the `appeal`, and what `build` gives as `shown`."""

    code: str
    template: str
    build: Build


_panels: dict[str, Panel] = {}


def register(*panels: Panel) -> None:
    """Add panels, in the order in which the page shows them."""
    for panel in panels:
        _panels[panel.code] = panel


def of(appeal: Appeal, request: HttpRequest) -> list[SafeString]:
    """Each panel as its template shows it."""
    return [
        render_to_string(
            panel.template, {"appeal": appeal, "shown": panel.build(appeal, request)}, request
        )
        for panel in _panels.values()
    ]
