"""What is promised is measured by commands; here on books of some hundred customers."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from config.benchmark import asking, book, pages, settling
from config.benchmark.book import DAY, Shape
from config.benchmark.command import percentile
from config.benchmark.workshop import Workshop, workshop
from config.night.run import open_due_days
from tests import blank

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(scope="module")
def shop(django_db_setup: None, django_db_blocker: object) -> Iterator[Workshop]:
    with django_db_blocker.unblock(), workshop("measuring") as made:
        blank.copy_into(made)
        yield made


@pytest.fixture(scope="module")
def built(shop: Workshop) -> str:
    return book.build(shop, Shape(300))


def test_authorisations_are_asked_over_http(shop: Workshop, built: str) -> None:
    with shop.copy_of(built) as name:
        found = asking.measure(shop.address(name), rate=20, seconds=2)
    assert found.errors == {}
    assert found.requests == found.kept == found.approved + found.declined == 40
    assert found.approved > found.declined > 0
    assert 0 < found.p50_ms <= found.p95_ms <= found.p99_ms <= found.most_ms


def test_a_file_is_settled_with_each_kind_of_break(shop: Workshop, built: str) -> None:
    with shop.copy_of(built):
        open_due_days(DAY)
        found = settling.measure(1000)
    assert found.payments == 1000
    assert found.lines == 1002
    assert found.breaks == {
        "amount_differs": 1,
        "date_differs": 1,
        "duplicate": 1,
        "missing_at_channel": 1,
        "missing_in_book": 2,
    }
    assert {"match_lines", "missing_at_channel", "close_day"} <= set(found.phases)


def test_every_page_costs_the_same_queries_whatever_the_book(shop: Workshop) -> None:
    found = []
    for customers in (100, 1000):
        large = book.build(shop, Shape(customers))
        with shop.copy_of(large):
            open_due_days(DAY)
            pages.prepare(customers)
            found.append(pages.measure(1))
    assert pages.grown(*found) == []
    names = {page.name for page in found[1]}
    assert {"index", "search", "accounts.customer list", "customer restricted: change"} <= names
    assert len(names) > 60
    assert {page.status for page in found[1]} == {200}


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(n) for n in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert percentile([7.0], 0.99) == 7


@pytest.mark.parametrize(
    "words",
    [
        ["benchmark_authorizations"],
        ["benchmark_authorizations", "--customers", "100", "--rate", "0"],
        ["benchmark_authorizations", "--customers", "100", "--seconds", "1.5"],
        ["benchmark_reconciliation", "--lines", "999"],
        ["measure_pages", "--customers", "99"],
        ["measure_pages", "--customers", "200", "--against", "201"],
    ],
)
def test_a_bad_argument_is_one_line_and_exit_2(words: list[str]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command(*words, stderr=StringIO())
    assert refused.value.returncode == 2
    assert len(str(refused.value).splitlines()) == 1
