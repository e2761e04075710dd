"""SIGKILL at random moments of a night, of the night itself and of PostgreSQL by turns, loses
nothing: the book at the end is that of a run which nothing disturbed.

KILLS in the environment asks for more than twelve (up to 200), KILL_SEED for the moments of
another run.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from billing import operations as money
from billing.models import BusinessDay, CreditLine, Fact
from config.embedded import Postgres
from config.embedded.postgresql_backend import base
from config.night import open_due_days
from risk import checks
from tests import blank, book
from tests.factories import publish

KILLS = int(os.environ.get("KILLS", "12"))
FIRST = dt.date(2025, 12, 15)
LAST = FIRST + dt.timedelta(days=25 + KILLS)  # so that most kills meet a night at work
MANY, LIVELY = 270, 30
SEED = int(os.environ.get("KILL_SEED", time.time_ns() % 100_000))

#: Forks a command for each line that it reads: it has the product loaded already, so that the
#: moment of a kill falls into the command's work and not into its start.
NURSERY = """
import os, sys
import django
django.setup()
import manage
from django.core.management import load_command_class
load_command_class("config", "nightly")
for words in sys.stdin:
    child = os.fork()
    if not child:
        sys.argv = ["manage.py", *words.split()]
        code = 0
        try:
            manage.main()
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            import traceback
            traceback.print_exc()
            code = 99
        sys.stderr.flush()
        os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Nights:
    """One night at a time, as a process that can be killed."""

    def __init__(self, var: Path) -> None:
        self.errors = var / "night.err"
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        with self.errors.open("ab") as errors:
            self.nursery = subprocess.Popen(
                [sys.executable, "-c", NURSERY],
                cwd=settings.BASE,
                env={**environment, "VAR_DIR": str(var),
                     "DJANGO_SETTINGS_MODULE": "config.settings", "PROCESS_ROLE": "worker"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )  # fmt: skip

    def start(self) -> int:
        assert self.nursery.stdin
        self.nursery.stdin.write(f"nightly --on {LAST} --json\n")
        self.nursery.stdin.flush()
        return self._number()

    def end(self) -> int:
        """Its exit code, less than 0 for the signal that killed it."""
        while True:
            try:
                return self._number()
            except ValueError:  # the report of a night that came to its end
                continue

    def _number(self) -> int:
        assert self.nursery.stdout
        text = self.nursery.stdout.readline()
        assert text, self.errors.read_text()
        return int(text)

    def close(self) -> None:
        self.nursery.communicate(timeout=60)


# -- the book ----------------------------------------------------------------------------

_CUSTOMERS = """
insert into accounts_customer (number, name, opened_on)
select '~K' || n || ':', 'Customer ' || n, %(first)s from generate_series(1, %(many)s) n
"""
_LINES = """
insert into billing_creditline (customer_id, product, number, opened_on, opening_limit)
select c.id, p.product, c.number || p.product, c.opened_on, 1000 * (1 + c.id %% 7)
from accounts_customer c, (values ('pay_later'), ('cash_loan')) p(product)
where c.number like '~K%%'
"""
_STATES = """
insert into billing_linestate (line_id, customer_id, assigned_limit)
select l.id, l.customer_id, l.opening_limit from billing_creditline l
where not exists (select from billing_linestate s where s.line_id = l.id)
"""
#: Bills of both lines, purchases and loans; three of four bills paid, early, late or in part.
_FACTS = """
insert into billing_fact (customer_id, line_id, kind, number, booked_on, value_on, amount, interest,
                          due_on, instalments)
select l.customer_id, l.id, f.kind, l.number || f.name || n, d.day, d.day,
       (random() * 900)::numeric(14, 2) + 1,
       case when f.kind = 'bill' then (n %% 2) * 3.5 end,
       case when f.kind = 'bill' then d.day + 1 + (random() * 9)::int end,
       case when f.kind = 'draw' then 3 end
from billing_creditline l
cross join generate_series(1, 2) n
join (values ('bill', 'B'), ('purchase', 'T'), ('draw', 'D'), ('repay', 'P')) f(kind, name)
  on (f.kind <> 'purchase' or l.product = 'pay_later')
 and (f.kind <> 'draw' or l.product = 'cash_loan')
cross join lateral (
    select %(first)s::date + (random() * 40)::int + 0 * n as day
) d
where l.number like '~K%%' and random() < 0.75
order by d.day
"""


def build() -> None:
    """Three hundred customers: most with bills and repayments, some with every kind of fact."""
    publish()
    with connection.cursor() as cursor:
        cursor.execute("select setseed(%s)", [SEED / 100_000])
        for statement in (_CUSTOMERS, _LINES, _STATES, _FACTS):
            cursor.execute(statement, {"first": FIRST, "many": MANY})
    found = book.timelines(range(12 * LIVELY), FIRST, LAST)
    found.sort(key=lambda timeline: -len(timeline.facts))
    book.book_facts(book.enter_all(found[:LIVELY]))


@contextmanager
def connected_to(server: Postgres, database: str) -> Iterator[None]:
    """Our own connections, of every thread, lead to a database of that server."""
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict |= {
        "NAME": database, "HOST": str(server.host), "USER": "postgres", "PORT": "", "PASSWORD": "",
    }  # fmt: skip
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict |= before


def records() -> dict[str, book.Record]:
    with connection.cursor() as cursor:
        cursor.execute("select id, number from accounts_customer order by id")
        customers = cursor.fetchall()
    with transaction.atomic():
        return {number: book.record(pk, number) for pk, number in customers}


# -- the client --------------------------------------------------------------------------


class Client(threading.Thread):
    """Books repayments and insists on each until it is told that it is booked."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__(daemon=True)
        self.dice = dice
        self.enough = threading.Event()
        self.acknowledged: dict[str, Decimal] = {}
        self.interrupted = 0
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            lines = self._insist(
                lambda: list(CreditLine.objects.filter(number__startswith="~K").order_by("pk"))
            )
            while not self.enough.is_set():
                self._post(self.dice.choice(lines))
                self.enough.wait(0.02)
        except BaseException as error:
            self.failure = error
        finally:
            connection.close()

    def _post(self, line: CreditLine) -> None:
        number = f"R{len(self.acknowledged) + 1}"
        amount = Decimal(self.dice.randint(1, 50_000)) / 100
        back = self.dice.choice((0, 0, 1, 3, 9))

        def post() -> None:
            day = BusinessDay.objects.order_by("-on").first()
            on = day.on if day else FIRST
            value_on = max(FIRST, on - dt.timedelta(days=back))
            if not Fact.objects.filter(number=number, kind="repay").exists():
                money.book_repayment(
                    line=line, number=number, amount=amount, on=on, value_on=value_on
                )

        self._insist(post)
        self.acknowledged[number] = amount

    def _insist(self, act: Callable[[], Any]) -> Any:
        while True:
            try:
                return act()
            except (OperationalError, InterfaceError):
                self.interrupted += 1
                connection.close()
                time.sleep(0.05)


# -- kills -------------------------------------------------------------------------------


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_postgres(server: Postgres, dice: random.Random) -> None:
    """All of it, or one process that serves somebody, which makes it start over by itself."""
    postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGSTOP)  # it has no more children from here on
    family = children(postmaster)
    serving = [pid for pid in family if "[local]" in title(pid)]
    if serving and dice.random() < 0.3:
        kill(dice.choice(serving))
        os.kill(postmaster, signal.SIGCONT)
        return
    for pid in (postmaster, *family):
        kill(pid)


def children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(state[1]) == parent:
                found.append(int(entry.name))
    return found


def title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc to find processes")
def test_kills_at_random_moments_of_a_night_lose_nothing(
    tmp_path, django_db_setup, django_db_blocker, monkeypatch
) -> None:
    begun = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - begun:6.1f} s {what}")

    tell(f"KILL_SEED={SEED} KILLS={KILLS}")
    dice = random.Random(SEED)
    server = Postgres(tmp_path)
    server.ensure()
    monkeypatch.setattr(base, "postgres", lambda: server)
    nights = Nights(tmp_path)
    client = Client(random.Random(SEED + 1))
    try:
        with django_db_blocker.unblock():
            blank.copy_to(server, "fairline", tmp_path)
            with connected_to(server, "fairline"):
                build()
            tell("built")
            with server.connect() as admin:
                admin.execute("create database calm template fairline")
            with connected_to(server, "fairline"):
                client.start()
                struck = disturb(server, nights, dice)
                client.enough.set()
                client.join(60)
                tell(
                    f"struck {dict(struck)}; the client was interrupted {client.interrupted} times"
                )
                assert nights_end(nights) == 0, nights.errors.read_text()
                assert client.failure is None
                told = nights.errors.read_text()
                assert "Traceback" not in told, told
                tell("the night is over")
                found, posted = assert_sound(client), late_facts()
            with connected_to(server, "calm"):
                copy(posted)
                open_due_days(LAST)
                expected = records()
        tell(f"{len(posted)} repayments, {len(found)} records compared")
        assert found.keys() == expected.keys()
        for number, record in expected.items():
            assert found[number] == record, number
        assert len(found) == MANY + LIVELY
        assert struck.total() >= KILLS * 3 // 4, "the night was over too soon"
    finally:
        client.enough.set()
        nights.close()
        server.release()


def disturb(server: Postgres, nights: Nights, dice: random.Random) -> Counter[str]:
    """Kill by turns; counts the kills that met a night at work."""
    struck: Counter[str] = Counter()
    for n in range(KILLS):
        night = begin(server, nights)
        if night is None:
            break
        time.sleep(dice.uniform(0, 0.3))
        if n % 2:
            kill_postgres(server, dice)
            server.revive()
            struck["postgres"] += nights.end() != 0
        else:
            kill(night)
            struck["night"] += nights.end() == -signal.SIGKILL
    return struck


def begin(server: Postgres, nights: Nights) -> int | None:
    """A night that is at work, by its number; None when no day is left to open.

    A night that asked a server which was still recovering from the kill before has given up by
    itself: another is begun.
    """
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        night = nights.start()
        while is_running(night) and time.monotonic() < deadline:
            if at_work(server):
                return night
            time.sleep(0.01)
        kill(night)
        if nights.end() == 0:
            return None
    pytest.fail(f"no night begins: {nights.errors.read_text()[-2000:]}")


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


#: The nursery's commands call themselves workers, we do not.
_AT_WORK = """
select count(*) from pg_stat_activity
where application_name like '%-worker' and query ~ '(billing|risk)_'
"""


def at_work(server: Postgres) -> bool:
    """No while the server is still recovering from the kill before: it looked well until it saw
    that one of its own had died."""
    try:
        with server.connect() as admin:
            return admin.execute(_AT_WORK).fetchone() != (0,)
    except psycopg.OperationalError:
        return False


def nights_end(nights: Nights) -> int:
    nights.start()
    return nights.end()


def assert_sound(client: Client) -> dict[str, book.Record]:
    """All days are closed, all checks hold, each repayment that was acknowledged is there once."""
    days = BusinessDay.objects.order_by("on")
    assert [(day.on, day.status) for day in days] == [
        (on, "closed") for on in book.each_day(FIRST, LAST)
    ]
    assert checks.all_findings(checks.whole_book()) == []
    booked = Fact.objects.filter(number__startswith="R").values_list("number", "amount")
    assert sorted(number for number, _ in booked) == sorted(client.acknowledged)
    assert dict(booked) == client.acknowledged
    return records()


_POSTED = """
select customer_id, line_id, kind, number, booked_on, value_on, amount from billing_fact
where number like 'R%' order by id
"""


def late_facts() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(_POSTED)
        return cursor.fetchall()


def copy(posted: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into billing_fact (customer_id, line_id, kind, number, booked_on, value_on, "
            "amount) values (%s, %s, %s, %s, %s, %s, %s)",
            posted,
        )
