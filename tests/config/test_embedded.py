"""The life of the embedded servers, with real ones."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.embedded import EmbeddedServerError, Postgres, Server, Valkey, places, tuning
from config.places import BASE

PROGRAM = """
import sys
from pathlib import Path
from config.embedded import {kind}
server = {kind}(Path(sys.argv[1]))
server.ensure()
print("up", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A folder with a database in it that is not running."""
    var = tmp_path_factory.mktemp("pg")
    server = Postgres(var)
    server.ensure()
    server.release()
    return var


@pytest.fixture(params=[Postgres, Valkey])
def server(request, tmp_path):
    """One server of each kind, in nobody's use."""
    if request.param is Postgres:
        return Postgres(request.getfixturevalue("cluster"))
    return Valkey(tmp_path)


class User:
    """Another process that uses the server."""

    def __init__(self, server: Server) -> None:
        code = PROGRAM.format(kind=type(server).__name__)
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(server.var)],
            cwd=BASE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "User":
        assert self.process.stdout
        assert self.process.stdout.readline() == "up\n"
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate("\n", timeout=60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def pid_of(server: Postgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_it_starts_with_the_first_user_and_stops_with_the_last(server):
    assert not server.is_healthy()
    with User(server) as first:
        with User(server):
            assert server.is_healthy()
        assert server.is_healthy()
        assert first.process.poll() is None
    assert not server.is_healthy()


def test_a_user_in_this_process_counts_once(server):
    server.ensure()
    server.ensure()
    assert server.is_healthy()
    server.release()
    assert not server.is_healthy()
    server.release()


def test_what_killed_users_left_running_is_used_and_then_stopped(server):
    with User(server) as user:
        user.kill()
        assert server.is_healthy()
    server.ensure()
    assert server.is_healthy()
    server.release()
    assert not server.is_healthy()


def test_eight_first_users_at_once_start_one_server(server):
    users = [User(server) for _ in range(8)]
    for user in users:
        user.__enter__()
    assert server.is_healthy()
    for user in users:
        user.__exit__()
    assert not server.is_healthy()


def test_a_forked_child_takes_nothing_from_its_parent(server):
    server.ensure()
    child = os.fork()
    if not child:
        server.release()
        os._exit(0)
    os.waitpid(child, 0)
    assert server.is_healthy()
    server.release()
    assert not server.is_healthy()


def test_a_killed_database_is_started_again_by_who_notices(cluster):
    server = Postgres(cluster)
    server.ensure()
    os.kill(pid_of(server), signal.SIGKILL)
    wait_until(lambda: not server.is_healthy())
    server.revive()
    assert server.is_healthy()
    server.release()


def test_a_pid_file_that_names_somebody_else_is_no_hindrance(cluster):
    server = Postgres(cluster)
    for file in (server.data / "postmaster.pid", server.host / ".s.PGSQL.5432.lock"):
        file.write_text(f"{os.getpid()}\n{server.data}\n1\n5432\n{server.host}\n\n0 0\nready\n")
    server.ensure()
    assert server.is_healthy()
    server.release()


def test_a_first_start_that_was_cut_short_is_done_again(tmp_path, cluster):
    server = Postgres(cluster.parent)
    (cluster.parent / "pg.draft").mkdir()
    (cluster.parent / "pg.draft" / "PG_VERSION").write_text("18\n")
    server.ensure()
    assert server.is_healthy()
    server.release()


def test_half_a_database_is_said_in_one_line(tmp_path):
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "base").mkdir()
    with pytest.raises(EmbeddedServerError, match=r"is not a complete database: remove it$"):
        Postgres(tmp_path).ensure()


def test_a_database_that_cannot_start_says_why(cluster, monkeypatch):
    monkeypatch.setattr(tuning, "configuration", lambda *_: "unix_socket_directories = '/none'\n")
    with pytest.raises(EmbeddedServerError, match="FATAL:  could not create lock file") as error:
        Postgres(cluster).ensure()
    assert "\n" not in str(error.value)


def test_the_socket_moves_to_a_short_folder_when_its_path_is_too_long(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    server = Valkey(deep)
    assert len(str(server.socket)) < 100
    server.ensure()
    assert server.is_healthy()
    server.release()


def test_a_short_folder_of_somebody_else_is_refused(tmp_path):
    target = tmp_path / "link"
    target.symlink_to("/")
    with pytest.raises(EmbeddedServerError, match="somebody else's"):
        places.make_private(target)


def test_valkey_keeps_what_it_was_told(tmp_path):
    server = Valkey(tmp_path)
    server.ensure()
    server.client().set("a", "b")
    server.release()
    server.ensure()
    assert server.client().get("a") == b"b"
    server.release()


@pytest.mark.parametrize(
    ("memory", "free", "shared", "wal"),
    [
        (2**28, 2**30, "128MB", "256MB"),
        (8 * 2**30, 40 * 2**30, "2048MB", "5120MB"),
        (64 * 2**30, 2**42, "2048MB", "8192MB"),
    ],
)
def test_sizes_follow_the_machine(memory, free, shared, wal):
    text = tuning.configuration(Path("/x"), memory, free)
    assert f"shared_buffers = {shared}\n" in text
    assert f"max_wal_size = {wal}\n" in text


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
