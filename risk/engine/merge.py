"""Writes the difference between what a replay says and what is recorded.

Ledgers (entries, points) are append-only: a row that has become wrong is reversed by a row that
names it, a missing one is added, one that is right is not touched. Episodes, alerts and
restrictions that have become wrong are kept and marked reversed. Caches follow. Every reversal
and every return leaves a Correction with the fact as the reason.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from billing.engine.scope import Few
from billing.engine.sql import run_text


@dataclass(frozen=True)
class Ledger:
    """An append-only table: rows are the same if `key` and `values` are."""

    table: str
    subject: str
    dated: str
    key: Sequence[str]
    values: Sequence[str]
    amount: str
    others: Sequence[str]


@dataclass(frozen=True)
class Kept:
    """A table whose wrong rows stay, marked reversed; `moving` columns are brought up to date."""

    table: str
    subject: str
    dated: str
    key: Sequence[str]
    moving: Sequence[str]
    fixed: Sequence[str]


@dataclass(frozen=True)
class Cache:
    """A table that says how things stand: rows are changed, added, and (if `shrinks`) removed."""

    table: str
    key: Sequence[str]
    columns: Sequence[str]
    shrinks: str = ""


LEDGERS = (
    Ledger(
        "billing_entry",
        "entry",
        "value_on",
        ("value_on", "for_on", "line_id", "bill_id", "component", "kind", "fact_id"),
        ("amount",),
        "amount",
        (),
    ),
    Ledger(
        "risk_point",
        "point",
        '"on"',
        ('"on"', "cause", "threshold", "evidence_id"),
        ("points", "expires_on", "lasts_days"),
        "points",
        ("policy_id",),
    ),
)

KEPT = (
    Kept(
        "risk_episode",
        "episode",
        "opened_on",
        ("id",),
        ("cured_on", "severity", "severe_on", "oldest_due", "frozen_dpd"),
        ("line_id", "opened_on"),
    ),
    Kept(
        "risk_alert",
        "alert",
        "opened_on",
        ("code", "opened_on"),
        ("closed_on", "closed_by_id", "points_lost"),
        ("id",),
    ),
    Kept(
        "risk_restriction",
        "restriction",
        "from_on",
        ("line_id", "code", "trigger", "effect", "factor", "from_on"),
        ("until_on",),
        ("id", "policy_id"),
    ),
)

CACHES = (
    Cache(
        "billing_bill",
        ("id",),
        (
            "line_id",
            "number",
            "origin",
            "issued_on",
            "booked_on",
            "sequence",
            "due_on",
            "principal",
            "interest",
        ),
    ),
    Cache(
        "billing_charge",
        ("fact_id", "n"),
        (
            "line_id",
            "number",
            "value_on",
            "booked_on",
            "due_on",
            "principal",
            "interest",
            "rate",
            "bill_id",
        ),
    ),
    Cache(
        "billing_openbill",
        ("bill_id",),
        (
            "line_id",
            "product",
            "due_on",
            "principal",
            "interest",
            "fee",
            "fees_charged",
            "cap_principal",
            "overdue_on",
            "plan_id",
        ),
        shrinks="true",
    ),
    Cache("billing_linestate", ("line_id",), ("assigned_limit", "credit", "unbilled")),
    Cache(
        "billing_plan",
        ("id",),
        ("line_id", "number", "started_on", "status", "ended_on", "counted"),
    ),
    Cache(
        "billing_planbill",
        ("plan_id", "bill_id"),
        (),
        shrinks="r.plan_id in (select id from billing_plan where started_on >= %(since)s)",
    ),
    Cache(
        "billing_dispute",
        ("bill_id",),
        ("fact_id", "filed_on", "amount", "moved", "outcome", "decided_on"),
        shrinks="r.filed_on >= %(since)s",
    ),
    Cache(
        "billing_hold",
        ("id",),
        (
            "line_id",
            "number",
            "started_on",
            "until_on",
            "fees",
            "milestones",
            "interest",
            "bill_numbers",
        ),
    ),
    Cache(
        "billing_writeoff",
        ("bill_id",),
        ("line_id", "fact_id", "written_on", "amount", "owed"),
        shrinks="r.written_on >= %(since)s",
    ),
    Cache(
        "risk_episodebill",
        ("episode_id", "bill_id"),
        ("joined_on",),
        shrinks="r.joined_on >= %(since)s and exists (select from risk_episode e "
        "where e.id = r.episode_id and e.reversed_on is null)",
    ),
    Cache(
        "risk_episodeage",
        ("episode_id", '"on"'),
        ("oldest_due", "frozen_dpd"),
        shrinks='r."on" >= %(since)s and exists (select from risk_episode e '
        "where e.id = r.episode_id and e.reversed_on is null)",
    ),
    Cache(
        "risk_forgiveness",
        ("decision_id",),
        ("episode_id", '"on"'),
        shrinks='r."on" >= %(since)s',
    ),
    Cache("risk_score", ("customer_id",), ("points", "score", "ended_on")),
    Cache("risk_linestatus", ("line_id",), ("status", "factor"), shrinks="true"),
)

_EVIDENCE = """
with same as (
    select s.id as shadow_id, r.id as real_id
    from pg_temp.risk_restriction s
    join risk_restriction r on r.line_id = s.line_id and r.code = s.code
     and r.trigger = s.trigger and r.effect = s.effect and r.factor = s.factor
     and r.from_on = s.from_on
    where r.customer_id = any(%(customers)s::bigint[])
)
insert into risk_restrictionevidence (restriction_id, customer_id, kind, evidence_id, "on")
select m.real_id, x.customer_id, x.kind, x.evidence_id, x."on"
from pg_temp.risk_restrictionevidence x join same m on m.shadow_id = x.restriction_id
where not (x.kind = 'alert')
on conflict do nothing
"""

_ALERT_EVIDENCE = """
insert into risk_restrictionevidence (restriction_id, customer_id, kind, evidence_id, "on")
select r.id, x.customer_id, x.kind, a.id, x."on"
from pg_temp.risk_restrictionevidence x
join pg_temp.risk_restriction s on s.id = x.restriction_id
join risk_restriction r on r.line_id = s.line_id and r.code = s.code and r.trigger = s.trigger
 and r.effect = s.effect and r.factor = s.factor and r.from_on = s.from_on
