"""Django's Redis cache that starts the embedded server before it connects."""

from typing import Any

from django.core.cache.backends import redis

from config.embedded.running import valkey


class RedisCacheClient(redis.RedisCacheClient):
    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        valkey().ensure()
        return super().get_client(key, write=write)


class RedisCache(redis.RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = RedisCacheClient
