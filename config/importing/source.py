"""Opens a file of the book, plain or gzip, and yields its lines with their numbers.

A line is one record: no cell holds a line break. So an error never spills over to the next line,
and memory stays bounded whatever the file holds.
"""

import csv
import gzip
import io
import os
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from config.importing.layout import LAYOUTS, Layout
from config.importing.problems import Refused, shown

LONGEST_LINE = 20_000
"""Bytes."""
_STEP = 2_000
_BOM = b"\xef\xbb\xbf"

Advance = Callable[[int], None]


class Unreadable(Exception):
    """The file, or one of its lines, cannot be read as text; the message is the reason."""

    def __init__(self, reason: str, value: str | None = None) -> None:
        super().__init__(reason)
        self.value = value


@dataclass(frozen=True)
class Source:
    """One file of the book."""

    layout: Layout
    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def bytes(self) -> int:
        return self.path.stat().st_size


@dataclass(frozen=True)
class Line:
    """A line without its end; `fault` says why its text is not to be had."""

    number: int
    text: str
    fault: Unreadable | None = None


def find(folder: Path) -> tuple[list[Source], list[str]]:
    """The files of a book in a folder, and the names of those that are none. Raises Refused."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder))
    except OSError as error:
        raise Refused(f"{shown(str(folder))}: {error.strerror}") from error
    sources, known = [], set()
    for layout in LAYOUTS:
        here = [name for name in (f"{layout.name}.csv", f"{layout.name}.csv.gz") if name in names]
        known.update(here)
        if len(here) > 1:
            raise Refused(_("both %(a)s and %(b)s are there") % {"a": here[0], "b": here[1]})
        sources += [Source(layout, folder / name) for name in here]
    for source in sources:
        if not source.path.is_file():
            raise Refused(_("%(name)s is no regular file") % {"name": source.name})
    if not sources:
        wanted = ", ".join(f"{layout.name}.csv" for layout in LAYOUTS)
        raise Refused(
            _("%(folder)s holds none of %(wanted)s (or .gz)")
            % {"folder": shown(str(folder)), "wanted": wanted}
        )
    return sources, [name for name in names if name not in known]


def lines(source: Source, advance: Advance = lambda read: None) -> Generator[Line]:
    """Lines in order; raises Unreadable when the rest of the file cannot be had."""
    try:
        with source.path.open("rb", buffering=0) as raw, _unpacked(raw, source.name) as stream:
            yield from _lines(raw, stream, advance)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Unreadable(_("the gzip data is cut off or corrupt from here on")) from error
    except OSError as error:
        raise Unreadable(str(error.strerror or error)) from error


def cells_of(text: str) -> list[str]:
    """The cells of a line; raises Unreadable where quotes do not pair up."""
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise Unreadable(_("a quoted cell does not end on its line")) from error


def _unpacked(raw: io.FileIO, name: str) -> io.BufferedReader:
    magic = raw.read(4)
    raw.seek(0)
    packed = magic.startswith(b"\x1f\x8b")
    if name.endswith(".gz"):
        if magic and not packed:
            raise Unreadable(_("is no gzip file, whatever its name says"))
        return io.BufferedReader(gzip.GzipFile(fileobj=raw), 2**16)
    if packed:
        raise Unreadable(_("is a gzip file: its name has to end in .csv.gz"))
    return io.BufferedReader(raw, 2**16)


def _lines(raw: io.FileIO, stream: io.BufferedReader, advance: Advance) -> Iterator[Line]:
    head = stream.peek(4)[:4]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head:
        raise Unreadable(_("is UTF-16: save the file as UTF-8"))
    if head.startswith(_BOM):
        stream.read(len(_BOM))
    seen = number = 0
    for number, line in enumerate(_raw(stream), start=1):
        yield _decoded(number, line)
        if number % _STEP == 0:
            advance(raw.tell() - seen)
            seen = raw.tell()
    advance(raw.tell() - seen)


def _raw(stream: io.BufferedReader) -> Iterator[bytes | None]:
    """Lines without their ends; None for one that is too long, the rest of which is skipped."""
    while line := stream.readline(LONGEST_LINE + 2):
        if line.endswith(b"\n"):
            yield line[:-2] if line.endswith(b"\r\n") else line[:-1]
        elif len(line) <= LONGEST_LINE:
            yield line
        else:
            while (rest := stream.readline(2**16)) and not rest.endswith(b"\n"):
                pass
            yield None


def _decoded(number: int, line: bytes | None) -> Line:
    if line is None:
        reason = _("the line is longer than %(n)s bytes") % {"n": LONGEST_LINE}
        return Line(number, "", Unreadable(reason))
    if b"\0" in line:
        return Line(number, "", Unreadable(_("the line contains a NUL")))
    try:
        return Line(number, line.decode())
    except UnicodeDecodeError as error:
        there = line[error.start : error.start + 12].decode("ascii", "backslashreplace")
        return Line(number, "", NotUtf8(_encoding(line), there))


class NotUtf8(Unreadable):
    """Said once a file: the other lines would say the same."""


def _encoding(line: bytes) -> str:
    try:
        line.decode("gbk")
    except UnicodeDecodeError:
        return _("is not UTF-8: save the file as UTF-8")
    return _("is not UTF-8 but looks like GBK: save the file as UTF-8")
