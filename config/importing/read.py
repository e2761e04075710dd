"""Makes rows of a file's lines: the header, then cell by cell; what does not hold is a problem.

A row with bad cells is staged all the same, with nothing in their place and `bad` set, so that
the checks between rows still see it and its other errors are found in the same run.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts import crypto
from config.importing.cells import CellRefused
from config.importing.layout import Column, Layout
from config.importing.problems import Problem, Problems
from config.importing.source import Advance, Line, NotUtf8, Source, Unreadable, cells_of, lines

Row = list[str | int | bool | bytes | None]


@dataclass
class Reader:
    """Reads one file. `incomplete`: some lines gave no row, so an id may be missing."""

    source: Source
    problems: Problems
    incomplete: bool = False
    columns: tuple[Column, ...] = ()

    def rows(self, advance: Advance = lambda read: None) -> Iterator[Row]:
        """Line number, the fields of the file's columns, the layout's constants, `bad`."""
        number, said = 0, False
        try:
            with closing(lines(self.source, advance)) as following:
                if not self._header(next(following, None)):
                    return
                width = len(self.columns)
                for line in following:
                    number = line.number
                    if isinstance(line.fault, NotUtf8):
                        if not said:
                            self._fault(number, line.fault)
                        said = self.incomplete = True
                    elif (cells := self._cells(line, width)) is not None:
                        yield self._row(number, cells)
        except Unreadable as error:
            self._fault(number + 1, error)

    @property
    def fields(self) -> list[str]:
        """The staging fields of a row, in its order; known once the header is read."""
        names = [name for column in self.columns for name in column.fields]
        return ["line", *names, *self.source.layout.constants, "bad"]

    def _header(self, line: Line | None) -> bool:
        if line is None:
            self._fault(1, Unreadable(_("the file is empty: it has no header")))
            return False
        if line.fault is not None:
            self._fault(1, line.fault)
            return False
        before = self.problems.total
        try:
            names = cells_of(line.text)
        except Unreadable as error:
            self._fault(1, error)
            return False
        for name, reason in header_errors(self.source.layout, names):
            self._add(1, name, None, reason)
        by_name = {column.name: column for column in self.source.layout.columns}
        if self.problems.total > before:
            self.incomplete = True
            return False
        self.columns = tuple(by_name[name] for name in names)
        return True

    def _cells(self, line: Line, width: int) -> list[str] | None:
        """The line's cells, as many as the header has; None for an empty or a faulty line."""
        if line.fault is not None:
            self._fault(line.number, line.fault)
            return None
        if not line.text:
            return None
        try:
            cells = cells_of(line.text)
        except Unreadable as error:
            self._fault(line.number, error)
            return None
        if len(cells) != width:
            reason = _("the line has %(n)s cells, the header %(width)s")
            self._fault(line.number, Unreadable(reason % {"n": len(cells), "width": width}))
            return None
        return cells

    def _row(self, number: int, cells: list[str]) -> Row:
        row: Row = [number]
        bad = False
        for column, cell in zip(self.columns, cells, strict=True):
            value: str | None = None
            try:
                value = column.check(cell)
            except CellRefused as error:
                bad = True
                self._add(number, column.name, cell, str(error))
            row.append(value)
            if len(column.fields) > 1:
                row += [value] * (len(column.fields) - 1)
        row += self.source.layout.constants.values()
        row.append(bad)
        return row

    def _fault(self, number: int, error: Unreadable) -> None:
        self.incomplete = True
        self._add(number, "", error.value, str(error))

    def _add(self, number: int, column: str, cell: str | None, reason: str) -> None:
        self.problems.add(problem(self.source, number, column, cell, reason))


def header_errors(layout: Layout, names: list[str]) -> Iterator[tuple[str, str]]:
    """Columns that are missing, unknown or there twice, each with its reason."""
    known = {column.name: column for column in layout.columns}
    for n, name in enumerate(names):
        if name not in known:
            yield (
                name[:60].encode("unicode_escape").decode()
                if not name.isprintable()
                else name[:60],
                _("the column is unknown (known: %(known)s)") % {"known": ", ".join(known)},
            )
        elif name in names[:n]:
            yield name, _("the column is there twice")
    for name, column in known.items():
        if column.required and name not in names:
            yield name, _("the column is missing")


def problem(source: Source, number: int, column: str, cell: str | None, reason: str) -> Problem:
    """A problem of a cell; what identifies a person is masked."""
    named = {known.name: known for known in source.layout.columns}.get(column)
    if cell and named is not None and named.secret:
        cell = crypto.mask(cell, 3, 2)
    return Problem(source.name, number, column, cell, reason, source.layout.place(column))


def cells_at(source: Source, wanted: set[int]) -> dict[int, dict[str, str]]:
    """The cells of some lines by column, as the file has them, for messages."""
    found: dict[int, dict[str, str]] = {}
    with closing(lines(source)) as following:
        header = cells_of(next(following).text)
        for line in following:
            if line.number in wanted:
                found[line.number] = dict(zip(header, cells_of(line.text), strict=True))
                if len(found) == len(wanted):
                    break
    return found
