"""The database itself refuses what must never happen, whoever asks: raw SQL in all tests."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from risk.models import PolicyVersion
from tests.factories import line, make_customer

APPEND_ONLY = (
    "accounts_disclosure",
    "accounts_export",
    "accounts_signinevent",
    "accounts_noteversion",
    "accounts_replytemplateversion",
    "accounts_workmove",
    "billing_fact",
    "billing_planinstalment",
    "billing_entry",
    "billing_productterms",
    "billing_promise",
    "billing_promiseend",
    "billing_bankcalendar",
    "billing_holiday",
    "billing_mandate",
    "billing_mandateend",
    "risk_point",
    "risk_decision",
    "risk_correction",
)
DAY, LATER, SOONER = dt.date(2026, 1, 10), dt.date(2026, 1, 20), dt.date(2026, 1, 1)

Row = dict[str, Any]


def execute(sql: str, params: Row | None = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def insert(table: str, row: Row) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    values = ", ".join(f"%({name})s" for name in row)
    execute(f"insert into {table} ({names}) values ({values})", row)


def refusal(sql: str) -> str:
    execute("set constraints all immediate")  # nothing that is pending refuses instead
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        execute(sql)
    return str(refused.value)


# -- a valid row of each table -----------------------------------------------------------


@dataclass
class Rows:
    """A row of each table that is accepted; what a test changes in it is refused."""

    customer: int
    line: int
    other_customer: int
    user: int | None = None
    tables: dict[str, Row] = field(default_factory=dict)


@pytest.fixture
def rows(db: None) -> dict[str, Row]:
    customer, bare = make_customer(SOONER), make_customer(SOONER, limits={})
    whose: Row = {"customer_id": customer.pk, "line_id": line(customer).pk}
    fact = {**whose, "booked_on": DAY, "value_on": DAY, "amount": 10}
    about = {**fact, "bill_number": "B0"}
    execute(
        "insert into billing_fact (id, customer_id, line_id, kind, booked_on, value_on, amount) "
        "values (-1, %(customer_id)s, %(line_id)s, 'repay', '2026-01-09', '2026-01-09', 5)",
        whose,
    )
    return {
        "billing_productterms": {
            "product": "pay_later", "effective_from": LATER, "document": json.dumps({}),
        },
        "billing_creditline": {
            "customer_id": bare.pk, "product": "pay_later", "number": "L0", "opened_on": SOONER,
            "opening_limit": 100,
        },
        "billing_businessday": {"on": DAY, "status": "opening", "slices": 1},
        "billing_dayslice": {"day_id": closed_day(), "number": 0, "of": 1, "status": "waiting"},
        "billing_aheadofnight": {"customer_id": customer.pk, "opened_on": DAY},
        "billing_quarantine": {"customer_id": customer.pk, "since": DAY, "error": "sick"},
        "billing_fact": {**fact, "kind": "repay", "number": "P0"},
        "billing_fact bill": {
            **fact, "kind": "bill", "number": "B0", "interest": 0, "due_on": LATER,
        },
        "billing_fact purchase": {**fact, "kind": "purchase"},
        "billing_fact draw": {**fact, "kind": "draw", "instalments": 3},
        "billing_fact refund": {**about, "kind": "refund"},
        "billing_fact dispute": {**about, "kind": "dispute"},
        "billing_fact limit": {**fact, "kind": "limit"},
        "billing_fact waive": {**about, "kind": "waive", "amount": None},
        "billing_fact hold": {
            **fact, "kind": "hold", "number": "H0", "amount": None, "holds": ["fees"],
            "until_on": LATER,
        },
        "billing_fact release": {
            **fact, "kind": "release_hold", "number": "H0", "amount": None,
        },
        "billing_fact payout": {**fact, "kind": "payout", "number": "O0"},
        "billing_fact write": {**fact, "kind": "write_off", "amount": None},
        "billing_writeoff": {
            **whose, "bill_id": -1, "fact_id": -1, "written_on": DAY, "amount": 10, "owed": 10,
        },
        "billing_fact due": {**fact, "kind": "due_day", "amount": None, "due_day": 20},
        "billing_hold": {
            **whose, "id": -1, "number": "H0", "started_on": DAY, "fees": True,
            "milestones": False, "interest": False,
        },
        "billing_fact resolve": {
            **about, "kind": "resolve_dispute", "amount": None, "outcome": "lender",
        },
        "billing_fact reverse": {**fact, "kind": "reverse", "amount": None, "reverses_id": -1},
        "billing_fact plan": {**fact, "kind": "plan", "amount": None, "bill_numbers": ["B0"]},
        "billing_fact settle": {**fact, "kind": "settle", "number": "S0", "draw_number": "D0"},
        "billing_fact end": {**fact, "kind": "end_plan", "number": "A0", "amount": None},
        "billing_promise": {
            **whose, "number": "PTP0", "n": 1, "amount": 10, "due_on": LATER, "last_on": LATER,
            "threshold": "0.5", "tolerance": 1, "made_on": DAY,
        },
        "billing_promiseend": {
            "customer_id": customer.pk, "number": "PTP0", "kind": "withdrawn", "on": DAY,
        },
        "billing_promisestate": {
            **whose, "promise_id": -1, "last_on": LATER, "status": "open", "counted": 0,
        },
        "billing_planinstalment": {"fact_id": -1, "due_on": DAY, "amount": 5},
        "billing_bill": {
            **whose, "id": -1, "number": "B0", "origin": "booked", "issued_on": DAY,
            "booked_on": DAY, "sequence": 1, "due_on": LATER, "principal": 10, "interest": 0,
        },
        "billing_charge": {
            **whose, "fact_id": -1, "n": 0, "number": "T0", "value_on": DAY, "booked_on": DAY,
            "principal": 10, "interest": 0,
        },
        "billing_charge loan": {
            **whose, "fact_id": -2, "n": 1, "number": "D0/1", "value_on": DAY, "booked_on": DAY,
            "due_on": LATER, "principal": 10, "interest": 0, "rate": "0.0004",
        },
        "billing_openbill": {
            **whose, "bill_id": -1, "product": "pay_later", "due_on": LATER, "principal": 10,
            "interest": 0, "fee": 0, "fees_charged": 0, "cap_principal": 10,
        },
        "billing_linestate": {
            "line_id": bare_line(bare.pk), "customer_id": bare.pk, "assigned_limit": 100,
            "credit": 0, "unbilled": 0,
        },
        "billing_entry": {
            **whose, "value_on": DAY, "bill_id": -1, "component": "principal", "kind": "issued",
            "amount": 10, "for_on": DAY, "booked_on": DAY,
        },
        "billing_plan": {
            **whose, "id": -1, "number": "A0", "started_on": DAY, "status": "kept", "counted": 0,
        },
        "billing_planbill": {"customer_id": customer.pk, "plan_id": -1, "bill_id": -1},
        "billing_dispute": {
            "customer_id": customer.pk, "bill_id": -1, "fact_id": -1, "filed_on": DAY,
            "amount": 5, "moved": 5,
        },
        "risk_policyversion": {
            "name": "next", "effective_from": LATER, "document": json.dumps({}),
            "status": "published",
        },
        "risk_decision": {
            "customer_id": customer.pk, "kind": "income", "number": "I0", "booked_on": DAY,
            "value_on": DAY,
        },
        "risk_decision exempt": {
            **whose, "kind": "exempt", "booked_on": DAY, "value_on": DAY, "code": "low_score",
            "until_on": LATER,
        },
        "risk_decision restrict": {
            **whose, "kind": "restrict", "number": "M0", "booked_on": DAY, "value_on": DAY,
            "effect": "reduce", "factor": "0.5",
        },
        "risk_episode": {
            **whose, "id": -1, "opened_on": DAY, "severity": "general", "oldest_due": SOONER,
        },
        "risk_episodebill": {
            "customer_id": customer.pk, "episode_id": -1, "bill_id": -1, "joined_on": DAY,
        },
        "risk_episodeage": {
            "customer_id": customer.pk, "episode_id": -1, "on": DAY, "oldest_due": SOONER,
        },
        "risk_forgiveness": {
            "decision_id": -1, "customer_id": customer.pk, "episode_id": -1, "on": DAY,
        },
        "risk_point": {
            "on": DAY, "customer_id": customer.pk, "cause": "cured", "points": 10,
            "evidence_id": -1, "booked_on": DAY,
        },
        "risk_score": {"customer_id": bare.pk, "points": 0, "score": 600},
        "risk_correction": {
            "customer_id": customer.pk, "subject": "point", "subject_id": -1, "act": "reversed",
            "on": DAY, "because_of": "fact -1",
        },
        "risk_alert": {
            "customer_id": customer.pk, "code": "sharp_drop", "opened_on": DAY, "points_lost": 60,
        },
        "risk_restriction": {
            **whose, "code": "low_score", "trigger": "score_below", "effect": "reduce",
            "factor": "0.5", "from_on": DAY,
        },
        "risk_restrictionevidence": {
            "customer_id": customer.pk, "restriction_id": -1, "kind": "score", "evidence_id": -1,
            "on": DAY,
        },
        "risk_linestatus": {**whose, "status": "reduced", "factor": "0.5"},
        "risk_statustold": {
            **whose, "status": "reduced", "factor": "0.5", "was": "active", "on": DAY,
        },
        "risk_authorization": {
            **whose, "kind": "draw", "reference": "R0", "amount": 10, "instalments": 3,
            "status": "approved", "reasons": [], "available": 90, "decided_at": DAY,
            "expires_at": LATER,
        },
        "risk_authorization captured": {
            **whose, "kind": "purchase", "reference": "R1", "amount": 10, "status": "captured",
            "reasons": [], "available": 90, "decided_at": DAY, "expires_at": LATER,
            "captured": 9, "fact_id": -1, "ended_at": DAY,
        },
        "risk_authorization declined": {
            **whose, "kind": "purchase", "reference": "R2", "amount": 10, "status": "declined",
            "reasons": ["over_limit"], "available": 9, "decided_at": DAY, "ended_at": DAY,
        },
        "billing_channelpayment": {
            "channel_id": -1, "payment_id": "C0", "account": "", "amount": 10, "value_on": DAY,
            "received_at": DAY, "state": "suspense", "why": "",
        },
        "billing_channelpayment booked": {
            **whose, "channel_id": -1, "payment_id": "C1", "account": "", "amount": 10,
            "value_on": DAY, "received_at": DAY, "state": "booked", "why": "", "fact_id": -1,
        },
        "billing_channelpayment awaiting": {
            "channel_id": -1, "payment_id": "C2", "account": "", "received_at": DAY,
            "state": "awaiting", "why": "",
        },
        "billing_channelnotice": {
            "channel_id": -1, "event_id": "E0", "kind": "payment", "payment_id": -1,
            "body_hash": "", "outcome": "booked", "received_at": DAY,
        },
        "billing_settlementline": {
            "file_id": -1, "channel_id": -1, "number": 1, "raw": "", "amount": 10,
        },
        "billing_break": {
            "channel_id": -1, "day": DAY, "kind": "amount", "line_id": -1, "in_book": 10,
            "at_channel": 9, "state": "open",
        },
        "billing_break settled": {
            "channel_id": -1, "day": DAY, "kind": "missing", "payment_id": -1, "in_book": 10,
            "state": "settled", "remedy": "accepted", "proposed_by_id": -1, "settled_by_id": -2,
            "settled_at": DAY,
        },
        "billing_channelday": {
            "channel_id": -1, "day": DAY, "opening": 1, "came_in": 3, "paid_out": 2, "closing": 2,
            "matched": 0, "broken": 0,
        },
        "billing_posting": {
            "kind": "fee", "component": "fee", "source": "x", "own_id": -1, "counter_id": -2,
        },
        "billing_trialbalance": {
            "day": DAY, "account": "fees", "product": "", "debits": 3, "credits": 2,
            "balance": 1, "last_entry": 1,
        },
        "billing_mandate": {
            **whose, "public_id": "00000000-0000-4000-8000-000000000001",
            "channel_id": -1, "bank": "ICBC", "account": "****1234", "token": "t",
            "given_on": DAY, "given_at": DAY, "via": "portal",
        },
        "billing_debitattempt": {
            **whose, "mandate_id": -1, "reference": "AD-1", "day": DAY, "n": 1, "last": False,
            "amount": 10, "state": "asked", "begun_at": DAY, "claimed_at": DAY,
        },
        "billing_debitattempt failed": {
            **whose, "mandate_id": -1, "reference": "AD-2", "day": DAY, "n": 2, "last": True,
            "amount": 10, "state": "refused", "begun_at": DAY, "claimed_at": DAY, "ended_at": DAY,
        },
        "billing_sandboxdebit": {
            "reference": "AD-1", "amount": 10, "outcome": "ok", "on": DAY,
        },
        "billing_bankcalendar": {"code": "c0", "name": "C", "weekend": [6, 7]},
        "billing_holiday": {
            "calendar_id": -1, "on": LATER, "name": "H", "announced_on": DAY,
        },
    }  # fmt: skip


def closed_day() -> dt.date:
    insert("billing_businessday", {"on": SOONER, "status": "closed", "slices": 1})
    return SOONER


def bare_line(customer: int) -> int:
    """A line that no state has been written for."""
    insert(
        "billing_creditline",
        {
            "customer_id": customer, "product": "cash_loan", "number": "L1", "opened_on": SOONER,
            "opening_limit": 100,
        },
    )  # fmt: skip
    return execute("select id from billing_creditline where number = 'L1'")[0][0]


def table_of(name: str) -> str:
    return name.split(" ")[0]


def test_the_rows_that_the_tests_change_are_accepted_as_they_are(rows) -> None:
    for name, row in rows.items():
        with transaction.atomic():
            insert(table_of(name), row)
            transaction.set_rollback(True)


# -- append-only -------------------------------------------------------------------------


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize(
    "act", ["update {} set id = id", "delete from {}", "truncate {} cascade", "truncate {}"]
)
def test_append_only_tables_refuse_every_change(table: str, act: str, rows) -> None:
    said = refusal(act.format(table))
    assert "append-only" in said or "referenced in a foreign key constraint" in said


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_append_only_tables_refuse_a_change_of_no_row_and_an_upsert(table: str, rows) -> None:
    assert "append-only" in refusal(f"delete from {table} where false")
    assert "append-only" in refusal(f"merge into {table} t using (select 1) s on false "
                                    "when matched then delete")  # fmt: skip


def test_every_guarded_table_of_every_room_refuses_a_change_of_no_row() -> None:
    guarded = {
        table
        for (table,) in execute(
            "select tgrelid::regclass::text from pg_trigger where tgname like '%_is_append_only'"
        )
    }
    assert guarded >= {
        *APPEND_ONLY,
        "accounts_dataexport",
        "accounts_noticetemplate",
        "accounts_outboxevent",
        "accounts_webhookattempt",
        "appeals_appealdecision",
        "appeals_appealevent",
        "appeals_appealrules",
        "appeals_evidenceview",
        "appeals_execution",
        "appeals_internalnote",
        "appeals_letter",
        "appeals_letterpdf",
        "appeals_letterview",
        "appeals_message",
        "appeals_offerevent",
        "appeals_signature",
        "appeals_workcalendar",
        "billing_breakevent",
        "billing_channelnotice",
        "billing_settlementline",
    }
    for table in guarded:
        assert "append-only" in refusal(f"delete from {table} where false"), table
        assert "append-only" in refusal(f"truncate {table} cascade"), table


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Every test here asks the database."""


