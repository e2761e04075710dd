"""What an offer foretells before it is sent is what the nights record once it is kept."""

from __future__ import annotations

from typing import Any

import pytest

from appeals import operations, remedies
from appeals.remedies import outlook
from tests.appeals.cases import NOW, TODAY, against_restriction
from tests.appeals.test_offers import Case
from tests.factories import start_with_limits
from tests.risk.test_forecast import compared, live

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("contested", [False, True])
def test_a_package_whose_plan_is_kept_comes_as_foretold(
    contested: bool, time_machine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_with_limits()
    time_machine.move_to(NOW, tick=False)
    monkeypatch.setattr(outlook, "DAYS", 110)
    case = Case()
    if contested:  # what it rests on is held until the offer is accepted
        operations.withdraw(appeal=case.appeal, by=case.user, at=NOW, on=TODAY)
        case.appeal = against_restriction(case.customer, by=case.user)
        operations.take(appeal=case.appeal, by=case.agent, at=NOW)
    package = case.package(parts="3")
    foretold = remedies.preview(package, customer=case.customer, by=case.agent, on=TODAY).forecast
    assert foretold is not None
    assert len(foretold.payments) == 3
    assert any(status == "completed" for _number, status in foretold.last.plans)

    case.accept(case.offer(package))
    assert compared(live(case.customer, foretold)) == compared(foretold.days)
    assert foretold.last.score > foretold.now.score
