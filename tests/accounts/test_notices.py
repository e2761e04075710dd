"""Delivering notices: once, in the customer's hours, not where it is forbidden, and on record."""

import datetime as dt
import os
import signal
import socketserver
import threading
import time
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as outgoing
from django.db import connection, transaction
from django.db.utils import DatabaseError

from accounts import notices
from accounts.models import ContactPreference, Notice, NoticeAttempt, NoticeTemplate
from accounts.notices import (
    Dropped,
    Kind,
    Text,
    delivering,
    hours,
    kinds,
    preferences,
    queries,
    sending,
    silence,
    texts,
    versions,
)
from accounts.notices.choices import AttemptState, State, Why
from tests import book
from tests.factories import make_customer, make_user

UTC = dt.UTC
NOON = dt.datetime(2026, 3, 2, 4, tzinfo=UTC)  # 12:00 in Shanghai
TEXT = {
    "en": Text("News for {{ name }}", "Line {{ number }}. {{ lender }}"),
    "zh-hans": Text("给{{ name }}的消息", "额度 {{ number }}。{{ lender }}"),
}


@pytest.fixture
def kind():
    made = Kind("test_news", "News", {"number": "L-1"}, TEXT)
    notices.register(made)
    yield made
    del kinds._kinds["test_news"]


@pytest.fixture
def customer(db):
    return make_customer(name="Ada <b>Long</b>", language="en", limits={})


def tell(customer, key="1", at=NOON, **fields):
    return notices.queue(
        customer=customer, kind="test_news", key=key, context={"number": "L-7"}, at=at, **fields
    )


def state_of(notice):
    notice.refresh_from_db()
    return notice.state, notice.why


# -- the queue ---------------------------------------------------------------------------


def test_a_notice_is_queued_once(customer, kind):
    assert tell(customer) is not None
    assert tell(customer) is None
    assert Notice.objects.count() == 1


def test_an_unknown_kind_is_refused(customer):
    with pytest.raises(notices.UnknownKind):
        notices.queue(customer=customer, kind="nonsense", key="1", context={}, at=NOON)


def test_of_notices_about_one_subject_the_newest_waits_alone(customer, kind):
    first = tell(customer, "1", about="bill/1")
    other = tell(customer, "2", about="bill/2")
    second = tell(customer, "3", about="bill/1")
    assert state_of(first) == (State.DROPPED, Why.SUPERSEDED)
    assert state_of(other)[0] == state_of(second)[0] == State.QUEUED


def test_the_text_is_kept_in_both_languages_with_its_version(customer, kind):
    notice = tell(customer)
    assert delivering.deliver(now=NOON) == 1
    assert state_of(notice) == (State.SENT, "")
    assert (notice.language, notice.template_version) == ("en", 0)
    assert notice.subject == "News for Ada <b>Long</b>"  # plain text: escaped where it is shown
    assert notice.body == "Line L-7. Fairline"
    assert notice.translations["zh-hans"] == ["给Ada <b>Long</b>的消息", "额度 L-7。Fairline"]


