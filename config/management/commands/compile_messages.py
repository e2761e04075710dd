from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import messages


class Command(BaseCommand):
    help = "Compile the message catalogues that changed (no gettext binary needed)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = messages.compile_all()
        except (OSError, ValueError) as error:
            raise CommandError(f"cannot compile the messages: {error}", returncode=2) from error
        if options["verbosity"] > 1:
            self.stdout.write(f"{len(written)} compiled")
