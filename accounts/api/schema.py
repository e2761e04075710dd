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
    from drf_spectacular.plumbing import get_lib_doc_excludes

    from accounts.api import views

    return [*get_lib_doc_excludes(), views.ApiView, views.CustomerView]  # type: ignore[no-untyped-call]


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

#: Beside its answers, in `responses` of an operation that may refuse, or meet something there.
REFUSES: dict[int, None] = {422: None}
CONFLICTS: dict[int, None] = {409: None}

_EVERYWHERE = ("401", "403", "406", "429")
_SAID = {
    "400": "The request does not hold.",
    "401": "No token, or none that opens anything.",
    "403": "The token may not do this.",
    "404": "There is nothing here for you.",
    "406": "The answer cannot be given in the form you accept.",
    "409": "It does not fit what is there already.",
    "413": "The body is too large.",
    "415": "The body is of a kind that is not taken.",
    "422": "It cannot be done as things stand.",
    "429": "Too many requests: `Retry-After` says how many seconds to wait.",
}


def add_problems(result: dict[str, Any], generator: Any, **_: Any) -> dict[str, Any]:
    """The problems that an operation may answer with, by what it takes; described once, as a
    component. 409 and 422 are named by the operation itself."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in result.get("paths", {}).values():
        for name, operation in path.items():
            if name not in ("get", "post", "put", "patch", "delete"):
                continue
            said = operation["responses"]
            named = [code for code in said if code in _SAID]
            for code in sorted({*_EVERYWHERE, *named, *_by_what_it_takes(name, operation)}):
                said[code] = {"description": _SAID[code], "content": content}
    return result


def _by_what_it_takes(method: str, operation: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    taken = {(each["in"], each["name"]) for each in operation.get("parameters", [])}
    places = {place for place, _name in taken}
    if method != "get":
        found.add("413")
    if "requestBody" in operation:
        found |= {"400", "415"}
    if places & {"header", "query"}:
        found.add("400")
    if "path" in places or ("query", "cursor") in taken:
        found.add("404")
    return found