def test_what_was_sent_cannot_be_changed_or_removed(customer, kind):
    notice = tell(customer)
    delivering.deliver(now=NOON)
    for act in (
        lambda: Notice.objects.filter(pk=notice.pk).update(body="other"),
        lambda: Notice.objects.filter(pk=notice.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="stays as it was"), transaction.atomic():
            act()
    assert queries.mark_read(customer_id=customer.pk, public_id=notice.public_id, at=NOON)


def test_a_customer_reads_their_own_notices_only(customer, kind):
    notice, other = tell(customer), make_customer(limits={})
    delivering.deliver(now=NOON)
    assert queries.unread(customer.pk) == 1
    assert queries.mark_read(customer_id=other.pk, public_id=notice.public_id, at=NOON) is None
    assert queries.unread(customer.pk) == 1
    assert queries.mark_read(customer_id=customer.pk, public_id=notice.public_id, at=NOON)
    assert queries.unread(customer.pk) == 0
    assert state_of(notice)[0] == State.READ


def test_facts_that_fail_for_one_stop_no_other(customer):
    def facts(batch):
        if any(notice.key == "bad" for notice in batch):
            with connection.cursor() as cursor:
                cursor.execute("select 1 / 0")
        return {notice.pk: {"number": "L-9"} for notice in batch}

    notices.register(Kind("test_news", "News", {"number": ""}, TEXT, facts=facts))
    try:
        bad, good = tell(customer, "bad"), tell(customer, "good")
        delivering.deliver(now=NOON)
        assert state_of(bad) == (State.FAILED, Why.BROKEN)
        assert state_of(good) == (State.SENT, "")
    finally:
        del kinds._kinds["test_news"]


def test_what_is_over_is_dropped_with_its_reason(customer):
    over = {"test_news": Dropped()}
    notices.register(
        Kind("test_news", "News", {"number": ""}, TEXT,
             facts=lambda batch: {n.pk: over["test_news"] for n in batch})
    )  # fmt: skip
    try:
        notice = tell(customer)
        delivering.deliver(now=NOON)
        assert state_of(notice) == (State.DROPPED, Why.OVER)
        assert not queries.inbox(customer.pk).exists()
    finally:
        del kinds._kinds["test_news"]


# -- when it may be said -----------------------------------------------------------------


def preference(zone="", first=dt.time(8), last=dt.time(22)):
    return ContactPreference(time_zone=zone, contact_from=first, contact_until=last)


@pytest.mark.parametrize(
    ("zone", "now", "then"),
    [
        # the book's zone where the customer gave none
        ("", "2026-03-02T00:00:00+08:00", "2026-03-02T08:00:00+08:00"),
        ("", "2026-03-02T22:00:00+08:00", "2026-03-03T08:00:00+08:00"),
        ("", "2026-03-02T21:59:59+08:00", "2026-03-02T21:59:59+08:00"),
        ("America/New_York", "2026-03-02T12:00:00+08:00", "2026-03-02T08:00:00-05:00"),
        # the clock jumps ahead at 02:00 of 8 March: 08:00 comes an hour sooner
        ("America/New_York", "2026-03-07T23:00:00-05:00", "2026-03-08T08:00:00-04:00"),
        # and back at 02:00 of 1 November: an hour later
        ("America/New_York", "2026-10-31T23:00:00-04:00", "2026-11-01T08:00:00-05:00"),
        # half-hour zones, and a zone that skipped a whole day
        ("Asia/Kathmandu", "2026-03-02T07:59:00+05:45", "2026-03-02T08:00:00+05:45"),
        ("Pacific/Apia", "2011-12-29T22:30:00-10:00", "2011-12-31T08:00:00+14:00"),
        # a zone that nobody knows is the book's
        ("Mars/Olympus", "2026-03-02T07:00:00+08:00", "2026-03-02T08:00:00+08:00"),
    ],
)
def test_nobody_is_told_at_night(zone, now, then):
    moment = hours.next_moment(dt.datetime.fromisoformat(now), preference(zone))
    assert moment == dt.datetime.fromisoformat(then)


def test_every_hour_of_a_year_is_quiet_at_night_in_every_zone():
    for zone in ("America/New_York", "Europe/London", "Asia/Shanghai", "Australia/Lord_Howe"):
        now = dt.datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
        while now.year == 2026:
            moment = hours.next_moment(now, preference(zone))
            local = moment.astimezone(ZoneInfo(zone))
            assert 8 <= local.hour < 22
            assert moment >= now
            now += dt.timedelta(hours=1)


def test_the_customers_own_hours_count_within_the_day(customer, kind):
    preferences.change(
        customer=customer, by=None, at=NOON, contact_from=dt.time(18), contact_until=dt.time(20)
    )
    notice = tell(customer)
    delivering.deliver(now=NOON)
    assert state_of(notice) == (State.HELD, Why.HOURS)
    assert notice.due_at == dt.datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert delivering.deliver(now=NOON + dt.timedelta(hours=1)) == 0
    delivering.deliver(now=notice.due_at)
    assert state_of(notice)[0] == State.SENT


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contact_from", dt.time(7)),
        ("contact_until", dt.time(23)),
        ("time_zone", "Mars/Olympus"),
        ("email", "no address"),
        ("email", "a@b.example\nBcc: c@d.example"),
        ("channels", ["pigeon"]),
    ],
)
def test_a_preference_that_cannot_be_is_refused(customer, field, value):
    with pytest.raises(preferences.PreferenceRefused) as refused:
        preferences.change(customer=customer, by=None, at=NOON, **{field: value})
    assert refused.value.field == field


def test_an_address_is_encrypted_and_masked(customer):
    kept = preferences.change(customer=customer, by=None, at=NOON, email="ada.long@example.com")
    assert kept.masked_email == "a*******@example.com"
    with connection.cursor() as cursor:
        cursor.execute("select email from accounts_contactpreference")
        assert b"example" not in bytes(cursor.fetchone()[0])


