"""The two kinds of file: CSV, which streams, and XLSX, which is a packed folder and does not."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils import translation

from accounts.desk.cells import safe
from accounts.desk.export.tables import Lines, Table

CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}".encode()  # or Excel takes UTF-8 for something else
#: A sheet takes 1,048,576 rows and a cell 32,767 characters.
_SHEET_ROWS = 1_000_000
_LONGEST = 32_767
_WIDTH = 18

#: Told how many rows are written so far, after each part.
Progress = Callable[[int], None]


def csv_parts(table: Table, language: str, progress: Progress) -> Iterator[bytes]:
    """The file in parts, the first before a row is read.

    What a spreadsheet would run as a formula begins with an apostrophe.
    """
    yield BOM + _csv([_in(language, table.headers)])
    written = 0
    for part in table.parts():
        lines = _in(language, part)
        yield _csv(lines)
        # A part counts once the next one is asked for: until then it may not have arrived.
        written += len(lines)
        progress(written)


def write_xlsx(table: Table, language: str, path: Path, progress: Progress) -> int:
    """The file, row by row through the disk; how many rows. Every cell is a text."""
    options = {"constant_memory": True, "tmpdir": str(path.parent), "in_memory": False}
    written = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True})
        headers = _in(language, table.headers)
        sheet, at = _sheet(book, headers, bold), 1
        for part in table.parts():
            lines = _in(language, part)
            for line in lines:
                if at > _SHEET_ROWS:
                    sheet, at = _sheet(book, headers, bold), 1
                write = sheet.write_string
                for column, text in enumerate(line):
                    if text:
                        write(at, column, text if len(text) <= _LONGEST else text[:_LONGEST])
                at += 1
            written += len(lines)
            progress(written)
    return written


def _sheet(book: Any, headers: list[str], bold: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(headers) - 1, 0), _WIDTH)
    for column, text in enumerate(headers):
        sheet.write_string(0, column, text, bold)
    return sheet


def _csv(lines: Lines) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([safe(value) for value in line] for line in lines)
    return text.getvalue().encode()


def _in(language: str, make: Callable[[], Any]) -> Any:
    """Words in the reader's language: parts are made after the request's own has ended."""
    with translation.override(language):
        return make()
