"""The supervisor with programs of a line, and what signals do to it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from config import supervisor
from config.places import BASE
from config.supervisor import CannotServe, Program, Supervisor, is_free

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
]
WHOLE = """
import sys
from pathlib import Path
from config.supervisor import Program, Supervisor
command = [sys.executable, "-c", "import time; time.sleep(600)"]
programs = [Program(name=n, command=command, is_ready=lambda _: True) for n in ("one", "two")]
Supervisor(programs, folder=Path(sys.argv[1]), say=lambda s: print(s, flush=True)).run()
"""


def program(name, command=SLEEPER, ready=lambda _: True, **more):
    return Program(name=name, command=command, is_ready=ready, **more)


class Run:
    """A supervisor in a process of its own."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            [sys.executable, "-c", WHOLE, str(folder)], cwd=BASE, stdout=subprocess.PIPE, text=True
        )
        self.folder = folder
        while "all ready" not in (line := self.process.stdout.readline()):
            assert line, "it ended"

    def children(self):
        return [int(pid) for pid in json.loads(supervisor.leftovers(self.folder).read_text())]

    def end(self, number):
        self.process.send_signal(number)
        return self.process.communicate(timeout=30)[0]


def gone(pids, seconds=10):
    deadline = time.monotonic() + seconds
    while any(supervisor.birth(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_in_reverse_order(tmp_path, number):
    run = Run(tmp_path)
    children = run.children()
    assert len(children) == 2
    assert run.end(number).split() == ["two", "stopped", "one", "stopped"]
    assert run.process.returncode == 0
    assert gone(children)
    assert not supervisor.leftovers(tmp_path).exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a promise of Linux")
def test_children_die_with_a_killed_supervisor_and_the_next_starts(tmp_path):
    run = Run(tmp_path)
    children = run.children()
    run.end(signal.SIGKILL)
    assert gone(children)
    assert Run(tmp_path).end(signal.SIGTERM)


def test_a_second_one_is_refused(tmp_path):
    run = Run(tmp_path)
    with pytest.raises(CannotServe, match="it runs already"):
        Supervisor([], folder=tmp_path, say=print).run()
    run.end(signal.SIGTERM)


def test_leftovers_are_stopped_and_strangers_spared(tmp_path):
    left, stranger = (subprocess.Popen(SLEEPER, start_new_session=True) for _ in range(2))
    threading.Thread(target=left.wait, daemon=True).start()
    known = {left.pid: supervisor.birth(left.pid), stranger.pid: "1"}
    supervisor.leftovers(tmp_path).write_text(json.dumps(known))
    supervisor.stop_leftovers(tmp_path)
    assert gone([left.pid])
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_child_that_dies_is_started_again_and_said(tmp_path):
    said = []
    running = Supervisor([program("one")], folder=tmp_path, say=said.append)

    def kill_twice():
        for _ in range(2):
            child = running.children[0]
            wait_until(lambda child=child: child.ready and child.is_running)
            os.kill(child.process.pid, signal.SIGKILL)
            wait_until(lambda child=child: not child.is_running)
        wait_until(lambda: running.children[0].is_running)
        running.stopping.set()

    threading.Thread(target=kill_twice).start()
    running.run()
    deaths = [line for line in said if "killed by SIGKILL" in line]
    assert ["in 1 s" in deaths[0], "in 2 s" in deaths[1]] == [True, True]
    assert said[-1].split() == ["one", "stopped"]


def test_one_that_does_not_start_stops_the_others_and_says_why(tmp_path):
    fails = [sys.executable, "-c", "import sys; sys.exit('no such luck')"]
    running = Supervisor(
        [program("one"), program("two", fails, ready=lambda _: False)],
        folder=tmp_path,
        say=lambda _: None,
    )
    with pytest.raises(CannotServe, match="two does not start: no such luck"):
        running.run()
    assert not running.children[0].is_running


def test_one_that_does_not_stop_is_killed(tmp_path):
    child = supervisor.Child(program("one", STUBBORN, stop_seconds=0.5), tmp_path / "one.log")
    child.start()
    time.sleep(0.5)
    pid = child.process.pid
    child.stop()
    assert gone([pid])


def test_a_port_in_use_is_seen():
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert not is_free("127.0.0.1", port)
    assert is_free("127.0.0.1", port)


def test_a_large_log_begins_anew(tmp_path):
    log = tmp_path / "one.log"
    log.write_bytes(b"x" * (supervisor.LOG_BYTES + 1))
    supervisor.rotate(log)
    assert not log.exists()
    assert (tmp_path / "one.log.1").exists()


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
