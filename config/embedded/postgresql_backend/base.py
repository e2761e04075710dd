"""Django's PostgreSQL backend that starts the embedded server before it connects."""

from typing import Any

import psycopg
from django.db.backends.postgresql import base

from config.embedded.running import postgres


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        postgres().ensure()
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            if postgres().is_healthy():
                raise
            postgres().revive()
            return super().get_new_connection(conn_params)
