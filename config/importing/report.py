"""What an import did."""

import datetime
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from django.db import connection
from django.utils.translation import gettext as _

from config.importing.layout import CUSTOMERS, FACTS
from config.importing.source import Source


@dataclass
class FileReport:
    """Rows of one file; dates are the first days or booking dates, as imported."""

    file: str
    rows: int
    first: datetime.date | None
    last: datetime.date | None
    new: int = 0

    @property
    def there(self) -> int:
        return self.rows - self.new


@dataclass
class Report:
    """An import as a whole. `published` is the preset whose rules began with it, if any."""

    files: dict[str, FileReport] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    shift_months: int = 0
    published: str = ""
    rules_from: datetime.date | None = None
    corrected: int = 0
    seconds: float = 0.0

    def document(self) -> dict[str, object]:
        """The report as plain JSON data."""
        document = asdict(self)
        for name, part in self.files.items():
            document["files"][name] |= {
                "there": part.there,
                "first": part.first and part.first.isoformat(),
                "last": part.last and part.last.isoformat(),
            }
        document["rules_from"] = self.rules_from and self.rules_from.isoformat()
        return document

    def lines(self) -> Iterator[str]:
        """The report for people."""
        for part in self.files.values():
            dates = f"  {part.first} … {part.last}" if part.first else ""
            counts = _("%(new)s new, %(there)s there already")
            counts %= {"new": f"{part.new:,}", "there": f"{part.there:,}"}
            yield f"{part.file:<20} {counts}{dates}"
        if self.shift_months:
            yield _("every date shifted by %(n)s months") % {"n": self.shift_months}
        if self.published:
            yield _("rules: the preset %(name)s, from %(first)s on") % {
                "name": self.published,
                "first": self.rules_from,
            }
        if self.corrected:
            yield _("open days corrected for %(n)s customers") % {"n": f"{self.corrected:,}"}
        yield _("imported in %(n)s seconds") % {"n": f"{self.seconds:.1f}"}


def counted(sources: list[Source]) -> dict[str, FileReport]:
    """What the staging tables hold, by file."""
    rows = _counts()
    return {
        source.layout.name: FileReport(source.name, *rows.get(source.layout.kind, (0, None, None)))
        for source in sources
    }


def count_new(files: dict[str, FileReport], sources: list[Source]) -> None:
    """Once the staging tables hold only what is new: how many rows of each file are."""
    rows = _counts()
    for source in sources:
        files[source.layout.name].new = rows.get(source.layout.kind, (0, None, None))[0]


def _counts() -> dict[str, tuple[int, datetime.date | None, datetime.date | None]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select '', count(*), min(opened), max(opened) from pg_temp.{CUSTOMERS}
            union all
            select kind, count(*), min(booked), max(booked) from pg_temp.{FACTS} group by kind
            """
        )
        return {row[0]: (row[1], row[2], row[3]) for row in cursor.fetchall()}
