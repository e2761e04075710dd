"""What a customer is told when the last debit of a due day failed: to pay by hand."""

import datetime
from collections.abc import Sequence
from pathlib import Path

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts import notices
from accounts.desk.formats import money, words_date
from accounts.models import Notice
from accounts.notices import Dropped, Facts, Kind, texts_in
from billing.choices import Product
from billing.debits.running import owed

TEXTS = Path(__file__).resolve().parent / "texts"


def facts(rows: Sequence[Notice]) -> dict[int, Facts | Dropped]:
    """What is owed now; over where it was paid meanwhile."""
    found: dict[int, Facts | Dropped] = {}
    for row in rows:
        day = datetime.date.fromisoformat(row.context["day"])
        amount = owed(row.context["line"], day)
        with translation.override(row.language):
            found[row.pk] = (
                {
                    "product": str(Product(row.context["product"]).label),
                    "account": row.context["account"],
                    "day": words_date(day),
                    "amount": money(amount),
                }
                if amount > 0
                else Dropped()
            )
    return found


def announce() -> None:
    notices.register(
        Kind(
            "debit_failed",
            _("Auto-debit failed"),
            {
                "product": "先享后付额度",
                "account": "工商银行 ****1234",
                "day": "2026年3月10日",
                "amount": "820.00",
            },
            texts_in(TEXTS, "debit_failed"),
            facts=facts,
            days=3,
        )
    )
