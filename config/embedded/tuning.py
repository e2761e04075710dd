"""postgresql.conf for a machine that the server shares with the workers."""

import os
import shutil
from pathlib import Path

MIB = 2**20
GIB = 2**30


def memory() -> int:
    """Bytes of memory that this machine, or its container, has."""
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            found = min(found, int(Path(limit).read_text()))
        except (OSError, ValueError):
            continue
    return found


def free_disk(folder: Path) -> int:
    """Bytes that are free where the folder is."""
    return shutil.disk_usage(folder).free


def configuration(socket: Path, memory: int, free: int) -> str:
    """postgresql.conf. Sizes in bytes in, megabytes out."""
    shared = max(128 * MIB, min(memory // 4, 2 * GIB)) // MIB
    wal = max(256 * MIB, min(free // 8, 8 * GIB)) // MIB
    return f"""\
# Written at every start of the embedded server; a change here is lost.
listen_addresses = ''
unix_socket_directories = '{str(socket).replace("'", "''")}'
unix_socket_permissions = 0700
max_connections = 60
max_locks_per_transaction = 256
superuser_reserved_connections = 3

shared_buffers = {shared}MB
work_mem = 64MB
maintenance_work_mem = 256MB
random_page_cost = 1.1
jit = off

# Durable as in production: what a kill test proves here holds there.
fsync = on
synchronous_commit = on
full_page_writes = on
wal_level = replica
max_wal_size = {wal}MB
min_wal_size = 80MB
checkpoint_timeout = 30min
checkpoint_completion_target = 0.9

timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, ymd'
lc_messages = 'C'
log_line_prefix = '%m [%p] %a '
log_lock_waits = on
log_min_duration_statement = 10s
log_checkpoints = off
default_text_search_config = 'pg_catalog.simple'
"""
