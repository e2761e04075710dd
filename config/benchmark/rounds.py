"""All measures of one run, interleaved: in each round every contestant runs once, on a fresh copy
of the same settled book; what is told is the median of the rounds."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from config.benchmark import book, floor, measure, peers, posting, workers
from config.benchmark.book import DAY, Shape
from config.benchmark.consequences import consequence_hash
from config.benchmark.measure import Again, Night
from config.benchmark.workshop import Workshop

#: The peers' loop runs on a sample of this many customers of the same shape.
SAMPLE = 20_000

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What to measure."""

    shape: Shape
    rounds: int = 5
    with_peers: bool = True
    with_posting: bool = False
    grow_from: int | None = None


@dataclass
class Found:
    """What was measured, a list entry a round."""

    nights: list[Night] = field(default_factory=list)
    floors: list[dict[str, float]] = field(default_factory=list)
    again: list[tuple[float, Again]] = field(default_factory=list)
    alone: list[workers.Run] = field(default_factory=list)
    pairs: list[workers.Run] = field(default_factory=list)
    hashes: dict[str, set[str]] = field(default_factory=dict)
    sample_nights: list[Night] = field(default_factory=list)
    loops: dict[str, list[float]] = field(default_factory=dict)
    loop_customers: dict[str, int] = field(default_factory=dict)
    loop_fees: dict[str, tuple[int, str]] = field(default_factory=dict)
    small: list[Night] = field(default_factory=list)
    plain: list[Night] = field(default_factory=list)
    posted: posting.Posting | None = None
    build_seconds: dict[str, float] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)


class Rounds:
    """One benchmark: builds the books, runs the rounds."""

    def __init__(self, shop: Workshop, plan: Plan, say: Say) -> None:
        self.shop, self.plan, self.say = shop, plan, say
        self.found = Found()
        self.spools: list[floor.Spool] = []

    def run(self) -> Found:
        self.shop.migrate()
        self.main = self._build(self.plan.shape)
        self.sample = self._also(self.plan.with_peers, customers=SAMPLE)
        self.small = self._also(self.plan.grow_from is not None, customers=self.plan.grow_from or 0)
        self.plain = self._also(self.plan.shape.history > 1, history=1)
        with self.shop.inside(self.main):
            self.found.machine = measure.machine()
        with tempfile.TemporaryDirectory() as folder:
            for number in range(1, self.plan.rounds + 1):
                self.say(f"round {number} of {self.plan.rounds}")
                self._round(Path(folder))
        if self.plan.with_posting:
            self._post()
        return self.found

    def _build(self, shape: Shape) -> str:
        self.say(f"building a book of {shape.customers:,} customers")
        start = perf_counter()
        name = book.build(self.shop, shape)
        self.found.build_seconds[shape.key] = perf_counter() - start
        return name

    def _also(self, wanted: bool, **other: int) -> str | None:
        """Another book to compare with, like the main one but for what is named."""
        if not wanted:
            return None
        shape = Shape(**{**vars(self.plan.shape), **other})
        return self.main if shape == self.plan.shape else self._build(shape)

    def _round(self, folder: Path) -> None:
        self._night(folder)
        self._floor()
        self._again()
        self._workers()
        self._compare(self.small, self.found.small)
        self._compare(self.plain, self.found.plain)
        if self.sample is not None:
            self._peers(self.sample)

    def _night(self, folder: Path) -> None:
        with self.shop.copy_of(self.main):
            mark = floor.mark()
            night = measure.night(DAY)
            self.found.nights.append(night)
            self._note_hash("night")
            if not self.spools:
                self.spools = floor.collect(mark, night.written, folder)
            self.say(f"  night {night.seconds:.2f} s")

    def _floor(self) -> None:
        if not self.spools[0].inserted.exists():
            with self.shop.copy_of(self.main):
                floor.split(self.spools)
        with self.shop.copy_of(self.main):
            floor.lay_out_updates(self.spools)
            self.shop.prepare()
            seconds = floor.write(self.spools)
            self.found.floors.append(seconds)
            self.say(f"  floor {sum(seconds.values()):.2f} s")

    def _again(self) -> None:
        with self.shop.copy_of(self.main):
            first, second = measure.open_twice(DAY)
            self.found.again.append((first, second))
            self.say(f"  opened {first:.2f} s, again {second.seconds:.2f} s, {second.rows} rows")

    def _workers(self) -> None:
        for number, runs in ((1, self.found.alone), (2, self.found.pairs)):
            with self.shop.copy_of(self.main) as name:
                run = workers.night(DAY, number, self.shop.address(name))
                runs.append(run)
                self._note_hash(f"workers {number}")
                self.say(f"  {number} worker(s) {run.seconds:.2f} s, {run.memory_mb:.0f} MB")

    def _compare(self, other: str | None, nights: list[Night]) -> None:
        if other is not None:
            with self.shop.copy_of(other):
                nights.append(measure.night(DAY))
                self.say(f"  night of the other book {nights[-1].seconds:.2f} s")

    def _peers(self, sample: str) -> None:
        with self.shop.copy_of(sample):
            self.found.sample_nights.append(measure.night(DAY))
            self._note_hash("sample")
        for who in ("candidates", "all"):
            with self.shop.copy_of(sample):
                customers = peers.candidates(DAY) if who == "candidates" else peers.everybody()
                start = perf_counter()
                self.found.loop_customers[who] = peers.open_day(DAY, customers)
                self.found.loops.setdefault(who, []).append(perf_counter() - start)
                self.found.loop_fees[who] = peers.charged(DAY)
                self._note_hash("sample")
                self.say(f"  ORM loop, {who}: {self.found.loops[who][-1]:.1f} s")

    def _post(self) -> None:
        with self.shop.copy_of(self.main):
            measure.night(DAY)
            self.found.posted = posting.measure()
            self.say(f"  posting: median {self.found.posted.median_ms:.1f} ms")

    def _note_hash(self, whose: str) -> None:
        """What the night decided; the night, its workers and the loop must agree."""
        key = "sample" if whose == "sample" else "book"
        self.found.hashes.setdefault(key, set()).add(consequence_hash(DAY))