def audits() -> list[str]:
    return [
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.db_table.endswith("event") and model._meta.app_label in ROOMS
    ]


ROOMS = ("accounts", "billing", "risk", "appeals")


def test_audit_sees_bulk_sql_and_cannot_be_changed(rows) -> None:
    assert "accounts_customerevent" in audits()
    insert("billing_quarantine", rows["billing_quarantine"])
    execute("update accounts_customer set name = name || '!'")
    execute("update billing_quarantine set attempts = 2")
    for table in ("accounts_customerevent", "billing_quarantineevent"):
        assert execute(f"select count(*) from {table}")[0][0] > 0
        assert refusal(f"update {table} set pgh_label = 'x'")
        assert refusal(f"delete from {table}")
        assert refusal(f"truncate {table}")


# -- policies ----------------------------------------------------------------------------


def test_a_published_policy_is_immutable(rows) -> None:
    policy = PolicyVersion.objects.get(status="published")
    for act in (
        "update risk_policyversion set name = 'other'",
        "update risk_policyversion set status = 'draft'",
        f"update risk_policyversion set effective_from = effective_from + 1 where id = {policy.pk}",
        """update risk_policyversion set document = '{"score": {}}'""",
        "delete from risk_policyversion",
    ):
        assert "a published policy is immutable" in refusal(act)
    assert refusal("truncate risk_policyversion cascade")
    policy.refresh_from_db()
    assert policy.document["score"]["initial"] == 600


