from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import messages

CATALOGUE = messages.LOCALE / "zh_Hans" / "LC_MESSAGES" / "django.po"


class Command(BaseCommand):
    help = "List what Python and templates say that has no confirmed Chinese translation."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--add", action="store_true", help="enter new messages in the .po")

    def handle(self, *args: Any, **options: Any) -> None:
        said = messages.said()
        if options["add"]:
            self.stdout.write(f"{messages.add(said, CATALOGUE)} new messages entered")
        missing = messages.untranslated(said, messages.read(CATALOGUE))
        for (context, text, _plural), place in missing.items():
            self.stdout.write(f"{place}: {text!r}" + (f" ({context})" if context else ""))
        if missing:
            raise CommandError(f"{len(missing)} of {len(said)} messages have no translation")
        self.stdout.write(f"all {len(said)} messages are translated")
