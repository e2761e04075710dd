"""The synthetic book is one the engine could have written, and all ways through a night agree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.benchmark import book, floor, measure, peers, posting, table, workers
from config.benchmark.book import DAY, Shape
from config.benchmark.consequences import consequence_hash
from config.benchmark.rounds import Found, Plan
from config.benchmark.workshop import Busy, Workshop, address, workshop
from risk import checks
from tests import blank

# Their databases are their own; the mark is for the one that they are made beside.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SMALL = Shape(400)


@pytest.fixture(scope="module")
def shop(django_db_setup: None, django_db_blocker: object) -> Iterator[Workshop]:
    with django_db_blocker.unblock(), workshop() as made:
        blank.copy_into(made)
        yield made


@pytest.fixture(scope="module")
def settled(shop: Workshop) -> str:
    return book.build(shop, SMALL)


def findings() -> list[str]:
    return [f"{f.name}: {f.rows[:3]}" for f in checks.all_findings(checks.whole_book())]


def value(query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    "shape", [SMALL, Shape(400, history=2), Shape(400, everybody_due=True)], ids=lambda s: s.key
)
def test_the_book_holds_before_and_after_its_nights(shop: Workshop, shape: Shape) -> None:
    name = shop.name("shape")
    shop.clone(shop.empty, name)
    with shop.inside(name):
        book.fill(shape)
        book.settle(shape)
        assert findings() == []
        night = measure.night(DAY)
        assert night.fees[0] > 0
        assert findings() == []
        assert value("select count(*) from risk_restriction") > 20
    shop.drop(name)


def test_the_shape_is_the_one_that_is_told(shop: Workshop) -> None:
    name = shop.name("shares")
    shop.clone(shop.empty, name)
    with shop.inside(name):
        book.fill(Shape(5_000))
        on = book.START.isoformat()
        shares = [
            value(
                f"select count(*) from risk_episode where cured_on is null "
                f"and date '{on}' - oldest_due between {low} and {high}"
            )
            / 5_000
            for low, high in ((1, 29), (30, 89), (90, 999))
        ]
        assert shares == pytest.approx([0.05, 0.02, 0.01], abs=0.006)
        assert value("select count(*) from billing_creditline") == 10_000
        bills = value("select count(*) from billing_bill") / 5_000
        assert 6 <= bills <= 7.5
    shop.drop(name)


def test_all_current_customers_are_due_the_day_before_the_worst_night(shop: Workshop) -> None:
    name = shop.name("worst")
    shop.clone(shop.empty, name)
    with shop.inside(name):
        book.fill(Shape(400, everybody_due=True))
        due = value(
            f"select count(distinct customer_id) from billing_bill "
            f"where due_on = date '{book.SETTLED.isoformat()}'"
        )
        assert due > 350
    shop.drop(name)


def test_the_loop_of_objects_decides_what_the_night_decides(shop: Workshop, settled: str) -> None:
    with shop.copy_of(settled):
        night = measure.night(DAY)
        decided = consequence_hash(DAY)
    for customers in (peers.candidates, lambda on: peers.everybody()):
        with shop.copy_of(settled):
            assert peers.open_day(DAY, customers(DAY)) > 0
            assert peers.charged(DAY) == night.fees
            assert consequence_hash(DAY) == decided
            assert findings() == []


def test_a_second_opening_writes_no_row(shop: Workshop, settled: str) -> None:
    with shop.copy_of(settled):
        _, second = measure.open_twice(DAY)
        assert second.rows == 0


def test_two_workers_decide_what_one_decides(shop: Workshop, settled: str) -> None:
    hashes = set()
    for number in (1, 2):
        with shop.copy_of(settled) as name:
            run = workers.night(DAY, number, shop.address(name))
            assert run.seconds > 0
            assert 20 < run.memory_mb < 1000
            hashes.add(consequence_hash(DAY))
    assert len(hashes) == 1


def test_the_floor_leaves_the_rows_that_the_night_left(
    shop: Workshop, settled: str, tmp_path: object
) -> None:
    with shop.copy_of(settled):
        mark = floor.mark()
        night = measure.night(DAY)
        spools = floor.collect(mark, night.written, tmp_path)
        fees = value("select sum(fees_charged) from billing_openbill")
        points = value("select sum(points) from risk_score")
        entries = value("select count(*) from billing_entry")
    with shop.copy_of(settled):
        floor.split(spools)
    with shop.copy_of(settled):
        floor.lay_out_updates(spools)
        floor.write(spools)
        assert value("select count(*) from billing_entry") == entries
        assert value("select sum(points) from risk_score") == points
        # bills that the night settled are let be
        assert value("select sum(fees_charged) from billing_openbill") >= fees
    assert {s.table for s in spools} >= {"billing_entry", "billing_openbill", "risk_point"}


def test_repayments_are_posted_with_their_consequences(shop: Workshop, settled: str) -> None:
    with shop.copy_of(settled):
        measure.night(DAY)
        before = value("select count(*) from risk_episode where cured_on is not null")
        found = posting.measure(alone=12, each=6)
        assert found.repayments > 3
        assert found.per_second > 0
        assert found.median_ms > 0
        assert findings() == []
        assert value("select count(*) from risk_episode where cured_on is not null") > before


def test_the_table_and_the_document_say_every_goal() -> None:
    night = measure.Night(seconds=2.0, steps={"charge_fees": 1.0}, step_rows={"charge_fees": {}})
    night.written = {"billing_entry": (5, 2, 1)}
    found = Found(
        nights=[night],
        floors=[{"billing_entry": 1.0, "commit": 0.0}],
        again=[(1.0, measure.Again(0.2, 0))],
        alone=[workers.Run(1, 2.0, 90.0)],
        pairs=[workers.Run(2, 1.0, 95.0)],
        hashes={"book": {"a"}, "sample": {"b", "c"}},
        sample_nights=[night],
        loops={"candidates": [100.0], "all": [600.0]},
        loop_customers={"candidates": 3, "all": 9},
        loop_fees={"candidates": night.fees, "all": night.fees},
        small=[night],
        plain=[night],
        machine={
            "cores": 2,
            "processor": "x",
            "memory_gb": 1,
            "postgresql": "18",
            "python": "3",
            "settings": {},
        },
    )
    result = table.document(Plan(Shape(20_000, history=2), grow_from=2_000), found)
    json.dumps(result, default=str)
    assert result["ratios"]["night_to_floor"] == 2.0
    assert result["ratios"]["loop_all_to_night"] == 300.0
    assert result["same_consequences"] == {"book": True, "sample": False}
    said = "\n".join(table.lines(result))
    for words in ("night / floor", "two workers", "growth exponent", "memory of Python", "NO"):
        assert words in said


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--customers", "99"],
        ["--customers", "5000001"],
        ["--customers", "1e5"],
        ["--customers", "-400"],
        ["--customers", "٤٠٠"],
        ["--customers", "400", "--rounds", "0"],
        ["--customers", "400", "--history", "1.5"],
        ["--customers", "400", "--grow-from", "400"],
    ],
)
def test_a_bad_argument_is_one_line_and_exit_2(words: list[str]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("benchmark_night", *words, stderr=StringIO())
    assert refused.value.returncode == 2
    assert len(str(refused.value).splitlines()) == 1


def test_nothing_is_left_behind_when_it_is_interrupted() -> None:
    home = connection.settings_dict["NAME"]

    def interrupted() -> None:
        with workshop("interrupted") as shop:
            shop.clone("template0", shop.name("left"))
            with shop.inside(shop.name("left")):
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert connection.settings_dict["NAME"] == home
    left = f"select count(*) from pg_database where starts_with(datname, '{home}_interrupted')"
    assert value(left) == 0


def test_two_benchmarks_at_once_are_refused() -> None:
    with workshop("twice"), pytest.raises(Busy), workshop("twice"):
        pass


def test_an_address_names_the_database_to_other_processes() -> None:
    found = address(
        {
            "USER": "a b",
            "PASSWORD": "p@ss",
            "HOST": "/var/run",
            "PORT": "5433",
            "NAME": "book",
            "OPTIONS": {"sslmode": "require", "connect_timeout": 1},
        }
    )
    assert re.fullmatch(r"postgres://a%20b:p%40ss@%2Fvar%2Frun:5433/book\?sslmode=require", found)
