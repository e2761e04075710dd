"""What must hold of the book before a day closes: each check is a query that returns nothing.

A check returns the id and, in words, what is wrong. `check_book` runs all of them over the whole
book, and so does the last night of a run over a book that is small (config/night/report.py). A day
that closes runs, beside the day's totals, those that cost what is open now over everybody, those
that can look at the day alone over everybody's day, those of the customer over some whom the day
touched, and leaves those that read the whole history to the week (`When`).
"""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.engine.scope import Many, Scope, Slice

SAID = 20
SAMPLE = 40


class When(Enum):
    """Over what a check looks when a day closes."""

    NOW = "what is open now, of everybody"
    DAY = "the day alone, of everybody"
    SAMPLE = "some customers whom the day touched"
    WEEK = "nothing: the week's whole check looks"


@dataclass(frozen=True)
class Check:
    """`sql` selects (id, what is wrong); `{scope:a}` is the scope's condition on alias `a`."""

    name: str
    title: str | Promise
    sql: str
    when: When = When.SAMPLE


@dataclass(frozen=True)
class Finding:
    """A check that failed: how many rows, and the first of them."""

    name: str
    title: str
    failures: int
    rows: Sequence[tuple[str, str]]

    def document(self) -> dict[str, object]:
        return {
            "name": self.name,
            "title": self.title,
            "failures": self.failures,
            "ids": [key for key, _ in self.rows],
            "words": [words for _, words in self.rows],
        }


_OPENED = """greatest(
    (select max(d."on") from billing_businessday d where not exists (
        select from billing_dayslice s where s.day_id = d."on" and s.status <> 'done')),
    (select a.opened_on from billing_aheadofnight a where a.customer_id = f.customer_id))"""
_STANDING = "not exists (select from risk_point r where r.reverses_id = p.id)"

