"""One customer's timeline as a YAML file, read into frozen values or refused whole.

The format is the last section of the contract's `RULES.md`. Numbers are read as text and
kept exact; amounts have two decimals; dates are calendar days in the book's time zone.
`load` either returns a `Scenario` that can run, or raises a `ScenarioError` that names the
file, each fact (its place in the file and its kind) and the reason.

`timeline` holds the values, `exact_yaml` the syntax, `values` and `kinds` what a fact may
say, `calendar` the holidays, `bills` the names of bills, `reader` puts them together, `expected`
compares states.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from risk.scenario_file.bills import (
    DISPUTED,
    day_in_month,
    known_bills,
    next_day_of_month,
    statement_name,
)
from risk.scenario_file.exact_yaml import parse_yaml
from risk.scenario_file.expected import Difference, differences
from risk.scenario_file.reader import Reader
from risk.scenario_file.timeline import (
    ALL,
    Expectation,
    Fact,
    HolidayRow,
    Instalment,
    Scenario,
    ScenarioError,
)

__all__ = [
    "ALL",
    "DISPUTED",
    "Difference",
    "Expectation",
    "Fact",
    "HolidayRow",
    "Instalment",
    "Scenario",
    "ScenarioError",
    "day_in_month",
    "differences",
    "known_bills",
    "load",
    "next_day_of_month",
    "parse_yaml",
    "scenario_of",
    "statement_name",
]

MOST_BYTES: Final = 10_000_000


def load(path: Path | str) -> Scenario:
    """The timeline of the file; raises ScenarioError with up to 20 reasons."""
    path = Path(path)
    try:
        document = parse_yaml(_text(path))
    except ValueError as error:
        raise ScenarioError(path, [str(error)]) from error
    return scenario_of(document, path)


def scenario_of(document: object, path: Path) -> Scenario:
    """The timeline of a document whose scalars are text (see `parse_yaml`)."""
    reader = Reader()
    scenario = reader.scenario(document, path)
    if scenario is None:
        raise ScenarioError(path, reader.shown())
    return scenario


def _text(path: Path) -> str:
    try:
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            raise ValueError(f"is larger than {MOST_BYTES // 1_000_000} MB")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 (byte {error.start + 1})") from error
    except FileNotFoundError as error:
        raise ValueError("does not exist") from error
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error
