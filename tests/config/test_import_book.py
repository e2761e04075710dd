"""A book comes in from files: all of it or nothing, once, and with the engine's consequences."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from accounts import crypto
from accounts.models import Customer
from billing.models import CreditLine, Fact, LineState, ProductTerms, Quarantine
from config import night
from config.importing import book, staging
from config.importing.cells import CellRefused, amount, date
from config.importing.months import months_to
from config.importing.problems import shown
from risk import rules, status
from risk.models import Correction, PolicyVersion
from risk.policy import preset

pytestmark = pytest.mark.django_db

CUSTOMERS = """\
customer,name,opened,pay_later_limit,cash_loan_limit
C1,Wang Min,2026-01-28,5000.00,10000
C2,李杰,2026-01-30,800.5,
"""
BILLS = """\
bill,customer,line,issued,due,principal,interest
B1,C1,pay_later,2026-02-01,2026-02-20,300.00,0.00
B2,C1,cash_loan,2026-02-03,2026-02-20,120,1.5
B3,C2,pay_later,2026-02-01,2026-02-20,80.00,0.00
B4,C1,pay_later,2026-03-01,2026-03-20,310.00,0.00
"""
REPAYMENTS = """\
repayment,customer,line,booked,value_date,amount
R1,C2,pay_later,2026-02-18,2026-02-18,80.00
R2,C1,pay_later,2026-03-10,2026-03-08,250.00
R3,C1,cash_loan,2026-02-27,2026-02-27,121.50
"""
PURCHASES = """\
purchase,customer,booked,value_date,amount
T1,C1,2026-02-10,2026-02-09,45.60
T2,C2,2026-02-14,2026-02-14,12
"""
DRAWS = """\
draw,customer,booked,value_date,amount,instalments
D1,C1,2026-02-12,2026-02-12,1000.00,3
"""
FILES = {
    "customers": CUSTOMERS,
    "bills": BILLS,
    "repayments": REPAYMENTS,
    "purchases": PURCHASES,
    "draws": DRAWS,
}
FIRST_DAY = dt.date(2026, 1, 28)
EARLY = dt.date(2026, 2, 4)
LAST = dt.date(2026, 3, 11)


def put(folder: Path, **files: str | bytes) -> Path:
    """The files of a book, with those that are named replaced."""
    for name, content in {**FILES, **files}.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.csv").write_bytes(data)
    return folder


def only(folder: Path, **files: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.csv").write_bytes(data)
    return folder


def run(folder: Path, *options: str) -> dict[str, Any]:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_book", str(folder), "--json", *options, stdout=out, stderr=err)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def refused(folder: Path, *options: str) -> list[str]:
    """The lines of a refusal, its last the summary; exit code 2, and nothing in the book."""
    err = io.StringIO()
    before = counts()
    with pytest.raises(CommandError) as error:
        call_command("import_book", str(folder), *options, stdout=io.StringIO(), stderr=err)
    assert error.value.returncode == 2
    assert counts() == before
    return [*err.getvalue().splitlines(), str(error.value)]


def counts() -> list[int]:
    models = (Customer, CreditLine, LineState, Fact, PolicyVersion, ProductTerms)
    return [model.objects.count() for model in models]


# -- what comes in -----------------------------------------------------------------------


def test_the_rows_are_in_the_book(tmp_path: Path) -> None:
    report = run(put(tmp_path))
    assert {name: part["new"] for name, part in report["files"].items()} == {
        "customers": 2,
        "bills": 4,
        "repayments": 3,
        "purchases": 2,
        "draws": 1,
    }
    assert report["files"]["bills"]["first"] == "2026-02-01"
    assert report["files"]["bills"]["last"] == "2026-03-01"
    lines = CreditLine.objects.order_by("id").values_list("number", "opening_limit", "opened_on")
    assert [(n, str(limit), str(on)) for n, limit, on in lines] == [
        ("C1/pay_later", "5000.00", "2026-01-28"),
        ("C1/cash_loan", "10000.00", "2026-01-28"),
        ("C2/pay_later", "800.50", "2026-01-30"),
    ]
    assert sorted(LineState.objects.values_list("line_id", "customer_id", "assigned_limit")) == (
        sorted(CreditLine.objects.values_list("id", "customer_id", "opening_limit"))
    )
    bill = Fact.objects.get(number="B2")
    assert (bill.kind, bill.line.number) == ("bill", "C1/cash_loan")
    assert (str(bill.amount), str(bill.interest), str(bill.due_on)) == (
        "120.00",
        "1.50",
        "2026-02-20",
    )
    assert bill.booked_on == bill.value_on == dt.date(2026, 2, 3)
    repayment = Fact.objects.get(number="R2")
    assert (repayment.booked_on, repayment.value_on) == (dt.date(2026, 3, 10), dt.date(2026, 3, 8))
    assert Fact.objects.get(number="T1").line.number == "C1/pay_later"
    draw = Fact.objects.get(number="D1")
    assert (draw.line.number, draw.instalments) == ("C1/cash_loan", 3)


def test_nothing_follows_before_the_nights(tmp_path: Path) -> None:
    run(put(tmp_path))
    with connection.cursor() as cursor:
        for table in ("billing_bill", "billing_entry", "risk_score", "billing_openbill"):
            cursor.execute(f"select count(*) from {table}")
            assert cursor.fetchone() == (0,), table


def test_ids_follow_the_booking_order_and_bills_come_first_in_a_day(tmp_path: Path) -> None:
    run(
        put(
            tmp_path,
            repayments=REPAYMENTS + "R4,C1,pay_later,2026-02-01,2026-02-01,5\n",
            purchases=PURCHASES + "T3,C1,2026-02-01,2026-02-01,5\n",
        )
    )
    assert list(Fact.objects.order_by("id").values_list("number", flat=True)) == [
        "B1", "B3", "R4", "T3", "B2", "T1", "D1", "T2", "R1", "R3", "B4", "R2",
    ]  # fmt: skip


def test_rules_begin_on_the_first_day_of_the_book(tmp_path: Path) -> None:
    report = run(put(tmp_path))
    assert (report["published"], report["rules_from"]) == ("cn", "2026-01-28")
    version = PolicyVersion.objects.get()
    assert (version.status, version.preset, version.effective_from) == (
        "published",
        "cn",
        FIRST_DAY,
    )
    assert {(t.product, t.effective_from, t.preset) for t in ProductTerms.objects.all()} == {
        ("pay_later", FIRST_DAY, "cn"),
        ("cash_loan", FIRST_DAY, "cn"),
    }
    today = rules.current().on(FIRST_DAY)
    assert today.policy == preset("cn").policy
    assert today.terms == preset("cn").terms


def test_a_preset_that_is_named(tmp_path: Path) -> None:
    assert run(put(tmp_path), "--preset", "contract")["published"] == "contract"
    assert run(tmp_path, "--preset", "contract")["published"] == ""
    last = refused(tmp_path, "--preset", "us")[-1]
    assert "the book has its rules already (contract)" in last


def test_gzip_byte_order_mark_quotes_and_crlf(tmp_path: Path) -> None:
    text = CUSTOMERS.replace("Wang Min", '"Wang, ""Min"""').replace("\n", "\r\n")
    (tmp_path / "customers.csv.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + text.encode()))
    (tmp_path / "bills.csv").write_text("\ufeff" + BILLS.rstrip() + "\n\n")
    report = run(tmp_path)
    assert report["files"]["customers"]["file"] == "customers.csv.gz"
    assert Customer.objects.get(number="C1").name == 'Wang, "Min"'
    assert Customer.objects.get(number="C2").name == "李杰"


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    text = "name,cash_loan_limit,customer,opened,pay_later_limit\nWang,,C1,2026-01-28,7\n"
    run(only(tmp_path, customers=text))
    assert CreditLine.objects.get().number == "C1/pay_later"


def test_phone_and_id_number_are_encrypted_with_an_index(tmp_path: Path) -> None:
    text = (
        "customer,name,opened,pay_later_limit,cash_loan_limit,phone,id_number,language\n"
        "C1,Wang,2026-01-28,10,,138 1234 2312,11010519491231002X,en\n"
        "C2,Li,2026-01-28,10,,,,\n"
    )
    run(only(tmp_path, customers=text))
    customer = Customer.objects.get(phone_index=crypto.blind_index("13812342312"))
    assert (customer.phone, customer.id_number) == ("138 1234 2312", "11010519491231002X")
    assert (customer.number, customer.language) == ("C1", "en")
    with connection.cursor() as cursor:
        cursor.execute("select phone from accounts_customer where number = 'C1'")
        assert b"1234" not in bytes(cursor.fetchone()[0])
    other = Customer.objects.get(number="C2")
    assert (other.phone, other.phone_index, other.language) == ("", "", "zh-hans")
    assert run(tmp_path)["files"]["customers"]["there"] == 2
    only(tmp_path, customers=text.replace("2312", "2399"))
    line = refused(tmp_path)[0]
    assert line.startswith('customers.csv:2: phone: "138********99" is in the book already')
    assert "1234" not in line


def test_files_that_are_none_are_named_and_left_alone(tmp_path: Path) -> None:
    put(tmp_path)
    (tmp_path / "outcomes.csv").write_text("?")
    err = io.StringIO()
    call_command("import_book", str(tmp_path), stdout=io.StringIO(), stderr=err)
    assert 'ignored: "outcomes.csv"' in err.getvalue()


def test_customers_may_be_in_the_book_already(tmp_path: Path) -> None:
    run(only(tmp_path / "a", customers=CUSTOMERS))
    report = run(only(tmp_path / "b", bills=BILLS))
    assert report["files"]["bills"]["new"] == 4


def test_the_report_for_people(tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("import_book", str(put(tmp_path)), stdout=out, stderr=io.StringIO())
    lines = out.getvalue().splitlines()
    assert lines[0].split() == (
        ["customers.csv", "2", "new,", "0", "there", "already", "2026-01-28", "…", "2026-01-30"]
    )
    assert lines[-2] == "rules: the preset cn, from 2026-01-28 on"


# -- again -------------------------------------------------------------------------------


def test_the_same_rows_again_change_nothing(tmp_path: Path) -> None:
    run(put(tmp_path))
    before = counts(), list(Fact.objects.order_by("id").values())
    report = run(tmp_path)
    assert [part["new"] for part in report["files"].values()] == [0] * 5
    assert [part["there"] for part in report["files"].values()] == [2, 4, 3, 2, 1]
    assert (counts(), list(Fact.objects.order_by("id").values())) == before


def test_only_what_is_new_is_added(tmp_path: Path) -> None:
    head, *rows = BILLS.splitlines(keepends=True)
    run(put(tmp_path, bills=head + "".join(rows[:2])))
    report = run(put(tmp_path))
    assert (report["files"]["bills"]["new"], report["files"]["bills"]["there"]) == (2, 2)
    assert Fact.objects.filter(kind="bill").count() == 4


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("customers", "李杰", "李洁", 'customers.csv:3: name: "李洁"'),
        ("customers", "2026-01-30", "2026-01-31", "2026-01-30 → 2026-01-31"),
        ("customers", "800.5,", "800.51,", "800.50 → 800.51"),
        ("customers", "800.5,", "800.5,3", "none → 3.00"),
        ("customers", "5000.00,10000", "5000.00,", "10000.00 → none"),
        ("bills", "B4,C1", "B4,C2", 'bills.csv:5: customer: "C2"'),
        ("bills", "B4,C1,pay_later", "B4,C1,cash_loan", "pay_later → cash_loan"),
        ("bills", "2026-02-03", "2026-02-04", 'issued: "2026-02-04"'),
        ("bills", "2026-03-20", "2026-03-21", "2026-03-20 → 2026-03-21"),
        ("bills", "120,1.5", "120,1.51", "1.50 → 1.51"),
        ("repayments", "2026-03-08", "2026-03-09", 'value_date: "2026-03-09"'),
        ("repayments", "2026-03-10", "2026-03-11", 'booked: "2026-03-11"'),
        ("repayments", "121.50", "121.49", "121.50 → 121.49"),
        ("purchases", "T1,C1", "T1,C2", "C1 → C2"),
        ("draws", "1000.00,3", "1000.00,4", "3 → 4"),
    ],
)
def test_another_content_of_a_known_id_is_refused(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    run(put(tmp_path))
    changed = FILES[file].replace(old, new)
    assert changed != FILES[file]
    lines = refused(put(tmp_path, **{file: changed}))
    assert len(lines) == 2
    assert said in lines[0]
    assert "is in the book already with other content" in lines[0]


# -- shifted -----------------------------------------------------------------------------


def test_shifted_by_months_to_the_last_day_of_a_short_one(tmp_path: Path) -> None:
    bills = BILLS + "B5,C1,pay_later,2026-03-31,2026-03-31,1,0\n"
    run(put(tmp_path, bills=bills), "--shift-months", "-1")
    bill = Fact.objects.get(number="B5")
    assert (bill.value_on, bill.due_on) == (dt.date(2026, 2, 28), dt.date(2026, 2, 28))
    assert Customer.objects.get(number="C1").opened_on == dt.date(2025, 12, 28)
    assert PolicyVersion.objects.get().effective_from == dt.date(2025, 12, 28)
    assert run(tmp_path, "--shift-months=-1")["files"]["bills"]["there"] == 5
    assert "2025-12-28 → 2026-01-28" in refused(tmp_path)[0]


def test_shifted_so_that_the_last_bill_falls_in_a_month(tmp_path: Path) -> None:
    report = run(put(tmp_path), "--shift-to-end", "2027-05")
    assert report["shift_months"] == 14
    assert report["files"]["bills"]["last"] == "2027-05-01"
    assert months_to(dt.date(2005, 9, 1), dt.date(2026, 11, 23)) == 254


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--shift-months", "1.5"], '--shift-months: "1.5" is no whole number'),
        (["--shift-months", "１"], '--shift-months: "１" is no whole number'),
        (["--shift-months", "99999"], "from -3600 to 3600"),
        (["--shift-months", "3000"], "is not between 1900 and 2199 once shifted: 2276-01-28"),
        (["--shift-to-end", "2026-13"], '--shift-to-end: "2026-13" is no month'),
        (["--max-errors", "0"], '--max-errors: "0" is no whole number'),
        (["--preset", "mars"], "unknown preset 'mars'"),
    ],
)
def test_bad_arguments(tmp_path: Path, options: list[str], said: str) -> None:
    assert said in "\n".join(refused(put(tmp_path), *options))