def test_a_draft_of_a_policy_can_be_changed_until_it_is_published(rows) -> None:
    insert("risk_policyversion", {**rows["risk_policyversion"], "status": "draft"})
    execute("update risk_policyversion set name = 'better' where status = 'draft'")
    execute("update risk_policyversion set status = 'published' where name = 'better'")
    assert "immutable" in refusal("delete from risk_policyversion where name = 'better'")
    insert(
        "risk_policyversion",
        {**rows["risk_policyversion"], "status": "draft", "effective_from": DAY},
    )
    execute("delete from risk_policyversion where status = 'draft'")


# -- constraints -------------------------------------------------------------------------

#: constraint: the row it is tried on, and values each of which it refuses.
REFUSED: dict[str, list[tuple[str, Row]]] = {
    "mandate_keeps_four_digits": [
        ("billing_mandate", {"account": value}) for value in ("6222021234", "1234", "****12345")
    ],
    "debit_is_of_some_amount": [
        ("billing_debitattempt", {"amount": value}) for value in (0, -1, "NaN")
    ],
    "answered_debit_has_ended": [
        ("billing_debitattempt", {"ended_at": DAY}),
        ("billing_debitattempt failed", {"ended_at": None}),
    ],
    "debit_that_came_is_a_payment": [
        ("billing_debitattempt", {"payment_id": -1}),
        ("billing_debitattempt failed", {"state": "ok"}),
    ],
    "sandbox_debits_some_amount": [
        ("billing_sandboxdebit", {"amount": value}) for value in (0, -1, "NaN")
    ],
    "bank_calendar_has_a_banking_day": [
        ("billing_bankcalendar", {"weekend": value}) for value in ([0], [1, 2, 3, 4, 5, 6, 7])
    ],
    "opening_limit_is_not_negative": [
        ("billing_creditline", {"opening_limit": value}) for value in (-1, "NaN")
    ],
    "fact_counts_no_later_than_booked": [
        ("billing_fact", {"value_on": LATER}),
        ("billing_fact purchase", {"value_on": LATER}),
    ],
    "fact_amount_is_not_negative": [
        ("billing_fact", {"amount": value}) for value in ("-0.01", "NaN")
    ],
    "fact_interest_is_not_negative": [
        ("billing_fact bill", {"interest": value}) for value in ("-0.01", "NaN")
    ],
    "bill_due_no_sooner_than_issued": [
        ("billing_fact bill", {"due_on": SOONER}),
        ("billing_fact bill", {"due_on": None}),
        ("billing_fact bill", {"number": None}),
        ("billing_fact bill", {"amount": None}),
        ("billing_fact bill", {"interest": None}),
    ],
    "fact_of_money_has_an_amount": [
        (f"billing_fact{kind}", {"amount": None})
        for kind in ("", " purchase", " draw", " refund", " dispute", " limit")
    ],
    "fact_about_a_bill_names_it": [
        (f"billing_fact {kind}", {"bill_number": None})
        for kind in ("refund", "dispute", "waive", "resolve")
    ],
    "draw_has_instalments": [("billing_fact draw", {"instalments": value}) for value in (0, None)],
    "decided_dispute_has_an_outcome": [
        ("billing_fact resolve", {"outcome": value}) for value in (None, "nobody")
    ],
    "reversal_names_what_it_reverses": [("billing_fact reverse", {"reverses_id": None})],
    "plan_names_its_bills": [("billing_fact plan", {"bill_numbers": None})],
    "hold_says_what_it_holds": [
        ("billing_fact hold", {"number": None}),
        ("billing_fact hold", {"holds": None}),
        ("billing_fact hold", {"holds": []}),
        ("billing_fact hold", {"holds": ["principal"]}),
    ],
    "hold_ends_after_it_begins": [
        ("billing_fact hold", {"until_on": DAY}),
        ("billing_fact", {"until_on": LATER}),
    ],
    "release_names_its_hold": [("billing_fact release", {"number": None})],
    "waiver_alone_hangs_on_a_plan": [("billing_fact", {"plan_number": "A0"})],
    "due_day_is_in_every_month": [
        ("billing_fact due", {"due_day": 29}),
        ("billing_fact due", {"due_day": 0}),
        ("billing_fact due", {"due_day": None}),
        ("billing_fact", {"due_day": 5}),
    ],
    "end_of_a_plan_names_it": [("billing_fact end", {"number": None})],
    "promise_is_of_some_amount": [
        ("billing_promise", {"amount": 0}),
        ("billing_promise", {"amount": "NaN"}),
        ("billing_promise", {"tolerance": -1}),
    ],
    "promise_threshold_is_a_share": [("billing_promise", {"threshold": "1.01"})],
    "promise_is_due_no_sooner_than_made": [
        ("billing_promise", {"due_on": SOONER}),
        ("billing_promise", {"last_on": DAY}),
    ],
    "superseded_promise_names_the_new_one": [
        ("billing_promiseend", {"kind": "superseded", "new_number": ""}),
        ("billing_promiseend", {"new_number": "PTP1"}),
    ],
    "decided_promise_has_a_date": [
        ("billing_promisestate", {"status": "kept"}),
        ("billing_promisestate", {"decided_on": DAY}),
    ],
    "promise_counts_no_less_than_nothing": [
        ("billing_promisestate", {"counted": value}) for value in (-1, "NaN")
    ],
    "channel_payment_has_an_amount": [
        ("billing_channelpayment", {"amount": None}),
        ("billing_channelpayment", {"amount": 0}),
        ("billing_channelpayment", {"value_on": None}),
        ("billing_channelpayment awaiting", {"amount": 10}),
    ],
    "booked_payment_names_its_repayment": [
        ("billing_channelpayment booked", {"fact_id": None}),
        ("billing_channelpayment booked", {"line_id": None}),
        ("billing_channelpayment booked", {"reversal_id": -2}),
    ],
    "settlement_line_is_of_an_amount": [
        ("billing_settlementline", {"amount": value}) for value in (-1, "NaN")
    ],
    "break_is_between_amounts": [
        ("billing_break", {"in_book": -1}),
        ("billing_break", {"at_channel": "NaN"}),
    ],
    "settled_break_says_how": [
        ("billing_break settled", {"remedy": None}),
        ("billing_break settled", {"settled_at": None}),
        ("billing_break", {"settled_by_id": -2}),
    ],
    "difference_is_accepted_by_another": [("billing_break settled", {"settled_by_id": -1})],
    "channel_day_ties_to_the_cent": [("billing_channelday", {"closing": "2.01"})],
    "channel_day_is_of_totals": [("billing_channelday", {"opening": "NaN", "closing": "NaN"})],
    "posting_moves_between_accounts": [("billing_posting", {"counter_id": -1})],
    "trial_balance_is_of_totals": [
        ("billing_trialbalance", {name: "NaN"}) for name in ("debits", "credits", "balance")
    ],
    "authorization_is_of_an_amount": [
        ("risk_authorization", {"amount": 0}),
        ("risk_authorization", {"available": -1}),
    ],
    "no_more_is_captured_than_authorized": [
        ("risk_authorization captured", {"captured": value}) for value in (0, 11)
    ],
    "captured_authorization_says_how_much": [
        ("risk_authorization captured", {"captured": None}),
        ("risk_authorization captured", {"fact_id": None}),
        ("risk_authorization", {"captured": 9}),
    ],
    "open_authorization_has_not_ended": [
        ("risk_authorization", {"ended_at": DAY}),
        ("risk_authorization", {"expires_at": None}),
        ("risk_authorization declined", {"ended_at": None}),
    ],
    "declined_authorization_names_reasons": [("risk_authorization declined", {"reasons": []})],
    "authorized_draw_has_instalments": [
        ("risk_authorization", {"instalments": value}) for value in (0, None)
    ],
    "told_factor_is_a_share": [
        ("risk_statustold", {"factor": value}) for value in ("1.01", "-0.01", "NaN")
    ],
    "hold_ends_no_sooner_than_it_begins": [("billing_hold", {"until_on": SOONER})],
    "hold_holds_something": [("billing_hold", {"fees": False})],
    "instalment_is_not_negative": [
        ("billing_planinstalment", {"amount": value}) for value in (-1, "NaN")
    ],
    "bill_due_no_sooner_than_its_issue": [("billing_bill", {"due_on": SOONER})],
    "bill_is_not_negative": [
        ("billing_bill", {"principal": -1}),
        ("billing_bill", {"interest": -1}),
    ],
    "open_bill_owes_no_less_than_nothing": [
        ("billing_openbill", {"principal": "-0.01"}),
        ("billing_openbill", {"interest": -1}),
        ("billing_openbill", {"fee": -1}),
    ],
    "charge_is_not_negative": [
        ("billing_charge", {"principal": -1}),
        ("billing_charge", {"interest": "NaN"}),
    ],
    "payout_has_a_number_and_an_amount": [
        ("billing_fact payout", {"number": None}),
        ("billing_fact payout", {"amount": None}),
    ],
    "write_off_is_not_negative": [
        ("billing_writeoff", {"amount": "NaN"}),
        ("billing_writeoff", {"owed": -1}),
    ],
    "instalment_has_a_rate": [
        ("billing_charge", {"rate": "0.0004"}),
        ("billing_charge", {"due_on": LATER}),
        *(
            ("billing_charge", {"due_on": LATER, "rate": value})
            for value in ("-0.01", "1.01", "NaN")
        ),
    ],
    "settlement_names_its_draw": [
        ("billing_fact settle", {"draw_number": None}),
        ("billing_fact settle", {"number": None}),
        ("billing_fact settle", {"kind": "draw", "instalments": 3}),
    ],
    "dispute_is_not_negative": [
        ("billing_dispute", {"amount": "NaN"}),
        ("billing_dispute", {"moved": -1}),
    ],
    "plan_counts_no_less_than_nothing": [
        ("billing_plan", {"counted": -1}),
        ("billing_plan", {"counted": "NaN"}),
    ],
    "line_state_is_not_negative": [
        ("billing_linestate", {"assigned_limit": -1}),
        ("billing_linestate", {"credit": -1}),
        ("billing_linestate", {"unbilled": -1}),
    ],
    "entry_amount_is_finite": [("billing_entry", {"amount": "NaN"})],
    "entry_is_on_a_bill_or_on_credit": [
        ("billing_entry", {"bill_id": None}),
        ("billing_entry", {"component": "credit"}),
    ],
    "plan_ends_with_a_date": [
        ("billing_plan", {"ended_on": DAY}),
        ("billing_plan", {"status": "broken"}),
    ],
    "decided_dispute_has_a_date": [
        ("billing_dispute", {"outcome": "lender"}),
        ("billing_dispute", {"decided_on": DAY}),
    ],
    "decision_counts_no_later_than_booked": [("risk_decision", {"value_on": LATER})],
    "exemption_ends_after_it_starts": [
        ("risk_decision exempt", {"until_on": DAY}),
        ("risk_decision exempt", {"until_on": None}),
        ("risk_decision exempt", {"line_id": None}),
        ("risk_decision exempt", {"code": ""}),
    ],
    "restriction_by_staff_has_an_effect": [
        ("risk_decision restrict", {"effect": None}),
        ("risk_decision restrict", {"factor": None}),
        ("risk_decision restrict", {"factor": "1.01"}),
        ("risk_decision restrict", {"factor": "-0.01"}),
        ("risk_decision restrict", {"factor": "NaN"}),
        ("risk_decision restrict", {"line_id": None}),
        ("risk_decision restrict", {"number": None}),
    ],
    "episode_cured_no_sooner_than_opened": [("risk_episode", {"cured_on": SOONER})],
    "severe_episode_has_its_day": [
        ("risk_episode", {"severity": "severe"}),
        ("risk_episode", {"severe_on": DAY}),
    ],
    "points_are_not_zero": [("risk_point", {"points": 0})],
    "restriction_ends_no_sooner_than_it_starts": [("risk_restriction", {"until_on": SOONER})],
    "factor_is_a_share": [
        ("risk_restriction", {"factor": value}) for value in ("1.01", "-0.01", "NaN")
    ],
    "suspended_line_has_no_limit": [
        ("risk_linestatus", {"status": "suspended"}),
        ("risk_linestatus", {"factor": "1.5"}),
        ("risk_linestatus", {"factor": "NaN"}),
    ],
}

