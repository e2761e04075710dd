"""What drf-spectacular has to be told of our ways: tokens, and problems on every address."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class CustomerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.api.authentication.CustomerToken"
    name = "customerToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token that the customer made under Settings.",
        }


def plumbing() -> list[type]:
    """Classes whose docstrings are for those who build the API, not for those who use it."""
    from accounts.api import views

    return [views.ApiView, views.CustomerView]


PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. Go by `code`; the words may change and come in the asked language.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:fairline:problem:invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": ["invalid", "not-found", "too-many-requests"]},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

_SAID = {
    "400": "The request does not hold.",
    "401": "No token, or none that opens anything.",
    "403": "The token may not do this.",
    "404": "There is nothing here for you.",
    "406": "The answer cannot be given in the form you accept.",
    "409": "It does not fit what is there already.",
    "415": "The body is of a kind that is not taken.",
    "422": "It cannot be done as things stand.",
    "429": "Too many requests: `Retry-After` says how many seconds to wait.",
}


def add_problems(result: dict[str, Any], generator: Any, **_: Any) -> dict[str, Any]:
    """Every operation may answer with a problem; described once, as a component."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in result.get("paths", {}).values():
        for name, operation in path.items():
            if name not in ("get", "post", "put", "patch", "delete"):
                continue
            for code, words in _SAID.items():
                operation["responses"].setdefault(code, {"description": words, "content": content})
    return result
