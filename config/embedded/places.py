"""Where binaries and sockets are, and whether a process is there."""

import hashlib
import importlib.util
import os
import stat
from pathlib import Path

from config.embedded.server import EmbeddedServerError

LONGEST_SOCKET = 107


def wheel(package: str) -> Path:
    """The folder of an installed package, found without importing it. Raises when it is missing."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(f"the package {package} is not installed: run `make setup`")
    return Path(next(iter(spec.submodule_search_locations)))


def executable(path: Path) -> Path:
    if not os.access(path, os.X_OK):
        raise EmbeddedServerError(
            f"{path.name} is missing in this environment or made for another machine: "
            "run `make clean setup`, or set DATABASE_URL and REDIS_URL"
        )
    return path


def socket_folder(data: Path, socket: str) -> Path:
    """The data folder, or a short one when the path of a socket in it would be too long."""
    if len(os.fsencode(data / socket)) <= LONGEST_SOCKET:
        return data
    mark = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and len(runtime) < 60 and os.access(runtime, os.W_OK):
        return Path(runtime) / f"fairline-{mark}"
    return Path("/tmp") / f"fairline-{os.getuid()}-{mark}"  # noqa: S108 made 0700, owner checked


def make_private(folder: Path, owner: int | None = None) -> None:
    """Make the folder for one owner alone; refuse one that somebody else put there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    wanted = os.getuid() if owner is None else owner
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.getuid(), wanted}:
        raise EmbeddedServerError(
            f"{folder} is somebody else's: remove it, or set TMPDIR elsewhere"
        )
    if found.st_uid != wanted:
        os.chown(folder, wanted, -1)
    folder.chmod(0o700)


def is_running(pid: int, program: str) -> bool:
    """Whether the number names a live process of that program (elsewhere than Linux: any)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return not Path("/proc/self").exists()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return fields["Name"] == program and not fields["State"].startswith(("Z", "X"))