def test_a_hold_keeps_a_notice_until_it_ends_and_a_duty_goes_through(customer, kind):
    notices.silenced_by("%(now)s::timestamptz is not null and {customer} > 0", code="test_hold",
                        label="on hold")  # fmt: skip
    notices.register(Kind("test_duty", "Duty", {"number": ""}, TEXT, mandatory=True))
    try:
        notice = tell(customer)
        duty = notices.queue(
            customer=customer, kind="test_duty", key="1", context={"number": "1"}, at=NOON
        )
        delivering.deliver(now=NOON)
        assert state_of(notice) == (State.HELD, Why.SILENCED)
        assert notice.because == "test_hold"
        assert state_of(duty)[0] == State.SENT
        del silence._silences["test_hold"]
        delivering.deliver(now=NOON + dt.timedelta(hours=1))
        assert state_of(notice)[0] == State.SENT
        notices.silenced_by("{customer} > 0", code="test_hold", everything=True)
        late = notices.queue(
            customer=customer, kind="test_duty", key="2", context={"number": "1"}, at=NOON
        )
        delivering.deliver(now=NOON)
        assert state_of(late) == (State.HELD, Why.SILENCED)
        delivering.deliver(now=NOON + dt.timedelta(days=7, hours=1))
        assert state_of(late) == (State.DROPPED, Why.TOO_OLD)
    finally:
        silence._silences.pop("test_hold", None)
        del kinds._kinds["test_duty"]


# -- e-mail ------------------------------------------------------------------------------


@pytest.fixture
def reachable(customer, settings):
    settings.MAIL_ON = True
    preferences.change(customer=customer, by=None, at=NOON, email="ada@example.com")
    return customer


def send(at=NOON):
    return sending.send_waiting(clock=lambda: at)


def test_a_letter_is_sent_once_with_its_text_escaped_in_html(reachable, kind):
    notice = tell(reachable)
    delivering.deliver(now=NOON)
    assert state_of(notice)[0] == State.SENDING
    assert (send(), send()) == (1, 0)
    assert state_of(notice)[0] == State.SENT
    (letter,) = outgoing.outbox
    assert letter.to == ["ada@example.com"]
    assert letter.body == "Line L-7. Fairline"
    assert "&lt;b&gt;Long" in letter.alternatives[0][0]
    attempt = NoticeAttempt.objects.get()
    assert (attempt.state, attempt.to) == (AttemptState.SENT, "a**@example.com")


def test_a_channel_that_is_not_wanted_is_not_used(reachable, kind):
    preferences.change(customer=reachable, by=None, at=NOON, channels=[])
    notice = tell(reachable)
    delivering.deliver(now=NOON)
    assert state_of(notice)[0] == State.SENT
    assert not NoticeAttempt.objects.exists()


def test_a_letter_waits_for_the_morning_too(reachable, kind):
    tell(reachable)
    delivering.deliver(now=NOON)
    night = dt.datetime(2026, 3, 2, 15, tzinfo=UTC)  # 23:00 in Shanghai
    assert send(night) == 0
    assert NoticeAttempt.objects.get().not_before == dt.datetime(2026, 3, 3, 0, tzinfo=UTC)


def test_what_the_server_refuses_is_tried_again_and_then_failed(reachable, kind, monkeypatch):
    from accounts.notices import channels
    from accounts.notices.channels import Carrier, NotTaken

    def refuse(attempt, notice, address):
        raise NotTaken("SMTPConnectError 421", later=True)

    real = channels.carriers()["email"]
    monkeypatch.setitem(
        channels._carriers, "email", Carrier("email", real.is_on, real.address, refuse)
    )
    notice, at = tell(reachable), NOON
    delivering.deliver(now=at)
    for pause in (0, 5, 30):
        at += dt.timedelta(minutes=pause)
        assert send(at) == 1
    assert state_of(notice) == (State.FAILED, Why.REFUSED)
    assert send(at + dt.timedelta(hours=2)) == 0

    monkeypatch.setitem(channels._carriers, "email", real)
    sending.resend(notice, by=make_user(), at=at)
    assert send(at) == 1
    assert state_of(notice) == (State.SENT, "")
    with pytest.raises(sending.NotResent):
        sending.resend(notice, by=make_user(), at=at)


def test_a_server_that_hangs_up_leaves_it_unknown_and_is_not_asked_again(
    reachable, kind, monkeypatch
):
    import smtplib

    from accounts.notices import mail

    class Backend:
        def send_messages(self, messages):
            raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(mail, "get_connection", Backend)
    notice = tell(reachable)
    delivering.deliver(now=NOON)
    send()
    assert state_of(notice) == (State.FAILED, Why.UNKNOWN)
    assert send(NOON + dt.timedelta(hours=1)) == 0


