"""The API is fuzzed from its own schema, against a real book: no 5xx, and each answer as told.

Each example runs in a savepoint that is rolled back, so that one book serves them all. What is
drawn is the same on each run; HYPOTHESIS_PROFILE=thorough looks further.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.core.cache import cache
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as budget
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.api.throttles import ByCaller
from config.wsgi import application
from tests.config.api_world import World, described

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
#: Beyond those of the profile of a run: as many examples of what fits the schema, and of what not.
FITTING, UNFITTING = 8, 6


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    settings.MEDIA_ROOT = tmp_path
    settings.EVIDENCE_SCANNER = ""
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True  # an error of ours shows where it comes from
    many = "1000000/min"
    monkeypatch.setattr(ByCaller, "rates", {"read": many, "write": many, "nobody": many})
    return World()


@contextmanager
def connection_kept() -> Iterator[None]:
    """A request's end closes the connection that the test's transaction is in, unless told not to
    (Django's own client does the same)."""
    both = (signals.request_started, signals.request_finished)
    for signal in both:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in both:
            signal.connect(close_old_connections)


def knowing(schema: dict[str, Any], world: World) -> dict[str, Any]:
    """The schema with names that are in the book among those that are drawn."""
    schema = copy.deepcopy(schema)
    cases = [str(row.public_id) for row in (world.case, world.own_case, world.decided)]
    real = {
        "customers/{number}": [world.number],
        "repayments/{number}": ["PAY-1"],
        "appeals/{id}": cases,
        "authorizations/{id}": [str(world.authorization.public_id)],
        "settlement-files/{id}": [str(world.file.public_id)],
        "notices/{id}": [str(world.notice.public_id)],
        "mandates/{id}": [str(world.mandate.public_id), str(world.revoked.public_id)],
        "{file}": [str(world.evidence.public_id)],
        "offers/{n}": [1],
        "{code}": [world.channel.code],
        "{day}": [world.today.isoformat()],
    }
    names = {"line": world.lines, "bill": [world.bill, f"{world.number}-C"], "loan": ["LOAN-1"]}
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    _offer(parameter, _values(real, path, parameter["name"]))
                if parameter["name"] in names:
                    _offer(parameter, names[parameter["name"]])
    for name, component in schema["components"]["schemas"].items():
        if name.endswith("Request"):
            for key, values in names.items():
                if key in component["properties"]:
                    holder = {"schema": component["properties"][key]}
                    _offer(holder, values)
                    component["properties"][key] = holder["schema"]
    return schema


def _values(real: dict[str, list[Any]], path: str, name: str) -> list[Any]:
    return next(
        values for part, values in real.items() if part in path and part.endswith(f"{{{name}}}")
    )


def _offer(parameter: dict[str, Any], values: list[Any]) -> None:
    given = parameter["schema"]
    # twice, so that two of three are in the book
    parameter["schema"] = {"anyOf": [{"enum": values}, {"enum": values}, given]}


def fuzz(operation: Any, world: World, mode: GenerationMode, examples: int, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    profile = budget.default.max_examples

    @budget(
        max_examples=max(examples, profile if profile > 100 else 0),
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        cache.clear()
        with transaction.atomic():
            response = case.call(headers=headers)
            transaction.set_rollback(True)
        case.validate_response(response, checks=CHECKS)
        assert token or response.status_code in (401, 404), response.text

    ask()


def test_each_answer_is_one_that_the_schema_tells_of(world: World, subtests: Any) -> None:
    schema = schemathesis.openapi.from_dict(knowing(described(), world))
    schema.app = application
    for found in schema.get_all_operations():
        operation = found.ok()
        token = world.token_of(operation.path)
        with subtests.test(operation.label), connection_kept():
            fuzz(operation, world, GenerationMode.POSITIVE, FITTING, token)
            if operation.query or operation.headers or operation.body or operation.path_parameters:
                fuzz(operation, world, GenerationMode.NEGATIVE, UNFITTING, token)
            fuzz(operation, world, GenerationMode.POSITIVE, 2, "")
