"""What was measured as one document, and the document as a table for people."""

from collections.abc import Iterator
from statistics import median
from typing import Any

from config.benchmark.book import DAY
from config.benchmark.measure import Night, exponent
from config.benchmark.rounds import SAMPLE, Found, Plan

Document = dict[str, Any]

DONE = (
    "Each run is on a fresh copy of the same settled book (CREATE DATABASE, FILE_COPY), after "
    "VACUUM ANALYZE, pg_prewarm of the tables a night touches where the extension is there, and "
    "CHECKPOINT; contestants take turns in every round; figures are medians."
)


def document(plan: Plan, found: Found) -> Document:
    """Everything, as plain JSON data."""
    night = _middle(found.nights)
    floors = [sum(seconds.values()) for seconds in found.floors]
    return {
        "machine": found.machine,
        "method": DONE,
        "book": {**vars(plan.shape), "day": str(DAY), "build_seconds": found.build_seconds},
        "rounds": plan.rounds,
        "night": _night(night, found),
        "floor": {
            "seconds": _figures(floors),
            "by_table": {
                table: round(median(seconds[table] for seconds in found.floors), 4)
                for table in found.floors[0]
            },
        },
        "again": {
            "first_opening": _figures([first for first, _ in found.again]),
            "second_opening": _figures([second.seconds for _, second in found.again]),
            "rows": max(second.rows for _, second in found.again),
        },
        "workers": {
            "one": _figures([run.seconds for run in found.alone]),
            "two": _figures([run.seconds for run in found.pairs]),
            "memory_mb": round(max(run.memory_mb for run in (*found.alone, *found.pairs)), 1),
        },
        "peers": _peers(found),
        "posting": vars(found.posted) if found.posted else None,
        "same_consequences": {key: len(hashes) == 1 for key, hashes in found.hashes.items()},
        "consequence_hash": {key: sorted(hashes) for key, hashes in found.hashes.items()},
        "ratios": _ratios(plan, found, night, floors),
    }


def _night(night: Night, found: Found) -> Document:
    return {
        "seconds": _figures([run.seconds for run in found.nights]),
        "opening": round(night.opening, 3),
        "close": round(median(run.close for run in found.nights), 3),
        "steps": {
            step: {
                "seconds": round(median(run.steps[step] for run in found.nights), 4),
                "rows": night.step_rows.get(step, {}),
            }
            for step in night.steps
        },
        "written": {
            table: dict(zip(("inserted", "updated", "deleted"), counts, strict=True))
            for table, counts in sorted(night.written.items())
        },
        "rows": night.rows,
        "rows_per_second": round(night.rows / night.seconds),
        "log_mb": round(median(run.log_bytes for run in found.nights) / 1e6, 1),
        "fees": night.fees,
    }


def _peers(found: Found) -> Document | None:
    if not found.loops:
        return None
    nights = [night.seconds for night in found.sample_nights]
    return {
        "sample": SAMPLE,
        "night": _figures(nights),
        **{
            who: {
                "seconds": _figures(seconds),
                "customers": found.loop_customers[who],
                "times_the_night": round(_ratio(seconds, nights), 1),
                "same_fees": found.loop_fees[who] == found.sample_nights[0].fees,
            }
            for who, seconds in found.loops.items()
        },
    }


def _ratios(plan: Plan, found: Found, night: Night, floors: list[float]) -> Document:
    customers = plan.shape.customers
    seconds = [run.seconds for run in found.nights]
    first, second = zip(*((first, again.seconds) for first, again in found.again), strict=True)
    ratios: Document = {
        "night_to_floor": round(_ratio(seconds, floors), 2),
        "second_to_first_opening": round(_ratio(list(second), list(first)), 3),
        "one_to_two_workers": round(
            _ratio([run.seconds for run in found.alone], [run.seconds for run in found.pairs]), 2
        ),
    }
    for who, loop in found.loops.items():
        scale = customers / SAMPLE
        ratios[f"loop_{who}_to_night"] = round(median(loop) * scale / night.seconds, 1)
    if found.small and plan.grow_from:
        ratios["growth_exponent"] = round(
            exponent(
                (plan.grow_from, median(run.seconds for run in found.small)),
                (customers, median(seconds)),
            ),
            3,
        )
    if found.plain:
        ratios["history_factor"] = round(_ratio(seconds, [run.seconds for run in found.plain]), 2)
    return ratios


