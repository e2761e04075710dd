"""The two servers of this process, one object each."""

from functools import cache
from pathlib import Path

from config.embedded.postgres import Postgres
from config.embedded.valkey import Valkey
from config.places import VAR


@cache
def postgres(var: Path = VAR) -> Postgres:
    return Postgres(var)


@cache
def valkey(var: Path = VAR) -> Valkey:
    return Valkey(var)
