"""The night: one at a time, over several processes, past sick customers, through a broker that
forgets, with the same record each time. Real PostgreSQL, real Valkey, real workers."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import execute_from_command_line
from django.db import DatabaseError, connection

from billing import operations as money
from billing.models import BusinessDay, DaySlice, Fact, Quarantine
from config.benchmark import workers
from config.embedded import Valkey
from config.night import open_due_days, quarantine, retry_quarantined, tasks
from risk import checks
from risk.scenario import Timeline
from risk.scenario_file import Scenario
from tests import book
from tests.factories import FIRST_DAY, line, make_customer, make_user, publish

FIRST, MIDDLE, LAST = dt.date(2025, 12, 15), dt.date(2026, 1, 12), dt.date(2026, 1, 31)
ONE_DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def histories() -> list[Scenario]:
    found = book.timelines(range(300), FIRST, LAST)
    return sorted(found, key=lambda timeline: -len(timeline.facts))[:6]


Calm = dict[str, book.Record]


@pytest.fixture(scope="module")
def calm(histories: list[Scenario], django_db_setup: None, django_db_blocker: Any) -> Calm:
    """What one undisturbed process records."""
    with django_db_blocker.unblock():
        book.empty()
        entered = book.enter_all(histories)
        book.book_facts(entered)
        open_due_days(LAST)
        found = book.records(entered)
        book.empty()
    return found


def fill(histories: list[Scenario]) -> list[Timeline]:
    entered = book.enter_all(histories)
    book.book_facts(entered)
    return entered


def assert_whole(entered: list[Timeline], calm: Calm, last: dt.date = LAST) -> None:
    """Every day is closed once, the book is sound, every record that of an undisturbed run."""
    first = min(timeline.scenario.opened for timeline in entered)
    days = BusinessDay.objects.order_by("on")
    assert [(day.on, day.status) for day in days] == [
        (on, "closed") for on in book.each_day(first, last)
    ]
    assert not DaySlice.objects.exclude(status="done").exists()
    assert checks.all_findings(checks.whole_book()) == []
    for timeline in entered:
        for name, rows in book.records([timeline])[timeline.token].items():
            assert rows == calm[timeline.token][name], f"{timeline.scenario.name}: {name}"


# -- quarantine --------------------------------------------------------------------------


@contextmanager
def sick(customer_id: int) -> Iterator[None]:
    """Nothing can be entered for this customer."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            create function is_sick() returns trigger language plpgsql as $$
            begin raise exception 'customer % is sick', new.customer_id; end $$;
            create trigger is_sick before insert on billing_entry for each row
            when (new.customer_id = {customer_id}) execute function is_sick()
            """
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop trigger is_sick on billing_entry; drop function is_sick()")


def test_a_sick_customer_is_passed_by_and_caught_up_when_well_again(
    histories, calm, clean_book
) -> None:
    entered = book.enter_all(histories)
    patient, others = entered[0], entered[1:]
    book.book_facts(entered, through=MIDDLE)
    with sick(patient.customer.pk):
        closed = open_due_days(MIDDLE)
        row = Quarantine.objects.get()
        assert row.customer_id == patient.customer.pk
        assert f"customer {patient.customer.pk} is sick" in row.error
        assert FIRST <= row.since <= MIDDLE
        assert closed[-1].report["quarantined"] == [patient.token]
        (day,) = (day for day in closed if day.on == row.since)
        assert "is sick" in day.parts.get(error__gt="").error

        book.book_facts(entered, after=MIDDLE)  # facts about the sick one are booked all the same
        mine = Fact.objects.filter(customer=patient.customer)
        assert mine.count() == sum(fact.kind in FACTS_OF_MONEY for fact in patient.scenario.facts)
        open_due_days(LAST)  # and later nights pass by without trying
        assert Quarantine.objects.get().attempts == 1
        assert_whole(others, calm)

        with pytest.raises(quarantine.StillFails, match="is sick"):
            retry_quarantined(patient.customer.pk, by=None)
        assert Quarantine.objects.get().attempts == 2
        assert Quarantine.objects.get().released_at is None

    staff = make_user()
    retry_quarantined(patient.customer.pk, by=staff)
    row = Quarantine.objects.get()
    assert row.released_at is not None
    assert row.released_by == staff
    assert_whole(entered, calm)
    with pytest.raises(quarantine.NotQuarantined):
        retry_quarantined(patient.customer.pk, by=staff)
    with pytest.raises(quarantine.NotQuarantined):
        retry_quarantined(others[0].customer.pk, by=staff)


FACTS_OF_MONEY = {
    "bill", "purchase", "draw", "repay", "reverse", "refund", "dispute", "resolve_dispute", "waive",
    "plan", "end_plan", "limit", "hold", "release_hold", "due_day",
    "payout", "write_off", "settle",
}  # fmt: skip


def test_a_customer_well_again_lives_on_with_the_others(histories, calm, clean_book) -> None:
    """Freed in the middle, with facts of the past and of the day waiting; then more of both."""
    entered = book.enter_all(histories)
    patient = entered[0]
    book.book_facts(entered, through=MIDDLE - 9 * ONE_DAY)
    with sick(patient.customer.pk):
        open_due_days(MIDDLE - 9 * ONE_DAY)
        book.book_facts(entered, after=MIDDLE - 9 * ONE_DAY, through=MIDDLE)
        open_due_days(MIDDLE)
        assert Quarantine.objects.get().customer_id == patient.customer.pk
    retry_quarantined(patient.customer.pk, by=None)
    book.book_facts(entered, after=MIDDLE)
    open_due_days(LAST)
    assert_whole(entered, calm)


def test_a_fact_of_the_past_moves_the_first_day_to_make_up_for(clean_book) -> None:
    customer = make_customer(FIRST)
    money.book_bill(
        line=line(customer), number="B1", principal=Decimal(100), due_on=MIDDLE, on=FIRST + ONE_DAY
    )
    with sick(customer.pk):
        open_due_days(MIDDLE)
        assert Quarantine.objects.get().since == FIRST + ONE_DAY
        money.book_repayment(line=line(customer), amount=Decimal(100), on=MIDDLE, value_on=FIRST)
        assert Quarantine.objects.get().since == FIRST
    retry_quarantined(customer.pk, by=None)
    found = book.record(customer.pk, customer.number)
    assert found["open bills"] == []
    assert found["points"] == []
    assert checks.all_findings(checks.whole_book()) == []


def test_the_operator_retries_by_number(clean_book, capsys) -> None:
    customer = make_customer(FIRST)
    money.book_bill(
        line=line(customer), number="B1", principal=Decimal(10), due_on=MIDDLE, on=FIRST
    )

    def retry(*numbers: str) -> tuple[int, str]:
        try:
            execute_from_command_line(["manage.py", "retry_quarantined", *numbers])
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    assert retry() == (0, "Nobody is in quarantine.\n")
    with sick(customer.pk):
        open_due_days(FIRST)
        code, told = retry(customer.number)
        assert (code, told.splitlines()[0]) == (
            1,
            f"{customer.number} still fails: customer {customer.pk} is sick",
        )
        assert retry("nobody") == (2, "CommandError: not in quarantine: nobody\n")
    assert retry() == (0, f"{customer.number} is free\n")
    assert connection_sum("select sum(principal) from billing_openbill") == 10


def test_all_customers_can_be_sick_at_once(clean_book) -> None:
    """The night still ends, and each is released on their own."""
    customers = [make_customer(FIRST) for _ in range(5)]
    for customer in customers:
        money.book_purchase(line=line(customer), amount=Decimal(10), on=FIRST)
    with connection.cursor() as cursor:
        cursor.execute(
            "create function all_sick() returns trigger language plpgsql as "
            "$$ begin raise exception 'sick'; end $$; create trigger all_sick "
            "before insert on billing_charge for each row execute function all_sick()"
        )
    try:
        (closed, *_) = open_due_days(FIRST + ONE_DAY)
        assert closed.report["quarantined"] == [customer.number for customer in customers]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop trigger all_sick on billing_charge; drop function all_sick()")
    for customer in customers:
        retry_quarantined(customer.pk, by=None)
    assert checks.all_findings(checks.whole_book()) == []
    assert connection_sum("select sum(unbilled) from billing_linestate") == 50


def test_a_fault_that_makes_everybody_sick_quarantines_nobody(
    clean_book, monkeypatch, capsys
) -> None:
    """The slice waits, the operator is told in one line, and the next run opens the day."""
    monkeypatch.setattr(quarantine, "EPIDEMIC", 3)
    for _ in range(5):
        money.book_purchase(line=line(make_customer(FIRST)), amount=Decimal(10), on=FIRST)
    with connection.cursor() as cursor:
        cursor.execute(
            "create function all_sick() returns trigger language plpgsql as "
            "$$ begin raise exception 'no such figure'; end $$; create trigger all_sick "
            "before insert on billing_charge for each row execute function all_sick()"
        )
    try:
        with pytest.raises(SystemExit) as end:
            execute_from_command_line(["manage.py", "nightly", "--on", str(FIRST)])
        assert end.value.code == 1
        told = capsys.readouterr().err.strip()
        assert "no such figure" in told.splitlines()[0]
        assert "nobody was quarantined" in told.splitlines()[0]
        assert not Quarantine.objects.exists()
        assert BusinessDay.objects.get().parts.get().status == "waiting"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop trigger all_sick on billing_charge; drop function all_sick()")
    open_due_days(FIRST)
    assert BusinessDay.objects.get().status == "closed"


def test_an_act_before_the_night_takes_what_the_book_knows_of_the_day(clean_book) -> None:
    """An import may know a day before it comes; the night passes by whom an act opened ahead."""
    customer = make_customer(FIRST)
    today = FIRST + ONE_DAY
    open_due_days(FIRST)
    for product in ("pay_later", "cash_loan"):
        Fact.objects.create(
            customer=customer, line=line(customer, product), kind="repay",
            number=f"known {product}", booked_on=today, value_on=today, amount=Decimal(30),
        )  # fmt: skip
    money.book_repayment(line=line(customer), amount=Decimal(5), on=today, number="new")
    open_due_days(today + ONE_DAY)
    assert checks.all_findings(checks.whole_book()) == []
    assert connection_sum("select sum(credit) from billing_linestate") == 65


def test_a_database_that_is_away_makes_nobody_sick(histories, calm, clean_book) -> None:
    """A slice whose connection is cut is left waiting; the next run takes it up again."""
    entered = fill(histories)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            create function cut() returns trigger language plpgsql as $$
            begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
            create trigger cut before insert on risk_point for each row execute function cut()
            """
        )
    try:
        with pytest.raises(DatabaseError):
            open_due_days(LAST)
    finally:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("drop trigger cut on risk_point; drop function cut()")
    assert not Quarantine.objects.exists()
    day = BusinessDay.objects.order_by("on").last()
    assert (day.status, day.parts.get().status) == ("opening", "waiting")
    open_due_days(LAST)
    assert_whole(entered, calm)