# -- what is refused ---------------------------------------------------------------------

HEADS = {name: text.splitlines()[0] for name, text in FILES.items()}

#: file, a row to put under it, and what is said of it.
BAD_ROWS = [
    ("customers", ",Wang,2026-01-28,1,1", 'customer: "" is empty'),
    ("customers", f"{'C' * 41},Wang,2026-01-28,1,1", "is longer than 40 characters"),
    ("customers", "C\t3,Wang,2026-01-28,1,1", 'customer: "C\\t3" contains a character'),
    ("customers", "C\u202e3,Wang,2026-01-28,1,1", 'customer: "C\\u202e3" contains a character'),
    ("customers", " C3,Wang,2026-01-28,1,1", 'customer: " C3" begins or ends with a blank'),
    ("customers", "C3,,2026-01-28,1,1", 'name: "" is empty'),
    ("customers", f"C3,{'w' * 121},2026-01-28,1,1", f'name: "{"w" * 60}…" is longer than 120'),
    ("customers", "C1,Wang,2026-01-28,1,1", 'customer: "C1" is there already on line 2'),
    ("customers", "C3,Wang,2026-02-30,1,1", 'opened: "2026-02-30" is no day of the calendar'),
    ("customers", "C3,Wang,5.1.2026,1,1", 'opened: "5.1.2026" is no date (YYYY-MM-DD)'),
    ("customers", "C3,Wang,２026-01-05,1,1", 'opened: "２026-01-05" is no date'),
    ("customers", "C3,Wang,20260105,1,1", 'opened: "20260105" is no date'),
    ("customers", "C3,Wang,1899-12-31,1,1", "is not between 1900 and 2199"),
    ("customers", "C3,Wang,2200-01-01,1,1", "is not between 1900 and 2199"),
    ("customers", "C3,Wang,,1,1", 'opened: "" is empty'),
    ("customers", "C3,Wang,2026-01-28,-1,1", 'pay_later_limit: "-1" is negative'),
    ("customers", "C3,Wang,2026-01-28,1,NaN", 'cash_loan_limit: "NaN" is not finite'),
    ("customers", "C3,Wang,2026-01-28,1", "the line has 4 cells, the header 5"),
    ("customers", "C3,Wang,2026-01-28,1,1,1", "the line has 6 cells, the header 5"),
    ("customers", 'C3,"Wang,2026-01-28,1,1', "a quoted cell does not end on its line"),
    ("customers", "C3,Wa\0ng,2026-01-28,1,1", "the line contains a NUL"),
    ("customers", f"C3,{'w' * 20_000},2026-01-28,1,1", "the line is longer than 20000 bytes"),
    ("bills", ",C1,pay_later,2026-02-01,2026-02-20,1,0", 'bill: "" is empty'),
    ("bills", f"{'B' * 81},C1,pay_later,2026-02-01,2026-02-20,1,0", "is longer than"),
    ("bills", "B1,C1,pay_later,2026-02-01,2026-02-20,300.00,0", "is there already on line 2"),
    ("bills", "B9,C9,pay_later,2026-02-01,2026-02-20,1,0", "is no customer of the file or"),
    ("bills", "B9,C1,mortgage,2026-02-01,2026-02-20,1,0", 'line: "mortgage" is no line'),
    ("bills", "B9,C2,cash_loan,2026-02-01,2026-02-20,1,0", "the customer has no such line"),
    ("bills", "B9,C1,pay_later,2026-01-27,2026-02-20,1,0", "first day, 2026-01-28"),
    ("bills", "B9,C1,pay_later,2026-02-01,2026-01-31,1,0", "before the bill's date, 2026-02-01"),
    ("bills", "B9,C1,pay_later,2026-02-01,2026-02-20,1e3,0", 'principal: "1e3" is no amount'),
    ("bills", "B9,C1,pay_later,2026-02-01,2026-02-20,1,0.001", "is finer than the cent"),
    ("bills", "B9,C1,pay_later,2026-02-01,2026-02-20,1,", 'interest: "" is empty'),
    ("bills", "B9,C1,pay_later,2026-02-01,2026-02-20,1000000000000,0", "is beyond 12 digits"),
    ("bills", "C1/pay_later/2026-03,C1,pay_later,2026-02-01,2026-02-20,1,0", "to its own bills"),
    ("bills", "B1/disputed,C1,pay_later,2026-02-01,2026-02-20,1,0", "to its own bills"),
    ("bills", "D1/2,C1,pay_later,2026-02-01,2026-02-20,1,0", "to its own bills"),
    ("repayments", "R9,C1,pay_later,2026-02-01,2026-02-02,1", "booking date, 2026-02-01"),
    ("repayments", "R9,C1,pay_later,2026-02-01,2026-01-01,1", "first day, 2026-01-28"),
    ("repayments", "R9,C1,pay_later,2026-02-01,2026-02-01,１", 'amount: "１" is no amount'),
    ("repayments", "R9,C1,pay_later,2026-02-01,2026-02-01, 1", 'amount: " 1" is no amount'),
    ("repayments", "R9,C1,pay_later,2026-02-01,2026-02-01,+1", 'amount: "+1" is no amount'),
    ("repayments", "R9,C1,pay_later,2026-02-01,2026-02-01,.5", 'amount: ".5" is no amount'),
    ("repayments", "R9,C1,pay_later,2026-02-01,2026-02-01,inf", "is not finite"),
    ("purchases", "T9,C9,2026-02-01,2026-02-01,1", 'purchases.csv:4: customer: "C9" is no'),
    ("purchases", "T1,C1,2026-02-10,2026-02-09,45.60", "is there already on line 2"),
    ("draws", "D9,C2,2026-02-01,2026-02-01,1,3", "the customer has no such line: cash_loan"),
    ("draws", "D9,C1,2026-02-01,2026-02-01,1,0", 'instalments: "0" is no number of instalments'),
    ("draws", "D9,C1,2026-02-01,2026-02-01,1,361", "is no number of instalments"),
    ("draws", "D9,C1,2026-02-01,2026-02-01,1,1.0", "is no number of instalments"),
]


