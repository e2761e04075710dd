"""Bars as numbers that a template puts into an SVG: widths and heights out of 100, as text, so
that no language writes them with a comma."""

from collections.abc import Sequence
from dataclasses import dataclass

#: Units of an SVG that one column takes, and how many of them are left free beside it.
PITCH, GAP = 10, 2


def share(part: float, whole: float, of: float = 100) -> str:
    """`part` as a length; what is there at all is never drawn as nothing."""
    if not part or not whole:
        return "0"
    return f"{max(of * part / whole, of / 100):.2f}"


@dataclass(frozen=True)
class Column:
    """One column from the baseline upwards; `low` is one that hangs from it. Lengths as text."""

    x: str
    y: str
    height: str
    low: str
    label: str


@dataclass(frozen=True)
class Columns:
    """Columns beside each other, in a view of `width` by 100, with the baseline at `base`."""

    width: int
    base: int
    bar: int
    columns: list[Column]


def columns(highs: Sequence[int], labels: Sequence[str]) -> Columns:
    """Columns that stand on the lower edge."""
    return _columns(highs, [0] * len(highs), labels, base=100)


def mirrored(highs: Sequence[int], lows: Sequence[int], labels: Sequence[str]) -> Columns:
    """Columns upwards and downwards from the middle, on one scale."""
    return _columns(highs, lows, labels, base=50)


def _columns(
    highs: Sequence[int], lows: Sequence[int], labels: Sequence[str], base: int
) -> Columns:
    most = max([*highs, *lows], default=0)
    drawn = []
    for n, (high, low, label) in enumerate(zip(highs, lows, labels, strict=True)):
        height = share(high, most, base)
        drawn.append(
            Column(
                x=str(n * PITCH),
                y=f"{base - float(height):.2f}",
                height=height,
                low=share(low, most, base),
                label=label,
            )
        )
    return Columns(max(len(drawn), 1) * PITCH, base, PITCH - GAP, drawn)
