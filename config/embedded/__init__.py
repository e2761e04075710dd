"""Real PostgreSQL and Valkey out of Python wheels, for development, tests and the demo.

A server starts with the first process that connects and stops with the last one out. Both listen
on a Unix socket that only its owner may use; nothing listens on the network.
"""

from config.embedded.postgres import Postgres
from config.embedded.server import EmbeddedServerError, Server
from config.embedded.valkey import Valkey

__all__ = ["EmbeddedServerError", "Postgres", "Server", "Valkey"]
