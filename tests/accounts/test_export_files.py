"""Files from bare values say what the list says; spreadsheets; files that a worker makes."""

import datetime
import zipfile
from decimal import Decimal
from io import BytesIO
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone, translation

from accounts.desk.export import columns, files, jobs, tables, views
from accounts.desk.records import ReadOnlyAdmin
from accounts.models import Customer, Export, ExportJob, User
from accounts.signin import guard
from accounts.tasks import make_export, sweep_exports
from billing import operations as money_of
from billing.models import Bill, CreditLine, Entry, Fact
from config.celery import app
from risk import operations
from risk.models import Decision, Episode, Point, Restriction
from tests.factories import line, make_customer, make_user, open_days

DAY = datetime.date(2025, 3, 20)
FAST = (Customer, Fact, Bill, Entry, CreditLine, Restriction, Episode, Point, Decision)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

pytestmark = pytest.mark.django_db


@pytest.fixture
def late_customer():
    customer = make_customer(name="Ada Long", phone="13812345678")
    for number, due in (("B-1", datetime.date(2025, 2, 10)), ("B-2", datetime.date(2025, 3, 15))):
        money_of.book_bill(
            line=line(customer),
            number=number,
            principal=Decimal("1000"),
            due_on=due,
            on=datetime.date(2025, 1, 15),
        )
    open_days(customer, datetime.date(2025, 1, 1), DAY)
    make_customer(name="Nobody Yet")
    operations.verify_income(customer=customer, on=DAY, number="I-1", by=make_user("agent"))
    return customer


@pytest.fixture
def kept(settings, tmp_path):
    settings.EXPORT_FOLDER = tmp_path
    return tmp_path


@pytest.fixture
def desk(client):
    client.force_login(make_user("supervisor", username="jie"))
    return client


def lines_of(table):
    return [line for part in table.parts() for line in part()]


def release(answer):
    """Close the file; closing the answer would close the connection of the test too."""
    for closer in answer._resource_closers:
        closer()


