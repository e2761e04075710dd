"""The terms of the two products: every figure of a product is data, none is code.

Amounts are in the currency's major unit, rates are per day, periods are calendar days
in the book's time zone. Source of every rule: the contract's `RULES.md`.

`merge` lays overrides over a whole document, key by key; a `TermsError` names the path
of what is wrong. Nothing here needs Django's settings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

PAY_LATER: Final = "pay_later"
CASH_LOAN: Final = "cash_loan"
PRODUCTS: Final = (PAY_LATER, CASH_LOAN)
Product: TypeAlias = Literal["pay_later", "cash_loan"]

Document: TypeAlias = dict[str, Any]
Errors: TypeAlias = list[tuple[str, str]]

_NUMBER: Final = re.compile(
    r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?"
)
_WHOLE: Final = re.compile(r"[+-]?(?:0|[1-9][0-9]*)")
_NOT_FINITE: Final = re.compile(r"[+-]?\.?(?:inf|infinity|nan|snan)", re.IGNORECASE)

AMOUNT_DIGITS: Final = 12
"""Digits of an amount before the decimal point; the minor unit comes on top."""
RATE_PLACES: Final = 12
LONGEST: Final = 36_500
"""The longest period in days that a figure may name (a hundred years)."""


class TermsError(ValueError):
    """A document of terms or of policy that does not hold; `errors` is (path, reason) pairs."""

    def __init__(self, errors: Errors) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{path}: {why}" if path else why for path, why in errors))


# -- exact figures -----------------------------------------------------------------------


def exact(value: object) -> Decimal:
    """The number exactly as written; a float counts as its shortest decimal notation.

    Raises ValueError for what is no finite number: a boolean, NaN, `1_000`, `0x10`, `010`.
    """
    if isinstance(value, bool) or value is None:
        raise ValueError("is no number")
    if isinstance(value, int):
        return Decimal(value)
    number = value if isinstance(value, Decimal) else _from_text(_as_text(value))
    if not number.is_finite():
        raise ValueError("is not finite")
    return number


def _as_text(value: object) -> str:
    if isinstance(value, float):
        return repr(value)
    if not isinstance(value, str):
        raise ValueError("is no number")
    return value


def _from_text(text: str) -> Decimal:
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("is not finite")
    if len(text) > 64 or not _NUMBER.fullmatch(text):
        raise ValueError("is no number")
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError("is no number") from error


def whole(value: object) -> int:
    """A whole number from an int or its plain decimal text (raises ValueError otherwise)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) <= 18 and _WHOLE.fullmatch(value):
        return int(value)
    raise ValueError("is no whole number")


def places(number: Decimal) -> int:
    """How many decimal places the number needs; 1.500 needs one, 1E+3 none."""
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def amount(value: object, *, decimals: int = 2) -> Decimal:
    """An amount of money with its currency's minor unit, at most 12 digits before the point.

    Raises ValueError for one that is negative, not finite, finer than the minor unit
    (the cent) or beyond 12 digits.
    """
    number = exact(value)
    if number < 0:
        raise ValueError("is negative")
    if number and number.adjusted() >= AMOUNT_DIGITS:
        raise ValueError(f"is beyond {AMOUNT_DIGITS} digits")
    if number and (number.adjusted() < -decimals or places(number) > decimals):
        raise ValueError("is finer than the cent")
    return number.quantize(Decimal(1).scaleb(-decimals))


def ranged(value: object, low: Decimal, high: Decimal) -> Decimal:
    """A rate, ratio or factor between both bounds, with at most 12 decimal places."""
    number = exact(value)
    if not low <= number <= high:
        raise ValueError(f"is not between {low} and {high}")
    if number and (number.adjusted() < -RATE_PLACES or places(number) > RATE_PLACES):
        raise ValueError(f"has more than {RATE_PLACES} decimal places")
    return number if number else Decimal(0)


def whole_between(value: object, low: int, high: int) -> int:
    number = whole(value)
    if not low <= number <= high:
        raise ValueError(f"is not between {low} and {high}")
    return number


def _calendar_code(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-zA-Z0-9_~:-]{1,24}", value):
        raise ValueError("is no code of a calendar")
    return value


def _whole_field(low: int, high: int) -> BeforeValidator:
    return BeforeValidator(lambda value: whole_between(value, low, high))


def _ranged_field(low: int, high: int) -> BeforeValidator:
    return BeforeValidator(lambda value: ranged(value, Decimal(low), Decimal(high)))


DayOfMonth = Annotated[int, _whole_field(1, 31)]
"""1 to 31; in a month that has no such day, its last."""
Days = Annotated[int, _whole_field(0, LONGEST)]
Amount = Annotated[Decimal, BeforeValidator(amount)]
DailyRate = Annotated[Decimal, _ranged_field(0, 1)]
CapRate = Annotated[Decimal, _ranged_field(0, 100)]
Fraction = Annotated[Decimal, _ranged_field(0, 1)]
WriteOffDpd = Annotated[
    int | None,
    BeforeValidator(lambda value: None if value is None else whole_between(value, 1, LONGEST)),
]
"""Days past due at whose opening a line is written off; None: staff alone decide."""