@pytest.mark.parametrize(("file", "row", "said"), BAD_ROWS)
def test_a_bad_row_is_refused(tmp_path: Path, file: str, row: str, said: str) -> None:
    number = FILES[file].count("\n") + 1
    lines = refused(put(tmp_path, **{file: f"{FILES[file]}{row}\n"}))
    assert said in lines[0]
    assert lines[0].startswith(f"{file}.csv:{number}: ")
    assert lines[1:] == ["import_book: nothing was imported: 1 errors"]


BAD_FILES = [
    ({"bills": ""}, "bills.csv:1: the file is empty: it has no header"),
    ({"bills": BILLS.replace("issued", "date")}, "bills.csv:1: date: the column is unknown"),
    ({"bills": BILLS.replace("due,", "", 1)}, "bills.csv:1: due: the column is missing"),
    ({"bills": BILLS.replace("due", "line", 1)}, "bills.csv:1: line: the column is there twice"),
    ({"customers": CUSTOMERS.encode("gbk")}, "customers.csv:3: \"\\\\xc0\\\\xee\\\\xbd\\\\xdc"),
    ({"customers": CUSTOMERS.encode("gbk")}, "looks like GBK: save the file as UTF-8"),
    ({"customers": CUSTOMERS.encode("utf-16")}, "customers.csv:1: is UTF-16"),
    ({"customers": CUSTOMERS.encode("utf-16-le")}, "customers.csv:1: is UTF-16"),
    ({"customers": CUSTOMERS.encode() + b"C3,\xff\xff,,,"}, "is not UTF-8: save the file"),
    ({"bills": gzip.compress(BILLS.encode())}, "its name has to end in .csv.gz"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "said"), BAD_FILES)
