"""Evidence: what is taken, what is made of it, who is shown it; and what attackers send."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from appeals import files, operations, store
from appeals.choices import Scan, State
from appeals.files import FileRefused
from appeals.models import Evidence, EvidenceView
from appeals.operations import AppealRefused, NotAllowed
from tests.appeals.cases import NOW, file, handler, in_state, plain_customer
from tests.factories import make_user

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def private(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    settings.EVIDENCE_SCANNER = ""
    return tmp_path


def photo(format: str = "JPEG", size=(60, 40), **saved) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(drawn, format, **saved)
    return drawn.getvalue()


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "home address"
    exif.get_ifd(0x8825)[1] = "N"
    return photo(exif=exif, comment=b"secret comment")


def bomb(side: int = 60_000) -> bytes:
    """A PNG that says it is enormous, in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(
        b"IDAT", zlib.compress(b"\0" * 1000)
    ) + chunk(b"IEND", b"")  # fmt: skip


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


# -- what is taken -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("format", "kind"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/jpeg")]
)
def test_a_photo_is_drawn_anew(format, kind) -> None:
    sent = photo(format) + b"EXTRA"
    kept = files.clean("scan.bin", sent, megabytes=1)
    assert kept.content_type == kind
    assert b"EXTRA" not in kept.data
    with Image.open(io.BytesIO(kept.data)) as image:
        assert image.size == (60, 40)


def test_where_and_by_whom_a_photo_was_taken_does_not_survive() -> None:
    sent = with_exif()
    assert b"home address" in sent
    kept = files.clean("a.jpg", sent, megabytes=1).data
    assert b"home address" not in kept
    assert b"secret comment" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert not image.getexif()
        assert "comment" not in image.info


def test_only_the_first_frame_of_many_is_kept_and_a_huge_photo_is_made_smaller() -> None:
    kept = files.clean("a.jpg", photo(size=(5000, 3000)), megabytes=5).data
    with Image.open(io.BytesIO(kept)) as image:
        assert max(image.size) == files.LONGEST_SIDE


def test_a_plain_pdf_is_kept_as_it_is() -> None:
    assert files.clean("bill.pdf", PDF, megabytes=1).data == PDF


@pytest.mark.parametrize(
    "data",
    [
        b"",
        SVG,
        b"GIF89a" + b"\0" * 40,
        b"<html><script>alert(1)</script>",
        b"MZ" + b"\0" * 200,
        b"PK\x03\x04" + b"\0" * 60,
        b"\xff\xd8\xff\xe0 not a picture at all",
        photo()[:200],
        bomb(),
        PDF + b"PK\x05\x06" + b"\0" * 18,
        b"<html>" + PDF,
        b"%PDF-1.4 without an end",
        PDF.replace(b"/Type", b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>/Type"),
        PDF.replace(b"/Type", b"/#4FpenAction 2 0 R/Type"),
        PDF.replace(b"/Type", b"/Names<</EmbeddedFiles 3 0 R>>/Type"),
        PDF.replace(b"/Type", b"/S/Launch/Type"),
        PDF.replace(b"trailer", b"trailer<</Encrypt 4 0 R>>"),
        b"\0" * (2**20 + 1),
    ],
    ids=lambda data: f"{data[:12]!r}",
)
def test_what_is_no_harmless_photo_or_pdf_is_refused(data) -> None:
    with pytest.raises(FileRefused):
        files.clean("photo.jpg", data, megabytes=1)


def test_a_picture_that_is_a_script_too_comes_out_as_a_picture_alone() -> None:
    both = photo() + b"<script>alert(1)</script><?php system('id'); ?>"
    kept = files.clean("x.php.jpg", both, megabytes=1)
    assert b"<script>" not in kept.data
    assert b"<?php" not in kept.data


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\a\\bill.exe", "bill.jpg"),
        ("..", "file.jpg"),
        ("", "file.jpg"),
        ("a\r\nSet-Cookie: x=1.jpg", "aSet-Cookie  x 1.jpg"),
        ("\u202egpj.exe", "gpj.jpg"),
        ("住院证明.png", "住院证明.jpg"),
        ("<img src=x onerror=alert(1)>.jpg", "img src x onerror alert(1).jpg"),
        ("a" * 300 + ".jpg", "a" * 80 + ".jpg"),
        ("bill\0.jpg", "bill.jpg"),
    ],
)
def test_a_name_is_for_people_and_names_no_path(name, shown) -> None:
    assert files.readable(name, "jpg") == shown


# -- in an appeal ------------------------------------------------------------------------


def attached(appeal, by, data=None, name="a.jpg") -> Evidence:
    return operations.attach(appeal=appeal, name=name, data=data or photo(), by=by, at=NOW)


@pytest.mark.django_db
def test_a_file_is_kept_under_a_random_name_encrypted_and_for_its_owner_alone(private) -> None:
    customer = plain_customer()
    row = attached(file(customer), customer, name="../../hospital.jpg")
    [kept] = [path for path in private.rglob("*") if path.is_file()]
    assert "hospital" not in str(kept)
    assert kept.stat().st_mode & 0o077 == 0
    assert b"JFIF" not in kept.read_bytes()
    data = operations.open_evidence(evidence=row, by=customer, at=NOW)
    assert hashlib.sha256(data).hexdigest() == row.sha256


