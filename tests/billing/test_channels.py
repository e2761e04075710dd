"""Money through channels: taken once, in any order, and held against their files to the cent."""

import datetime
import io
import threading
from decimal import Decimal

import pytest
from django.db import connection

from billing import operations as money
from billing.channels import breaks, files, intake, layout, reconcile
from billing.channels.breaks import BreakRefused
from billing.channels.files import FileKnown
from billing.channels.intake import Notice, NoticeRefused, OtherNotice
from billing.channels.layout import SAMPLE, LayoutRefused
from billing.models import (
    Break,
    BreakEvent,
    Channel,
    ChannelDay,
    ChannelNotice,
    ChannelPayment,
    Entry,
    Fact,
    LineState,
    SettlementLine,
)  # fmt: skip
from tests.factories import line, make_customer, make_user, open_days, start_with_limits

FIRST = datetime.date(2025, 1, 1)
TODAY = datetime.date(2025, 2, 20)
NOW = datetime.datetime(2025, 2, 20, 9, 30, tzinfo=datetime.UTC)


@pytest.fixture
def channel(db):
    start_with_limits()
    return Channel.objects.create(
        code="sandbox", name="Sandbox Pay", layout=SAMPLE, contact="ops@channel.example",
        since=FIRST,
    )  # fmt: skip


def opened(number=None):
    customer = make_customer(FIRST, **({"number": number} if number else {}))
    money.book_bill(
        line=line(customer), number=f"{customer.number}-B", principal=Decimal(1000),
        due_on=datetime.date(2025, 2, 10), on=FIRST,
    )  # fmt: skip
    open_days(customer, FIRST, TODAY)
    return customer


def notice(event, payment, amount="100", kind="payment", account="", value_on=TODAY, body=None):
    return Notice(
        event_id=event, kind=kind, payment_id=payment, body_hash=body or f"{payment}{amount}{kind}",
        amount=None if kind == "reversal" else Decimal(amount),
        value_on=None if kind == "reversal" else value_on, account=account,
    )  # fmt: skip


def take(channel, *args, **more):
    return intake.take(channel, notice(*args, **more), on=TODAY, at=NOW)


def account(customer):
    return line(customer).number


def csv(*rows):
    head = "trade_no,type,amount,paid_on,account\n"
    return io.BytesIO((head + "".join(",".join(row) + "\n" for row in rows)).encode())


def received(channel, *rows, day=TODAY):
    file = files.receive(
        channel=channel, day=day, name="day.csv", content=csv(*rows), source="upload", at=NOW
    )
    return reconcile.reconcile(file, on=TODAY, at=NOW)


# -- notices -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_payment_is_booked_in_the_transaction_of_its_notice(channel):
    customer = opened()
    kept = take(channel, "e1", "p1", "1005", account=account(customer))
    assert kept.outcome == "booked"
    assert kept.payment.fact.number == "sandbox:p1"
    assert not Fact.objects.filter(kind="reverse").exists()
    assert LineState.objects.get(line=line(customer)).credit == 0


@pytest.mark.django_db
def test_an_event_is_taken_once_and_a_payment_once_under_another_event(channel):
    customer = opened()
    first = take(channel, "e1", "p1", account=account(customer))
    assert take(channel, "e1", "p1", account=account(customer)) == first
    assert take(channel, "e2", "p1", account=account(customer)).outcome == "known"
    with pytest.raises(OtherNotice):
        take(channel, "e1", "p1", "101", account=account(customer))
    assert Fact.objects.filter(kind="repay").count() == 1


@pytest.mark.django_db
def test_a_reversal_that_comes_first_waits_for_its_payment(channel):
    customer = opened()
    assert take(channel, "e1", "p1", kind="reversal").outcome == "waits"
    assert take(channel, "e2", "p1", account=account(customer)).outcome == "reversed"
    payment = ChannelPayment.objects.get(payment_id="p1")
    assert (payment.state, payment.reversal.reverses) == ("reversed", payment.fact)
    assert Entry.objects.filter(kind="repaid").values_list("amount", flat=True).count() % 2 == 0


