"""A synthetic book, filled by set-based SQL, and settled by one night of the engine.

The state before that night is the engine's own as far as every check of risk/checks.py sees:
facts, bills, entries, episodes, points and scores are computed as it records them; alerts,
restrictions and statuses are left to the night that settles the book, which looks at everybody
because a policy (the same figures again) takes effect on its day.
"""

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from billing.choices import SliceStatus
from billing.engine.sql import terms_params
from billing.models import DaySlice, ProductTerms
from billing.terms import CashLoanTerms
from config.benchmark.workshop import Workshop
from config.night import days
from config.night.run import open_due_days
from risk.choices import PolicyStatus
from risk.models import PolicyVersion
from risk.policy import CONTRACT, Preset, preset

#: The last day before the settling night; in the middle of a month, so that no statement day,
#: which the contract has once a month, falls on a timed night.
START = datetime.date(2025, 6, 14)
SETTLED = START + datetime.timedelta(days=1)
#: The night that is timed.
DAY = START + datetime.timedelta(days=2)

CURED_A_NIGHT = Decimal("0.004")

_SQL = Path(__file__).parent / "sql"
_BULKY = (
    "accounts_customer",
    "billing_creditline",
    "billing_fact",
    "billing_bill",
    "billing_charge",
    "billing_linestate",
    "billing_openbill",
    "billing_entry",
    "risk_episode",
    "risk_episodeage",
    "risk_episodebill",
    "risk_point",
    "risk_score",
)
_LOADING = {"work_mem": "256MB", "maintenance_work_mem": "1GB", "synchronous_commit": "off"}
_NUMBERED = {
    "accounts_customer": "accounts_customer",
    "billing_creditline": "billing_creditline",
    "billing_fact": "(select id from billing_fact union all select id from billing_bill) x",
}


@dataclass(frozen=True)
class Shape:
    """Which book: how many customers, how long a past, and whether all bills fall due at once."""

    customers: int
    history: int = 1
    everybody_due: bool = False

    @property
    def key(self) -> str:
        return f"{self.customers}_{self.history}{'_due' if self.everybody_due else ''}"


def build(shop: Workshop, shape: Shape) -> str:
    """Make the book of that shape, settled and ready to be copied; return its database's name."""
    name = shop.name(shape.key)
    shop.clone(shop.empty, name)
    with shop.inside(name):
        fill(shape)
        settle(shape)
        with connection.cursor() as cursor:
            cursor.execute("vacuum (analyze, freeze)")
    return name


def fill(shape: Shape) -> None:
    """The book as the engine would have left it at the end of START."""
    contract = preset(CONTRACT)
    policy_id = _publish(contract)
    params = _params(shape, contract, policy_id)
    with _load_quickly():
        for name in ("people", "bills", "money", "credit"):
            _run(name, params)
    with connection.cursor() as cursor:
        cursor.execute(
            "drop table benchmark_person, benchmark_known, benchmark_loan; "
            "drop function benchmark_draw"
        )
        for table, rows in _NUMBERED.items():
            cursor.execute(
                f"select setval(pg_get_serial_sequence('{table}', 'id'), "
                f"(select max(id) from {rows}))"
            )
        cursor.execute("vacuum (analyze)")


def settle(shape: Shape) -> None:
    """Close START with its totals, open the settling night, book the cures of the next day."""
    day = days.start(START)
    DaySlice.objects.filter(day=day).update(status=SliceStatus.DONE, done_at=timezone.now())
    days.close(day, thorough=False)
    open_due_days(SETTLED)
    cures = int(shape.customers * CURED_A_NIGHT)
    _run("cures", {"day": DAY, "cures": cures, **terms_params(preset(CONTRACT).terms)})


