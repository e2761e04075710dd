"""The three programs of the product, as the supervisor runs them on one machine."""

import http.client
import sys

from django.conf import settings

from config import tasks
from config.supervisor import Program

WORKERS = 2


def programs(host: str, port: int) -> list[Program]:
    """Web, worker, beat: in the order of their start."""
    return [web(host, port), worker(), beat()]


def web(host: str, port: int) -> Program:
    options = ("--interface", "wsgi", "--host", host, "--port", str(port))
    # A thread keeps its database connection, which is dear to open; so threads stay.
    idle = ("--blocking-threads-idle-timeout", "600")
    limits = ("--workers", "1", "--blocking-threads", "8", "--backpressure", "64", *idle)
    return Program(
        name="web",
        command=[sys.executable, "-m", "granian", *options, *limits, "config.wsgi:application"],
        environment={"PROCESS_ROLE": "web"},
        is_ready=lambda _since: answers(host, port),
    )


def worker() -> Program:
    quiet = ("--without-gossip", "--without-mingle", "--loglevel", "INFO")
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", *quiet]
    return Program(
        name="worker",
        command=[*command, "--concurrency", str(WORKERS)],
        environment={"PROCESS_ROLE": "worker"},
        is_ready=lambda since: alive_since("worker", since),
    )


def beat() -> Program:
    options = ("--loglevel", "INFO", "--pidfile", "")
    return Program(
        name="beat",
        command=[sys.executable, "-m", "celery", "-A", "config", "beat", *options],
        environment={"PROCESS_ROLE": "beat"},
        is_ready=lambda since: alive_since("beat", since),
    )


def answers(host: str, port: int) -> bool:
    """Whether the web server says that it lives."""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=2)
    try:
        name = settings.ALLOWED_HOSTS[0].removeprefix(".")
        connection.request("GET", "/healthz", headers={"Host": name})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def reachable(host: str) -> str:
    """An address to reach ourselves at, where we listen on all of them."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 no listening here


def alive_since(process: str, moment: float) -> bool:
    """Whether it gave a sign of life after a moment (seconds since the epoch)."""
    seen = tasks.last_alive(process)
    return seen is not None and seen >= moment
