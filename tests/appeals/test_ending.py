"""An appeal that ends clears its table: no offer of it can be accepted afterwards."""

from __future__ import annotations

import pytest

from appeals import operations
from appeals.offers.choices import OfferState
from appeals.offers.models import Offer
from tests.appeals.cases import NOW, TODAY
from tests.appeals.test_offers import case, today  # noqa: F401

pytestmark = pytest.mark.django_db


def test_an_offer_goes_off_the_table_with_its_appeal(case) -> None:  # noqa: F811
    offer = case.offer()
    assert offer.state == OfferState.OPEN
    operations.withdraw(
        appeal=offer.appeal, by=offer.customer, at=max(NOW, offer.appeal.filed_at), on=TODAY
    )
    assert Offer.objects.get(pk=offer.pk).state == OfferState.WITHDRAWN