#: constraint: the row that stands once, and what may differ in the second one.
ONCE: dict[str, tuple[str, Row]] = {
    "one_terms_version_a_day": ("billing_productterms", {"document": json.dumps({"a": 1})}),
    "one_line_a_product": ("billing_creditline", {"number": "L2"}),
    "one_day_opens_at_a_time": ("billing_businessday", {"on": LATER}),
    "debit_is_tried_once_a_time": ("billing_debitattempt", {"reference": "AD-3"}),
    "holiday_is_announced_once_a_day": ("billing_holiday", {"name": "other"}),
    "one_slice_a_number": ("billing_dayslice", {"status": "done"}),
    "one_quarantine_at_a_time": ("billing_quarantine", {"since": LATER}),
    "fact_is_booked_once": ("billing_fact", {"amount": 11}),
    "repayment_is_reversed_once": ("billing_fact reverse", {"booked_on": LATER}),
    "charge_stands_once": ("billing_charge", {"number": "T1"}),
    "one_late_fee_a_bill_and_day": ("billing_entry", {"kind": "fee", "component": "fee"}),
    "waiver_is_taken_back_once": (
        "billing_entry",
        {"kind": "returned", "component": "fee", "fact_id": -1, "amount": 4},
    ),
    "entry_is_reversed_once": ("billing_entry", {"reverses_id": -1}),
    "promise_is_booked_once": (
        "billing_promise",
        {"due_on": dt.date(2026, 1, 25), "last_on": dt.date(2026, 1, 25)},
    ),
    "promise_has_one_amount_a_date": ("billing_promise", {"n": 2}),
    "channel_payment_stands_once": ("billing_channelpayment", {"amount": 11}),
    "channel_event_is_taken_once": ("billing_channelnotice", {"outcome": "suspense"}),
    "settlement_line_stands_once": ("billing_settlementline", {"raw": "x"}),
    "line_breaks_once": ("billing_break", {"in_book": 11}),
    "payment_is_missed_once": ("billing_break settled", {"day": LATER}),
    "channel_day_stands_once": ("billing_channelday", {"matched": 1}),
    "one_posting_rule_a_kind": ("billing_posting", {"counter_id": -3}),
    "account_balances_once_a_day": ("billing_trialbalance", {"last_entry": 2}),
    "plan_covers_a_bill_once": ("billing_planbill", {}),
    "one_policy_a_day": ("risk_policyversion", {"name": "another"}),
    "decision_is_booked_once": ("risk_decision", {"booked_on": LATER}),
    "one_open_episode_a_line": ("risk_episode", {"id": -2, "opened_on": LATER}),
    "bill_joins_an_episode_once": ("risk_episodebill", {"joined_on": LATER}),
    "one_age_an_episode_and_day": ("risk_episodeage", {"oldest_due": DAY}),
    "points_of_one_cause_stand_once": ("risk_point", {"points": 11}),
    "points_are_reversed_once": ("risk_point", {"reverses_id": -1, "cause": "clean"}),
    "one_open_alert_a_code": ("risk_alert", {"opened_on": LATER}),
    "alert_opens_once_a_day": ("risk_alert", {"closed_on": LATER}),
    "one_standing_restriction_a_rule": ("risk_restriction", {"from_on": LATER}),
    "restriction_starts_once_a_day": ("risk_restriction", {"until_on": LATER}),
    "evidence_stands_once": ("risk_restrictionevidence", {"on": LATER}),
}

