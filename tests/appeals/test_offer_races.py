"""Two at once, in real transactions: an offer is carried out once, and one side's move wins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from appeals.models import Execution, Offer, Signature
from appeals.offers import operations
from appeals.offers.operations import OfferRefused
from appeals.remedies import outlook
from billing.models import Plan
from risk.desk import acts
from tests.appeals.cases import NOW, TODAY
from tests.appeals.test_offers import Case
from tests.factories import start_with_limits

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(clean_book: None, monkeypatch: pytest.MonkeyPatch) -> Case:
    start_with_limits()
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    monkeypatch.setattr(outlook, "DAYS", 2)
    return Case()


def at_once(*moves: Callable[[], Any]) -> list[Any]:
    """Run them in threads that start together; what each gave or raised."""
    gate = threading.Barrier(len(moves))
    found: list[Any] = [None] * len(moves)

    def run(n: int) -> None:
        try:
            gate.wait()
            found[n] = moves[n]()
        except Exception as error:
            found[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(moves))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return found


def test_accepted_twice_at_once_it_is_carried_out_once(case) -> None:
    offer = case.offer()
    first, second = at_once(lambda: case.accept(offer), lambda: case.accept(offer))
    assert (first.state, second.state) == ("accepted", "accepted")
    assert Execution.objects.count() == Plan.objects.count() == Signature.objects.count() == 1


def test_accepted_and_withdrawn_at_once_one_of_them_wins(case) -> None:
    offer = case.offer()
    found = at_once(
        lambda: case.accept(offer),
        lambda: operations.withdraw(offer, by=case.agent, words="a mistake", at=NOW),
    )
    state = Offer.objects.get().state
    assert sum(isinstance(one, OfferRefused) for one in found) == 1, found
    assert Execution.objects.count() == (state == "accepted")
