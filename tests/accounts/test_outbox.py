"""Webhooks: announced with their effect, signed, in order per customer, to public addresses."""

import datetime as dt
import http.server
import json
import os
import signal
import socket
import threading
import time

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import outbox
from accounts.models import OutboxEvent, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from accounts.outbox import addresses, delivering, operations, posting, signing
from accounts.outbox.choices import DeliveryState, Event
from tests import book
from tests.factories import make_customer, make_user

UTC = dt.UTC
NOW = dt.datetime(2026, 3, 2, 4, tzinfo=UTC)
ALL = list(Event.values)


class _Partner(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server = self.server
        with server.lock:
            server.heard.append((json.loads(body), dict(self.headers), body))
        server.took.set()
        time.sleep(server.slow)
        status, headers = server.answer(json.loads(body))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"done")

    def log_message(self, *args):
        pass


class Partner(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Partner)
        self.heard, self.lock, self.slow, self.took = [], threading.Lock(), 0, threading.Event()
        self.answer = lambda message: (200, {})
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/hook?from=book"

    def numbers(self):
        return [message["data"]["n"] for message, _headers, _body in self.heard]


@pytest.fixture
def partner(settings):
    settings.WEBHOOKS_HTTPS_ONLY, settings.WEBHOOKS_TO_PRIVATE = False, True
    made = Partner()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def endpoint(db, partner):
    made, _secret = operations.open_endpoint(
        name="Partner", url=partner.url, wants=ALL, by=make_user(), at=NOW
    )
    return made


def announce(customer, n, event=Event.RESTRICTION_OPENED):
    return outbox.announce(event=event, key=str(n), customer=customer, data={"n": n}, at=NOW)


def deliver(at=NOW):
    return delivering.deliver(clock=lambda: at)


# -- announcing --------------------------------------------------------------------------


def test_what_nobody_wants_is_not_written(db):
    customer = make_customer(limits={})
    assert not announce(customer, 1)
    assert not OutboxEvent.objects.exists()


def test_an_event_is_announced_once_and_with_its_effect_or_not_at_all(endpoint):
    customer = make_customer(limits={})
    assert announce(customer, 1)
    assert not announce(customer, 1)
    with transaction.atomic():
        announce(customer, 2)
        transaction.set_rollback(True)
    assert OutboxEvent.objects.count() == WebhookDelivery.objects.count() == 1


def test_an_endpoint_hears_of_what_it_wants(endpoint, partner):
    operations.change_endpoint(
        endpoint, name="Partner", url=partner.url, wants=[Event.DAY_CLOSED], active=True
    )
    assert not announce(make_customer(limits={}), 1)
    assert announce(None, 2, Event.DAY_CLOSED)
    deliver()
    assert partner.numbers() == [2]
    assert partner.heard[0][0]["customer"] is None


# -- a message ---------------------------------------------------------------------------


def test_a_message_is_signed_and_names_nobody(endpoint, partner):
    customer = make_customer(limits={}, name="Ada Long", phone="13812345678")
    announce(customer, 1)
    assert deliver() == 1
    ((message, headers, body),) = partner.heard
    assert message["type"] == "restriction.opened"
    assert message["customer"] == {"id": str(customer.public_id), "number": customer.number}
    assert headers["Fairline-Event-Id"] == message["id"]
    secret = WebhookEndpoint.objects.get().secret
    at = int(NOW.timestamp())
    assert signing.is_right(body, headers["Fairline-Signature"], now=at, key=secret)
    assert not signing.is_right(body + b" ", headers["Fairline-Signature"], now=at, key=secret)
    assert not signing.is_right(body, headers["Fairline-Signature"], now=at + 301, key=secret)
    assert not signing.is_right(body, headers["Fairline-Signature"], now=at, key="whsec_other")
    assert b"Ada" not in body
    assert b"138" not in body
    log = WebhookAttempt.objects.get()
    assert (log.status, log.response) == (200, "done")
    assert "Ada" not in log.request


def test_while_a_secret_is_replaced_both_sign(endpoint, partner):
    old = WebhookEndpoint.objects.get().secret
    new = operations.rotate_secret(endpoint, at=NOW)
    customer = make_customer(limits={})
    announce(customer, 1)
    deliver()
    announce(customer, 2)
    later = NOW + operations.BOTH_SIGN
    deliver(later)
    for (_message, headers, body), at, keys in zip(
        partner.heard, (NOW, later), ({old, new}, {new}), strict=True
    ):
        right = {
            key
            for key in (old, new)
            if signing.is_right(
                body, headers["Fairline-Signature"], now=int(at.timestamp()), key=key
            )
        }
        assert right == keys


# -- order and failures ------------------------------------------------------------------


