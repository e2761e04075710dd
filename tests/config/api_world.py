"""A book with one of everything that the API names, and the calls of those who use it."""

from __future__ import annotations

import datetime
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.access import tokens as customer_tokens
from accounts.models import Notice
from accounts.partner import tokens as partner_tokens
from accounts.partner.models import PartnerScope, ServiceAccount
from appeals import operations as appeals
from appeals.letters import operations as letters
from appeals.models import Appeal, Evidence, Offer
from appeals.offers import operations as offers
from appeals.offers.composing import from_wishes
from appeals.offers.making import last_day
from billing import operations as money
from billing.channels.layout import SAMPLE
from billing.choices import Via
from billing.debits import mandates
from billing.models import Channel, Mandate, SettlementFile
from risk import authorizations
from risk.desk import acts
from tests.factories import line, make_customer, make_user, open_days, start_with_limits

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PREFIX = "/api/v1/"


class World:
    """A customer in arrears with appeals at every stage, a partner's account, a channel."""

    patch: pytest.MonkeyPatch

    def __init__(self) -> None:
        cache.clear()
        start_with_limits()
        self.now, self.today = timezone.now(), timezone.localdate()
        self.agent = make_user("agent")
        self.customer = self._customer()
        self.number = self.customer.number
        self.channel = Channel.objects.create(
            code="sandbox", name="Sandbox", layout=SAMPLE, since=self.today,
            debit_times=["09:00"],
        )  # fmt: skip
        self.bill = f"{self.number}-B"
        self._money()
        self.case, self.offer = self._negotiated()
        self.own_case, self.own_offer = self._proposed()
        self.decided = self._decided()
        self.evidence = self._evidence()
        self.notice = Notice.objects.create(
            customer=self.customer, kind="k", key="1", on=self.today, state="sent",
            sent_at=self.now, subject="S", body="B", language="en",
        )  # fmt: skip
        self.account = ServiceAccount.objects.create(
            name="till", reads_a_minute=10**6, writes_a_minute=10**6
        )
        self.administrator = make_user("administrator")
        self.partner = self.partner_token(*PartnerScope.values)
        self.me = self.customer_token("read", "write")
        self.file = self._file()

    # -- what is in it -------------------------------------------------------------------

    def _customer(self) -> Any:
        self.first = self.today - datetime.timedelta(days=40)
        customer = make_customer(
            self.first, name="Ada Long", phone="13812345678", id_number="110101199001011237",
            language="en",
        )  # fmt: skip
        for name, due in (("B", 10), ("C", 5)):
            money.book_bill(
                line=line(customer), number=f"{customer.number}-{name}", principal=Decimal(1000),
                due_on=self.today - datetime.timedelta(days=due), on=self.first,
            )  # fmt: skip
        open_days(customer, self.first, self.today)
        return customer

    def _money(self) -> None:
        pay_later, cash = line(self.customer), line(self.customer, "cash_loan")
        self.lines = [pay_later.number, cash.number]
        money.book_repayment(line=pay_later, amount=Decimal(5), number="PAY-1", on=self.today)
        self.dispute = money.file_dispute(
            line=pay_later, bill_number=f"{self.number}-C", amount=Decimal(40), on=self.today
        )
        # a credit balance: nothing was owed there
        money.book_repayment(line=cash, amount=Decimal(60), number="PAY-2", on=self.today)
        money.book_draw(
            line=cash, amount=Decimal(300), instalments=3, number="LOAN-1", on=self.today
        )
        self.mandate, self.revoked = (self._mandate(row) for row in (pay_later, cash))
        mandates.revoke(mandate=self.revoked, on=self.today, at=self.now, via=Via.API)
        self.authorization = self.authorize("A-1")
        self.released = self.authorize("A-2")
        authorizations.release(self.released, at=self.now)

    def _mandate(self, row: Any) -> Mandate:
        return mandates.give(
            line=row, bank="ICBC", account="6222020200001234", on=self.today, at=self.now,
            via=Via.API,
        )  # fmt: skip

    def authorize(self, reference: str) -> Any:
        return authorizations.authorize(
            line=line(self.customer, "cash_loan"), kind="draw", amount=Decimal(200), instalments=3,
            reference=reference, at=self.now,
        )  # fmt: skip

    def appeal(self, **given: Any) -> Appeal:
        return appeals.submit(
            customer=self.customer, kind=given.get("kind", "hardship"), words="I was ill.",
            asks=["plan", "waive"], subjects_=given.get("subjects", ()), by=self.customer,
            at=self.now, on=self.today,
        )  # fmt: skip

    def open_appeals(self) -> int:
        return Appeal.objects.filter(customer=self.customer).exclude(pk=self.decided.pk).count()

    def package(self) -> Any:
        made = from_wishes(self.customer, self.today, [self.plan()], ["repayment_plan"])
        package = made.package(self.agent)
        assert package is not None, (made.error, [form.errors for form in made.forms.values()])
        return package

    def plan(self) -> dict[str, Any]:
        first = (self.today + datetime.timedelta(days=30)).isoformat()
        return {"kind": "repayment_plan", "bills": [self.bill], "parts": "4", "first_due": first}

    def _negotiated(self) -> tuple[Appeal, Offer]:
        appeal = self.appeal()
        appeals.take(appeal=appeal, by=self.agent, at=self.now)
        package = self.package()
        offer = offers.make_offer(
            appeal=appeal, package=package, words="Take your time.",
            expires_on=last_day(package, self.today), replies_to=None, by=self.agent,
            reason="hardship", why="Seen the papers.", seen=self.seen(), token=uuid.uuid4(),
            on=self.today, at=self.now,
        )  # fmt: skip
        return appeal, offer

    def seen(self) -> str:
        from accounts.authority import fingerprint

        return fingerprint(acts.look(self.customer.pk))

    def _proposed(self) -> tuple[Appeal, Offer]:
        appeal = self.appeal()
        appeals.take(appeal=appeal, by=self.agent, at=self.now)
        wishes = [self.plan()]
        package = from_wishes(self.customer, self.today, wishes, ["repayment_plan"]).package(None)
        _text, known = offers.text_to_sign(appeal, package, "W", self.today, "en")
        offer = offers.propose(
            appeal=appeal, package=package, words="W", by=self.customer, text_hash=known,
            language="en", address=None, at=self.now, on=self.today,
        )  # fmt: skip
        return appeal, offer

    def _decided(self) -> Appeal:
        appeal = self.appeal(kind="complaint")
        appeals.take(appeal=appeal, by=self.agent, at=self.now)
        decision = appeals.decide(
            appeal=appeal, findings=[], result="declined", found="The bill was due.",
            reasons="It was paid late.", by=self.agent, at=self.now, on=self.today,
        )  # fmt: skip
        letters.send(decision, by=self.agent, at=self.now)
        return appeal

    def _evidence(self) -> Evidence:
        return appeals.attach(
            appeal=self.case, name="paper.pdf", data=PDF, by=self.customer, at=self.now
        )

    def csv(self, payment: str = "p1") -> str:
        head = "trade_no,type,amount,paid_on,account"
        return f"{head}\n{payment},PAY,5.00,{self.today},{self.lines[0]}\n"

    def _file(self) -> SettlementFile:
        answer = Client().post(
            f"{PREFIX}channels/sandbox/settlement-files/{self.today}/", self.csv("p0"),
            content_type="text/csv",
            headers={"Authorization": f"Bearer {self.partner}", "Idempotency-Key": "the-file-0"},
        )  # fmt: skip
        assert answer.status_code == 201, answer.content
        return SettlementFile.objects.get()

    # -- who calls -----------------------------------------------------------------------

    def partner_token(self, *scopes: str) -> str:
        return partner_tokens.issue(
            account=self.account, scopes=scopes, days=30, by=self.administrator, at=self.now
        )[1]

    def customer_token(self, *scopes: str) -> str:
        return customer_tokens.issue(
            customer=self.customer, name="t", scopes=scopes, days=30, at=self.now
        )[1]

    def token_of(self, path: str) -> str:
        return self.me if path.startswith(f"{PREFIX}me/") else self.partner


def described() -> dict[str, Any]:
    """The schema as the API tells it, without a token."""
    answer = Client().get(f"{PREFIX}schema/", headers={"accept": "application/json"})
    found: dict[str, Any] = json.loads(answer.content)
    return found
