"""manage.py benchmark_night --customers N [--json] [--everybody-due] [--history X] [--rounds 5]
[--skip-peers] [--grow-from M] [--posting]"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.benchmark import table
from config.benchmark.book import Shape
from config.benchmark.command import bench, whole
from config.benchmark.rounds import Plan, Rounds


def plan_of(options: dict[str, Any]) -> Plan:
    customers = whole("customers", options["customers"], 100, 5_000_000)
    grow_from = options["grow_from"]
    return Plan(
        shape=Shape(
            customers,
            history=whole("history", options["history"], 1, 3),
            everybody_due=options["everybody_due"],
        ),
        rounds=whole("rounds", options["rounds"], 1, 99),
        with_peers=not options["skip_peers"],
        with_posting=options["posting"],
        grow_from=whole("grow-from", grow_from, 100, customers - 1) if grow_from else None,
    )


class Command(BaseCommand):
    help = "Measures a night on a synthetic book, in databases of its own that are dropped after."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", metavar="N", help="100 to 5000000")
        parser.add_argument("--everybody-due", action="store_true", help="the worst night")
        parser.add_argument("--history", default="1", metavar="X", help="times the past (1 to 3)")
        parser.add_argument("--rounds", default="5", metavar="R")
        parser.add_argument("--grow-from", metavar="M", help="measure a smaller book as well")
        parser.add_argument("--posting", action="store_true", help="time repayments as well")
        parser.add_argument("--skip-peers", action="store_true", help="leave the ORM loop out")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = plan_of(options)
        with bench(self) as shop:
            found = Rounds(shop, plan, self._say).run()
        result = table.document(plan, found)
        if options["json"]:
            self.stdout.write(json.dumps(result, default=str))
            return
        for line in table.lines(result):
            self.stdout.write(line)

    def _say(self, line: str) -> None:
        self.stderr.write(line)
