import fcntl
import os
import shutil
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.embedded import running
from config.places import VAR


class Command(BaseCommand):
    help = "Remove the data of the embedded servers, so that the next start begins anew."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("reset_data: not in production (DJANGO_ENV)", returncode=2)
        for server in (running.postgres(), running.valkey()):
            users = os.open(VAR / f"{server.name}.users", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(
                    f"{server.name} is in use: stop that first", returncode=2
                ) from None
            else:
                server.stop()
                shutil.rmtree(server.data, ignore_errors=True)
            finally:
                os.close(users)
        self.stdout.write("the book of this machine is gone; secrets and uploads are kept")