@pytest.mark.django_db
def test_money_for_nobody_waits_in_suspense_until_somebody_assigns_it(channel):
    customer, agent = opened(), make_user("agent")
    kept = take(channel, "e1", "p1", account="NOBODY/pay_later")
    assert kept.outcome == "suspense"
    assert "NOBODY" in kept.payment.why
    intake.assign(kept.payment, line=line(customer), by=agent, on=TODAY, reason="called the payer")
    kept.payment.refresh_from_db()
    assert (kept.payment.state, kept.payment.fact.booked_by) == ("booked", agent)
    with pytest.raises(NoticeRefused):
        intake.assign(kept.payment, line=line(customer), by=agent, on=TODAY, reason="again")


@pytest.mark.django_db
def test_a_channel_that_contradicts_itself_is_a_break(channel):
    customer = opened()
    take(channel, "e1", "p1", "100", account=account(customer))
    assert take(channel, "e2", "p1", "90", account=account(customer)).outcome == "contradicts"
    row = Break.objects.get()
    assert (row.kind, row.in_book, row.at_channel) == ("amount_differs", Decimal(100), Decimal(90))


@pytest.mark.django_db
@pytest.mark.parametrize("amount", ["0", "-5", "0.001", "NaN"])
def test_a_notice_with_an_impossible_amount_leaves_nothing(channel, amount):
    with pytest.raises(NoticeRefused):
        take(channel, "e1", "p1", amount, account="X")
    assert not ChannelNotice.objects.exists()
    assert not ChannelPayment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_fifty_repeats_at_once_book_once(clean_book):
    start_with_limits()
    channel = Channel.objects.create(code="c", name="C", layout=SAMPLE, since=FIRST)
    customer = opened()
    found, barrier, number = [], threading.Barrier(10), account(customer)

    def repeat():
        try:
            barrier.wait()
            found.extend(take(channel, "e1", "p1", account=number).pk for _n in range(5))
        finally:
            connection.close()

    threads = [threading.Thread(target=repeat) for _n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found))) == (50, 1)
    assert Fact.objects.filter(kind="repay").count() == 1


# -- files -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_file_is_taken_once_and_its_lines_are_kept_as_received(channel):
    received(channel, ("p1", "PAY", "100.00", "2025-02-20", "X"))
    with pytest.raises(FileKnown):
        received(channel, ("p1", "PAY", "100.00", "2025-02-20", "X"))
    assert SettlementLine.objects.get().raw == "p1,PAY,100.00,2025-02-20,X"
    with pytest.raises(Exception, match="append-only"):
        SettlementLine.objects.update(raw="")


@pytest.mark.django_db
def test_each_kind_of_break_is_found(channel):
    customer = opened()
    number = account(customer)
    for n in range(1, 6):
        take(channel, f"e{n}", f"p{n}", "100", account=number)
    take(channel, "r5", "p5", kind="reversal")
    file = received(
        channel,
        ("p1", "PAY", "100.00", "2025-02-20", number),
        ("p1", "PAY", "100.00", "2025-02-20", number),
        ("p2", "PAY", "90.00", "2025-02-20", number),
        ("p3", "PAY", "100.00", "2025-02-19", number),
        ("p5", "PAY", "100.00", "2025-02-20", number),
        ("p5", "REV", "100.00", "2025-02-20", number),
        ("p6", "PAY", "50.00", "2025-02-18", number),
        ("p7", "PAY", "70.00", "2025-02-20", "NOBODY"),
        ("p8", "PAY", "1e5", "2025-02-20", number),
        ("p9", "???", "1", "2025-02-20", number),
    )
    kinds = sorted((b.kind, b.state) for b in Break.objects.all())
    assert kinds == [
        ("amount_differs", "open"),
        ("date_differs", "open"),
        ("duplicate", "open"),
        ("missing_at_channel", "open"),  # p4
        ("missing_in_book", "open"),  # p7
        ("missing_in_book", "settled"),  # p6, booked late
        ("unreadable", "open"),
        ("unreadable", "open"),
    ]
    late = Fact.objects.get(number="sandbox:p6")
    assert (late.value_on, late.booked_on) == (datetime.date(2025, 2, 18), TODAY)
    assert file.report["booked_late"] == 1
    assert (file.report["lines"], file.report["matched"]) == (10, 3)