def test_a_bad_file_is_refused(tmp_path: Path, files: dict[str, Any], said: str) -> None:
    assert said in "\n".join(refused(put(tmp_path, **files)))


@pytest.mark.parametrize("end", [-3, 40, 8, 3])
def test_a_gzip_file_that_is_cut_off_is_refused(tmp_path: Path, end: int) -> None:
    put(tmp_path)
    (tmp_path / "bills.csv").unlink()
    (tmp_path / "bills.csv.gz").write_bytes(gzip.compress(BILLS.encode())[:end])
    assert "the gzip data is cut off or corrupt from here on" in "\n".join(refused(tmp_path))


def test_a_gzip_file_that_is_corrupt_or_none(tmp_path: Path) -> None:
    put(tmp_path)
    (tmp_path / "bills.csv").unlink()
    data = bytearray(gzip.compress(BILLS.encode()))
    data[30] ^= 255
    (tmp_path / "bills.csv.gz").write_bytes(data)
    assert "the gzip data is cut off or corrupt" in "\n".join(refused(tmp_path))
    (tmp_path / "bills.csv.gz").write_text(BILLS)
    assert "is no gzip file, whatever its name says" in refused(tmp_path)[0]


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    assert "No such file or directory" in refused(tmp_path / "nowhere")[0]
    assert "holds none of customers.csv, bills.csv" in refused(tmp_path)[0]
    (tmp_path / "bills.csv").mkdir()
    assert "bills.csv is no regular file" in refused(tmp_path)[0]
    (tmp_path / "bills.csv.gz").touch()
    assert "both bills.csv and bills.csv.gz are there" in refused(tmp_path)[0]