def test_a_connection_that_is_cut_in_a_correction_harms_that_act_alone(clean_book) -> None:
    """The process lives on: the next late fact is booked as if nothing had been."""
    customer = make_customer(FIRST)
    open_due_days(FIRST + ONE_DAY)
    connection.close()  # a new one makes its shadow tables first
    with connection.cursor() as cursor:
        cursor.execute(
            "create function cut() returns event_trigger language plpgsql as "
            "$$ begin perform pg_terminate_backend(pg_backend_pid()); end $$; "
            "create event trigger cut on ddl_command_start execute function cut()"
        )

    def repay() -> None:
        money.book_repayment(
            line=line(customer), number="P1", amount=Decimal(5), on=FIRST + ONE_DAY, value_on=FIRST
        )

    try:
        with pytest.raises(DatabaseError):
            repay()
    finally:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("set event_triggers = off; drop event trigger cut; drop function cut()")
    assert not Fact.objects.exists()
    repay()
    assert connection_sum("select sum(credit) from billing_linestate") == 5
    assert checks.all_findings(checks.whole_book()) == []


def connection_sum(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


# -- several processes -------------------------------------------------------------------

#: manage.py of a book that counts as large
LARGE = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
sys.path.insert(0, {base!r})
import django
django.setup()
from django.core.management import execute_from_command_line
from config.night import days
days._TWO_SLICES_FROM = 1
execute_from_command_line(sys.argv)
"""


@pytest.fixture
def large(tmp_path: Path) -> str:
    program = tmp_path / "manage_large.py"
    program.write_text(LARGE.format(base=str(settings.BASE)))
    return str(program)


def test_two_nightly_commands_at_once_make_one_book(histories, calm, large, clean_book) -> None:
    entered = fill(histories)
    both = [book.start(large, "nightly", "--on", str(LAST), "--json") for _ in range(2)]
    closed = []
    for process in both:
        out, err = process.communicate(timeout=200)
        assert (process.returncode, err) == (0, "")
        closed += [day["day"] for day in json.loads(out)]
    assert set(closed) == {day.on.isoformat() for day in BusinessDay.objects.all()}
    assert_whole(entered, calm)
    assert set(BusinessDay.objects.values_list("slices", flat=True)) == {2}


def test_a_night_of_two_workers_is_that_of_one(histories, calm, large, clean_book) -> None:
    entered = fill(histories)
    with workers.calendar_held():  # else one may be through before the other has come
        process = book.start(large, "nightly", "--on", str(LAST), "--workers", "2")
        wait_until(lambda: workers.waiting() == 2, "both to wait")
    out, err = process.communicate(timeout=200)
    assert (process.returncode, err) == (0, "")
    assert "all checks hold" in out
    assert_whole(entered, calm)
    assert DaySlice.objects.values("owner").distinct().count() == 2


# -- the command's words -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--on", "2026-02-30"], "2026-02-30"),
        (["--on", "abc"], "abc"),
        (["--on", "tomorrow"], "tomorrow"),
        (["--on", "20260101"], "20260101"),
        (["--on", "2026-W01-1"], "2026-W01-1"),
        (["--on", "２０２６-01-01"], "２０２６-01-01"),
        (["--on", ""], "''"),
        (["--on"], "--on"),
        (["--workers", "0"], "'0'"),
        (["--workers", "-1"], "-1"),
        (["--workers", "65"], "65"),
        (["--workers", "two"], "two"),
        (["--workers", "1.5"], "1.5"),
        (["--workers", "²"], "²"),
        (["--days", "3"], "--days"),
        (["2026-01-01"], "2026-01-01"),
    ],
)
def test_nightly_refuses_a_bad_argument_by_its_name(words, named, capsys) -> None:
    with pytest.raises(SystemExit) as refused:
        execute_from_command_line(["manage.py", "nightly", *words])
    assert refused.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("manage.py nightly: error: ")
    assert named in said


def test_nightly_refuses_a_day_that_has_not_come(clean_book) -> None:
    done = book.manage("nightly", "--on", "2999-01-01")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "2999-01-01" in done.stderr


def test_nightly_says_that_an_empty_book_has_nothing_due(clean_book) -> None:
    done = book.manage("nightly")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Every day due is closed already.\n"
    assert book.manage("nightly", "--json").stdout.strip() == "[]"
    assert not BusinessDay.objects.exists()
    assert book.manage("check_book").returncode == 0


def test_nightly_says_in_one_line_that_no_policy_is_published(clean_book) -> None:
    from accounts.operations import open_customer

    open_customer(number="T1", name="Early", opened_on=FIRST_DAY - ONE_DAY)
    for _ in range(2):
        done = book.manage("nightly", "--on", str(FIRST_DAY))
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1
        assert "polic" in done.stderr
        publish()  # from the day after their first day on
    assert not DaySlice.objects.filter(status="done").exists()


def test_nightly_tells_what_it_did(clean_book) -> None:
    customer = make_customer(FIRST)
    money.book_bill(
        line=line(customer), number="B1", principal=Decimal(1000), due_on=FIRST + ONE_DAY, on=FIRST
    )
    money.book_repayment(line=line(customer), amount=Decimal(2000), on=FIRST + 4 * ONE_DAY)
    done = book.manage("nightly", "--on", str(FIRST + 5 * ONE_DAY), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert [day["day"] for day in told] == [str(FIRST + n * ONE_DAY) for n in range(6)]
    assert {day["status"] for day in told} == {"closed"}
    assert [day["amounts"]["billed"] for day in told] == ["1000.00", "0", "0", "0", "0", "0"]
    assert [day["amounts"]["fees"] for day in told][2:4] == ["0.50", "0.50"]
    assert [day["restricted"] for day in told] == [0, 0, 1, 0, 0, 0]
    assert sum(day["released"] for day in told) == 1
    assert all(day["seconds"] and day["checks"] == [] for day in told)

    done = book.manage("nightly", "--on", str(FIRST + 6 * ONE_DAY))
    assert done.stdout.startswith(f"Opened 1 days, {FIRST + 6 * ONE_DAY}")


# -- Celery ------------------------------------------------------------------------------


class Broker:
    """A Valkey of the test's own, and programs that use it."""

    def __init__(self, var: Path) -> None:
        self.server = Valkey(var)
        self.server.ensure()
        self.started: list[subprocess.Popen[bytes]] = []

    def run(self, *calls: str) -> None:
        """Call tasks in a process of its own, one after the other."""
        code = "import django; django.setup(); from config.night import tasks; "
        done = book.start("-c", code + "; ".join(f"tasks.{call}" for call in calls), **self.words)
        _, err = done.communicate(timeout=120)
        assert done.returncode == 0, err

    def worker(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", "2",
             "--without-gossip", "--without-mingle", "--loglevel", "WARNING"],
            cwd=settings.BASE,
            env={**os.environ, "DATABASE_URL": book.address(), **self.words,
                 "PROCESS_ROLE": "worker"},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        self.started.append(process)
        return process

    @property
    def words(self) -> dict[str, str]:
        return {"REDIS_URL": self.server.url(), "DJANGO_SETTINGS_MODULE": "config.settings"}

    def waiting(self) -> int:
        return self.server.client().llen("celery")

    def forget_everything(self) -> None:
        self.server.client().flushall()

    def close(self) -> None:
        for process in self.started:
            if process.poll() is None:
                kill_group(process)
        self.server.release()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """The worker and its children, who are alone in a session of theirs."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path / "broker")
    yield made
    made.close()


def recent() -> list[int]:
    """Customers of the last days: overdue, cured, with purchases."""
    first = dt.date.today() - 16 * ONE_DAY  # noqa: DTZ011 far enough from every zone's today
    customers = [make_customer(first, number=f"~{n}:") for n in range(1, 5)]
    for n, customer in enumerate(customers, start=1):
        due = first + (n + 1) * ONE_DAY
        number = f"{customer.number}B"
        money.book_bill(
            line=line(customer), number=number, principal=Decimal(500 * n), due_on=due, on=first
        )
        if n % 2:
            paid = Decimal(100 + 500 * n)
            money.book_repayment(line=line(customer), amount=paid, on=due + 3 * ONE_DAY)
        money.book_purchase(line=line(customer), amount=Decimal(7 * n), on=first + n * ONE_DAY)
    return [customer.pk for customer in customers]


def recorded(customers: list[int]) -> list[book.Record]:
    return [book.record(pk, f"~{n}:") for n, pk in enumerate(customers, start=1)]


def wait_until(holds: Callable[[], bool], what: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain until {what}"
        time.sleep(0.05)


def closed() -> int:
    return BusinessDay.objects.filter(status="closed").count()


def last_closed() -> dt.date | None:
    return BusinessDay.objects.filter(status="closed").order_by("-on").values_list(
        "on", flat=True
    ).first()  # fmt: skip


def is_done() -> bool:
    from django.utils import timezone

    return last_closed() == tasks.due_through(timezone.localtime())


def assert_as_by_hand(customers: list[int]) -> None:
    """The record is that of one command on the same book."""
    assert checks.all_findings(checks.whole_book()) == []
    found, last = recorded(customers), last_closed()
    assert last is not None
    book.empty()
    again = recent()
    open_due_days(last)
    assert found == recorded(again)


def test_tasks_called_one_by_one_open_the_days(broker, clean_book) -> None:
    customers = recent()
    broker.run("nightly()", "nightly()", "open_slice('2001-01-01')")
    (day,) = BusinessDay.objects.all()
    assert (day.status, closed()) == ("opening", 0)
    assert broker.waiting() == 2  # beat fired twice: two wakings for one slice
    broker.forget_everything()
    broker.run("sweep()")
    assert broker.waiting() == 1
    first = day.on
    broker.run(*(f"open_slice('{first + n * ONE_DAY}')" for n in range(17) for _ in "12"))
    assert is_done()
    broker.run("sweep()", "nightly()")
    assert_as_by_hand(customers)


def test_a_night_survives_double_beats_killed_workers_and_a_broker_that_forgets(
    broker, clean_book
) -> None:
    customers = recent()
    broker.run("nightly.delay()", "nightly.delay()")
    worker = broker.worker()
    wait_until(lambda: closed() >= 2, "the worker closes two days")
    kill_group(worker)
    broker.forget_everything()
    assert broker.waiting() == 0
    halted = closed()
    assert not is_done()

    broker.worker()
    broker.run("sweep.delay()", "nightly.delay()", "sweep.delay()")
    wait_until(is_done, f"the night goes on after {halted} days")
    slices = DaySlice.objects.all()
    assert {part.status for part in slices} == {"done"}
    assert len(slices) == closed()
    assert_as_by_hand(customers)


def test_the_schedule_is_in_code_and_in_the_books_time_zone() -> None:
    nightly = settings.CELERY_BEAT_SCHEDULE["nightly"]
    assert nightly["task"] == tasks.nightly.name
    assert (nightly["schedule"].hour, nightly["schedule"].minute) == ({0}, {10})
    assert settings.CELERY_TIMEZONE == settings.BOOK_TIME_ZONE
    assert settings.CELERY_BEAT_SCHEDULE["sweep"]["task"] == tasks.sweep.name


def test_a_day_is_due_from_ten_past_midnight_on() -> None:
    day = dt.datetime(2026, 3, 1, 0, 9, 59)  # noqa: DTZ001 a local time
    assert tasks.due_through(day) == dt.date(2026, 2, 28)
    assert tasks.due_through(day + dt.timedelta(seconds=1)) == dt.date(2026, 3, 1)