@pytest.mark.django_db
def test_reconciling_again_changes_nothing(channel):
    customer = opened()
    take(channel, "e1", "p1", "100", account=account(customer))
    file = received(channel, ("p2", "PAY", "10.00", "2025-02-20", account(customer)))

    def everything():
        return (
            list(Break.objects.order_by("pk").values()),
            list(ChannelDay.objects.order_by("day").values()),
            Fact.objects.count(), BreakEvent.objects.count(),
        )  # fmt: skip

    before = everything()
    reconcile.reconcile(file, on=TODAY, at=NOW)
    assert everything() == before


@pytest.mark.django_db
def test_a_line_that_comes_a_day_late_clears_the_break(channel):
    customer = opened()
    take(channel, "e1", "p1", "100", account=account(customer))
    received(channel, ("p0", "PAY", "5.00", "2025-02-20", account(customer)))
    assert Break.objects.get(kind="missing_at_channel").state == "open"
    received(
        channel, ("p1", "PAY", "100.00", "2025-02-20", account(customer)),
        day=TODAY + datetime.timedelta(days=1),
    )  # fmt: skip
    row = Break.objects.get(kind="missing_at_channel")
    assert (row.state, row.remedy) == ("settled", "cleared")


@pytest.mark.django_db
def test_the_days_of_a_channel_tie_to_the_cent(channel):
    customer = opened()
    take(channel, "e1", "p1", "100.10", account=account(customer))
    take(channel, "e2", "p2", "50.05", account=account(customer))
    received(channel, ("p1", "PAY", "100.10", "2025-02-20", account(customer)))
    day = ChannelDay.objects.get(day=TODAY)
    assert (day.opening, day.came_in, day.paid_out, day.closing) == (
        Decimal(0), Decimal("150.15"), Decimal("100.10"), Decimal("50.05"),
    )  # fmt: skip
    tomorrow = TODAY + datetime.timedelta(days=1)
    file = files.receive(
        channel=channel, day=tomorrow, name="x", source="folder", at=NOW,
        content=csv(("p2", "PAY", "50.05", "2025-02-20", account(customer))),
    )  # fmt: skip
    reconcile.reconcile(file, on=tomorrow, at=NOW)
    day = ChannelDay.objects.get(day=tomorrow)
    assert (day.opening, day.closing) == (Decimal("50.05"), Decimal(0))


# -- layouts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"columns": {"payment": "x"}}, "columns.amount"),
        ({"delimiter": ";;"}, "delimiter"),
        ({"surprise": 1}, "surprise"),
        ({"encoding": "rot13"}, "encoding"),
        ({"kinds": {"PAY": "gift"}}, "kinds"),
    ],
)
def test_a_layout_that_does_not_hold_names_where(change, words):
    with pytest.raises(LayoutRefused, match=words):
        layout.load({**SAMPLE, **change})


def test_another_layout_reads_another_file():
    chinese = layout.load({
        "encoding": "gb18030", "delimiter": ";", "header": False, "date": "%Y%m%d",
        "decimal": ",", "columns": {"payment": 2, "amount": 1, "value_on": 3, "account": 4},
    })  # fmt: skip
    found = list(layout.read(chinese, ["1.234,50;A1;20250220;C1/pay_later\r\n", "# end\n", "\n"]))
    assert [(r.payment_id, r.amount, r.kind) for r in found] == [
        ("A1", Decimal("1234.50"), "payment")
    ]


@pytest.mark.django_db
def test_a_file_without_a_column_or_in_another_encoding_leaves_nothing(channel):
    for content in (
        b"a,b\n1,2\n",
        b"",
        "trade_no,type,amount,paid_on,account\n\xff".encode("latin1"),
    ):
        with pytest.raises(LayoutRefused):
            files.receive(
                channel=channel, day=TODAY, name="x", content=io.BytesIO(content), source="api",
                at=NOW,
            )  # fmt: skip
    assert not SettlementLine.objects.exists()


