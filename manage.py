#!/usr/bin/env python
"""Django's command line. What is wrong around it is said in one line, with exit code 2."""

import os
import sys
from typing import NoReturn


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["runserver"]:
        os.environ.setdefault("PROCESS_ROLE", "web")
    try:
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
        from django.db import OperationalError
    except ImportError as error:
        refuse(f"{error}: run `make setup` and use .venv/bin/python")
    try:
        settings.INSTALLED_APPS  # noqa: B018 reads the settings, where errors are one line
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, OperationalError) as error:
        if "--traceback" in sys.argv:
            raise
        refuse(str(error).strip().splitlines()[0])


def refuse(reason: str) -> NoReturn:
    print(f"manage.py: {reason}", file=sys.stderr)  # noqa: T201
    sys.exit(2)


if __name__ == "__main__":
    main()