def lines(result: Document) -> Iterator[str]:
    """The document as a table."""
    yield from _head(result)
    yield ""
    yield f"{'step':24}{'seconds':>9}  rows"
    steps = sorted(result["night"]["steps"].items(), key=lambda step: -step[1]["seconds"])
    for step, said in steps:
        rows = ", ".join(f"{name} {n}" for name, n in said["rows"].items() if _counts(n))
        yield f"  {step:22}{said['seconds']:9.3f}  {rows}"
    yield f"  {'checks, close':22}{result['night']['close']:9.3f}"
    yield ""
    yield f"{'table':30}{'inserted':>10}{'updated':>10}{'deleted':>10}{'floor, s':>10}"
    for table, n in result["night"]["written"].items():
        took = result["floor"]["by_table"].get(table, 0.0)
        yield (f"  {table:28}{n['inserted']:10,}{n['updated']:10,}{n['deleted']:10,}{took:10.3f}")
    yield ""
    for name, value, goal in _goals(result):
        yield f"{name:58}{value:>14}   {goal}"


def _head(result: Document) -> Iterator[str]:
    machine, book = result["machine"], result["book"]
    yield (
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gb']} GB, "
        f"{machine['postgresql']}, Python {machine['python']}"
    )
    yield ", ".join(f"{name} {value}" for name, value in machine["settings"].items())
    due = ", all current customers due the day before" if book["everybody_due"] else ""
    yield (
        f"A book of {book['customers']:,} customers, history {book['history']}{due}; "
        f"night of {book['day']}; {result['rounds']} rounds."
    )
    yield result["method"]


def _goals(result: Document) -> Iterator[tuple[str, str, str]]:
    night, ratios, peers = result["night"], result["ratios"], result["peers"]
    seconds = night["seconds"]
    yield (
        "night, seconds",
        f"{seconds['median']:.2f}",
        f"[{seconds['least']:.2f} to {seconds['most']:.2f}], {night['rows']:,} rows, "
        f"{night['rows_per_second']:,} a second, {night['log_mb']} MB of log",
    )
    floor = result["floor"]["seconds"]
    between = f"[{floor['least']:.2f} to {floor['most']:.2f}]"
    yield "floor, seconds", f"{floor['median']:.2f}", between
    yield "night / floor", _times(ratios["night_to_floor"]), "at most 3"
    if peers:
        for who, goal in (("candidates", 50), ("all", 250)):
            loop = peers[who]
            yield (
                f"ORM loop over {who} / night, on {peers['sample']:,} customers",
                _times(loop["times_the_night"]),
                f"at least {goal}; {loop['customers']:,} customers in "
                f"{loop['seconds']['median']:.1f} s against {peers['night']['median']:.2f} s; "
                f"fees {'equal' if loop['same_fees'] else 'NOT EQUAL'}",
            )
            yield (
                f"the same, its seconds scaled to {result['book']['customers']:,}",
                _times(ratios[f"loop_{who}_to_night"]),
                f"at least {goal}",
            )
    again = result["again"]
    yield (
        "second opening / first opening",
        _times(ratios["second_to_first_opening"]),
        f"at most 0.4; rows written {again['rows']} (0 wanted)",
    )
    yield (
        "one worker / two workers",
        _times(ratios["one_to_two_workers"]),
        f"at least 1.3; {result['workers']['one']['median']:.2f} s, "
        f"{result['workers']['two']['median']:.2f} s",
    )
    for key, same in result["same_consequences"].items():
        what = "night, workers" if key == "book" else "night and ORM loops on the sample"
        yield f"one hash: {what}", "yes" if same else "NO", "yes"
    yield "memory of Python, MB", f"{result['workers']['memory_mb']:.0f}", "under 150"
    if "growth_exponent" in ratios:
        yield "growth exponent", f"{ratios['growth_exponent']:.3f}", "at most 1.10"
    if "history_factor" in ratios:
        yield "longer history / plain history", _times(ratios["history_factor"]), "at most 1.1"
    if result["posting"]:
        yield from _posting(result["posting"])


def _posting(posting: Document) -> Iterator[tuple[str, str, str]]:
    yield (
        "a repayment posted, median, ms",
        f"{posting['median_ms']:.1f}",
        f"at most 15; p95 {posting['p95_ms']:.1f}; {posting['repayments']} repayments, "
        f"{posting['delinquent']} to delinquent customers",
    )
    yield (
        f"repayments a second with {posting['clients']} clients",
        f"{posting['per_second']:.0f}",
        f"at least 150; {posting['clients_repayments']} repayments",
    )


def _times(value: float) -> str:
    return f"{value:,.2f}x"


def _counts(value: object) -> bool:
    return str(value) not in ("0", "0.00")


def _figures(values: list[float]) -> Document:
    return {
        "median": round(median(values), 4),
        "least": round(min(values), 4),
        "most": round(max(values), 4),
    }


def _ratio(above: list[float], below: list[float]) -> float:
    return median(above) / median(below)


def _middle(nights: list[Night]) -> Night:
    """The night whose seconds are the median."""
    return sorted(nights, key=lambda night: night.seconds)[len(nights) // 2]