def test_all_errors_are_told_in_the_order_of_the_files(tmp_path: Path) -> None:
    bills = BILLS + "B5,C9,pay_later,2026-02-01,2026-02-20,-5,x\n"
    repayments = REPAYMENTS.replace("R3", "R1")
    lines = refused(
        put(tmp_path, customers=CUSTOMERS + "C3,,x,1,1\n", bills=bills, repayments=repayments)
    )
    assert [line.split(' "')[0] for line in lines[:-1]] == [
        "customers.csv:4: name:",
        "customers.csv:4: opened:",
        "bills.csv:6: customer:",
        "bills.csv:6: principal:",
        "bills.csv:6: interest:",
        "repayments.csv:4: repayment:",
    ]
    assert lines[-1] == "import_book: nothing was imported: 6 errors"


def test_errors_up_to_a_limit(tmp_path: Path) -> None:
    rows = "".join(f"R{n},C1,pay_later,2026-02-01,2026-02-01,-1\n" for n in range(10, 40))
    unknown = "".join(f"T{n},C9,2026-02-01,2026-02-01,1\n" for n in range(10, 40))
    files = {"repayments": REPAYMENTS + rows, "purchases": PURCHASES + unknown}
    lines = refused(put(tmp_path, **files), "--max-errors", "35")
    assert len(lines) == 37
    assert lines[30].startswith("purchases.csv:4: customer:")
    assert lines[35:] == ["… and 25 more", "import_book: nothing was imported: 60 errors"]


