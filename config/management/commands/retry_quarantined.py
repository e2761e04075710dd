"""manage.py retry_quarantined [NUMBER…]"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.models import Quarantine
from config.doctor import require_database
from config.night.quarantine import NotQuarantined, StillFails, retry_quarantined


class Command(BaseCommand):
    help = "Opens the days that customers in quarantine missed; all of them unless named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("numbers", nargs="*", metavar="NUMBER", help="customer numbers")

    def handle(self, *args: Any, numbers: list[str], **options: Any) -> None:
        require_database()
        waiting = dict(
            Quarantine.objects.filter(released_at=None)
            .order_by("pk")
            .values_list("customer__number", "customer_id")
        )
        if unknown := sorted(set(numbers) - waiting.keys()):
            raise CommandError(f"not in quarantine: {', '.join(unknown)}", returncode=2)
        failed = 0
        for number in numbers or waiting:
            try:
                retry_quarantined(waiting[number], by=None)
            except StillFails as error:
                failed += 1
                self.stdout.write(f"{number} still fails: {str(error).splitlines()[0]}")
            except NotQuarantined:  # somebody was faster
                self.stdout.write(f"{number} is free already")
            else:
                self.stdout.write(f"{number} is free")
        if not waiting:
            self.stdout.write("Nobody is in quarantine.")
        if failed:
            sys.exit(1)