# -- remedies ----------------------------------------------------------------------------


def broken(channel, kind, customer):
    number = account(customer)
    take(channel, "e1", "p1", "100", account=number)
    rows = {
        "missing_at_channel": [("p0", "PAY", "5.00", "2025-02-20", number)],
        "amount_differs": [("p1", "PAY", "2000.00", "2025-02-20", number)],
        "missing_in_book": [
            ("p1", "PAY", "100.00", "2025-02-20", number),
            ("p2", "PAY", "30.00", "2025-02-20", "NOBODY"),
        ],
    }[kind]
    received(channel, *rows)
    return Break.objects.get(kind=kind, state="open")


def doing(by, words="asked the channel"):
    return {"by": by, "on": TODAY, "at": NOW, "words": words}


@pytest.mark.django_db
def test_ours_is_reversed_where_the_channel_never_had_it(channel):
    row = broken(channel, "missing_at_channel", opened())
    breaks.reverse_ours(row, **doing(make_user("supervisor")))
    row.refresh_from_db()
    assert (row.state, row.remedy, row.payment.state) == ("settled", "reversed", "reversed")
    with pytest.raises(BreakRefused, match="settled"):
        breaks.reverse_ours(row, **doing(make_user("supervisor")))


@pytest.mark.django_db
def test_what_is_missing_is_booked_to_the_line_that_staff_name(channel):
    customer = opened()
    row = broken(channel, "missing_in_book", customer)
    supervisor = make_user("supervisor")
    with pytest.raises(BreakRefused, match="name the line"):
        breaks.book(row, **doing(supervisor))
    breaks.book(row, line=line(customer), **doing(supervisor))
    assert Fact.objects.get(number="sandbox:p2").reason == "asked the channel"
    row.refresh_from_db()
    assert row.remedy == "booked"


@pytest.mark.django_db
def test_an_amount_that_differs_is_booked_as_the_channel_has_it(channel):
    customer = opened()
    row = broken(channel, "amount_differs", customer)
    breaks.correct(row, **doing(make_user("supervisor")))
    facts = list(Fact.objects.filter(kind="repay").order_by("pk").values_list("amount", flat=True))
    assert facts == [Decimal(100), Decimal(2000)]
    assert Fact.objects.get(kind="reverse").reverses.amount == Decimal(100)


@pytest.mark.django_db
def test_a_large_difference_is_accepted_by_another(channel):
    row = broken(channel, "amount_differs", opened())
    first, second = make_user("supervisor"), make_user("administrator")
    breaks.accept(row, **doing(first))
    row.refresh_from_db()
    assert (row.state, row.proposed_by) == ("proposed", first)
    with pytest.raises(BreakRefused, match="themselves"):
        breaks.accept(row, **doing(first))
    with pytest.raises(BreakRefused, match="above"):
        breaks.accept(row, **doing(make_user("supervisor")))
    breaks.accept(row, **doing(second, "seen the bank's letter"))
    row.refresh_from_db()
    assert (row.state, row.remedy, row.settled_by) == ("settled", "accepted", second)
    assert [e.did for e in row.events.order_by("pk")] == ["proposed", "approved"]


@pytest.mark.django_db
def test_who_may_not_or_says_nothing_is_refused(channel):
    row = broken(channel, "missing_at_channel", opened())
    for by, words in ((make_user("auditor"), "asked them"), (make_user("supervisor"), " ")):
        with pytest.raises(BreakRefused):
            breaks.reverse_ours(row, **doing(by, words))
    row.refresh_from_db()
    assert row.state == "open"


@pytest.mark.django_db
def test_the_channel_is_asked_by_mail_once_the_record_stands(
    channel, mailoutbox, django_capture_on_commit_callbacks
):
    row = broken(channel, "missing_at_channel", opened())
    with django_capture_on_commit_callbacks(execute=True):
        breaks.ask_channel(row, by=make_user("supervisor"), at=NOW, words="Where is p1?")
    assert mailoutbox[0].to == ["ops@channel.example"]
    row.refresh_from_db()
    assert row.state == "asked"
