"""A day with each kind of break, in both languages: from the file to each remedy to the report that
is closed, and to the day that ties."""

import datetime
from decimal import Decimal

import pytest
from django.db import transaction
from playwright.sync_api import expect

from billing import operations as money
from billing.admin.channels import breaks, files
from billing.channels import intake
from billing.channels.layout import SAMPLE
from billing.models import Break, Channel, ChannelDay, Fact, SettlementFile
from tests.browser.accessible import assert_accessible
from tests.browser.pages import sign_in
from tests.factories import line, make_customer, make_user, open_days, start_with_limits

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

FIRST = datetime.date(2025, 1, 1)
TODAY = datetime.date(2025, 2, 20)
NOW = datetime.datetime(2025, 2, 20, 9, 30, tzinfo=datetime.UTC)
WORDS = {
    "en": {
        "match": "Receive and match", "matched": "Received and matched.",
        "to_settle": "7 to settle", "closed": "All settled", "ties": "Ties", "done": "Done.",
        "proposed": "Proposed. Somebody else has to agree.", "note": "seen the bank's letter",
    },
    "zh-hans": {
        "match": "接收并匹配", "matched": "已接收并完成匹配。",
        "to_settle": "7 笔待处理", "closed": "已全部处理", "ties": "相符", "done": "已完成。",
        "proposed": "已提议，须由另一人同意。", "note": "已核对银行回单",
    },
}  # fmt: skip
#: Each break of the day by its payment, with the remedy that it gets.
REMEDIES = (
    ("p4", "missing_at_channel", "reverse", "reversed"),
    ("p2", "amount_differs", "correct", "corrected"),
    ("p3", "date_differs", "correct", "corrected"),
    ("p1", "duplicate", "accept", "accepted"),
    ("p7", "missing_in_book", "book", "booked"),
    ("p8", "unreadable", "ask", None),
)


@pytest.fixture
def channel(clean_book, monkeypatch):
    """Five payments that the book has; the file of the day has them otherwise, and more."""
    for module in (breaks, files):
        monkeypatch.setattr(module, "now", lambda: (TODAY, NOW))
    start_with_limits()
    channel = Channel.objects.create(
        code="sandbox", name="Sandbox Pay", layout=SAMPLE, contact="ops@channel.example",
        since=TODAY,
    )  # fmt: skip
    customer = make_customer(FIRST)
    money.book_bill(
        line=line(customer), number="B-1", principal=Decimal(1000),
        due_on=datetime.date(2025, 2, 10), on=FIRST,
    )  # fmt: skip
    open_days(customer, FIRST, TODAY)
    for n in range(1, 6):
        take(channel, n, account=line(customer).number)
    return channel


def take(channel, n, account):
    notice = intake.Notice(
        event_id=f"e{n}", kind="payment", payment_id=f"p{n}", body_hash=f"p{n}",
        amount=Decimal(100), value_on=TODAY, account=account,
    )  # fmt: skip
    with transaction.atomic():
        intake.take(channel, notice, on=TODAY, at=NOW)


def the_file(account):
    """p4 is left out; p6 is for a customer whom we know, and booked late by itself."""
    rows = (
        ("p1", "PAY", "100.00", "2025-02-20", account),
        ("p1", "PAY", "100.00", "2025-02-20", account),
        ("p2", "PAY", "2000.00", "2025-02-20", account),
        ("p3", "PAY", "100.00", "2025-02-19", account),
        ("p5", "PAY", "100.00", "2025-02-20", account),
        ("p6", "PAY", "50.00", "2025-02-18", account),
        ("p7", "PAY", "70.00", "2025-02-20", "NOBODY"),
        ("p8", "PAY", "1e5", "2025-02-20", account),
        ("p9", "PAY", "9000.00", "2025-02-20", "NOBODY"),
    )
    text = "trade_no,type,amount,paid_on,account\n" + "".join(",".join(r) + "\n" for r in rows)
    return {"name": "day.csv", "mimeType": "text/csv", "buffer": text.encode()}


