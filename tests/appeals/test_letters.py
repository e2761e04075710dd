"""Decision letters: what they say in both languages, kept as sent, read by those who may."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from appeals import operations as appeals
from appeals.letters import operations, pdf, writing
from appeals.letters.models import Letter, LetterPdf, LetterView
from appeals.models import AppealDecision
from appeals.remedies import outlook
from tests.appeals.cases import NOW, TODAY, against_restriction, decline, late_customer
from tests.appeals.test_offers import Case
from tests.factories import make_user, start_with_limits

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from risk.desk import acts

    start_with_limits()
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    monkeypatch.setattr(outlook, "DAYS", 20)


def declined(language: str = "en") -> AppealDecision:
    customer = late_customer(language=language, name="王敏" if language != "en" else "Ada Long")
    appeal = against_restriction(customer)
    agent = make_user("agent")
    appeals.take(appeal=appeal, by=agent, at=NOW)
    decline(appeal, agent)
    return AppealDecision.objects.select_related("appeal__customer").get(appeal=appeal)


def settled() -> AppealDecision:
    case = Case()
    case.accept(case.offer())
    return AppealDecision.objects.select_related("appeal__customer").get(appeal=case.appeal)


def sent(decision: AppealDecision) -> Letter:
    return operations.send(decision, by=decision.decided_by, at=NOW)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_letter_says_what_was_asked_found_and_decided_and_how_to_go_further() -> None:
    html = sent(declined()).html
    for words in (
        "I was in hospital", "The bill was due.", "It was paid ten days late.",
        "Your appeal is declined.",
        "second review", "Ada Long", "You can also turn to",
    ):  # fmt: skip
        assert words in html, words
    assert "<script" not in html
    assert "style=" not in html


def test_a_letter_of_an_agreement_dates_what_changes() -> None:
    html = sent(settled()).html
    assert "Seen the hospital bill." in html
    assert "is paid in 4 instalments" in html
    assert "20 Apr 2026" in html
    assert "Cash loan: back at once." in html or "Cash loan" in html


def test_what_a_customer_wrote_is_text_and_no_markup() -> None:
    customer = late_customer(language="en")
    appeal = against_restriction(customer, words="<script>alert(1)</script> & more")
    agent = make_user("agent")
    appeals.take(appeal=appeal, by=agent, at=NOW)
    decline(appeal, agent)
    html = sent(AppealDecision.objects.get(appeal=appeal)).html
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_letter_is_sent_once_and_kept_as_it_was() -> None:
    decision = declined()
    letter = sent(decision)
    assert sent(decision) == letter
    assert letter.html_hash == writing.hash_of(letter.html)
    operations.make_pdf(letter, at=NOW)
    operations.record_view(letter, by=None, form="html", at=NOW)
    for table, change in ((Letter, {"html": ""}), (LetterPdf, {"content": b""}),
                          (LetterView, {"form": "pdf"})):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            table.objects.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            table.objects.all().delete()
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"truncate {table._meta.db_table} cascade")


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="no pdftotext on this machine")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Our decision on your appeal", "What we found", "If you do not agree")),
        ("zh-hans", ("王敏", "我们的决定", "如果您不同意")),
    ],
)
def test_the_pdf_opens_and_says_the_same(tmp_path, language, words) -> None:
    from config import messages

    messages.compile_all()
    made = operations.make_pdf(sent(declined(language)), at=NOW)
    file = tmp_path / "letter.pdf"
    file.write_bytes(bytes(made.content))
    text = subprocess.run(
        ["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True
    ).stdout
    for word in words:
        assert word in text, text
    assert "\N{REPLACEMENT CHARACTER}" not in text


def test_a_letter_loads_nothing_from_elsewhere() -> None:
    with_image = "<article><img src='http://192.0.2.1/x.png'>Seen</article>"
    assert pdf.render(with_image, language="en", title="x").startswith(b"%PDF")


def test_a_pdf_that_fails_keeps_the_letter_and_is_tried_again(monkeypatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> bytes:
        raise pdf.NoPdf("no fonts")

    decision = declined()
    with monkeypatch.context() as patched:
        patched.setattr(pdf, "render", broken)
        assert operations.send_what_waits(at=NOW) == 1
        assert not LetterPdf.objects.exists()
        user = make_user("", is_staff=False, customer=decision.appeal.customer)
        answer = signed_in(user).get(reverse("letters:pdf", args=[decision.appeal.public_id]))
        assert answer.status_code == 302
    assert operations.send_what_waits(at=NOW) == 0
    assert LetterPdf.objects.get().letter == Letter.objects.get()


def test_a_letter_that_fails_does_not_stop_the_others(monkeypatch) -> None:
    first, second = declined(), declined()
    whole = writing.content_of

    def broken(decision: AppealDecision) -> Any:
        if decision.pk == first.pk:
            raise RuntimeError("a template was broken")
        return whole(decision)

    monkeypatch.setattr(writing, "content_of", broken)
    assert operations.send_what_waits(at=NOW) == 1
    assert Letter.objects.get().appeal == second.appeal


def test_a_letter_goes_out_with_the_decision(django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        decision = declined()
    assert Letter.objects.get().appeal == decision.appeal


def test_only_the_customer_and_staff_who_may_read_it_and_each_reading_is_recorded() -> None:
    decision = declined()
    sent(decision)
    own = make_user("", is_staff=False, customer=decision.appeal.customer)
    other = make_user("", is_staff=False, customer=late_customer())
    urls = [
        reverse(f"letters:{name}", args=[decision.appeal.public_id]) for name in ("page", "pdf")
    ]
    readers = {make_user(role): 200 for role in ("agent", "supervisor", "risk_analyst", "auditor",
                                                  "administrator")}  # fmt: skip
    readers |= {own: 200, other: 404, make_user(""): 404}
    relative = make_user("agent")
    appeals.declare_conflict(
        user=relative, customer=decision.appeal.customer, relation="relative", by=relative, at=NOW
    )
    readers[relative] = 404
    for user, status in readers.items():
        for url in urls:
            answer = signed_in(user).get(url)
            assert answer.status_code == status, (user, url)
            if status == 200:
                assert "no-cache" in answer["Cache-Control"]
    for url in urls:
        assert Client().get(url).status_code == 302
    assert LetterView.objects.filter(by=own).count() == 2
    assert LetterView.objects.count() == 2 * sum(status == 200 for status in readers.values())


def test_a_preview_is_the_letter_that_is_then_sent_and_decides_nothing() -> None:
    customer = late_customer(language="en")
    appeal = against_restriction(customer)
    agent = make_user("agent")
    appeals.take(appeal=appeal, by=agent, at=NOW)
    shown = writing.rehearsed(appeal, lambda: decline(appeal, agent))
    assert not AppealDecision.objects.exists()
    assert not Letter.objects.exists()
    decline(appeal, agent)
    assert sent(AppealDecision.objects.get()).html == shown