def test_a_bad_customer_does_not_make_its_facts_wrong(tmp_path: Path) -> None:
    lines = refused(put(tmp_path, customers=CUSTOMERS.replace("5000.00", "-5")))
    assert len(lines) == 2
    lines = refused(put(tmp_path, customers=CUSTOMERS.replace("Wang Min,", "")))
    assert len(lines) == 2


def test_a_customer_from_before_the_rules_is_refused(tmp_path: Path) -> None:
    run(only(tmp_path / "a", customers=CUSTOMERS))
    text = HEADS["customers"] + "\nC3,Li,2026-01-27,1,1\n"
    line = refused(only(tmp_path / "b", customers=text))[0]
    assert 'opened: "2026-01-27" is before the first day of the book\'s rules, 2026-01-28' in line


@pytest.mark.parametrize("cell", ["0", "000000000012", "999999999999.99", "1.5", "0.05"])
def test_amounts_that_hold(cell: str) -> None:
    assert amount(cell) == cell


@pytest.mark.parametrize("cell", ["2026-1-5", "2026-01-28 ", "2026-01-28T00:00", "2025-02-29"])
def test_dates_that_do_not(cell: str) -> None:
    with pytest.raises(CellRefused):
        date(cell)


def test_cells_are_shown_escaped_and_cut() -> None:
    assert shown('a"\x1b[31m\u202e') == '"a\\"\\x1b[31m\\u202e"'
    assert shown("x" * 61) == '"' + "x" * 60 + '…"'


