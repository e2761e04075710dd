"""PostgreSQL refuses to run as root. Root runs it as a system user instead.

That user has to reach a virtual environment and data which may lie under a folder closed to it,
such as /root. Opening root's folders to everybody would be a lasting side effect, so the server
keeps one privilege instead, reading past folder permissions, where the kernel grants it.
"""

import ctypes
import os
import pwd
from collections.abc import Callable
from pathlib import Path

from config.embedded.server import EmbeddedServerError

USERS = ("nobody", "daemon")
PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 28, 47, 2
# Without the fix-up, capabilities outlive a change of user, and count when access(2) asks.
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522
# Read past permissions, or else (as in a plain container) read and write past them.
CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE = 2, 1


def server_user(data: Path) -> pwd.struct_passwd | None:
    """The user that the server has to run as, or None when that is us."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid):
        return pwd.getpwuid(owner)
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedServerError(
        "PostgreSQL does not run as root and there is no user `nobody`: run as another user"
    )


def becoming(user: pwd.struct_passwd, paths: list[Path]) -> Callable[[], None]:
    """What a child does before it executes the server: become the user for good."""
    capability = None
    if not all(reachable(path, user) for path in paths):
        capability = granted()
        if capability is None:
            raise EmbeddedServerError(
                f"PostgreSQL runs as {user.pw_name} here, who cannot reach {paths[0]}: "
                "put the project elsewhere, or run as another user"
            )
    libc = ctypes.CDLL(None, use_errno=True)

    def become() -> None:
        if capability is not None:
            libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        if capability is not None:
            keep(libc, capability)

    return become


def reachable(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether every folder above the path that exists lets the user pass."""
    for folder in path.resolve().parents:
        if not folder.exists():
            continue
        found = folder.stat()
        if found.st_uid == user.pw_uid:
            passes = found.st_mode & 0o100
        elif found.st_gid == user.pw_gid:
            passes = found.st_mode & 0o010
        else:
            passes = found.st_mode & 0o001
        if not passes:
            return False
    return True


def granted() -> int | None:
    """The lesser of the two capabilities that this process may pass on."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    line = next((row for row in status.splitlines() if row.startswith("CapPrm:")), "CapPrm: 0")
    permitted = int(line.split()[1], 16)
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        if permitted & (1 << capability):
            return capability
    return None


def keep(libc: ctypes.CDLL, capability: int) -> None:
    """Keep one capability, and pass it on to what is executed next."""
    bit = 1 << capability
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    if libc.capset(header, sets) or libc.prctl(
        PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0
    ):
        raise OSError(ctypes.get_errno(), "capability refused")
