"""Message catalogues without a gettext binary: what the source says, what a catalogue has."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from config.places import BASE

ROOMS = ("accounts", "billing", "risk", "appeals", "config")
LOCALE = BASE / "locale"
# Django's functions by the names we import them under: where context, text and plural stand.
FUNCTIONS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
CALL = re.compile(
    r"""\b(?:n?p?gettext|_)\((?:[^()'"]|u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*")*\)""", re.DOTALL
)
# Context, text, plural.
Message = tuple[str | None, str, str | None]


def said(base: Path = BASE) -> dict[Message, str]:
    """Every message of rooms and templates, with the place (file:line) of its first use."""
    found: dict[Message, str] = {}
    for path in sources(base):
        text = path.read_text(encoding="utf-8")
        calls = in_python(text) if path.suffix == ".py" else in_template(text)
        for message, line in calls:
            found.setdefault(message, f"{path.relative_to(base)}:{line}")
    return found


def sources(base: Path) -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((base / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path
    for folder in ("templates", *(f"{room}/templates" for room in ROOMS)):
        for suffix in ("*.html", "*.txt"):
            yield from sorted((base / folder).rglob(suffix))


def in_python(text: str) -> Iterator[tuple[Message, int]]:
    """Messages and lines of a module; calls with anything but plain strings are no messages."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            places = FUNCTIONS.get(node.func.id)
            message = places and _message(node.args, *places)
            if message and message[1]:
                yield message, node.lineno


def in_template(text: str) -> Iterator[tuple[Message, int]]:
    """Django itself turns a template into calls of gettext, and trims what is `trimmed`."""
    calls = templatize(text)
    for call in CALL.finditer(calls):
        line = calls.count("\n", 0, call.start()) + 1
        for message, _ in in_python(call.group(0)):
            yield message, line


def _message(
    words: list[ast.expr], context: int | None, text: int, plural: int | None
) -> Message | None:
    def at(place: int | None) -> str | None:
        if place is None or place >= len(words):
            return None
        word = words[place]
        return (
            word.value if isinstance(word, ast.Constant) and isinstance(word.value, str) else None
        )

    found = at(text)
    return None if found is None else (at(context), found, at(plural))


def read(po: Path) -> Catalog:
    """A catalogue; an empty one when there is no file yet."""
    if not po.exists():
        return Catalog(locale=po.parent.parent.name, domain="django")
    with po.open("rb") as file:
        return read_po(file, locale=po.parent.parent.name, domain="django")


def untranslated(messages: dict[Message, str], catalog: Catalog) -> dict[Message, str]:
    """Those without a whole translation that somebody has confirmed."""
    return {message: place for message, place in messages.items() if not _has(catalog, message)}


def _has(catalog: Catalog, message: Message) -> bool:
    context, text, plural = message
    found = catalog.get(text, context)
    if found is None or found.fuzzy:
        return False
    strings = found.string if isinstance(found.string, tuple | list) else (found.string,)
    if plural is not None and not isinstance(found.id, tuple | list):
        return False
    return all(strings)


def add(messages: dict[Message, str], po: Path) -> int:
    """Enter what the catalogue does not know yet, untranslated; how many that were."""
    catalog = read(po)
    new = {message: place for message, place in messages.items() if not _knows(catalog, message)}
    for (context, text, plural), place in new.items():
        file, line = place.rsplit(":", 1)
        catalog.add(
            (text, plural) if plural else text, locations=[(file, int(line))], context=context
        )
    if new:
        po.parent.mkdir(parents=True, exist_ok=True)
        with po.open("wb") as target:
            write_po(target, catalog, width=100, omit_header=False)
    return len(new)


def _knows(catalog: Catalog, message: Message) -> bool:
    context, text, _plural = message
    return catalog.get(text, context) is not None


def compile_all(locale: Path = LOCALE) -> list[Path]:
    """Write each .mo that is older than its .po; those that were written."""
    written = []
    for po in sorted(locale.glob("*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        draft = mo.with_name(f"{mo.name}.{os.getpid()}")
        with draft.open("wb") as target:
            write_mo(target, read(po))
        draft.replace(mo)
        written.append(mo)
    return written