# -- the days that are open --------------------------------------------------------------


def states(on: dt.date) -> dict[str, Any]:
    """What the book says of every customer, by names that do not depend on ids."""
    found = {}
    for customer in Customer.objects.order_by("number"):
        lines = [
            {key: value for key, value in line.items() if key != "id"}
            for line in status.lines(customer.pk, on)
        ]
        found[customer.number] = [lines, status.score(customer.pk), *_rows(customer.pk)]
    return found


def _rows(customer: int) -> list[list[Any]]:
    queries = (
        'select "on", cause, threshold, sum(points) from risk_point where customer_id = %s '
        "group by 1, 2, 3 having sum(points) <> 0 order by 1, 2, 3",
        "select b.number, e.value_on, e.kind, e.component, sum(e.amount) from billing_entry e "
        "left join billing_bill b on b.id = e.bill_id where e.customer_id = %s "
        "group by 1, 2, 3, 4 having sum(e.amount) <> 0 order by 1, 2, 3, 4",
        "select r.code, l.product, r.from_on, r.until_on from risk_restriction r "
        "join billing_creditline l on l.id = r.line_id "
        "where r.customer_id = %s and r.reversed_on is null order by 1, 2, 3, 4",
        "select number, origin, issued_on, due_on, principal from billing_bill "
        "where customer_id = %s order by 1",
    )
    with connection.cursor() as cursor:
        rows = []
        for query in queries:
            cursor.execute(query, [customer])
            rows.append(cursor.fetchall())
        return rows


def on_time(folder: Path) -> dict[str, Any]:
    """The states of a book that was whole before its nights; it leaves nothing behind."""
    before = transaction.savepoint()
    run(folder)
    night.open_due_days(LAST)
    found = states(LAST)
    transaction.savepoint_rollback(before)
    return found


