"""What both servers share: who uses them, who starts them, who stops them.

Each process that uses a server holds a shared lock on `<name>.users`. The kernel drops the lock
with the process, however it dies, so there is no count that could go wrong. Whoever leaves tries
to make its lock exclusive: the last one succeeds, and stops the server.
"""

import atexit
import contextlib
import errno
import fcntl
import os
import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

OPEN = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC


class EmbeddedServerError(ImproperlyConfigured):
    """A server cannot start; the message is one line for the screen."""


class Server(ABC):
    """One embedded server with its data and lock files under `var`."""

    name: str

    def __init__(self, var: Path) -> None:
        self.var = var
        self.data = var / self.name
        self._users: int | None = None
        self._mutex = threading.Lock()
        _everyone.add(self)

    @abstractmethod
    def is_healthy(self) -> bool:
        """Whether the server answers a question, not merely whether a process is there."""

    @abstractmethod
    def start(self) -> None:
        """Start it and wait until it answers. Raises EmbeddedServerError."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it and wait until it is gone. No error when it is gone already."""

    def ensure(self) -> None:
        """Be a user of the running server; start it when nobody has. Cheap when repeated."""
        if self._users is not None:
            return
        with self._mutex:
            if self._users is None:
                with said_in_one_line(self.var):
                    self.var.mkdir(parents=True, exist_ok=True)
                    self._users = self._join()
                    atexit.register(self.release)

    def revive(self) -> None:
        """Start it again when it died under its users, who all notice at once."""
        self.ensure()
        with said_in_one_line(self.var), exclusive(self.var / f"{self.name}.start"):
            if not self.is_healthy():
                self.start()

    def _join(self) -> int:
        with exclusive(self.var / f"{self.name}.start"):
            # Waits for a last user who is just stopping the server.
            users = os.open(self.var / f"{self.name}.users", OPEN, 0o600)
            try:
                fcntl.flock(users, fcntl.LOCK_SH)
                if not self.is_healthy():
                    self.start()
            except BaseException:
                os.close(users)
                raise
            return users

    def release(self) -> None:
        """Stop being a user. The last one stops the server."""
        users, self._users = self._users, None
        if users is None:
            return
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            self.stop()
        finally:
            os.close(users)

    def forget(self) -> None:
        """In a forked child: the lock is the parent's. The child takes its own when it connects."""
        users, self._users = self._users, None
        self._mutex = threading.Lock()
        if users is not None:
            os.close(users)


_everyone: "weakref.WeakSet[Server]" = weakref.WeakSet()


def _forget_in_child() -> None:
    for server in list(_everyone):
        server.forget()


os.register_at_fork(after_in_child=_forget_in_child)


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the only lock on a file."""
    handle = os.open(path, OPEN, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def said_in_one_line(var: Path) -> Iterator[None]:
    """Turn what the operating system refuses into one line."""
    try:
        yield
    except PermissionError as error:
        raise EmbeddedServerError(
            f"{error.filename or var} belongs to another user: "
            f"run as that user, or remove {var} to begin anew"
        ) from error
    except OSError as error:
        why = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        raise EmbeddedServerError(f"{error.filename or var}: {why}") from error
