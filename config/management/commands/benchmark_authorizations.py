"""manage.py benchmark_authorizations --customers N [--rate 50] [--seconds 60] [--json]"""

import dataclasses
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.benchmark import asking, book
from config.benchmark.book import Shape
from config.benchmark.command import bench, told, whole

GOAL_MS = 50


class Command(BaseCommand):
    help = "Measures authorisations over HTTP on a synthetic book in a database of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", metavar="N", help="100 to 5000000")
        parser.add_argument("--rate", default="50", metavar="R", help="requests a second")
        parser.add_argument("--seconds", default="60", metavar="S")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        customers = whole("customers", options["customers"], 100, 5_000_000)
        rate = whole("rate", options["rate"], 1, 1000)
        seconds = whole("seconds", options["seconds"], 1, 3600)
        with bench(self) as shop:
            shop.migrate()
            self.stderr.write(f"a book of {customers} customers")
            built = book.build(shop, Shape(customers))
            with shop.copy_of(built) as name:
                self.stderr.write(f"{rate} requests a second for {seconds} s")
                found = asking.measure(shop.address(name), rate=rate, seconds=seconds)
        if options["json"]:
            document = {"customers": customers, **dataclasses.asdict(found)}
            self.stdout.write(json.dumps(document))
            return
        for line in told(rows(customers, found)):
            self.stdout.write(line)


def rows(customers: int, found: asking.Found) -> list[tuple[str, Any]]:
    good = found.p99_ms < GOAL_MS and not found.errors
    return [
        ("customers", customers),
        ("requests", f"{found.requests}, {found.rate:.1f} a second"),
        ("p50", f"{found.p50_ms:.1f} ms"),
        ("p95", f"{found.p95_ms:.1f} ms"),
        ("p99", f"{found.p99_ms:.1f} ms"),
        ("longest", f"{found.most_ms:.1f} ms"),
        ("approved", found.approved),
        ("declined", found.declined),
        ("errors", found.errors or "none"),
        ("kept in the book", found.kept),
        (f"p99 under {GOAL_MS} ms without an error", "yes" if good else "NO"),
    ]
