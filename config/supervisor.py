"""Starts web, worker and beat in order, keeps them up, and stops them in reverse.

Each runs in a session of its own, so that Ctrl-C reaches the supervisor alone and the order holds.
When the supervisor itself is killed, the kernel (Linux) tells its children to stop; what is left
over elsewhere is found and stopped by the next start.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_BYTES = 10 * 2**20
# A process that lived this long before it died is started again at once.
STEADY_SECONDS = 60.0
LONGEST_PAUSE = 30.0
POLL_SECONDS = 0.2


class CannotServe(Exception):
    """Why nothing is started, in one line."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run, how to see that it is ready, and how long it may take to stop."""

    name: str
    command: Sequence[str]
    is_ready: Callable[[float], bool]  # given when it was started, in seconds since the epoch
    environment: Mapping[str, str] = field(default_factory=dict)
    start_seconds: float = 60.0
    stop_seconds: float = 30.0


class Child:
    """A program that is kept running."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        self.failures = 0
        self.again_at: float | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.ready = False

    def start(self) -> None:
        rotate(self.log)
        self.started, self.again_at, self.ready = time.time(), None, False
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                list(self.program.command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.program.environment},
                preexec_fn=die_with(os.getpid()),
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def died(self) -> str | None:
        """How it ended, when it ended without being asked to; said once."""
        if self.process is None or self.process.poll() is None:
            return None
        code, self.process = self.process.returncode, None
        lived = time.time() - self.started
        self.failures = 0 if lived > STEADY_SECONDS else self.failures + 1
        pause = min(2.0 ** (self.failures - 1), LONGEST_PAUSE) if self.failures else 0.0
        self.again_at = time.time() + pause
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return f"{how}; starts again in {pause:.0f} s ({self.log})"

    def stop(self) -> None:
        """Ask it to stop, wait, and insist."""
        process, self.process = self.process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            process.wait(self.program.stop_seconds)
        except subprocess.TimeoutExpired:
            kill_session(process.pid)
            process.wait()


class Supervisor:
    """One run: from the first start to the last stop."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        folder: Path,
        say: Callable[[str], None],
        greet: Callable[[], None] = lambda: None,
        tend: Callable[[], None] = lambda: None,
    ) -> None:
        """`greet` is called when all are ready, `tend` every few seconds for what else there is."""
        self.children = [Child(program, folder / f"{program.name}.log") for program in programs]
        self.folder = folder
        self.say = say
        self.greet = greet
        self.tend = tend
        self.stopping = threading.Event()

    def run(self) -> None:
        """Return when asked to stop and all is stopped. Raises CannotServe when a start fails."""
        with alone(self.folder), stopped_by_signals(self.stopping):
            try:
                for child in self.children:
                    self._start(child)
                self._keep()
            finally:
                self._stop()

    def _start(self, child: Child) -> None:
        if self.stopping.is_set():
            return
        child.start()
        self._remember()
        deadline = time.time() + child.program.start_seconds
        while not self.stopping.wait(POLL_SECONDS):
            if child.program.is_ready(child.started):
                child.ready = True
                self.say(f"{child.program.name:<10}ready")
                return
            if not child.is_running or time.time() > deadline:
                raise CannotServe(f"{child.program.name} does not start: {last_line(child.log)}")

    def _keep(self) -> None:
        if self.stopping.is_set():
            return
        self.greet()
        self.say("all ready; Ctrl-C stops everything")
        tended = time.monotonic()
        while not self.stopping.wait(POLL_SECONDS):
            for child in self.children:
                self._look_at(child)
            if time.monotonic() - tended > 2:
                self.tend()
                tended = time.monotonic()

    def _look_at(self, child: Child) -> None:
        name = child.program.name
        if how := child.died():
            self.say(f"{name:<10}{how}")
        elif child.again_at is not None and time.time() >= child.again_at:
            child.start()
            self._remember()
        elif child.is_running and not child.ready and child.program.is_ready(child.started):
            child.ready = True
            self.say(f"{name:<10}ready again")

    def _stop(self) -> None:
        for child in reversed(self.children):
            if child.is_running:
                child.stop()
                self.say(f"{child.program.name:<10}stopped")
        leftovers(self.folder).unlink(missing_ok=True)

    def _remember(self) -> None:
        running = [child.process.pid for child in self.children if child.process]
        known = {pid: born for pid in running if (born := birth(pid))}
        leftovers(self.folder).write_text(json.dumps(known))


def leftovers(folder: Path) -> Path:
    """Where the running children are written down, with their births."""
    return folder / "serve.json"


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only supervisor here, after stopping what a killed one left over."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise CannotServe("it runs already: stop the other one first (Ctrl-C there)") from None
    try:
        stop_leftovers(folder)
        yield
    finally:
        os.close(handle)


def stop_leftovers(folder: Path, patience: float = 20.0) -> None:
    """Stop children of a supervisor that was killed; a number that names another now is spared."""
    try:
        known = json.loads(leftovers(folder).read_text())
    except (FileNotFoundError, ValueError):
        return
    alive = {int(pid): born for pid, born in known.items() if birth(int(pid)) == born}
    for pid in alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while any(birth(pid) == born for pid, born in alive.items()):
        if time.monotonic() > deadline:
            for pid in alive:
                kill_session(pid)
            break
        time.sleep(0.1)
    leftovers(folder).unlink(missing_ok=True)


def birth(pid: int) -> str | None:
    """When a living process was started, in the kernel's own unit; None for none, or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def kill_session(pid: int) -> None:
    """Kill a child with all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def die_with(parent: int) -> Callable[[], None]:
    """What a child does first: ask the kernel for SIGTERM when its parent dies (Linux)."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    libc = ctypes.CDLL(None, use_errno=True)

    def promise() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died before the promise was made
            os._exit(1)

    return promise


@contextlib.contextmanager
def stopped_by_signals(stopping: threading.Event) -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal set the event instead of ending the process."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in signals}
    for number in signals:
        signal.signal(number, lambda *_: stopping.set())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def is_free(host: str, port: int) -> bool:
    """Whether somebody could listen there; raises CannotServe when the host is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise CannotServe(f"port {port} is for root only: take --port 8000 or so") from None
        except OSError:
            return False
    return True


def rotate(log: Path) -> None:
    """Begin a new log when the old one has grown large; one old one is kept."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()[-20:]]
    return f"{next(filter(None, reversed(lines)), 'no reason given')} ({log})"
