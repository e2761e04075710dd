"""manage.py check_book [--json]"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.doctor import require_database
from risk import checks


class Command(BaseCommand):
    help = "Runs every check over the whole book; exit 1 and the offending ids if one fails."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        require_database()
        findings = checks.all_findings(checks.whole_book())
        if options["json"]:
            self.stdout.write(json.dumps([finding.document() for finding in findings]))
        else:
            self._say(findings)
        if findings:
            sys.exit(1)

    def _say(self, findings: list[checks.Finding]) -> None:
        failed = {finding.name: finding for finding in findings}
        for check in (checks.DAYS, *checks.CHECKS):
            finding = failed.get(check.name)
            self.stdout.write(f"{'FAIL' if finding else 'ok  '} {check.title}")
            if finding:
                for key, words in finding.rows:
                    self.stdout.write(f"       {key}: {words}")
                if finding.failures > len(finding.rows):
                    self.stdout.write(f"       and {finding.failures - len(finding.rows)} more")
