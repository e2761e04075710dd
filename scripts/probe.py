"""For health checks of containers: exit 0 when this one is well.

Without a word: the web server of this machine answers. With `beat` or `worker`: it gave a sign of
life within the last minutes.
"""

import http.client
import os
import sys


def web() -> bool:
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().removeprefix(".")
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT_INSIDE", "8000")))
    connection.request("GET", "/healthz", headers={"Host": host})
    return connection.getresponse().status == http.HTTPStatus.OK


def process(name: str) -> bool:
    sys.path.insert(0, os.getcwd())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config import tasks

    return not tasks.is_silent(name)


if __name__ == "__main__":
    try:
        well = process(sys.argv[1]) if sys.argv[1:] else web()
    except (OSError, http.client.HTTPException):
        well = False
    sys.exit(not well)
