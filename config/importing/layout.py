"""The files of a book and their columns, as data.

A column's `fields` are those of the staging table that it fills. Facts of all files share one
staging table: their kinds differ in which of its fields they have.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from config.importing import cells
from config.importing.cells import Check

CUSTOMER_NUMBER = 40
NUMBER = 80
# Room for what the engine appends: "/disputed" to a bill, "/360" to an instalment of a draw.
BILL_NUMBER = NUMBER - len("/disputed")
DRAW_NUMBER = NUMBER - len("/360")

CUSTOMERS = "import_customer"
FACTS = "import_fact"


@dataclass(frozen=True)
class Column:
    """A column; a `secret` cell is masked in messages."""

    name: str
    check: Check
    fields: tuple[str, ...]
    required: bool = True
    secret: bool = False


@dataclass(frozen=True)
class Layout:
    """One file; `kind` is that of its facts, empty for the customers."""

    name: str
    columns: tuple[Column, ...]
    kind: str = ""
    constants: Mapping[str, str] = field(default_factory=dict)

    @property
    def table(self) -> str:
        return FACTS if self.kind else CUSTOMERS

    def column_of(self, staged: str) -> Column:
        """The column that a staging field came from; the customer's where none did."""
        by_field = {name: column for column in self.columns for name in column.fields}
        return by_field.get(staged, by_field.get("customer", self.columns[0]))

    def place(self, name: str) -> int:
        names = [column.name for column in self.columns]
        return names.index(name) if name in names else len(names)


def _facts(
    kind: str, name: str, columns: tuple[Column, ...], longest: int, product: str = ""
) -> Layout:
    number = cells.bill_number(longest) if kind == "bill" else cells.identity(longest)
    constants = {"kind": kind, **({"product": product} if product else {})}
    singular = name.removesuffix("s")
    return Layout(name, (Column(singular, number, ("number",)), *columns), kind, constants)


_CUSTOMER = Column("customer", cells.identity(CUSTOMER_NUMBER), ("customer",))
_LINE = Column("line", cells.product, ("product",))
_BOOKED = Column("booked", cells.date, ("booked",))
_VALUE = Column("value_date", cells.date, ("value",))
_AMOUNT = Column("amount", cells.amount, ("amount",))

LAYOUTS: tuple[Layout, ...] = (
    Layout(
        "customers",
        (
            Column("customer", cells.identity(CUSTOMER_NUMBER), ("number",)),
            Column("name", cells.person, ("name",)),
            Column("opened", cells.date, ("opened",)),
            Column("pay_later_limit", cells.limit, ("pay_later_limit",)),
            Column("cash_loan_limit", cells.limit, ("cash_loan_limit",)),
            Column("phone", cells.phone, ("phone",), required=False, secret=True),
            Column("id_number", cells.id_number, ("id_number",), required=False, secret=True),
            Column("language", cells.language, ("language",), required=False),
        ),
    ),
    _facts(
        "bill",
        "bills",
        (
            _CUSTOMER,
            _LINE,
            Column("issued", cells.date, ("booked", "value")),
            Column("due", cells.date, ("due",)),
            Column("principal", cells.amount, ("amount",)),
            Column("interest", cells.amount, ("interest",)),
        ),
        BILL_NUMBER,
    ),
    _facts("repay", "repayments", (_CUSTOMER, _LINE, _BOOKED, _VALUE, _AMOUNT), NUMBER),
    _facts("purchase", "purchases", (_CUSTOMER, _BOOKED, _VALUE, _AMOUNT), NUMBER, "pay_later"),
    _facts(
        "draw",
        "draws",
        (
            _CUSTOMER,
            _BOOKED,
            _VALUE,
            _AMOUNT,
            Column("instalments", cells.instalments, ("instalments",)),
        ),
        DRAW_NUMBER,
        "cash_loan",
    ),
)

#: Facts of one booking date are booked in this order of their files.
KINDS = tuple(layout.kind for layout in LAYOUTS if layout.kind)