# -- texts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "{{ unknown }}",
        "{% include 'admin/index.html' %}",
        "{% load i18n %}",
        "{% debug %}",
        "{{ name|safe }}",
        "{% autoescape off %}{{ name }}{% endautoescape %}",
        "{% for x in secret %}{{ x }}{% endfor %}",
        "{% if secret %}x{% endif %}",
        "{{ name.__class__ }}",
        "{# hidden #}",
        "{% if name %}",
        "x" * 4001,
        " ",
    ],
)
def test_a_text_that_reaches_beyond_its_facts_is_refused(body):
    with pytest.raises(texts.TextRefused):
        texts.check(Text("Subject", body), {"number": ""})


def test_facts_are_never_taken_for_a_text():
    said = texts.render(
        Text("{{ name }}", "{{ number }}"), {"name": "{{ x }}\nBcc: y", "number": 1}
    )
    assert said == Text("{{ x }} Bcc: y", "1")


def test_a_new_version_counts_from_the_next_notice_on(customer, kind):
    before = tell(customer, "1")
    delivering.deliver(now=NOON)
    text = Text("Better news", "Line {{ number }}, better")
    who = make_user()
    versions.publish(kind="test_news", language="en", text=text, after=0, by=who, at=NOON)
    after = tell(customer, "2")
    delivering.deliver(now=NOON)
    before.refresh_from_db()
    after.refresh_from_db()
    assert (before.subject, before.template_version) == ("News for Ada <b>Long</b>", 0)
    assert (after.subject, after.template_version) == ("Better news", 1)
    with pytest.raises(versions.NotPublished):  # somebody published meanwhile
        versions.publish(kind="test_news", language="en", text=text, after=0, by=who, at=NOON)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        NoticeTemplate.objects.update(body="other")


# -- two workers, and one that dies ------------------------------------------------------


#: An SMTP server of a few lines: it counts what it took, and takes its time.
class _Smtp(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line.strip().upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                letter = b""
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    letter += part
                self.server.letters.append(letter)
                self.server.took.set()
                time.sleep(self.server.slow)
            if word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 ok\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True

    def __init__(self, slow):
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.letters, self.slow, self.took = [], slow, threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()


WORKER = """
import django; django.setup()
import datetime
from accounts import notices
from accounts.notices import Kind, Text, delivering, sending
text = {"en": Text("News for {{ name }}", "{{ number }}")}
notices.register(Kind("test_news", "News", {"number": ""}, {**text, "zh-hans": text["en"]}))
now = datetime.datetime.fromisoformat("2026-03-02T04:00:00+00:00")
while delivering.deliver(now=now, most=7):
    pass
print("delivered", flush=True)
sending.send_waiting(clock=lambda: now, most=1000)
"""


@pytest.fixture
def server():
    made = Server(0)
    yield made
    made.shutdown()
    made.server_close()


def workers(server, number):
    return [
        book.start(
            "-c", WORKER, DJANGO_SETTINGS_MODULE="config.settings", PROCESS_ROLE="worker",
            EMAIL_HOST="127.0.0.1", EMAIL_PORT=str(server.server_address[1]),
            EMAIL_SECURITY="none",
        )
        for _ in range(number)
    ]  # fmt: skip


@pytest.fixture
def many(clean_book, kind):
    people = [make_customer(language="en", limits={}) for _ in range(40)]
    for n, customer in enumerate(people):
        preferences.change(customer=customer, by=None, at=NOON, email=f"c{n}@example.com")
        tell(customer, str(n))
    return people


def test_two_workers_at_once_send_each_letter_once(many, server):
    for worker in workers(server, 2):
        _out, err = worker.communicate(timeout=60)
        assert worker.returncode == 0, err
    assert len(server.letters) == len(many)
    assert len({letter.split(b"To: ")[1].split(b"\r\n")[0] for letter in server.letters}) == 40
    assert Notice.objects.filter(state=State.SENT).count() == 40


def test_a_worker_that_is_killed_sends_nothing_twice_and_loses_nothing(many, server):
    server.slow = 3
    (worker,) = workers(server, 1)
    assert server.took.wait(40), worker.communicate()[1]
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()
    server.slow = 0
    (left,) = NoticeAttempt.objects.filter(state=AttemptState.SENDING)
    # Nobody knows of it yet; the others go on meanwhile.
    assert sending.reconcile(now=NOON + dt.timedelta(minutes=1)) == 0
    for worker in workers(server, 2):
        _out, err = worker.communicate(timeout=60)
        assert worker.returncode == 0, err
    assert sending.reconcile(now=NOON + dt.timedelta(minutes=11)) == 1
    left.refresh_from_db()
    assert left.state == AttemptState.UNKNOWN
    assert state_of(left.notice) == (State.FAILED, Why.UNKNOWN)
    assert len(server.letters) == 40
    assert Notice.objects.filter(state=State.SENT).count() == 39