def export_of(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_export")


def cells_of(content):
    """The texts of the first sheet, row by row."""
    with zipfile.ZipFile(BytesIO(content)) as book:
        shared = [
            "".join(t.text or "" for t in item.iter(f"{SHEET}t"))
            for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        ] if "xl/sharedStrings.xml" in book.namelist() else []  # fmt: skip
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows = []
    for row in sheet.iter(f"{SHEET}row"):
        texts = []
        for cell in row:
            assert cell.get("t") in ("inlineStr", "s"), "a cell that is no text"
            inline = "".join(t.text or "" for t in cell.iter(f"{SHEET}t"))
            value = cell.find(f"{SHEET}v")
            texts.append(inline if value is None else shared[int(value.text)])
        rows.append(texts)
    return rows


# -- the same, faster --------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_bare_values_say_what_the_list_says(late_customer, language, monkeypatch):
    boss = make_user(is_superuser=True)
    for model in FAST:
        table = tables.rebuilt(model._meta.label_lower, boss, "")
        with translation.override(language):
            assert columns.plan_of(admin.site._registry[model]), model
            fast = lines_of(table)
            monkeypatch.setattr(columns, "plan_of", lambda site, **_how: None)
            slow = lines_of(tables.rebuilt(model._meta.label_lower, boss, ""))
            monkeypatch.undo()
        assert fast == slow, model
        assert fast, model


def test_a_list_with_a_column_that_no_value_tells_is_written_through_its_rows():
    class Plain(ReadOnlyAdmin):
        list_display = ("number", "shout")

        def shout(self, row):
            return row.name.upper()

    make_customer(name="Ada")
    assert columns.plan_of(Plain(Customer, admin.site)) is None


# -- spreadsheets ------------------------------------------------------------------------


def test_a_spreadsheet_has_the_same_rows_and_nothing_but_texts(desk, late_customer):
    make_customer(name="=cmd|' /C calc'!A0")
    make_customer(name="-1+1")
    answer = desk.post(export_of(Customer), {"format": "xlsx"})
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer["Content-Disposition"].endswith('.xlsx"')
    rows = cells_of(b"".join(answer.streaming_content))
    assert rows[0][:2] == ["Number", "Name"]
    assert [row[1] for row in rows[1:]] == ["-1+1", "=cmd|' /C calc'!A0", "Nobody Yet", "Ada Long"]
    assert "138****5678" in rows[-1]
    assert [row.state for row in Export.objects.order_by("pk")] == ["begun", "whole"]


def test_a_long_list_goes_on_on_another_sheet(late_customer, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_SHEET_ROWS", 1)
    table = tables.rebuilt("accounts.customer", make_user(is_superuser=True), "")
    path = tmp_path / "list.xlsx"
    assert files.write_xlsx(table, "en", path, lambda rows: None) == 2
    with zipfile.ZipFile(path) as book:
        assert sum(name.startswith("xl/worksheets/sheet") for name in book.namelist()) == 2


# -- made by a worker --------------------------------------------------------------------


@pytest.fixture
def large(monkeypatch, kept, late_customer):
    monkeypatch.setattr(views, "STREAMED", {"csv": 0, "xlsx": 0})
    monkeypatch.setattr(views.tables, "estimated_rows", lambda table: -1)
    return late_customer


def asked(client, capture, model=Customer, form="csv", run=True, **query):
    with capture(execute=False) as waiting:
        answer = client.post(f"{export_of(model)}?{urlencode(query)}", {"format": form})
    assert answer["Location"] == "/admin/exports/"
    assert len(waiting) == 1
    job = ExportJob.objects.latest("asked_at")
    if run:
        jobs.make(job.pk, at=timezone.now())
        job.refresh_from_db()
    return job


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_large_list_is_made_by_a_worker_and_fetched_by_who_asked(
    desk, large, form, django_capture_on_commit_callbacks
):
    job = asked(desk, django_capture_on_commit_callbacks, form=form, q="138 1234 5678")
    assert (job.state, job.rows) == ("done", 1)
    assert "Ready" in desk.get("/admin/exports/").content.decode()
    got = desk.get(f"/admin/exports/{job.pk}/")
    content = b"".join(got.streaming_content)
    release(got)
    assert got["Content-Disposition"].startswith("attachment")
    texts = content.decode() if form == "csv" else str(cells_of(content))
    assert "Ada Long" in texts
    assert "13812345678" not in texts
    assert jobs.path_of(job).stat().st_mode & 0o077 == 0
    end = Export.objects.get(ends=job.begun)
    assert (end.state, end.rows, end.filters) == ("whole", 1, "q=13*******78")


def test_what_was_searched_for_is_not_readable_in_the_job(
    desk, large, django_capture_on_commit_callbacks
):
    from django.db import connection

    asked(desk, django_capture_on_commit_callbacks, q="13812345678")
    with connection.cursor() as cursor:
        cursor.execute("select to_jsonb(j)::text from accounts_exportjob j")
        assert "13812345678" not in cursor.fetchone()[0]


def test_nobody_else_fetches_it_and_nobody_after_its_time(
    client, desk, large, django_capture_on_commit_callbacks
):
    job = asked(desk, django_capture_on_commit_callbacks)
    url = f"/admin/exports/{job.pk}/"
    client.force_login(make_user("administrator"))
    assert client.get(url).status_code == 404
    client.force_login(make_user("agent"))
    assert client.get(url).status_code == 403
    client.force_login(User.objects.get(username="jie"))
    got = client.get(url)
    assert got.status_code == 200
    release(got)
    ExportJob.objects.update(done_at=timezone.now() - jobs.KEPT)
    assert client.get(url).status_code == 404


def test_old_files_are_removed(desk, large, django_capture_on_commit_callbacks):
    job = asked(desk, django_capture_on_commit_callbacks)
    assert jobs.path_of(job).exists()
    jobs.sweep(at=timezone.now() + jobs.KEPT + datetime.timedelta(minutes=1))
    job.refresh_from_db()
    assert job.state == "expired"
    assert not jobs.path_of(job).exists()


def test_the_same_job_twice_makes_one_file_and_one_end(
    desk, large, django_capture_on_commit_callbacks
):
    job = asked(desk, django_capture_on_commit_callbacks)
    make_export(str(job.pk))
    assert Export.objects.filter(ends=job.begun).count() == 1
    job.refresh_from_db()
    assert job.attempts == 1


def test_a_job_whose_worker_was_killed_is_begun_again_and_given_up_in_the_end(
    desk, large, django_capture_on_commit_callbacks, monkeypatch
):
    woken = []
    monkeypatch.setattr(jobs, "wake", woken.append)
    job = asked(desk, django_capture_on_commit_callbacks, run=False)
    long_ago = timezone.now() - jobs.STALE - datetime.timedelta(seconds=1)
    ExportJob.objects.update(state="running", claimed_at=long_ago, attempts=1)
    sweep_exports()
    assert woken == [job.pk]
    ExportJob.objects.update(attempts=jobs.MOST_ATTEMPTS)
    sweep_exports()
    job.refresh_from_db()
    assert job.state == "failed"
    assert Export.objects.get(ends=job.begun).state == "broken_off"


def test_who_lost_the_right_meanwhile_gets_nothing(desk, large, django_capture_on_commit_callbacks):
    job = asked(desk, django_capture_on_commit_callbacks, run=False)
    User.objects.get(username="jie").groups.clear()
    jobs.make(job.pk, at=timezone.now())
    job.refresh_from_db()
    assert job.state == "failed"
    assert not jobs.path_of(job).exists()


def test_small_lists_stream(desk, kept, late_customer):
    assert desk.post(export_of(Customer)).streaming
    assert not ExportJob.objects.exists()


def test_the_worker_and_beat_know_these_tasks():
    app.loader.import_default_modules()
    assert {"accounts.tasks.make_export", "accounts.tasks.sweep_exports",
            "accounts.tasks.forget_attempts"} <= set(app.tasks)  # fmt: skip
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {"accounts.tasks.sweep_exports", "accounts.tasks.forget_attempts"} <= scheduled


def test_attempts_that_count_no_more_are_forgotten():
    at = timezone.now()
    guard.attempt(guard.of_name("jie", None), at=at - datetime.timedelta(days=2))
    guard.attempt(guard.of_name("min", None), at=at)
    assert guard.forget(at=at) == 1