@pytest.mark.django_db
def test_the_same_file_is_kept_once_and_no_more_than_the_rules_allow() -> None:
    customer = plain_customer()
    appeal = file(customer)
    assert attached(appeal, customer) == attached(appeal, customer)
    for n in range(9):
        attached(appeal, customer, photo(size=(61 + n, 40)))
    with pytest.raises(AppealRefused):
        attached(appeal, customer, photo(size=(99, 99)))
    assert Evidence.objects.filter(appeal=appeal).count() == 10


@pytest.mark.django_db
def test_nobody_adds_to_anothers_appeal_or_to_one_that_has_ended() -> None:
    customer, stranger = plain_customer(), plain_customer()
    with pytest.raises(NotAllowed):
        attached(file(customer), stranger)
    ended = in_state(customer, State.WITHDRAWN, handler())
    with pytest.raises(AppealRefused):
        attached(ended, customer)


@pytest.mark.django_db
def test_what_was_handed_in_is_not_changed_and_viewings_stay_on_record() -> None:
    customer, agent = plain_customer(), handler()
    row = attached(file(customer), customer)
    operations.open_evidence(evidence=row, by=agent, at=NOW)
    for change in (
        lambda: Evidence.objects.filter(pk=row.pk).update(name="other.jpg"),
        lambda: Evidence.objects.filter(pk=row.pk).update(scan=Scan.CLEAN),
        lambda: Evidence.objects.filter(pk=row.pk).delete(),
        lambda: EvidenceView.objects.all().update(at=NOW),
        lambda: EvidenceView.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def scanner(data: bytes, name: str) -> bool:
    """A scanner that dislikes wide pictures."""
    with Image.open(io.BytesIO(data)) as image:
        return image.width < 100


@pytest.mark.django_db(transaction=True)
def test_a_scanner_is_asked_before_anybody_is_shown_the_file(clean_book, settings, private) -> None:
    settings.EVIDENCE_SCANNER = "tests.appeals.test_evidence.scanner"
    customer, agent = plain_customer(), handler()
    appeal = file(customer)
    good, bad = attached(appeal, customer), attached(appeal, customer, photo(size=(200, 20)))
    assert (good.scan, bad.scan) == (Scan.WAITING, Scan.WAITING)
    with pytest.raises(AppealRefused):
        operations.open_evidence(evidence=good, by=agent, at=NOW)
    good, bad = (operations.record_scan(evidence=row, at=NOW) for row in (good, bad))
    assert (good.scan, bad.scan) == (Scan.CLEAN, Scan.REFUSED)
    assert operations.open_evidence(evidence=good, by=agent, at=NOW)
    with pytest.raises(AppealRefused):
        operations.open_evidence(evidence=bad, by=agent, at=NOW)
    with pytest.raises(FileNotFoundError):
        store.get(bad.stored_as)


# -- over the wire -----------------------------------------------------------------------


def address(appeal, row) -> str:
    return reverse("admin:appeals_appeal_evidence", args=[appeal.pk, row.public_id])


@pytest.mark.django_db
def test_a_photo_is_shown_so_that_it_can_only_be_a_photo_and_that_is_recorded() -> None:
    customer, agent = plain_customer(), handler()
    appeal = file(customer)
    row = attached(appeal, customer)
    client = Client()
    client.force_login(agent)
    got = client.get(address(appeal, row))
    assert got.status_code == 200
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert got["Content-Type"] == "image/jpeg"
    assert "no-store" in got["Cache-Control"]
    assert got["Content-Disposition"].startswith("inline")
    saved = client.get(address(appeal, row) + "?save=1")
    assert saved["Content-Disposition"].startswith("attachment")
    views = EvidenceView.objects.order_by("pk")
    assert [(view.by, view.saved) for view in views] == [(agent, False), (agent, True)]


@pytest.mark.django_db
def test_a_pdf_is_only_ever_a_download() -> None:
    customer = plain_customer()
    appeal = file(customer)
    row = attached(appeal, customer, PDF, "bill.pdf")
    client = Client()
    client.force_login(handler())
    assert client.get(address(appeal, row))["Content-Disposition"].startswith("attachment")


@pytest.mark.django_db
def test_a_file_is_shown_to_those_who_may_and_under_its_own_appeal_alone() -> None:
    customer = plain_customer()
    appeal, other = file(customer), file(plain_customer())
    row = attached(appeal, customer)
    may = {"agent", "supervisor", "auditor", "administrator"}
    for role in ("agent", "supervisor", "risk_analyst", "auditor", "administrator", ""):
        client = Client()
        client.force_login(make_user(role))
        expected = 200 if role in may else 403
        assert client.get(address(appeal, row)).status_code == expected, role
    client = Client()
    assert client.get(address(appeal, row)).status_code == 302
    client.force_login(make_user(is_staff=False, customer=customer))
    assert client.get(address(appeal, row)).status_code == 302, "customers have a door of their own"
    client.force_login(handler())
    assert client.get(address(other, row)).status_code == 404
    assert client.post(address(appeal, row)).status_code == 403


@pytest.mark.django_db
def test_no_address_of_the_site_leads_into_the_store() -> None:
    customer = plain_customer()
    row = attached(file(customer), customer)
    for path in (f"/media/evidence/{row.stored_as}", f"/uploads/{row.stored_as}",
                 f"/static/../uploads/evidence/{row.stored_as}"):  # fmt: skip
        assert Client().get(path).status_code == 404