#: what the first of the two rows has to be like for the second to meet that constraint
FIRST_IS: dict[str, Row] = {
    "one_late_fee_a_bill_and_day": {"kind": "fee", "component": "fee"},
    "waiver_is_taken_back_once": {"kind": "returned", "component": "fee", "fact_id": -1},
    "entry_is_reversed_once": {"reverses_id": -1},
    "points_are_reversed_once": {"reverses_id": -1},
}


def refused_by(name: str, row: Row) -> str | None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        insert(table_of(name), row)
    assert isinstance(refused.value.__cause__, psycopg.errors.IntegrityError)
    return refused.value.__cause__.diag.constraint_name


@pytest.mark.parametrize(
    ("constraint", "name", "values"),
    [(key, name, values) for key, cases in REFUSED.items() for name, values in cases],
    ids=lambda part: str(part) if not isinstance(part, dict) else next(iter(part.items())),
)
def test_a_constraint_refuses_what_its_name_says(constraint, name, values, rows) -> None:
    assert refused_by(name, {**rows[name], **values}) == constraint


@pytest.mark.parametrize("constraint", ONCE)
def test_a_row_that_stands_once_is_refused_again(constraint: str, rows) -> None:
    name, values = ONCE[constraint]
    with transaction.atomic():
        insert(table_of(name), {**rows[name], **FIRST_IS.get(constraint, {})})
        assert refused_by(name, {**rows[name], **values}) == constraint
        transaction.set_rollback(True)