class Member:
    """Somebody of the staff at their own browser."""

    def __init__(self, browser, live_server, role, name, language):
        make_user(role, username=name, language=language)
        self.words, self.server = WORDS[language], live_server
        self.page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        sign_in(self.page, live_server, name)
        self.page.wait_for_load_state("networkidle")

    def goes(self, path):
        self.page.goto(f"{self.server.url}/admin/billing/{path}")

    def does(self, row, code, says):
        """From the break to the button of the remedy, a reason, and what is said then."""
        page = self.page
        self.goes(f"break/{row.pk}/change/")
        page.locator(f"a[href$='/do/{code}/']").click()
        expect(page.locator("#id_words")).to_be_visible()
        if page.locator("#id_line").count():
            page.fill("#id_line", "C-UNKNOWN/pay_later")
            page.fill("#id_words", self.words["note"])
            page.locator("form.dk-form button.dk-button").click()
            expect(page.locator("form .dk-error")).to_be_visible()
            page.fill("#id_line", line_of_the_book().number)
        page.fill("#id_words", self.words["note"])
        page.locator("form.dk-form button.dk-button").click()
        expect(page.locator("body")).to_contain_text(says)
        row.refresh_from_db()
        return row


def line_of_the_book():
    return Fact.objects.get(number="B-1").line


def of(payment, kind):
    """Its break: by the line of the file, or by our payment."""
    for row in Break.objects.filter(kind=kind).select_related("line", "payment"):
        named = (row.line and (row.line.payment_id or row.line.raw)) or row.payment.payment_id
        if named.startswith(payment):
            return row
    raise AssertionError(f"no {kind} of {payment}")


@pytest.mark.parametrize("language", WORDS)
def test_a_day_of_breaks(channel, browser, live_server, language):
    chief = Member(browser, live_server, "supervisor", "chief", language)
    words, page = chief.words, chief.page

    chief.goes("settlementfile/upload/")
    page.select_option("#id_channel", str(channel.pk))
    page.fill("#id_day", TODAY.isoformat())
    page.set_input_files("#id_file", the_file(line_of_the_book().number))
    page.get_by_role("button", name=words["match"]).click()
    expect(page.locator("body")).to_contain_text(words["matched"])
    expect(page.locator("body")).to_contain_text(words["to_settle"])
    assert_accessible(page, ".dk")
    file = SettlementFile.objects.get()
    assert (file.report["lines"], file.report["booked_late"]) == (9, 1)
    assert Fact.objects.get(number="sandbox:p6").value_on == datetime.date(2025, 2, 18)

    for payment, kind, code, remedy in REMEDIES:
        row = chief.does(of(payment, kind), code, words["done"])
        assert row.remedy == remedy, payment
    unread, unknown = of("p8", "unreadable"), of("p9", "missing_in_book")
    assert unread.state == "asked"
    chief.does(unread, "accept", words["done"])

    # nine thousand is more than a supervisor accepts alone
    chief.does(unknown, "accept", words["proposed"])
    second = Member(browser, live_server, "administrator", "second", language)
    unknown = second.does(unknown, "accept", words["done"])
    assert (unknown.proposed_by.username, unknown.settled_by.username) == ("chief", "second")

    assert not Break.objects.exclude(state="settled").exists()
    chief.goes(f"settlementfile/{file.pk}/change/")
    expect(page.locator(".dk").first).to_contain_text(words["closed"])
    chief.goes("channelday/")
    of_the_day = page.locator("#result_list tbody tr").filter(has_text="Sandbox Pay").first
    expect(of_the_day).to_contain_text(words["closed"])
    expect(of_the_day).to_contain_text(words["ties"])
    day = ChannelDay.objects.get(day=TODAY)
    assert day.opening + day.came_in - day.paid_out == day.closing