CHECKS = (
    Check(
        "open_bills_equal_entries",
        _("What a bill owes equals the sum of its entries"),
        """
        select coalesce(o.bill_id, e.bill_id), 'owed ' || coalesce(o.principal, 0) || ' + '
               || coalesce(o.interest, 0) || ' + ' || coalesce(o.fee, 0) || ', entries '
               || coalesce(e.principal, 0) || ' + ' || coalesce(e.interest, 0) || ' + '
               || coalesce(e.fee, 0)
        from (select * from billing_openbill o where {scope:o}) o
        full join (
            select e.bill_id,
                   coalesce(sum(e.amount) filter (where e.component = 'principal'), 0) as principal,
                   coalesce(sum(e.amount) filter (where e.component = 'interest'), 0) as interest,
                   coalesce(sum(e.amount) filter (where e.component = 'fee'), 0) as fee,
                   coalesce(sum(e.amount) filter (where e.kind = 'fee'), 0) as charged
            from billing_entry e
            where e.bill_id is not null and {scope:e}
            group by e.bill_id
        ) e on e.bill_id = o.bill_id
        where (coalesce(o.principal, 0), coalesce(o.interest, 0), coalesce(o.fee, 0))
              is distinct from (coalesce(e.principal, 0), coalesce(e.interest, 0),
                                coalesce(e.fee, 0))
           or o.bill_id is not null and o.fees_charged <> e.charged
        """,
        when=When.WEEK,
    ),
    Check(
        "credit_equals_entries",
        _("A line's credit balance equals the sum of its entries"),
        """
        select s.line_id, 'credit ' || s.credit || ', entries ' || coalesce(e.amount, 0)
        from billing_linestate s
        left join (
            select e.line_id, sum(e.amount) as amount from billing_entry e
            where e.component = 'credit' and {scope:e} group by e.line_id
        ) e on e.line_id = s.line_id
        where {scope:s} and s.credit <> coalesce(e.amount, 0)
        """,
        when=When.WEEK,
    ),
    Check(
        "unbilled_equals_charges",
        _("What a line has not billed yet equals its open charges"),
        """
        select s.line_id, 'not billed ' || s.unbilled || ', charges ' || coalesce(c.amount, 0)
        from billing_linestate s
        left join (
            select c.line_id, sum(c.principal) as amount from billing_charge c
            where c.bill_id is null and {scope:c} group by c.line_id
        ) c on c.line_id = s.line_id
        where {scope:s} and s.unbilled <> coalesce(c.amount, 0)
        """,
    ),
    Check(
        "limit_equals_its_fact",
        _("A line's assigned limit is the last one that was set"),
        """
        select s.line_id, 'assigned ' || s.assigned_limit || ', set '
               || coalesce(f.amount, l.opening_limit)
        from billing_linestate s
        join billing_creditline l on l.id = s.line_id
        left join (
            select distinct on (f.line_id) f.line_id, f.amount
            from billing_fact f
            where f.kind = 'limit' and {scope:f} and f.value_on <= """
        + _OPENED
        + """
            order by f.line_id, f.value_on desc, f.booked_on desc, f.id desc
        ) f on f.line_id = s.line_id
        where {scope:s} and s.assigned_limit <> coalesce(f.amount, l.opening_limit)
          and not exists (select from billing_quarantine q
                          where q.customer_id = s.customer_id and q.released_at is null)
        """,
    ),
    Check(
        "bills_are_billed_in_full",
        _("A bill's entries bill what it was issued for"),
        """
        select b.id, 'issued ' || b.principal + b.interest || ', billed ' || coalesce(e.amount, 0)
        from billing_bill b
        left join (
            select e.bill_id, sum(e.amount) as amount from billing_entry e
            where e.kind = 'issued' and {scope:e} and {day:e.value_on} group by e.bill_id
        ) e on e.bill_id = b.id
        where {scope:b} and {day:b.issued_on} and b.principal + b.interest <> coalesce(e.amount, 0)
        """,
        when=When.DAY,
    ),
    Check(
        "no_fee_twice",
        _("No bill is charged two fees for one day"),
        """
        select e.bill_id, e.for_on || ': ' || count(*) || ' fees'
        from billing_entry e
        where e.kind = 'fee' and e.reverses_id is null and {scope:e} and {day:e.value_on}
          and not exists (select from billing_entry r where r.reverses_id = e.id)
        group by e.bill_id, e.for_on
        having count(*) > 1
        """,
        when=When.DAY,
    ),
    Check(
        "no_fee_within_a_hold",
        _("No late fee is dated on a day on which a hold covers its bill"),
        """
        select e.bill_id, 'fee for ' || e.for_on || ', held by ' || h.number
        from billing_entry e
        join billing_hold h on h.customer_id = e.customer_id and h.line_id = e.line_id
         and h.fees and e.for_on >= h.started_on and (h.until_on is null or e.for_on < h.until_on)
        join billing_bill b on b.id = e.bill_id
        where e.kind = 'fee' and e.reverses_id is null and {scope:e} and {day:e.value_on}
          and (h.bill_numbers is null or b.number = any(h.bill_numbers))
          and not exists (select from billing_entry r where r.reverses_id = e.id)
        """,
        when=When.DAY,
    ),
    Check(
        "no_milestone_within_a_hold",
        _("No points for days past due come while holds cover all bills of an episode"),
        """
        select p.id, 'past_due/' || p.threshold || ' on ' || p."on"
        from risk_point p
        where p.cause = 'past_due' and p.reverses_id is null and {scope:p} and {day:p."on"}
          and exists (select from billing_hold h
                      where h.customer_id = p.customer_id and h.milestones)
          and not exists (select from risk_point r where r.reverses_id = p.id)
          and not exists (
              select from risk_episodebill x join billing_bill b on b.id = x.bill_id
              where x.episode_id = p.evidence_id and x.joined_on <= p."on"
                and not exists (
                    select from billing_hold h
                    where h.customer_id = b.customer_id and h.line_id = b.line_id
                      and h.milestones and p."on" >= h.started_on
                      and (h.until_on is null or p."on" < h.until_on)
                      and (h.bill_numbers is null or b.number = any(h.bill_numbers))))
        """,
        when=When.DAY,
    ),
    Check(
        "holds_equal_their_facts",
        _("A hold stands as it was placed and released"),
        """
        select f.id, f.number || ': ' || coalesce(h.started_on::text, 'none') || ' to '
               || coalesce(h.until_on::text, 'open') || ', facts say ' || f.value_on || ' to '
               || coalesce(least(f.until_on, r.value_on)::text, 'open')
        from billing_fact f
        left join billing_fact r on r.kind = 'release_hold' and r.number = f.number
         and r.value_on >= f.value_on and r.value_on <= """
        + _OPENED
        + """
        left join billing_hold h on h.id = f.id
        where f.kind = 'hold' and {scope:f} and f.value_on <= """
        + _OPENED
        + """
          and (h.id is null or h.started_on <> f.value_on
               or h.until_on is distinct from least(f.until_on, r.value_on))
          and not exists (select from billing_quarantine q
                          where q.customer_id = f.customer_id and q.released_at is null)
        """,
    ),
    Check(
        "waivers_follow_their_plans",
        _("A waiver on a plan is taken back just where the plan broke or was replaced"),
        """
        select f.id, 'waived ' || x.waived || ', taken back ' || x.returned || ', the plan is '
               || coalesce(p.status, 'none')
        from billing_fact f
        left join billing_plan p on p.customer_id = f.customer_id and p.number = f.plan_number
        cross join lateral (
            select coalesce(-sum(e.amount) filter (where e.kind = 'waived'), 0) as waived,
                   coalesce(sum(e.amount) filter (where e.kind = 'returned'), 0) as returned
            from billing_entry e
            where e.customer_id = f.customer_id and e.value_on >= f.value_on and e.fact_id = f.id
        ) x
        where f.plan_number is not null and {scope:f}
          and x.returned <> case when p.status in ('broken', 'replaced') then x.waived else 0 end
        """,
    ),
    Check(
        "repayments_are_allocated",
        _("A repayment is allocated to the cent, a reversed one not at all"),
        """
        select f.id, f.number || ': repaid ' || case when v.id is null then f.amount else 0 end
               || ', allocated ' || coalesce(e.amount, 0)
        from billing_fact f
        left join billing_fact v on v.reverses_id = f.id
        left join (
            select e.fact_id, sum(case when e.component = 'credit' then e.amount
                                       else -e.amount end) as amount
            from billing_entry e
            where e.fact_id is not null and e.kind = 'repaid' and {scope:e} and {day:e.value_on}
            group by e.fact_id
        ) e on e.fact_id = f.id
        where f.kind = 'repay' and {scope:f} and {day:f.value_on}
          and f.value_on <= """
        + _OPENED
        + """
          and case when v.id is null then f.amount else 0 end <> coalesce(e.amount, 0)
          and not exists (select from billing_quarantine q
                          where q.customer_id = f.customer_id and q.released_at is null)
        """,
        when=When.DAY,
    ),
    Check(
        "write_offs_equal_what_is_owed",
        _("What is off the books is what is owed of the bills that were written off"),
        """
        select w.bill_id, 'off the books ' || w.owed || ', owed '
               || coalesce(o.principal + o.interest + o.fee, 0) || ', entries '
               || coalesce(-e.amount, 0)
        from billing_writeoff w
        left join billing_openbill o on o.bill_id = w.bill_id
        left join (
            select e.bill_id, sum(e.amount) as amount from billing_entry e
            where e.component = 'books' and {scope:e} group by e.bill_id
        ) e on e.bill_id = w.bill_id
        where {scope:w}
          and (w.owed <> coalesce(o.principal + o.interest + o.fee, 0)
               or w.owed <> coalesce(-e.amount, 0))
        union all
        select e.bill_id, 'off the books 0, entries ' || -sum(e.amount)
        from billing_entry e
        where e.component = 'books' and {scope:e}
          and not exists (select from billing_writeoff w where w.bill_id = e.bill_id)
        group by e.bill_id having sum(e.amount) <> 0
        """,
        when=When.WEEK,
    ),
    Check(
        "score_equals_ledger",
        _("A score equals the points in force"),
        """
        with opened as (
            select max(s.day_id) as on_ from billing_dayslice s where s.status = 'done'
        )
        select s.customer_id, 'cached ' || s.points || ', ledger ' || coalesce(p.points, 0)
        from risk_score s
        left join (
            select p.customer_id, sum(p.points) as points
            from risk_point p
            cross join opened o
            left join risk_episode e on e.id = p.evidence_id and p.cause in ('past_due', 'repeat')
            left join billing_aheadofnight a on a.customer_id = p.customer_id
            where p.reverses_id is null and {scope:p} and """
        + _STANDING
        + """
              and (p.expires_on is null or p.expires_on > greatest(o.on_, a.opened_on))
              and (e.cured_on is null or p.lasts_days is null
                   or e.cured_on + p.lasts_days > greatest(o.on_, a.opened_on))
              and not exists (
                  select from risk_forgiveness f where f.episode_id = e.id and f."on" >= p."on")
            group by p.customer_id
        ) p on p.customer_id = s.customer_id
        where {scope:s} and s.points <> coalesce(p.points, 0)
          and not exists (select from billing_quarantine q
                          where q.customer_id = s.customer_id and q.released_at is null)
        union all
        select s.customer_id, 'score ' || s.score || ', points ' || s.points || ' give '
               || least(greatest(r.initial + s.points, r.floor), r.ceiling)
        from risk_score s
        cross join (
            select (v.document->'score'->>'initial')::int as initial,
                   (v.document->'score'->>'floor')::int as floor,
                   (v.document->'score'->>'ceiling')::int as ceiling
            from risk_policyversion v
            where v.status = 'published'
              and v.effective_from <= (select max(d."on") from billing_businessday d)
            order by v.effective_from desc
            limit 1
        ) r
        where {scope:s}
          and s.score <> least(greatest(r.initial + s.points, r.floor), r.ceiling)
          and not exists (select from billing_quarantine q
                          where q.customer_id = s.customer_id and q.released_at is null)
          and not exists (select from billing_aheadofnight a where a.customer_id = s.customer_id)
        union all
        select c.id, 'no score'
        from accounts_customer c
        where c.opened_on < (select max(d."on") from billing_businessday d) and {scope:c.id}
          and not exists (select from risk_score s where s.customer_id = c.id)
          and not exists (select from billing_quarantine q
                          where q.customer_id = c.id and q.released_at is null)
        """,
    ),
    Check(
        "line_status_equals_fold",
        _("A line's status is the fold of its restrictions in force"),
        """
        select coalesce(s.line_id, r.line_id),
               'status ' || coalesce(s.status, 'active') || ', restrictions say '
               || coalesce(r.status, 'active')
        from (select * from risk_linestatus s where {scope:s}) s
        full join (
            select r.line_id,
                   case when bool_or(r.effect = 'suspend') then 'suspended' else 'reduced' end
                       as status,
                   case when bool_or(r.effect = 'suspend') then 0 else min(r.factor) end as factor
            from risk_restriction r
            where r.until_on is null and r.reversed_on is null and {scope:r}
            group by r.line_id
        ) r on r.line_id = s.line_id
        where (s.status, s.factor) is distinct from (r.status, r.factor)
        """,
        when=When.NOW,
    ),
    Check(
        "restrictions_have_evidence",
        _("Every restriction names what made it hold"),
        """
        select r.id, r.code || ' without evidence'
        from risk_restriction r
        where r.reversed_on is null and {scope:r}
          and not exists (select from risk_restrictionevidence x where x.restriction_id = r.id)
        """,
    ),
    Check(
        "episodes_match_bills",
        _("An open episode has a bill to pay, an overdue bill an open episode"),
        """
        select e.id, 'open, but none of its bills owes anything'
        from risk_episode e
        where e.cured_on is null and e.reversed_on is null and {scope:e}
          and not exists (
              select from risk_episodebill b join billing_openbill o on o.bill_id = b.bill_id
              where b.episode_id = e.id and o.principal + o.interest > 0)
        union all
        select o.bill_id, 'overdue, but in no open episode'
        from billing_openbill o
        where o.overdue_on is not null and o.plan_id is null and {scope:o}
          and not exists (
              select from risk_episodebill b join risk_episode e on e.id = b.episode_id
              where b.bill_id = o.bill_id and e.reversed_on is null
                and (e.cured_on is null
                     or e.cured_on >= (select max(d."on") from billing_businessday d)))
        """,
        when=When.NOW,
    ),
    Check(
        "plans_match_bills",
        _("A running plan covers open bills, and a bill is in a running plan only"),
        """
        select p.id, 'running, but nothing of its bills is outstanding'
        from billing_plan p
        where p.status = 'kept' and {scope:p}
          and not exists (select from billing_openbill o where o.plan_id = p.id)
        union all
        select o.bill_id, 'in a plan that is not running'
        from billing_openbill o left join billing_plan p on p.id = o.plan_id
        where o.plan_id is not null and {scope:o} and p.status is distinct from 'kept'
        """,
        when=When.NOW,
    ),
    Check(
        "consequences_have_owners",
        _("Nothing refers to a bill, line or customer that is not there"),
        """
        select e.id, 'entry of an unknown bill ' || e.bill_id
        from billing_entry e
        where e.bill_id is not null and {scope:e}
          and not exists (select from billing_bill b where b.id = e.bill_id
                          and b.line_id = e.line_id and b.customer_id = e.customer_id)
        union all
        select b.id, 'bill of an unknown line ' || b.line_id
        from billing_bill b
        where {scope:b} and not exists (
            select from billing_creditline l where l.id = b.line_id
            and l.customer_id = b.customer_id)
        union all
        select p.id, 'points of an unknown customer ' || p.customer_id
        from risk_point p
        where {scope:p} and not exists (
            select from accounts_customer c where c.id = p.customer_id)
        """,
        when=When.WEEK,
    ),
)

