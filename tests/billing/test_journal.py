"""Each money entry stands in two accounts, and the accounts of a day sum to zero."""

import datetime
from decimal import Decimal

import pytest

from billing import journal
from billing.choices import EntryKind
from billing.models import Account, Entry, JournalLine, OpenBill, Posting, TrialBalance
from tests.book import book_facts, enter_all, nights, timelines

FIRST, LAST = datetime.date(2024, 1, 1), datetime.date(2026, 12, 31)


@pytest.mark.django_db
def test_every_kind_of_entry_has_an_account():
    assert set(Posting.objects.values_list("kind", flat=True)) == set(EntryKind.values)


@pytest.mark.django_db
def test_a_random_book_balances_every_day_and_its_accounts_are_what_is_owed():
    found = timelines(range(60), FIRST, LAST)[:6]
    entered = enter_all(found)
    start = min(s.opened for s in found)
    book_facts(entered, through=start + datetime.timedelta(days=60))
    last = 0
    for n in (20, 45, 70):
        day = start + datetime.timedelta(days=n)
        nights(day)
        last = Entry.objects.order_by("-pk").first().pk
        journal.seal(day, through=last)
        assert journal.out_of_balance(day) is None
    assert journal.unposted(0) == []
    day = TrialBalance.objects.order_by("-day").first().day
    balances = {
        (row.account, row.product): row.balance for row in TrialBalance.objects.filter(day=day)
    }
    for product in ("pay_later", "cash_loan"):
        owed = sum(
            (
                o.principal + o.interest + o.fee
                for o in OpenBill.objects.filter(product=product, bill__write_off=None)
            ),
            Decimal(0),
        )
        assert balances.get(("receivable", product), 0) == owed
    lines = JournalLine.objects.all()
    assert sum((row.amount for row in lines), Decimal(0)) == 0
    assert {row.account for row in lines} <= set(Account.objects.values_list("code", flat=True))
    journal.seal(day, through=last)
    assert journal.out_of_balance(day) is None