def test_a_failure_holds_the_later_ones_of_its_customer_and_nobody_elses(endpoint, partner):
    one, other = make_customer(limits={}), make_customer(limits={})
    for n in range(1, 4):
        announce(one, n)
        announce(other, 10 + n)
    partner.answer = lambda message: (500 if message["data"]["n"] == 2 else 200, {})
    deliver()
    assert [n for n in partner.numbers() if n < 10] == [1, 2]
    assert [n for n in partner.numbers() if n > 10] == [11, 12, 13]
    partner.answer = lambda message: (200, {})
    deliver(NOW + dt.timedelta(minutes=1))
    assert [n for n in partner.numbers() if n < 10] == [1, 2, 2, 3]
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_pauses_double_up_to_six_hours_and_never_fall_together():
    for attempts in range(1, 13):
        longest = min(10 * 2 ** (attempts - 1), 6 * 3600)
        found = {delivering.pause(attempts) for _ in range(20)}
        assert all(longest / 2 <= seconds <= longest for seconds in found)
        assert len(found) > 1


def test_what_fails_to_the_end_is_given_up_and_waits_for_a_person(endpoint, partner):
    customer, at = make_customer(limits={}), NOW
    announce(customer, 1)
    announce(customer, 2)
    partner.answer = lambda message: (503, {})
    while deliver(at):
        at += dt.timedelta(hours=6)
    first, second = WebhookDelivery.objects.order_by("id")
    assert (first.state, first.attempts) == (DeliveryState.DEAD, delivering.MOST_ATTEMPTS)
    assert (second.state, second.attempts) == (DeliveryState.WAITING, 0)
    assert partner.numbers() == [1] * delivering.MOST_ATTEMPTS

    partner.answer = lambda message: (200, {})
    operations.send_again(first, by=make_user(), at=at)
    deliver(at)
    assert partner.numbers()[-2:] == [1, 2]
    with pytest.raises(operations.NotSettled):
        operations.skip(first, by=make_user(), at=at)


def test_one_that_was_given_up_can_be_skipped(endpoint, partner):
    customer = make_customer(limits={})
    announce(customer, 1)
    announce(customer, 2)
    first = WebhookDelivery.objects.order_by("id").first()
    WebhookDelivery.objects.filter(pk=first.pk).update(state=DeliveryState.DEAD)
    assert deliver() == 0
    operations.skip(first, by=make_user(), at=NOW)
    deliver()
    assert partner.numbers() == [2]
    with pytest.raises(operations.NotSettled):
        operations.send_again(first, by=make_user(), at=NOW)


def test_a_redirect_is_not_followed(endpoint, partner):
    partner.answer = lambda message: (302, {"Location": partner.url + "&again"})
    announce(make_customer(limits={}), 1)
    deliver()
    assert len(partner.heard) == 1
    assert WebhookDelivery.objects.get().state == DeliveryState.WAITING
    assert WebhookAttempt.objects.get().status == 302


def test_an_endpoint_that_is_silent_does_not_use_up_the_time_of_others(endpoint, partner):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    operations.open_endpoint(name="Gone", url=gone, wants=ALL, by=make_user(), at=NOW)
    for n in range(5):
        announce(make_customer(limits={}), n)
    assert deliver() == 6
    assert sorted(partner.numbers()) == [0, 1, 2, 3, 4]
    assert "ConnectionRefusedError" in WebhookAttempt.objects.get(status=None).error


def test_an_answer_that_drips_is_cut_off(partner, monkeypatch):
    monkeypatch.setattr(posting, "ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            client, _ = server.accept()
            client.recv(65536)
            with client:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                for _ in range(40):
                    try:
                        client.sendall(b"x")
                    except OSError:
                        return
                    time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        start = time.monotonic()
        target = addresses.checked(f"http://127.0.0.1:{server.getsockname()[1]}/")
        answer = posting.post(target, b"{}", {})
    assert time.monotonic() - start < 2
    assert answer.status == 200
    assert len(answer.text) < 10


# -- where it may go ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fe80::1]/",
        "https://224.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://127.1/",
        "https://localhost/",
    ],
)
def test_a_webhook_does_not_go_inside(url, settings):
    settings.WEBHOOKS_HTTPS_ONLY, settings.WEBHOOKS_TO_PRIVATE = True, False
    with pytest.raises(addresses.AddressRefused):
        addresses.checked(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://203.0.113.10/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@example.com/",
        "https://example.com/#part",
        "https://example.com:99999/",
        "https://exam ple.com/",
        "https://example.com/\r\nHost: other",
        "https://example.com\\@127.0.0.1/",
        "https://" + "x" * 600,
    ],
)
def test_an_address_that_is_none_of_the_web_is_refused(url, settings):
    settings.WEBHOOKS_HTTPS_ONLY = True
    with pytest.raises(addresses.AddressRefused):
        addresses.checked(url)


