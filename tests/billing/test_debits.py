"""Auto-debit: what is due is taken once at most, booked once, and told when it failed."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from accounts import operations as accounts_operations
from accounts.marks import MarkKind
from accounts.models import Notice
from accounts.notices import delivering
from billing import operations as money
from billing.channels import files, intake, reconcile
from billing.channels.layout import SAMPLE
from billing.choices import DebitState
from billing.debits import mandates, notices, running
from billing.debits.channel import NoAnswer
from billing.debits.mandates import MandateRefused
from billing.debits.sandbox import Sandbox
from billing.models import (
    Break,
    Channel,
    ChannelPayment,
    DebitAttempt,
    Entry,
    Fact,
    LineState,
    Mandate,
    SandboxDebit,
)
from tests.factories import line, make_customer, open_days

FIRST = dt.date(2025, 1, 1)
DUE = dt.date(2025, 2, 10)
TIMES = [dt.time(8), dt.time(13), dt.time(18)]


def at(hour: int, minute: int = 0, day: dt.date = DUE) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))


def go(*when: dt.datetime) -> dict[str, int]:
    counts: dict[str, int] = {}
    for moment in when:
        counts = running.run(clock=lambda moment=moment: moment)
    return counts


@pytest.fixture
def channel(db: None) -> Channel:
    return Channel.objects.create(
        code="sandbox", name="Sandbox Pay", layout=SAMPLE, since=FIRST, debit_times=TIMES
    )


def debtor(account: str = "6222020200001234", amount: int = 1000):
    customer = make_customer(FIRST)
    money.book_bill(
        line=line(customer), number=f"{customer.number}-B", principal=Decimal(amount),
        due_on=DUE, on=FIRST,
    )  # fmt: skip
    open_days(customer, FIRST, DUE)
    give(customer, account)
    return customer


def give(customer, account: str = "6222020200001234", on: dt.date = FIRST) -> Mandate:
    return mandates.give(
        line=line(customer), bank="ICBC", account=account, on=on, at=at(9, day=on), via="portal"
    )


def states(customer) -> list[tuple[int, str]]:
    return list(
        DebitAttempt.objects.filter(customer=customer).order_by("n").values_list("n", "state")
    )


def repayments(customer) -> list[Decimal]:
    facts = Fact.objects.filter(customer=customer, kind="repay").order_by("pk")
    return list(facts.values_list("amount", flat=True))


def credit(customer) -> Decimal:
    return LineState.objects.get(line=line(customer)).credit


# -- a due day ---------------------------------------------------------------------------


def test_nothing_before_the_first_time_then_the_whole_amount_once(channel) -> None:
    customer = debtor()
    assert go(at(7, 59)) == {}
    assert go(at(8, 0)) == {"ok": 1}
    assert go(at(8, 1), at(13), at(18)) == {}
    assert states(customer) == [(1, "ok")]
    assert repayments(customer) == [Decimal(1000)]
    assert running.owed(line(customer).pk, DUE) == 0
    attempt = DebitAttempt.objects.get()
    assert attempt.payment.fact.number == f"sandbox:SBX-{attempt.reference}"


def test_it_is_tried_again_at_the_next_time_and_told_after_the_last(channel) -> None:
    customer = debtor("6222020200000001")
    assert go(at(8), at(8, 30), at(13)) == {"insufficient": 1}
    assert not Notice.objects.filter(kind="debit_failed").exists()
    assert go(at(18)) == {"insufficient": 1}
    assert go(at(23)) == {}
    assert states(customer) == [(1, "insufficient"), (2, "insufficient"), (3, "insufficient")]
    assert repayments(customer) == []
    notice = Notice.objects.get(kind="debit_failed", customer=customer)
    assert notices.facts([notice])[notice.pk]["amount"] == "1,000.00"
    delivering.deliver(now=at(19))
    notice.refresh_from_db()
    assert "ICBC ****0001" in notice.body
    assert "1,000.00" in notice.subject


def test_a_second_try_succeeds_and_nobody_is_told_of_the_first(channel) -> None:
    customer = debtor("6222020200000005")
    go(at(8), at(13), at(18))
    assert states(customer) == [(1, "insufficient"), (2, "ok")]
    assert not Notice.objects.filter(kind="debit_failed").exists()


def test_times_that_passed_while_nobody_worked_are_made_up_for_by_one_attempt(channel) -> None:
    customer = debtor()
    go(at(14))
    assert states(customer) == [(2, "ok")]


def test_what_is_overdue_then_is_taken_as_well_and_only_on_a_due_day(channel) -> None:
    customer = debtor(amount=100)
    money.book_bill(
        line=line(customer), number="OLD", principal=Decimal(50), due_on=DUE - dt.timedelta(days=1),
        on=DUE, value_on=DUE - dt.timedelta(days=3),
    )  # fmt: skip
    whole = running.owed(line(customer).pk, DUE)
    assert whole > 150
    go(at(8))
    assert repayments(customer) == [whole]
    assert credit(customer) == 0
    go(at(8, day=DUE + dt.timedelta(days=1)))
    assert states(customer) == [(1, "ok")]


def test_a_bill_in_a_kept_plan_is_left_to_the_plan(channel) -> None:
    customer = debtor()
    money.agree_plan(
        line=line(customer), bill_numbers=[f"{customer.number}-B"], number="A1",
        instalments=[(DUE + dt.timedelta(days=30), Decimal(1000))], on=DUE,
    )  # fmt: skip
    assert go(at(8)) == {}


# -- no answer ---------------------------------------------------------------------------


def test_a_debit_without_an_answer_is_asked_for_and_booked_once(channel) -> None:
    customer = debtor("6222020200000003")
    assert go(at(8)) == {"no_answer": 1}
    assert go(at(8, 1), at(8, 4)) == {}
    assert states(customer) == [(1, "asked")]
    assert repayments(customer) == []
    assert go(at(8, 6)) == {"ok": 1}
    assert go(at(13), at(18)) == {}
    assert repayments(customer) == [Decimal(1000)]
    assert SandboxDebit.objects.count() == 1


def test_while_an_answer_is_missing_nothing_else_is_tried(channel, monkeypatch) -> None:
    customer = debtor("6222020200000003")
    go(at(8))

    def silent(self, **asked):
        raise NoAnswer

    monkeypatch.setattr(Sandbox, "ask", silent)
    assert go(at(13)) == {"no_answer": 1}
    assert go(at(18)) == {"no_answer": 1}
    assert states(customer) == [(1, "asked")]
    monkeypatch.undo()
    go(at(9, day=DUE + dt.timedelta(days=1)))
    assert states(customer) == [(1, "ok")]
    payment = ChannelPayment.objects.get()
    assert payment.value_on == DUE  # the day on which the channel took it
    assert Fact.objects.get(kind="repay").booked_on == DUE + dt.timedelta(days=1)


def test_one_that_never_arrived_is_closed_and_tried_at_the_next_time(channel) -> None:
    customer = debtor("6222020200000004")
    go(at(8), at(8, 6))
    assert states(customer) == [(1, "void")]
    late = DebitAttempt.objects.get()
    answer = Sandbox().debit(reference=late.reference, token="SBX-1234", amount=late.amount, on=DUE)
    assert answer.state == DebitState.VOID  # closed: a debit that still arrives is refused
    go(at(13))
    assert states(customer) == [(1, "void"), (2, "asked")]


def test_a_client_that_breaks_counts_as_no_answer(channel, monkeypatch) -> None:
    customer = debtor()
    real = Sandbox.debit

    def broken(self, **asked):
        real(self, **asked)
        raise OSError("reset by peer")

    monkeypatch.setattr(Sandbox, "debit", broken)
    assert go(at(8)) == {"no_answer": 1}
    monkeypatch.undo()
    go(at(8, 6))
    assert repayments(customer) == [Decimal(1000)]


def test_an_answer_that_cannot_be_booked_keeps_nobody_else_waiting(channel, monkeypatch) -> None:
    first, second = debtor(), debtor()
    real = intake.book_from_file

    def refuses(channel, **said):
        if said["account"] == line(first).number:
            raise ValueError("sick")
        return real(channel, **said)

    monkeypatch.setattr(intake, "book_from_file", refuses)
    assert go(at(8)) == {"no_answer": 1, "ok": 1}
    assert go(at(8, 6)) == {"no_answer": 1}
    assert repayments(second) == [Decimal(1000)]
    monkeypatch.undo()
    assert go(at(8, 12)) == {"ok": 1}
    assert repayments(first) == [Decimal(1000)]
    assert SandboxDebit.objects.count() == 2


def test_a_worker_killed_before_it_asked_leaves_nothing_debited_twice(channel) -> None:
    customer = debtor()
    mandate = Mandate.objects.get()
    assert running.begin(mandate.pk, day=DUE, n=1, last=False, at=at(8))  # and dies
    assert go(at(8, 1)) == {}
    assert go(at(8, 6)) == {"void": 1}
    assert go(at(13)) == {"ok": 1}
    assert repayments(customer) == [Decimal(1000)]


def test_a_notice_of_the_channel_that_came_first_books_it_once(channel) -> None:
    customer = debtor("6222020200000003")
    go(at(8))
    attempt = DebitAttempt.objects.get()
    told = intake.Notice(
        "e1", "payment", f"SBX-{attempt.reference}", "h", Decimal(1000), DUE, line(customer).number
    )
    intake.take(channel, told, on=DUE, at=at(8, 2))
    go(at(8, 6))
    assert states(customer) == [(1, "ok")]
    assert repayments(customer) == [Decimal(1000)]


def test_its_settlement_file_matches_it(channel) -> None:
    import io

    customer = debtor()
    go(at(8))
    payment = ChannelPayment.objects.get()
    text = (
        "trade_no,type,amount,paid_on,account\n"
        f"{payment.payment_id},PAY,1000.00,{DUE},{line(customer).number}\n"
    )
    file = files.receive(
        channel=channel, day=DUE, name="d.csv", content=io.BytesIO(text.encode()),
        source="upload", at=at(23),
    )  # fmt: skip
    reconcile.reconcile(file, on=DUE, at=at(23))
    assert not Break.objects.exists()
    assert Fact.objects.filter(customer=customer, kind="repay").count() == 1


# -- whom ------------------------------------------------------------------------------------


def test_a_mandate_that_was_revoked_between_two_times_debits_no_more(channel) -> None:
    customer = debtor("6222020200000005")
    go(at(8))
    mandates.revoke(mandate=Mandate.objects.get(), on=DUE, at=at(9), via="portal")
    go(at(13), at(18))
    assert states(customer) == [(1, "insufficient")]
    with pytest.raises(MandateRefused, match="ended already"):
        mandates.revoke(mandate=Mandate.objects.get(), on=DUE, at=at(9), via="portal")


@pytest.mark.parametrize("kind", [MarkKind.COURT_FREEZE, MarkKind.DECEASED])
def test_nothing_is_debited_under_a_mark_that_forbids_it(channel, kind) -> None:
    customer = debtor("6222020200000005")
    go(at(8))
    accounts_operations.set_mark(
        customer=customer, kind=kind, from_on=DUE, by=None, reason="order 7", at=at(9)
    )
    go(at(13), at(18))
    assert states(customer) == [(1, "insufficient")]
    mandate = Mandate.objects.get()
    assert running.begin(mandate.pk, day=DUE, n=3, last=True, at=at(18)) is None
    with pytest.raises(MandateRefused, match="Nothing may be debited"):
        give(customer, on=DUE)


def test_hardship_does_not_keep_a_mandate_from_being_used(channel) -> None:
    customer = debtor()
    accounts_operations.set_mark(
        customer=customer, kind=MarkKind.HARDSHIP, from_on=DUE, by=None, reason="ill", at=at(7)
    )
    assert go(at(8)) == {"ok": 1}


def test_a_new_mandate_takes_the_place_of_the_one_before_and_keeps_four_digits(channel) -> None:
    customer = debtor()
    give(customer, "6222 0202 0000 9876")
    standing = mandates.standing(customer)
    assert [str(mandate) for mandate in standing] == ["ICBC ****9876"]
    assert Mandate.objects.count() == 2
    for wrong in ("123", "62220202000098761234567890", "abcd efgh ijkl"):
        with pytest.raises(MandateRefused):
            give(customer, wrong)


def test_without_a_channel_that_debits_there_is_no_mandate(channel) -> None:
    Channel.objects.update(debit_times=[])
    with pytest.raises(MandateRefused, match="not offered"):
        give(make_customer(FIRST))


def test_the_number_of_statements_does_not_grow_with_those_who_owe_nothing(
    channel, django_assert_max_num_queries
) -> None:
    for _ in range(3):
        customer = make_customer(FIRST)
        give(customer)
    with django_assert_max_num_queries(4):
        go(at(8))


# -- at once -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_payment_by_hand_at_the_same_time_becomes_credit_and_no_second_debit() -> None:
    Channel.objects.create(
        code="sandbox", name="Sandbox Pay", layout=SAMPLE, since=FIRST, debit_times=TIMES
    )
    customer = debtor()
    ready = threading.Barrier(3)

    def by_hand() -> None:
        ready.wait()
        money.book_repayment(line=line(customer), amount=Decimal(1000), number="HAND", on=DUE)
        connection.close()

    def by_worker() -> None:
        ready.wait()
        running.run(clock=lambda: at(8))
        connection.close()

    threads = [threading.Thread(target=each) for each in (by_hand, by_worker, by_worker)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = SandboxDebit.objects.count()
    assert taken <= 1  # two workers, one debit at most
    assert repayments(customer) == [Decimal(1000)] * (1 + taken)
    assert credit(customer) == 1000 * taken
    assert running.owed(line(customer).pk, DUE) == 0
    assert not DebitAttempt.objects.filter(state="asked").exists()
    assert Entry.objects.filter(customer=customer, kind="repaid").exists()


@pytest.mark.django_db(transaction=True)
def test_a_payment_by_hand_while_the_channel_is_asked_is_not_lost(monkeypatch) -> None:
    Channel.objects.create(
        code="sandbox", name="Sandbox Pay", layout=SAMPLE, since=FIRST, debit_times=TIMES
    )
    customer = debtor()
    real = Sandbox.debit

    def paid_meanwhile(self, **asked):
        money.book_repayment(line=line(customer), amount=Decimal(1000), number="HAND", on=DUE)
        return real(self, **asked)

    monkeypatch.setattr(Sandbox, "debit", paid_meanwhile)
    assert go(at(8)) == {"ok": 1}
    assert repayments(customer) == [Decimal(1000), Decimal(1000)]
    assert credit(customer) == 1000