def _publish(contract: Preset) -> int:
    """The contract's figures from long ago on, and once more from the settling night on."""
    long_ago = START - datetime.timedelta(days=9000)
    for product, terms in contract.terms.items():
        ProductTerms.objects.create(
            product=product, effective_from=long_ago, document=terms.document(), preset=CONTRACT
        )
    versions = [
        PolicyVersion.objects.create(
            name=f"Benchmark {number}",
            effective_from=first,
            document=contract.policy.document(),
            status=PolicyStatus.PUBLISHED,
            preset=CONTRACT,
            published_at=timezone.now(),
        )
        for number, first in enumerate((long_ago, SETTLED), start=1)
    ]
    return versions[0].pk


def _params(shape: Shape, contract: Preset, policy_id: int) -> dict[str, Any]:
    score, severity = contract.policy.score, contract.policy.severity
    cash_loan = contract.cash_loan
    assert isinstance(cash_loan, CashLoanTerms)
    return {
        "customers": shape.customers,
        "history": shape.history,
        "everybody_due": shape.everybody_due,
        "start": START,
        "lead_days": cash_loan.billing_lead_days,
        "interest_rate": cash_loan.interest_daily_rate,
        **terms_params(contract.terms),
        "severe_dpd": severity.severe_dpd,
        "severe_episodes": severity.severe_episodes,
        "policy_id": policy_id,
        "initial": score.initial,
        "floor": score.floor,
        "ceiling": score.ceiling,
        "adverse_lasts_days": score.adverse_lasts_days,
        "past_due": [rule.dpd for rule in score.past_due],
        "past_due_points": [rule.points for rule in score.past_due],
        "repeat": [rule.episodes for rule in score.repeat],
        "repeat_points": [rule.points for rule in score.repeat],
        "cured_general": score.cured.general,
        "cured_severe": score.cured.severe,
        "cured_lives": score.cured.lasts_days,
        "clean": [rule.days for rule in score.clean],
        "clean_points": [rule.points for rule in score.clean],
        "clean_lives": [rule.lasts_days for rule in score.clean],
        "on_time_points": score.paid_on_time.points,
        "on_time_lives": score.paid_on_time.lasts_days,
        "brim_points": score.high_utilisation.points,
        "brim_lives": score.high_utilisation.lasts_days,
        "tenure_points": score.tenure.points,
    }


def _run(name: str, params: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute((_SQL / f"{name}.sql").read_text(), params)


@contextmanager
def _load_quickly() -> Iterator[None]:
    """Fill the tables before their indexes are made, without asking each foreign key."""
    indexes = _indexes(_BULKY)
    with connection.cursor() as cursor:
        _without_triggers(cursor)
        for name, value in _LOADING.items():
            cursor.execute(f"set {name} = '{value}'")
        for drop, _ in indexes:
            cursor.execute(drop)
        yield
        for _, make in indexes:
            cursor.execute(make)
        for name in ("session_replication_role", *_LOADING):
            cursor.execute(f"reset {name}")


def _without_triggers(cursor: Any) -> None:
    """Only a superuser may; it saves time, and changes nothing else."""
    try:
        with transaction.atomic():
            cursor.execute("set session_replication_role = replica")
    except DatabaseError:
        return


def _indexes(tables: Sequence[str]) -> list[tuple[str, str]]:
    """How to drop and how to make again each index but the primary keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select case when c.oid is null then format('drop index %%s', i.indexrelid::regclass)
                        else format('alter table %%s drop constraint %%I', i.indrelid::regclass,
                                    c.conname) end,
                   case when c.oid is null then pg_get_indexdef(i.indexrelid)
                        else format('alter table %%s add constraint %%I %%s', i.indrelid::regclass,
                                    c.conname, pg_get_constraintdef(c.oid)) end
            from pg_index i
            left join pg_constraint c on c.conindid = i.indexrelid and c.contype in ('p', 'u')
            where i.indrelid = any(%s::text[]::regclass[]) and not i.indisprimary
            """,
            [list(tables)],
        )
        return list(cursor.fetchall())
