"""Authorisations asked of the web server at a fixed rate, by clients that do not wait for it.

An open loop: each request has its moment, and its wait is counted from that moment, so that a
server that falls behind is seen to. The server is the process that `serve` runs, in a database of
the workshop, reached over HTTP by clients that keep their connections.
"""

import http.client
import itertools
import json
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.partner import tokens
from accounts.partner.models import PartnerScope, ServiceAccount
from config.benchmark.command import percentile
from config.places import BASE
from config.programs import answers, web
from config.supervisor import last_line
from risk.models import Authorization

CLIENTS = 32
_WARM_UP = 100
_PATIENCE = 60.0
_PATH = "/api/v1/authorizations/"


@dataclass(frozen=True)
class Ask:
    """What one request asks."""

    line: str
    kind: str
    amount: str


@dataclass(frozen=True)
class Found:
    """Milliseconds from each request's moment to its answer; what was answered how often."""

    requests: int
    rate: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    most_ms: float
    approved: int
    declined: int
    errors: dict[str, int]
    kept: int


def measure(address: str, *, rate: int, seconds: int) -> Found:
    """Ask `rate` times a second in the current database, which the server reaches at `address`."""
    token = _token()
    asks = _asks(_WARM_UP + rate * seconds)
    warm, asks = asks[:_WARM_UP], asks[_WARM_UP:]
    with _server(address) as port:
        # all at once, so that every thread of the server has its connection
        _Run(port, token, warm, len(warm) * CLIENTS, "warm").run()
        run = _Run(port, token, asks, rate, "timed")
        run.run()
    waits = sorted(run.waits)
    took = run.ended - run.began
    return Found(
        requests=len(asks),
        rate=len(asks) / took if took else 0.0,
        p50_ms=percentile(waits, 0.50),
        p95_ms=percentile(waits, 0.95),
        p99_ms=percentile(waits, 0.99),
        most_ms=waits[-1],
        approved=run.said["approved"],
        declined=run.said["declined"],
        errors={word: n for word, n in run.said.items() if word not in ("approved", "declined")},
        kept=Authorization.objects.filter(reference__startswith="timed-").count(),
    )


def _token() -> str:
    account = ServiceAccount.objects.create(
        name="Benchmark", reads_a_minute=10**6, writes_a_minute=10**6
    )
    by = User.objects.create_user("benchmark-authorizations")
    _row, secret = tokens.issue(
        account=account, scopes=[PartnerScope.AUTHORIZATIONS], days=1, by=by, at=timezone.now()
    )
    return secret


def _asks(wanted: int) -> list[Ask]:
    """Lines of both products in no order, again from the first where the book is small; one of
    twenty amounts is beyond every limit, the others are small."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select number, case product when 'pay_later' then 'purchase' else 'draw' end,
                   case when hashint8(id) %% 20 = 0 then '900000000.00'
                        else (10 + abs(hashint8(id + 1)::bigint) %% 200)::text || '.50' end
            from billing_creditline order by hashint8extended(id, 11) limit %s
            """,
            [wanted],
        )
        found = [Ask(*row) for row in cursor.fetchall()]
    return list(itertools.islice(itertools.cycle(found), wanted))


@contextmanager
def _server(address: str) -> Iterator[int]:
    """The port of a server of our own, as `serve` starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    program = web("127.0.0.1", port)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "web.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                list(program.command),
                cwd=BASE,
                env={**os.environ, **program.environment, "DATABASE_URL": address},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            deadline = time.monotonic() + _PATIENCE
            while not answers("127.0.0.1", port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the web server does not start: {last_line(log)}")
                time.sleep(0.1)
            yield port
        finally:
            process.terminate()
            try:
                process.wait(program.stop_seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class _Run:
    """One round of requests, each at its moment."""

    def __init__(self, port: int, token: str, asks: Sequence[Ask], rate: int, mark: str) -> None:
        self.port, self.asks, self.mark = port, asks, mark
        self.gap = 1 / rate
        self.headers = {
            "Host": settings.ALLOWED_HOSTS[0].removeprefix("."),
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        }
        self.turns = itertools.count()
        self.waits: list[float] = []
        self.said: Counter[str] = Counter()
        self.began = self.ended = 0.0

    def run(self) -> None:
        # every client has its connection before the first moment comes
        self.began = time.perf_counter() + 0.5
        clients = [threading.Thread(target=self._client) for _n in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        self.ended = time.perf_counter()

    def _client(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.connect()
        for n in self.turns:  # `next` of a count is one step: no two clients get the same
            if n >= len(self.asks):
                break
            moment = self.began + n * self.gap
            time.sleep(max(0.0, moment - time.perf_counter()))
            said = self._ask(line, n)
            self.waits.append(1000 * (time.perf_counter() - moment))
            self.said[said] += 1
        line.close()

    def _ask(self, line: http.client.HTTPConnection, n: int) -> str:
        ask, reference = self.asks[n], f"{self.mark}-{n}"
        body = {"reference": reference, "line": ask.line, "kind": ask.kind, "amount": ask.amount}
        if ask.kind == "draw":
            body["instalments"] = 6  # type: ignore[assignment]
        headers = {**self.headers, "Idempotency-Key": f"{reference}-{os.getpid()}"}
        try:
            line.request("POST", _PATH, json.dumps(body), headers)
            answer = line.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            line.close()
            return type(error).__name__
        if answer.status != http.HTTPStatus.CREATED:
            return str(answer.status)
        return str(json.loads(content)["status"])
