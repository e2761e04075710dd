"""manage.py benchmark_reconciliation --lines N [--json]"""

import dataclasses
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.benchmark import book, settling
from config.benchmark.book import DAY, Shape
from config.benchmark.command import bench, told, whole
from config.night.run import open_due_days

GOAL_SECONDS = 20
GOAL_LINES = 1_000_000


class Command(BaseCommand):
    help = "Measures a settlement file against the book, in a database of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lines", metavar="N", help="1000 to 5000000")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        lines = whole("lines", options["lines"], 1000, 5_000_000)
        shape = Shape(max(100, lines // settling.PAYMENTS_EACH))
        with bench(self) as shop:
            shop.migrate()
            self.stderr.write(f"a book of {shape.customers} customers")
            built = book.build(shop, shape)
            with shop.copy_of(built):
                open_due_days(DAY)
                self.stderr.write(f"a file of {lines} lines")
                found = settling.measure(lines)
        if options["json"]:
            self.stdout.write(json.dumps(dataclasses.asdict(found)))
            return
        for line in told(rows(found)):
            self.stdout.write(line)


def rows(found: settling.Found) -> list[tuple[str, Any]]:
    return [
        ("lines of the file", found.lines),
        ("payments of the book", found.payments),
        ("kept, line by line", f"{found.receive:.2f} s"),
        ("reconciled", f"{found.reconcile:.2f} s"),
        *((f"  {name}", f"{seconds:.2f} s") for name, seconds in sorted(found.phases.items())),
        ("reconciled again", f"{found.again:.2f} s"),
        *((f"breaks: {kind}", n) for kind, n in sorted(found.breaks.items())),
        *goal(found),
    ]


def goal(found: settling.Found) -> list[tuple[str, Any]]:
    """Of a file of a million lines; what is booked late makes a small one look slow."""
    if found.lines < GOAL_LINES * 0.99:
        return []
    good = "yes" if found.reconcile <= GOAL_SECONDS else "NO"
    return [(f"reconciled within {GOAL_SECONDS} s", good)]
