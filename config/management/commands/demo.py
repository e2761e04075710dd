import signal
import sys
from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from config import demo_appeals, demo_channel, demo_desk, demo_people, doctor, messages
from config.management.commands.serve import port_number, require_port, serve
from config.places import BASE, VAR
from config.supervisor import CannotServe, alone

SAMPLE = BASE / "config" / "sample_book"
# The month that the sample's last bills were issued in.
SAMPLE_END = date(2005, 9, 1)
INTERRUPTED = 130


def months_since(end: date, today: date) -> int:
    """How many months to shift a book that ends in one month so that it ends in this one."""
    return (today.year - end.year) * 12 + today.month - end.month


class Command(BaseCommand):
    help = "Fill an empty book with the sample, open its nights, and serve. Safe to repeat."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="prepare only")
        parser.add_argument("--port", type=port_number, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("demo: not in production (DJANGO_ENV)", returncode=2)
        if not options["no_serve"]:
            require_port("127.0.0.1", options["port"])
        # An end in good order, so that the embedded servers stop too.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with alone(VAR / "log"):
                self.prepare()
        except CannotServe as error:
            raise CommandError(str(error), returncode=2) from error
        except KeyboardInterrupt:
            self.stderr.write("stopped; the next start goes on from here")
            sys.exit(INTERRUPTED)
        port = options["port"]
        if options["no_serve"]:
            self.greet(port)
        else:
            serve("127.0.0.1", port, self.say, lambda: self.greet(port))

    def prepare(self) -> None:
        """Everything that a filled desk needs and that is not there yet."""
        messages.compile_all()
        if problem := doctor.complaint(migrations=False):
            raise CommandError(problem, returncode=2)
        if doctor.pending():
            self.say("preparing the database")
            call_command("migrate", verbosity=0, interactive=False)
        if not self.has_book():
            today = datetime.now(ZoneInfo(settings.BOOK_TIME_ZONE)).date()
            shift = months_since(SAMPLE_END, today)
            call_command("import_book", str(SAMPLE), shift_months=shift, stdout=self.stdout)
        call_command("nightly", stdout=self.stdout)
        demo_channel.settle()
        self.people = demo_people.settle(demo_people.password(VAR / "demo_password"))
        demo_desk.settle()
        demo_appeals.settle()

    def has_book(self) -> bool:
        from accounts.models import Customer

        return Customer.objects.exists()

    def greet(self, port: int) -> None:
        """Where to go, who to be, what to try."""
        self.say("")
        self.say(f"  {_('The desk')}:   http://localhost:{port}/admin/")
        self.say(f"  {_('Password')}:   {demo_people.password(VAR / 'demo_password')}")
        for person in self.people:
            self.say(f"    {person.username:<15}{person.does}")
        if settings.STAFF_MFA == "off":
            self.say(
                f"  {_('No second factor is asked for here; STAFF_MFA=required asks for it.')}"
            )
        self.say("")
        self.say(f"  {_('Three things to try')}:")
        for number, idea in enumerate(ideas(), start=1):
            self.say(f"    {number}. {idea}")
        self.say("")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def ideas() -> list[str]:
    return [
        _("Sign in as supervisor, open customer C12433, and read why the line is restricted."),
        _("Look at C01233, who was months behind: what came, what it did, and when it ended."),
        _("Open the business days and see what each night found and wrote."),
    ]