def test_every_address_of_a_name_is_judged_and_the_judged_one_is_asked(monkeypatch, settings):
    settings.WEBHOOKS_TO_PRIVATE = False
    answers = {"ips": ["93.184.216.34"]}
    monkeypatch.setattr(
        addresses.socket, "getaddrinfo",
        lambda *a, **k: [(2, 1, 6, "", (ip, 443)) for ip in answers["ips"]],
    )  # fmt: skip
    target = addresses.checked("https://partner.example/hook")
    assert (target.ip, target.host) == ("93.184.216.34", "partner.example")
    # The name says something else by the time of the connection: it is not asked again.
    answers["ips"] = ["127.0.0.1"]
    asked = []
    monkeypatch.setattr(
        posting.socket, "create_connection", lambda where, *a: asked.append(where) or 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        posting.post(target, b"{}", {})
    assert asked == [("93.184.216.34", 443)]
    answers["ips"] = ["93.184.216.34", "10.0.0.1"]
    with pytest.raises(addresses.AddressRefused, match=r"10\.0\.0\.1"):
        addresses.checked("https://partner.example/hook")


def test_a_name_that_turned_inside_since_it_was_entered_is_not_asked(endpoint, partner, settings):
    announce(make_customer(limits={}), 1)
    settings.WEBHOOKS_TO_PRIVATE = False
    deliver()
    assert partner.heard == []
    assert "no public address" in WebhookAttempt.objects.get().error


# -- two workers, and one that dies ------------------------------------------------------

WORKER = """
import django; django.setup()
import datetime
from accounts.outbox import delivering
now = datetime.datetime.fromisoformat("2026-03-02T04:00:00+00:00")
while delivering.deliver(clock=lambda: now):
    pass
"""


def start(number):
    return [
        book.start(
            "-c", WORKER, DJANGO_SETTINGS_MODULE="config.settings", PROCESS_ROLE="worker",
            WEBHOOKS_HTTPS_ONLY="no", WEBHOOKS_TO_PRIVATE="yes",
        )
        for _ in range(number)
    ]  # fmt: skip


def test_two_workers_keep_the_order_and_a_killed_one_loses_nothing(clean_book, partner):
    operations.open_endpoint(name="P", url=partner.url, wants=ALL, by=make_user(), at=NOW)
    people = [make_customer(limits={}) for _ in range(6)]
    for n in range(60):
        announce(people[n % 6], n)
    partner.slow = 2
    (dying,) = start(1)
    assert partner.took.wait(40), dying.communicate()[1]
    os.kill(dying.pid, signal.SIGKILL)
    dying.communicate()
    partner.slow = 0.01
    for worker in start(2):
        _out, err = worker.communicate(timeout=60)
        assert worker.returncode == 0, err
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}
    heard = partner.numbers()
    assert len(heard) == 61  # what the dying one had sent came again, and only that
    for lane in range(6):
        mine = [n for n in heard if n % 6 == lane]
        assert sorted(set(mine)) == sorted(range(lane, 60, 6))
        assert mine == sorted(mine)


# -- the desk ----------------------------------------------------------------------------


def test_an_administrator_opens_an_endpoint_and_sees_its_secret_once(client, partner, db):
    client.force_login(make_user("administrator"))
    answer = client.post(
        reverse("admin:accounts_webhookendpoint_add"),
        {"name": "Partner", "url": partner.url, "wants": ["day.closed", "restriction.lifted"]},
    )
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    page = reverse("admin:accounts_webhookendpoint_change", args=[endpoint.pk])
    assert endpoint.secret not in client.get(page).content.decode()
    answer = client.post(page, {"step": "rotate"})
    assert WebhookEndpoint.objects.get().secret in answer.content.decode()


def test_an_endpoint_inside_is_refused_with_the_reason(client, db, settings):
    settings.WEBHOOKS_TO_PRIVATE = False
    client.force_login(make_user("administrator"))
    answer = client.post(
        reverse("admin:accounts_webhookendpoint_add"),
        {"name": "Partner", "url": "https://127.0.0.1/", "wants": ["day.closed"]},
    )
    assert "no public address" in answer.content.decode()
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize("role", ["agent", "supervisor", "risk_analyst", "auditor", ""])
def test_nobody_else_opens_or_settles_anything(client, endpoint, role):
    announce(make_customer(limits={}), 1)
    delivery = WebhookDelivery.objects.get()
    client.force_login(make_user(role))
    for address in (
        reverse("admin:accounts_webhookendpoint_add"),
        reverse("admin:accounts_webhookendpoint_change", args=[endpoint.pk]),
        reverse("admin:accounts_webhookdelivery_change", args=[delivery.pk]),
    ):
        assert client.post(address, {"step": "rotate"}).status_code == 403
    may_view = client.get(reverse("admin:accounts_webhookdelivery_changelist")).status_code
    assert may_view == (200 if role == "auditor" else 403)


def test_the_list_of_deliveries_costs_the_same_queries_whatever_its_length(client, endpoint):
    client.force_login(make_user("administrator"))
    address = reverse("admin:accounts_webhookdelivery_changelist")
    counts = []
    for n in (2, 20):
        for k in range(n):
            announce(make_customer(limits={}), f"{n}/{k}")
        client.get(address)
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[1]
