"""manage.py measure_pages --customers N [--against 100] [--rounds 5] [--json]"""

import dataclasses
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.benchmark import book, pages
from config.benchmark.book import DAY, Shape
from config.benchmark.command import bench, whole
from config.benchmark.pages import Page
from config.benchmark.workshop import Workshop
from config.night.run import open_due_days

SHOWN_SQL = 300


class Command(BaseCommand):
    help = "Opens every page of the desk on two books; fails where the larger one costs queries."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", metavar="N", help="100 to 5000000")
        parser.add_argument("--against", metavar="M", default="100", help="a smaller book")
        parser.add_argument("--rounds", metavar="R", default="5", help="how often each is timed")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        customers = whole("customers", options["customers"], 100, 5_000_000)
        against = whole("against", options["against"], 100, customers)
        rounds = whole("rounds", options["rounds"], 1, 99)
        with bench(self) as shop:
            shop.migrate()
            small, large = (self._book(shop, size, rounds) for size in (against, customers))
        grown = pages.grown(small, large)
        if options["json"]:
            self.stdout.write(
                json.dumps({str(against): _plain(small), str(customers): _plain(large)})
            )
        else:
            self._table(small, large)
        if grown:
            raise CommandError(
                "; ".join(f"{name}: {few} queries, then {many}" for name, few, many in grown)
            )

    def _book(self, shop: Workshop, customers: int, rounds: int) -> list[Page]:
        self.stderr.write(f"a book of {customers} customers")
        built = book.build(shop, Shape(customers))
        with shop.copy_of(built):
            open_due_days(DAY)
            pages.prepare(customers)
            shop.prepare()
            found = pages.measure(rounds)
        shop.drop(built)
        return found

    def _table(self, small: list[Page], large: list[Page]) -> None:
        before = {page.name: page for page in small}
        self.stdout.write(f"{'page':<52}{'queries':>16}{'median ms':>18}")
        for page in sorted(large, key=lambda each: -each.median_ms):
            few = before.get(page.name)
            queries = f"{few.queries if few else '-'} / {page.queries}"
            waits = f"{few.median_ms if few else 0:.0f} / {page.median_ms:.0f}"
            self.stdout.write(f"{page.name:<52}{queries:>16}{waits:>18}")
        for page in large:
            if page.median_ms <= pages.SLOW_MS:
                continue
            for spent, sql in page.slowest:
                self.stdout.write(f"{page.name}: {spent:.0f} ms: {sql[:SHOWN_SQL]}")


def _plain(found: list[Page]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(page) for page in found]
