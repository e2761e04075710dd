"""Offers whose last day has passed."""

import datetime
from pathlib import Path

from django.db import connection, transaction

from appeals.offers import case
from appeals.offers.models import Offer

_SQL = Path(__file__).resolve().parent.parent / "sql" / "expire_offers.sql"


@transaction.atomic
def expire(*, today: datetime.date, at: datetime.datetime) -> int:
    """Close them; how many those were. Repeatable: a second run finds none."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL.read_text(encoding="utf-8"), {"today": today, "at": at})
        over = [row[0] for row in cursor.fetchall()]
    for offer in Offer.objects.filter(pk__in=over).select_related("appeal", "customer"):
        case.expired(offer, at=at)
    return len(over)
