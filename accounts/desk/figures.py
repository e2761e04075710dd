"""A document of figures as tables, with what changed against the version before it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from accounts.desk.formats import Words


@dataclass(frozen=True)
class Row:
    """One row; `change` is "", `new`, `changed` (then `before` tells the old value) or `gone`."""

    cells: tuple[str, ...]
    change: str = ""
    before: str = ""


@dataclass(frozen=True)
class Table:
    title: Words
    headers: tuple[Words, ...] = ()
    rows: list[Row] = field(default_factory=list)

    @property
    def changes(self) -> int:
        return sum(1 for row in self.rows if row.change)


def figures(
    title: Words,
    pairs: Sequence[tuple[Words, str]],
    before: Sequence[tuple[Words, str]] | None,
) -> Table:
    """A table of named figures; `before` has the same names in the same order."""
    rows = []
    for n, (name, value) in enumerate(pairs):
        old = value if before is None else before[n][1]
        change = "changed" if old != value else ""
        rows.append(Row((str(name), value), change, old if change else ""))
    return Table(title, (), rows)


def entries(
    title: Words,
    headers: tuple[Words, ...],
    rows: Sequence[tuple[str, ...]],
    before: Sequence[tuple[str, ...]] | None,
) -> Table:
    """A table of a list; an entry that was not in the list before is new, one that left is gone."""
    known = rows if before is None else before
    shown = [Row(row, "" if row in known else "new") for row in rows]
    shown += [Row(row, "gone") for row in known if row not in rows]
    return Table(title, headers, shown)