DAYS = Check(
    "days_without_gaps",
    _("Business days follow one another without a gap"),
    """
    select d."on", 'the day before is missing or not closed'
    from billing_businessday d
    where d."on" > (select min(m."on") from billing_businessday m)
      and not exists (select from billing_businessday p
                      where p."on" = d."on" - 1 and p.status = 'closed')
    """,
)


def run(check: Check, scope: Scope, day: datetime.date | None = None) -> Finding | None:
    """None if the check holds for the scope, and for the day alone if one is given."""
    with connection.cursor() as cursor:
        cursor.execute(_filled(check.sql, scope, day), {**scope.params, "day": day})
        rows = cursor.fetchmany(SAID)
        more = cursor.rowcount
    if not rows:
        return None
    return Finding(
        name=check.name,
        title=str(check.title),
        failures=more,
        rows=[(str(key), str(words)) for key, words in rows],
    )


def all_findings(scope: Scope) -> list[Finding]:
    """The checks that do not hold."""
    found = [run(check, scope) for check in (DAYS, *CHECKS)]
    return [finding for finding in found if finding]


def findings_of_the_day(on: datetime.date) -> list[Finding]:
    """The checks of a day that closes."""
    sample = Many(tuple(_touched(on)))
    found: list[Finding | None] = [run(DAYS, whole_book())]
    for check in CHECKS:
        match check.when:
            case When.NOW:
                found.append(run(check, whole_book()))
            case When.DAY:
                found.append(run(check, whole_book(), on))
            case When.SAMPLE:
                found.append(run(check, sample))
    return [finding for finding in found if finding]


def whole_book() -> Slice:
    return Slice(0, 1)


def _touched(on: datetime.date) -> list[int]:
    """Some of the customers whom the day restricted, released, billed or charged."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            (select customer_id from risk_restriction where from_on = %(day)s limit %(sample)s)
            union
            (select customer_id from risk_restriction where until_on = %(day)s limit %(sample)s)
            union
            (select customer_id from billing_entry where value_on = %(day)s limit %(sample)s)
            """,
            {"day": on, "sample": SAMPLE},
        )
        return [row[0] for row in cursor.fetchall()]


def _filled(sql: str, scope: Scope, day: datetime.date | None) -> str:
    sql = sql.replace(" % ", " %% ")
    sql = re.sub(
        r'\{day:([\w."]+)\}',
        lambda found: "true" if day is None else f"{found[1]} = %(day)s",
        sql,
    )
    return re.sub(
        r"\{scope:([\w.]+)\}",
        lambda found: scope.predicate.format(
            column=found[1] if "." in found[1] else f"{found[1]}.customer_id"
        ),
        sql,
    )
