"""manage.py scenario FILE… [--json]"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.doctor import require_database
from risk import scenario
from risk.scenario_file import Scenario, ScenarioError, differences, load


class Command(BaseCommand):
    help = "Runs timelines of one customer each through the engine; leaves nothing behind."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--json", action="store_true", help="print the states, compare nothing")

    def handle(self, *args: Any, files: list[str], json: bool, **options: Any) -> None:
        scenarios = _load(files)
        require_database()
        if json:
            self.stdout.write(_as_json(scenarios))
            return
        compared = [self._compare(loaded) for loaded in scenarios]
        if not all(compared):
            sys.exit(1)

    def _compare(self, loaded: Scenario) -> bool:
        states = scenario.run(loaded)["states"]
        wrong = [
            difference
            for expected, got in zip(loaded.expect, states, strict=True)
            for difference in differences(expected, got)
        ]
        self.stdout.write(f"{'ok  ' if not wrong else 'FAIL'} {loaded.name} ({len(states)} states)")
        for at, key, expected, got in wrong:
            self.stdout.write(f"     {at} {key}: expected {expected}, got {got}")
        return not wrong


def _load(files: list[str]) -> list[Scenario]:
    """All files or none: every refusal of every file is said at once."""
    scenarios, errors = [], []
    for file in files:
        try:
            scenarios.append(load(file))
        except ScenarioError as error:
            errors.append(str(error))
    if errors:
        raise CommandError("\n".join(errors), returncode=2)
    return scenarios


def _as_json(scenarios: list[Scenario]) -> str:
    return json.dumps([scenario.run(loaded) for loaded in scenarios], indent=1, ensure_ascii=False)
