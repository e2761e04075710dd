from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import doctor
from config.embedded import running
from config.places import VAR
from config.programs import programs
from config.supervisor import CannotServe, Supervisor, alone, is_free

HIGHEST_PORT = 65_535


def port_number(text: str) -> int:
    """For argparse: a port, or an error in one line."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= HIGHEST_PORT):
        raise ArgumentTypeError(f"a number from 1 to {HIGHEST_PORT}, not {text}")
    return int(text)


class Command(BaseCommand):
    help = "Run web, worker and beat on this machine until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="where to listen")
        parser.add_argument("--port", type=port_number, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        def say(line: str) -> None:
            self.stdout.write(line)
            self.stdout.flush()

        host, port = options["host"], options["port"]
        require_port(host, port)
        serve(host, port, say, lambda: say(f"http://{host}:{port}/"))


def serve(host: str, port: int, say: Callable[[str], None], greet: Callable[[], None]) -> None:
    """Run everything until asked to stop; greet when all is ready. Raises CommandError."""
    doctor.require_database()
    tend_embedded()
    supervisor = Supervisor(
        programs(host, port), folder=VAR / "log", say=say, greet=greet, tend=tend_embedded
    )
    try:
        supervisor.run()
    except (CannotServe, OSError) as error:
        raise CommandError(str(error), returncode=2) from error


def require_port(host: str, port: int) -> None:
    """Raise CommandError unless we may serve there; what a killed run left over is stopped."""
    try:
        with alone(VAR / "log"):
            free = is_free(host, port)
    except (CannotServe, OSError) as error:
        raise CommandError(str(error), returncode=2) from error
    if not free:
        raise CommandError(
            f"port {port} is in use: stop what listens there, or take another (--port {port + 1}, "
            f"make demo PORT={port + 1})",
            returncode=2,
        )


def tend_embedded() -> None:
    """Have the embedded servers running, as their first user and their last."""
    if settings.EMBEDDED_DATABASE:
        running.postgres().revive()
    if settings.EMBEDDED_BROKER:
        running.valkey().revive()
