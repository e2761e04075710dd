"""What is wrong with the files: each as file, line, column, value and reason."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

SHOWN = 60
"""Characters of a cell that a message shows."""


class Refused(Exception):
    """The import cannot be done; one line says why. Nothing was written."""


class Invalid(Refused):
    """The files do not hold; `lines` says what, one line each."""

    def __init__(self, problems: "Problems") -> None:
        self.lines = problems.lines()
        super().__init__(_("nothing was imported: %(n)s errors") % {"n": problems.total})


@dataclass(frozen=True)
class Problem:
    """One error; `value` is None where there is no cell to show. `place` orders the columns."""

    file: str
    line: int
    column: str
    value: str | None
    reason: str
    place: int = 0

    def __str__(self) -> str:
        at = f"{self.file}:{self.line}: "
        if self.column:
            at += f"{cut(self.column)}: "
        return at + (self.reason if self.value is None else f"{shown(self.value)} {self.reason}")


@dataclass
class Problems:
    """All errors are counted; the first `limit` of each file, and of each check, are kept."""

    limit: int
    total: int = 0
    kept: list[Problem] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    _of_file: dict[str, int] = field(default_factory=dict)

    def add(self, problem: Problem) -> None:
        """An error found while a file is read, in the order of its lines."""
        self.total += 1
        known = self._of_file.get(problem.file, 0)
        if known < self.limit:
            self._of_file[problem.file] = known + 1
            self.kept.append(problem)

    def add_some(self, problems: list[Problem], total: int) -> None:
        """The first errors of a check, and how many there are in all."""
        self.total += total
        self.kept += problems

    def lines(self) -> list[str]:
        """The errors by file, line and column; at the end how many more there are."""
        files = {file: n for n, file in enumerate(self.files)}
        self.kept.sort(key=lambda p: (files.get(p.file, 0), p.line, p.place))
        lines = [str(problem) for problem in self.kept[: self.limit]]
        if self.total > len(lines):
            lines.append(_("… and %(n)s more") % {"n": self.total - len(lines)})
        return lines


def shown(value: str) -> str:
    """A cell for a message: quoted, and as `cut`."""
    return f'"{cut(value)}"'


def cut(value: str) -> str:
    """What cannot be printed escaped; at most SHOWN characters."""
    text = "".join(_escaped(character) for character in value[: SHOWN + 1])
    return f"{text[:SHOWN]}…" if len(text) > SHOWN else text


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")
