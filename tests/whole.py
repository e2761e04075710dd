"""A small book with at least one row in every list of the desk, and the same book many times.

What people and nights make comes from the product's operations; what needs another system or
another day is written as it would stand.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.contrib import admin

from accounts.notes import operations as notes
from accounts.replies import operations as replies
from accounts.work import operations as work
from appeals import store
from appeals.choices import State
from appeals.rules import preset
from billing import operations as money
from billing.channels.layout import SAMPLE
from risk.policy import CONTRACT
from tests.appeals.cases import NOW, TODAY, decline, fresh, in_state, late_customer, restriction
from tests.factories import line, make_user, start_with_limits

Row = Any
LATER = NOW + dt.timedelta(days=7)
REPORT = {
    "lines": 1, "amount": "5.00", "matched": 0, "booked_late": 0, "broken": 1,
    "broken_amount": "5.00", "breaks": {"missing_at_channel": 1},
}  # fmt: skip
PACKAGE = {
    "as_of": TODAY.isoformat(),
    "remedies": [
        {"kind": "fee_waiver", "product": "pay_later", "bill": "B-1", "amount": "1.00",
         "conditional": False},
    ],
}  # fmt: skip
EMPTY: dict[str, Any] = {"score": 600, "lines": [], "restrictions": []}


def _make(label: str, **values: Any) -> Row:
    return apps.get_model(label)._default_manager.create(**values)


class Whole:
    """One row of each model by its label (`row("accounts.note")`), and a few more by name.

    `asker` is an agent, `chief` a supervisor; `appeal` is asker's and open, `ended` is decided.
    """

    def __init__(self) -> None:
        start_with_limits()
        self.asker, self.chief = make_user("agent"), make_user("supervisor")
        self.customer = late_customer(phone="13812345678", id_number="11010119900307851X")
        self.line = line(self.customer)
        self.rows: dict[str, Row] = {"accounts.customer": self.customer}
        self._facts()
        self._cases()
        self._desk()
        self._money()
        self._traces()
        self._consequences()

    def row(self, label: str) -> Row:
        """The row of a model; the first that there is where none was made by hand."""
        model = apps.get_model(label)
        found = self.rows.get(label) or model._default_manager.order_by("pk").first()
        assert found is not None, f"the whole book has no {label}"
        return found

    # -- facts and consequences ----------------------------------------------------------

    def _facts(self) -> None:
        paylater = self.line
        self.rows["billing.fact"] = money.book_repayment(
            line=paylater, amount=Decimal(5), number="R-1", on=TODAY
        )

    def _consequences(self) -> None:
        """Last, since whatever the engine does for the customer takes such rows back."""
        customer, paylater = self.customer, self.line
        bill = apps.get_model("billing.Bill").objects.filter(customer=customer).first()
        _make(
            "billing.Plan", id=1, customer=customer, line=paylater, number="PL-1",
            started_on=TODAY, ended_on=TODAY, status="ended", counted=0,
        )  # fmt: skip
        _make(
            "billing.Dispute", bill=bill, customer=customer, fact=self.rows["billing.fact"],
            filed_on=TODAY, amount=1, moved=0, outcome="upheld", decided_on=TODAY,
        )  # fmt: skip
        _make(
            "billing.WriteOff", bill=bill, customer=customer, line=paylater,
            fact=self.rows["billing.fact"], written_on=TODAY, amount=5, owed=4,
        )  # fmt: skip
        _make(
            "billing.Hold", id=1, customer=customer, line=paylater, number="H-1",
            started_on=TODAY, fees=True, milestones=False, interest=False,
        )  # fmt: skip
        _make("risk.Alert", customer=customer, code="sharp_drop", opened_on=TODAY, points_lost=9)
        _make(
            "risk.Decision", customer=customer, line=paylater, kind="exempt", number="X-1",
            booked_on=TODAY, value_on=TODAY, code="own_overdue", until_on=LATER.date(),
            reason="goodwill", booked_at=NOW,
        )  # fmt: skip
        _make(
            "risk.Authorization", customer=customer, line=paylater, kind="purchase",
            reference="A-1", amount=10, status="approved", available=10, decided_at=NOW,
            expires_at=LATER,
        )  # fmt: skip
        _make(
            "billing.BusinessDay", on=TODAY, status="closed", slices=1, started_at=NOW,
            closed_at=NOW, report={},
        )  # fmt: skip
        _make(
            "billing.Quarantine", customer=customer, since=TODAY, error="no", attempts=1,
            quarantined_at=NOW, released_at=NOW,
        )  # fmt: skip

    # -- appeals -------------------------------------------------------------------------

    def _cases(self) -> None:
        subject = ("restriction", restriction(self.customer).pk)
        self.appeal = in_state(self.customer, State.IN_REVIEW, self.asker, subject)
        self.rows["appeals.appeal"] = self.appeal
        other = late_customer()
        self.ended = in_state(other, State.IN_REVIEW, self.asker)
        decline(self.ended, self.asker)
        self.ended = fresh(self.ended)
        _make(
            "appeals.Letter", appeal=self.ended, customer=other, language="en", html="<p>No.</p>",
            html_hash="0" * 64, dated_on=TODAY, sent_at=NOW,
        )  # fmt: skip
        self.evidence = _make(
            "appeals.Evidence", appeal=self.appeal, name="bill.pdf",
            content_type="application/pdf", size=4, sha256="0" * 64, stored_as=store.put(b"%PDF"),
            scan="clean", scanned_at=NOW, author="customer", at=NOW,
        )  # fmt: skip
        _make("appeals.EvidenceView", evidence=self.evidence, by=self.chief, at=NOW, saved=False)
        _make(
            "appeals.Offer", number="AP-O-1", appeal=self.appeal, customer=self.customer,
            side="staff", made_by=self.asker, made_at=NOW, package=PACKAGE,
            package_hash="0" * 64, words="Take it.", cost=0, months=0,
            effect={"before": EMPTY, "after": EMPTY}, state="declined", expires_on=LATER.date(),
        )  # fmt: skip
        _make(
            "appeals.DeclaredConflict", user=make_user("agent"), customer=other,
            relation="family", words="my aunt", declared_by=self.chief, declared_at=NOW,
        )  # fmt: skip
        _make(
            "appeals.AppealRules", effective_from=TODAY, document=preset(CONTRACT).document(),
            preset=CONTRACT, published_at=NOW,
        )  # fmt: skip
        calendars = apps.get_model("appeals.WorkCalendar").objects
        if not calendars.exists():
            calendars.create(code="weekdays", name="Weekdays", document={})

    # -- the desk's own ------------------------------------------------------------------

    def _desk(self) -> None:
        customer, asker = self.customer, self.asker
        _make(
            "accounts.Mark", customer=customer, kind="do_not_contact", from_on=TODAY,
            until_on=LATER.date(), reason="asked for it", set_by=asker, set_at=NOW,
        )  # fmt: skip
        self.rows["accounts.note"] = notes.write(
            customer=customer, text="Rang twice.", pinned=False, by=asker, at=NOW
        )
        self.rows["accounts.replytemplate"] = replies.make(
            name="Late", text_en="You are late.", text_zh_hans="已逾期。", by=self.chief, at=NOW
        )
        self.item = work.open_item(
            queue="restrictions", key="whole", customer=customer, at=NOW,
            title_context={"causes": [["pay_later", "own_overdue"]]},
        )  # fmt: skip
        self.rows["accounts.workitem"] = self.item
        given = {
            "customer": customer, "act": "waive_fees", "amount": Decimal(1), "reason": "goodwill",
            "words": "was asked for", "before": EMPTY, "after": EMPTY,
        }  # fmt: skip
        sent = {"bill": f"B-{customer.number}", "amount": "1"}
        self.rows["accounts.actrequest"] = _make(
            "accounts.ActRequest", **given, data={**sent, "reason": "goodwill", "words": "please"},
            requested_by=asker, expires_at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC),
        )  # fmt: skip
        act = _make(
            "accounts.StaffAct", **given, data=sent, token=uuid.uuid4(), done_on=TODAY,
            done_by=self.chief,
        )  # fmt: skip
        run = _make(
            "accounts.BulkRun", of="customers", chosen=[customer.pk], source="a list",
            recipe="waive_fees", data={"most": "1"}, above="ask", state="done", by=self.chief,
            confirmed_at=NOW, done_at=NOW,
        )  # fmt: skip
        _make(
            "accounts.BulkTarget", run=run, customer=customer, subject_id=customer.pk, fill={},
            words="a bill", amount=1, alone=True, state="done", act=act, at=NOW,
        )  # fmt: skip
        self.notice = _make(
            "accounts.Notice", customer=customer, kind="overdue", key="whole", on=TODAY,
            state="sent", sent_at=NOW, queued_at=NOW, due_at=NOW, subject="S", body="B",
            language="en",
        )  # fmt: skip
        _make(
            "accounts.NoticeTemplate", kind="overdue", language="en", version=1, subject="S",
            body="B", published_at=NOW, published_by=self.chief,
        )  # fmt: skip
        self.filter = _make(
            "accounts.SavedFilter", of="billing.bill", name="All", query="", shared=True,
            owner=self.chief, saved_at=NOW,
        )  # fmt: skip

    # -- money in ------------------------------------------------------------------------

    def _money(self) -> None:
        channel = _make(
            "billing.Channel", code="sandbox", name="Sandbox Pay", layout=SAMPLE, since=TODAY
        )
        payment = _make(
            "billing.ChannelPayment", channel=channel, payment_id="p1", amount=5, value_on=TODAY,
            state="suspense", why="no_line", customer=self.customer,
        )  # fmt: skip
        _make(
            "billing.ChannelNotice", channel=channel, event_id="e1", kind="payment",
            payment=payment, body_hash="0" * 64, outcome="suspense",
        )  # fmt: skip
        file = _make(
            "billing.SettlementFile", channel=channel, day=TODAY, name="day.csv",
            sha256="0" * 64, source="upload", state="reconciled", lines=0,
            report=REPORT,
        )  # fmt: skip
        self.rows["billing.break"] = _make(
            "billing.Break", channel=channel, day=TODAY, kind="missing_at_channel", file=file,
            payment=payment, in_book=5, opened_at=NOW, state="open",
        )  # fmt: skip
        _make(
            "billing.ChannelDay", channel=channel, day=TODAY, opening=0, came_in=0, paid_out=0,
            closing=0,
        )  # fmt: skip
        _make(
            "billing.TrialBalance", day=TODAY, account="cash", debits=0, credits=0, balance=0,
            last_entry=0,
        )  # fmt: skip

        mandate = _make(
            "billing.Mandate", customer=self.customer, line=self.line, channel=channel,
            bank="ICBC", account="****1234", token="t", given_on=TODAY, given_at=NOW, via="api",
        )  # fmt: skip
        _make(
            "billing.DebitAttempt", customer=self.customer, line=self.line, mandate=mandate,
            reference="AD-1", day=TODAY, n=1, last=False, amount=5, state="asked", begun_at=NOW,
            claimed_at=NOW,
        )  # fmt: skip
        calendar = _make("billing.BankCalendar", code="whole", name="Whole", weekend=[7])
        self.rows["billing.bankcalendar"] = calendar
        self.rows["billing.holiday"] = _make(
            "billing.Holiday", calendar=calendar, on=TODAY, name="Day off", announced_on=TODAY
        )

    # -- traces, partners ----------------------------------------------------------------

    def _traces(self) -> None:
        by = self.chief
        _make(
            "accounts.Disclosure", by=by, customer=self.customer, field="phone", reason="call",
            words="rang about it",
        )  # fmt: skip
        begun = _make("accounts.Export", by=by, of="billing.bill", filters="", state="begun")
        self.job = _make(
            "accounts.ExportJob", by=by, of="billing.bill", form="csv", language="en",
            begun=begun, asked_at=NOW,
        )  # fmt: skip
        endpoint = _make(
            "accounts.WebhookEndpoint", name="Partner", url="https://partner.example/hook",
            created_at=NOW, created_by=by, wants=["day.closed"],
        )  # fmt: skip
        event = _make(
            "accounts.OutboxEvent", event="day.closed", key="whole", data={}, occurred_at=NOW
        )
        _make(
            "accounts.WebhookDelivery", endpoint=endpoint, event=event, lane=0, state="dead",
            next_at=NOW,
        )  # fmt: skip
        account = _make("accounts.ServiceAccount", name="Shop", created_at=NOW)
        self.token = _make(
            "accounts.ServiceToken", account=account, hash="0" * 64, scopes=["customers:read"],
            created_at=NOW, created_by=by, expires_at=LATER,
        )  # fmt: skip
        _make("accounts.Attempts", kind="name", key="k", shown="jie", failures=3, since=NOW)


def labels() -> list[str]:
    """The models of the desk's lists."""
    return [model._meta.label_lower for model in admin.site._registry]