def test_every_constraint_is_tried() -> None:
    named = {
        constraint.name
        for model in apps.get_models()
        if model._meta.app_label in ("billing", "risk")
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint | models.UniqueConstraint)
    }
    assert named == set(REFUSED) | set(ONCE)


def test_no_amount_is_beyond_all_bounds_or_no_number(rows) -> None:
    numeric = execute(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'public' and data_type = 'numeric' "
        "and table_name ~ '^(billing|risk)_' and table_name !~ 'event$' "
        "and table_name <> 'billing_journal' order by 1, 2"
    )
    stored = []
    for table, column in numeric:
        for value in ("NaN", "Infinity", "-Infinity", 10**12, -(10**12)):
            name = next(
                name for name, row in rows.items() if table_of(name) == table
                and (column in row or name in ("billing_fact bill", "risk_decision restrict"))
            )  # fmt: skip
            try:
                with transaction.atomic():
                    insert(table, {**rows[name], column: value})
                    transaction.set_rollback(True)
            except DatabaseError:
                continue
            if table == "billing_trialbalance" and value != "NaN":  # totals: what a book adds up to
                continue
            stored.append(f"{table}.{column} {value}")
    assert stored == []


def test_a_fact_keeps_its_cents(rows) -> None:
    """A column of two decimals rounds; operations refuse what is finer (tests of operations)."""
    insert("billing_fact", {**rows["billing_fact"], "amount": "999999999999.99"})
    assert execute("select amount::text from billing_fact where number = 'P0'") == [
        ("999999999999.99",)
    ]
