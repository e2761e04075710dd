"""Two questions for a load balancer: does the process live, and can it serve?"""

import redis
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config import doctor, tasks


@never_cache
@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when database, migrations and cache are there, else 503.

    Silence of worker or beat is told, not punished: pages work without them.
    """
    found = {"database": database(), "cache": store()}
    good = all(state == "ok" for state in found.values())
    if good:
        found |= {process: sign_of_life(process) for process in ("worker", "beat")}
    return JsonResponse(
        {"status": "ok" if good else "unavailable", **found}, status=200 if good else 503
    )


def database() -> str:
    try:
        return "not migrated" if doctor.complaint() else "ok"
    except (Error, ImproperlyConfigured):
        return "away"


def store() -> str:
    try:
        cache.get("alive:beat")
    except (redis.RedisError, ImproperlyConfigured):
        return "away"
    return "ok"


def sign_of_life(process: str) -> str:
    return "silent" if tasks.is_silent(process) else "ok"
