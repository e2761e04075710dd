"""Whom a step runs for: a few customers, or a slice of the book."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Few:
    """Named customers; an operation passes one. Statements are prepared once and kept."""

    customers: tuple[int, ...]

    @property
    def predicate(self) -> str:
        return "{column} = any(%(customers)s::bigint[])"

    @property
    def params(self) -> dict[str, Any]:
        return {"customers": list(self.customers)}


@dataclass(frozen=True)
class Many(Few):
    """Named customers, too many for a plan that expects a handful."""


FEW = 20


def of(customers: Collection[int]) -> Few:
    """The scope of these customers."""
    return (Few if len(customers) <= FEW else Many)(tuple(customers))


@dataclass(frozen=True)
class Slice:
    """The customers whose id leaves `number` when divided by `of`, but those left out."""

    number: int
    of: int
    left_out: Collection[int] = field(default_factory=tuple)

    @property
    def predicate(self) -> str:
        parts = []
        if self.of > 1:
            # said by what it is not: the planner takes an equality of an expression for rare,
            # and would loop where it should hash
            parts.append("{column} %% %(of)s <> all(%(others)s::bigint[])")
        if self.left_out:
            parts.append("{column} <> all(%(left_out)s::bigint[])")
        return "(" + " and ".join(parts) + ")" if parts else "true"

    @property
    def params(self) -> dict[str, Any]:
        others = [n for n in range(self.of) if n != self.number]
        return {"of": self.of, "others": others, "left_out": list(self.left_out)}


Scope = Few | Slice
