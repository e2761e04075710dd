"""manage.py reset_sign_in USERNAME"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from accounts.signin import acts
from config.doctor import require_database


class Command(BaseCommand):
    help = (
        "Takes the second factor of a member of staff away, ends their sessions and lifts their "
        "lock-outs: for the administrator whom no other administrator can help. On record."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        require_database()
        user = User.objects.filter(username=username, is_staff=True).first()
        if user is None:
            raise CommandError(f"no member of staff is called {username}", returncode=2)
        now = timezone.now()
        acts.reset_factor(user, by=None, at=now)
        acts.let_in(user, by=None, at=now)
        self.stdout.write(f"{username} sets up a new second factor at the next sign-in.")