join pg_temp.risk_alert t on t.id = x.evidence_id
join risk_alert a on a.customer_id = t.customer_id and a.code = t.code
 and a.opened_on = t.opened_on
where x.kind = 'alert' and r.customer_id = any(%(customers)s::bigint[])
on conflict do nothing
"""

_VOID = (
    # a bill of a dispute that no longer moves anything, a plan that covers nothing any more
    """update billing_bill r set principal = 0
    where r.customer_id = any(%(customers)s::bigint[]) and r.origin = 'disputed'
      and r.issued_on >= %(since)s and r.principal <> 0
      and not exists (select from pg_temp.billing_bill s where s.id = r.id)""",
    """update billing_plan r set status = 'void', ended_on = r.started_on
    where r.customer_id = any(%(customers)s::bigint[]) and r.started_on >= %(since)s
      and r.status <> 'void'
      and not exists (select from pg_temp.billing_plan s where s.id = r.id)""",
)


def merge(scope: Few, since: datetime.date, on: datetime.date, because_of: str) -> None:
    """Bring the record from `since` on to what the shadow tables say; booked on `on`."""
    params = {"since": since, "on": on, "because_of": because_of, **scope.params}
    for statement in _statements():
        run_text(statement, scope, params)


@cache
def _statements() -> tuple[str, ...]:
    statements: list[str] = []
    for ledger in LEDGERS:
        statements += _ledger(ledger)
    statements += _VOID
    for kept in KEPT:
        statements += _kept(kept)
    for cache_ in CACHES:
        statements += _cache(cache_)
    return (*statements, _EVIDENCE, _ALERT_EVIDENCE)


def _same(columns: Sequence[str], left: str, right: str) -> str:
    return " and ".join(f"{left}.{c} is not distinct from {right}.{c}" for c in columns)


def _ledger(t: Ledger) -> list[str]:
    columns = ", ".join((*t.key, *t.values, *t.others))
    same = _same((*t.key, *t.values), "r", "s")
    standing = (
        f"r.customer_id = any(%(customers)s::bigint[]) and r.{t.dated} >= %(since)s "
        f"and r.reverses_id is null "
        f"and not exists (select from {t.table} v where v.reverses_id = r.id)"
    )
    negated = ", ".join(
        f"-r.{c}" if c == t.amount else f"r.{c}" for c in (*t.key, *t.values, *t.others)
    )
    return [
        f"""
        with wrong as (
            insert into {t.table} (customer_id, {columns}, booked_on, reverses_id, version)
            select r.customer_id, {negated}, %(on)s, r.id, r.version
            from {t.table} r
            where {standing} and not exists (
                select from pg_temp.{t.table} s where s.customer_id = r.customer_id and {same}
            )
            returning customer_id, reverses_id
        )
        insert into risk_correction (customer_id, subject, subject_id, act, "on", because_of)
        select customer_id, '{t.subject}', reverses_id, 'reversed', %(on)s, %(because_of)s
        from wrong
        """,
        f"""
        insert into {t.table} (customer_id, {columns}, booked_on, version)
        select s.customer_id, {", ".join("s." + c for c in (*t.key, *t.values, *t.others))}, %(on)s,
               (select count(*) from {t.table} v
                where v.customer_id = s.customer_id and v.reverses_id is null
                  and v.{t.dated} = s.{t.dated} and {_same(t.key, "v", "s")})
        from pg_temp.{t.table} s
        where s.{t.dated} >= %(since)s and not exists (
            select from {t.table} r
            where {standing} and r.customer_id = s.customer_id and {same}
        )
        """,
    ]


def _kept(t: Kept) -> list[str]:
    same = _same(t.key, "r", "s")
    everything = (*dict.fromkeys((*t.key, *t.moving, *t.fixed)),)
    moving = ", ".join(t.moving)
    return [
        f"""
        with wrong as (
            update {t.table} r set reversed_on = %(on)s
            where r.customer_id = any(%(customers)s::bigint[]) and r.reversed_on is null
              and r.{t.dated} >= %(since)s
              and not exists (
                  select from pg_temp.{t.table} s where s.customer_id = r.customer_id and {same}
              )
            returning customer_id, id
        )
        insert into risk_correction (customer_id, subject, subject_id, act, "on", because_of)
        select customer_id, '{t.subject}', id, 'reversed', %(on)s, %(because_of)s from wrong
        """,
        f"""
        update {t.table} r set ({moving}) = row({", ".join("s." + c for c in t.moving)})
        from pg_temp.{t.table} s
        where r.customer_id = any(%(customers)s::bigint[]) and r.customer_id = s.customer_id
          and {same} and r.reversed_on is null
          and ({", ".join("r." + c for c in t.moving)}) is distinct from
              ({", ".join("s." + c for c in t.moving)})
        """
        if len(t.moving) > 1
        else f"""
        update {t.table} r set {moving} = s.{moving}
        from pg_temp.{t.table} s
        where r.customer_id = any(%(customers)s::bigint[]) and r.customer_id = s.customer_id
          and {same} and r.reversed_on is null and r.{moving} is distinct from s.{moving}
        """,
        f"""
        with back as (
            update {t.table} r
            set reversed_on = null, {", ".join(f"{c} = s.{c}" for c in t.moving)}
            from pg_temp.{t.table} s
            where r.customer_id = any(%(customers)s::bigint[]) and r.customer_id = s.customer_id
              and {same} and r.reversed_on is not null
            returning r.customer_id, r.id
        )
        insert into risk_correction (customer_id, subject, subject_id, act, "on", because_of)
        select customer_id, '{t.subject}', id, 'returned', %(on)s, %(because_of)s from back
        """,
        f"""
        insert into {t.table} (customer_id, {", ".join(everything)})
        select s.customer_id, {", ".join("s." + c for c in everything)}
        from pg_temp.{t.table} s
        where not exists (
            select from {t.table} r
            where r.customer_id = any(%(customers)s::bigint[])
              and r.customer_id = s.customer_id and {same}
        )
        """,
    ]


def _cache(t: Cache) -> list[str]:
    same = _same(t.key, "r", "s")
    keys = [c for c in t.key if c != "customer_id"]
    statements = []
    if t.shrinks:
        statements.append(
            f"""
            delete from {t.table} r
            where r.customer_id = any(%(customers)s::bigint[]) and ({t.shrinks})
              and not exists (select from pg_temp.{t.table} s where {same})
            """
        )
    if t.columns:
        changed = " or ".join(f"r.{c} is distinct from s.{c}" for c in t.columns)
        statements.append(
            f"""
            update {t.table} r set {", ".join(f"{c} = s.{c}" for c in t.columns)}
            from pg_temp.{t.table} s
            where r.customer_id = any(%(customers)s::bigint[]) and {same} and ({changed})
            """
        )
    names = ["customer_id", *keys, *t.columns]
    statements.append(
        f"""
        insert into {t.table} ({", ".join(names)})
        select {", ".join("s." + c for c in names)}
        from pg_temp.{t.table} s
        where not exists (
            select from {t.table} r where r.customer_id = any(%(customers)s::bigint[]) and {same}
        )
        """
    )
    return statements


TABLES = (
    *(t.table for t in LEDGERS),
    *(t.table for t in KEPT),
    *(t.table for t in CACHES),
    "risk_restrictionevidence",
)