NONE: Final = "none"
FOLLOWING: Final = "following"
PRECEDING: Final = "preceding"
DueOnHoliday: TypeAlias = Literal["none", "following", "preceding"]
CalendarCode = Annotated[str, BeforeValidator(lambda value: _calendar_code(value))]
"""The code of a bank calendar."""


# -- the models --------------------------------------------------------------------------


class Figures(BaseModel):
    """A frozen group of figures: unknown keys are refused, decimals stay exact."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def document(self) -> Document:
        """The figures as plain JSON data (decimals as text), fit to be stored and merged."""
        return self.model_dump(mode="json")


class PromiseTerms(Figures):
    """When a promise to pay is kept: the days after its date in which money still counts, the
    share of the amount from which on it is partly kept, and what may be missing of a kept one."""

    grace_days: Days = 2
    threshold: Fraction = Decimal("0.5")
    tolerance: Amount = Decimal("1.00")


class DueDateTerms(Figures):
    """Where a due date goes that is no banking day of the product's calendar."""

    due_on_holiday: DueOnHoliday = NONE
    calendar: CalendarCode | None = None

    @model_validator(mode="after")
    def _named(self) -> DueDateTerms:
        if self.due_on_holiday != NONE and self.calendar is None:
            raise ValueError(f"due_on_holiday {self.due_on_holiday} needs a calendar")
        return self


class PayLaterTerms(DueDateTerms):
    """A pay-later line: one statement a month of its purchases ("The day", step 1)."""

    statement_day: DayOfMonth
    due_day: DayOfMonth
    grace_days: Days
    tolerance: Amount
    late_fee_daily_rate: DailyRate
    late_fee_cap_rate: CapRate
    promise: PromiseTerms = PromiseTerms()
    write_off_dpd: WriteOffDpd = None


class CashLoanTerms(DueDateTerms):
    """A cash loan: each draw is repaid in instalments, billed ahead of their due dates."""

    billing_lead_days: Days
    grace_days: Days
    tolerance: Amount
    interest_daily_rate: DailyRate
    late_fee_daily_rate: DailyRate
    late_fee_cap_rate: CapRate
    promise: PromiseTerms = PromiseTerms()
    write_off_dpd: WriteOffDpd = None


Terms: TypeAlias = PayLaterTerms | CashLoanTerms

TERMS: Final[dict[str, type[PayLaterTerms] | type[CashLoanTerms]]] = {
    PAY_LATER: PayLaterTerms,
    CASH_LOAN: CashLoanTerms,
}


def load_terms(product: str, document: object, *, at: str = "") -> Terms:
    """The terms of a product from a whole document; raises TermsError, paths below `at`."""
    if product not in TERMS:
        raise TermsError([(join(at, product), "is no product")])
    try:
        return TERMS[product].model_validate(document)
    except ValidationError as error:
        raise TermsError(reasons(error, at=at)) from error


def override_terms(terms: Terms, overrides: object, *, at: str = "") -> Terms:
    """The terms with some figures replaced; raises TermsError, paths below `at`."""
    product = PAY_LATER if isinstance(terms, PayLaterTerms) else CASH_LOAN
    return load_terms(product, merge(terms.document(), overrides, at=at), at=at)


# -- overrides and their errors ----------------------------------------------------------


def merge(base: Mapping[str, Any], overrides: object, *, at: str = "") -> Document:
    """`base` with the overrides laid over it key by key; a list replaces a list.

    `base` is a whole document, so a key it does not have is unknown (TermsError).
    """
    if not isinstance(overrides, Mapping):
        raise TermsError([(at, "is no mapping")])
    unknown = [key for key in overrides if key not in base]
    if unknown:
        raise TermsError([(join(at, key), "is unknown") for key in unknown])
    merged: Document = dict(base)
    errors: Errors = []
    for key, value in overrides.items():
        try:
            merged[key] = _laid_over(base[key], value, at=join(at, key))
        except TermsError as error:
            errors += error.errors
    if errors:
        raise TermsError(errors)
    return merged


def _laid_over(base: object, value: object, *, at: str) -> object:
    if isinstance(base, Mapping) and isinstance(value, Mapping):
        return merge(base, value, at=at)
    return value


def join(at: str, key: object) -> str:
    return f"{at}.{key}" if at else str(key)


def reasons(error: ValidationError, *, at: str = "") -> Errors:
    """What a document fails on, as (path, reason); list entries count from 1."""
    found = []
    for item in error.errors(include_url=False):
        path = at
        for part in item["loc"]:
            path = f"{path}[{part + 1}]" if isinstance(part, int) else join(path, part)
        found.append((path, _reason(item["type"], item["msg"])))
    return found


def _reason(kind: str, message: str) -> str:
    known = {"missing": "is missing", "extra_forbidden": "is unknown"}
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "is no mapping"
    if kind in ("tuple_type", "list_type"):
        return "is no list"
    message = message.removeprefix("Value error, ").removeprefix("Input should be ")
    return known.get(kind) or (message if kind == "value_error" else f"should be {message}")