@pytest.mark.parametrize("late", ["facts", "customers", "halves"])
def test_importing_late_equals_importing_before_the_nights(tmp_path: Path, late: str) -> None:
    whole = put(tmp_path)
    expected = on_time(whole)
    assert "suspended" in {line["status"] for found in expected.values() for line in found[0]}
    head, first, _second = CUSTOMERS.splitlines(keepends=True)
    early = {"facts": CUSTOMERS, "customers": head + first, "halves": CUSTOMERS}[late]
    run(only(tmp_path / "early", customers=early))
    if late == "halves":
        night.open_due_days(EARLY)
        rows = [line for line in BILLS.splitlines() if not line.startswith(("B1", "B3"))]
        run(only(tmp_path / "half", bills="\n".join(rows), draws=DRAWS, repayments=REPAYMENTS))
    night.open_due_days(LAST)
    report = run(whole)
    assert report["corrected"] == 2
    assert states(LAST) == expected
    assert run(whole)["corrected"] == 0
    assert states(LAST) == expected


def test_facts_after_the_last_open_day_wait_for_the_night(tmp_path: Path) -> None:
    run(only(tmp_path / "a", customers=CUSTOMERS))
    night.open_due_days(dt.date(2026, 1, 31))
    report = run(put(tmp_path))
    assert report["corrected"] == 0
    assert not Correction.objects.exists()
    night.open_due_days(LAST)
    assert states(LAST) == on_time_elsewhere(tmp_path)


def on_time_elsewhere(folder: Path) -> dict[str, Any]:
    """As on_time, for a database that has this book: its rows go, and come back."""
    before = transaction.savepoint()
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; set constraints all deferred")
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(
            "select string_agg(format('%I', tablename), ', ') from pg_tables where schemaname = "
            "'public' and tablename ~ '^(accounts_(customer|notice$|work|outbox)|billing_|risk_)'"
        )
        for table in cursor.fetchone()[0].split(", "):
            cursor.execute(f"delete from {table}")
        cursor.execute("set local session_replication_role = origin")
    run(folder)
    night.open_due_days(LAST)
    found = states(LAST)
    transaction.savepoint_rollback(before)
    return found


def test_a_quarantined_customer_waits_for_the_retry(tmp_path: Path) -> None:
    run(only(tmp_path / "a", customers=CUSTOMERS))
    night.open_due_days(LAST)
    customer = Customer.objects.get(number="C1")
    Quarantine.objects.create(customer=customer, since=LAST, error="?")
    assert run(put(tmp_path))["corrected"] == 1
    assert Quarantine.objects.get().since == dt.date(2026, 2, 1)
    night.retry_quarantined(customer.pk, by=None)
    assert states(LAST) == on_time_elsewhere(tmp_path)


def test_a_slice_that_is_not_open_yet_is_left_to_the_night(tmp_path: Path) -> None:
    run(only(tmp_path / "a", customers=CUSTOMERS))
    night.open_due_days(EARLY)
    with connection.cursor() as cursor:
        cursor.execute(
            "update billing_dayslice set status = 'waiting' where day_id >= '2026-02-01'"
        )
    assert run(put(tmp_path))["corrected"] == 0


# -- one at a time -----------------------------------------------------------------------


def test_a_second_import_says_so(tmp_path: Path) -> None:
    put(tmp_path)
    other = connection.get_new_connection(connection.get_connection_params())
    try:
        other.execute("select pg_advisory_lock(%s, %s)", book._IMPORT_LOCK)
        assert refused(tmp_path) == ["import_book: another import is under way"]
    finally:
        other.close()


def test_a_fault_half_way_leaves_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    put(tmp_path)

    def fail(*args: Any) -> int:
        raise RuntimeError

    monkeypatch.setattr(book.load, "correct", fail)
    before = counts()
    with pytest.raises(RuntimeError), transaction.atomic():
        run(tmp_path)
    assert counts() == before


def test_rows_are_streamed(tmp_path: Path, monkeypatch: Any) -> None:
    """A row goes to the database before the file is read to its end."""
    seen: list[int] = []
    original = staging._sealed

    def counting(fields: Any, rows: Any) -> Any:
        fields, rows = original(fields, rows)
        return fields, (seen.append(1) or row for row in rows)

    monkeypatch.setattr(staging, "_sealed", counting)
    run(put(tmp_path))
    assert len(seen) == 12
