"""How many requests a caller may make in a minute, and the headers that tell them."""

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from accounts.signin.client import address


class ByCaller(SimpleRateThrottle):
    """Counts reads and acts of a token apart; without a token, requests of an address."""

    rates = {"read": "300/min", "write": "60/min", "nobody": "60/min"}

    def __init__(self) -> None:
        """The rate depends on the request: it is read in `allow_request`."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        caller = getattr(request.user, "pk", None)
        scope = "read" if request.method in SAFE_METHODS else "write"
        self.scope = scope if caller else "nobody"
        self.rate = self.rates[self.scope]
        self.num_requests, self.duration = self.parse_rate(self.rate)
        allowed: bool = super().allow_request(request, view)
        self._tell(request)
        return allowed

    def get_cache_key(self, request: Request, view: APIView) -> str:
        who = getattr(request.user, "pk", None) or address(request)
        return f"throttle:{self.scope}:{who}"

    def _tell(self, request: Request) -> None:
        most, window = self.num_requests or 0, self.duration or 0
        first = self.history[-1] if self.history else self.now
        request.limits = {  # type: ignore[attr-defined]
            "RateLimit-Limit": str(most),
            "RateLimit-Remaining": str(max(most - len(self.history), 0)),
            "RateLimit-Reset": str(max(int(first + window - self.now), 0)),
        }
