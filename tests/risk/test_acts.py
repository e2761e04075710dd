"""Acts of staff at the desk, and four eyes over them."""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts import authority
from accounts.acts import desk_acts, find
from accounts.desk import stale
from accounts.models import ActRequest, AuthorityLimit, Customer, Notice, StaffAct
from accounts.notices import delivering
from accounts.staff_acts import Reason
from billing import operations as money
from billing.models import Bill, Entry, Fact, OpenBill
from risk.desk import acts
from risk.models import Decision
from tests.factories import line, make_customer, make_user, open_days, start_with_limits

pytestmark = pytest.mark.django_db

TODAY = dt.date(2025, 3, 20)
ROLES = ("agent", "supervisor", "risk_analyst", "auditor", "administrator")


@pytest.fixture(autouse=True)
def today(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    start_with_limits()
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)


@pytest.fixture
def late(db: None) -> Any:
    """A customer with a bill of 10,000 that is 18 days overdue, and its fees."""
    customer = make_customer(dt.date(2025, 1, 1))
    money.book_bill(
        line=line(customer), number=f"B-{customer.number}", principal=Decimal(10_000),
        due_on=dt.date(2025, 3, 2), on=dt.date(2025, 2, 10),
    )  # fmt: skip
    open_days(customer, dt.date(2025, 1, 1), TODAY)
    return customer


def fees(customer: Any) -> Decimal:
    return OpenBill.objects.get(customer=customer).fee


def waiver(customer: Any, amount: str = "") -> dict[str, str]:
    return {
        "bill": f"B-{customer.number}", "amount": amount, "reason": "goodwill",
        "words": "asked for politely",
    }  # fmt: skip


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(customer: Any, code: str) -> str:
    return reverse("admin:accounts_customer_act", args=[customer.pk, code])


def preview(client: Client, customer: Any, code: str, data: dict[str, Any]) -> dict[str, Any]:
    """What the preview's button would send."""
    shown = client.post(page(customer, code), {**data, "token": uuid.uuid4(), "step": "preview"})
    assert shown.status_code == 200
    found = shown.context["preview"]
    assert found is not None, shown.context["form"].errors
    return {
        **data, "token": str(shown.context["token"]), "seen": found.seen, "step": "confirm",
        "alone": "yes" if shown.context["alone"] else "no",
    }  # fmt: skip


# -- alone -------------------------------------------------------------------------------


def test_a_preview_shows_what_follows_and_does_nothing(late) -> None:
    client = signed_in(make_user("agent"))
    owed = OpenBill.objects.get(customer=late)
    total = owed.principal + owed.interest + owed.fee
    data = {
        "line": line(late).pk, "amount": total, "value_on": "", "number": "",
        "reason": "payment_channel", "words": "paid at the counter",
    }  # fmt: skip
    before = Fact.objects.count(), Entry.objects.count()
    shown = client.post(
        page(late, "book_repayment"), {**data, "token": uuid.uuid4(), "step": "preview"}
    )
    assert shown.context["lifted"], "a full repayment lifts the restriction of the line"
    assert "no-store" in shown["Cache-Control"]
    assert (Fact.objects.count(), Entry.objects.count()) == before
    assert not StaffAct.objects.exists()


def test_an_act_within_authority_is_done_once_and_kept(late) -> None:
    user = make_user("agent")
    client = signed_in(user)
    before = fees(late)
    sent = preview(client, late, "waive_fees", waiver(late, "12.50"))
    assert sent["alone"] == "yes"
    for _ in range(2):  # the form sent twice
        assert client.post(page(late, "waive_fees"), sent).status_code == 302
    done = StaffAct.objects.get()
    assert (done.done_by, done.approved_by, done.amount) == (user, None, Decimal("12.50"))
    assert fees(late) == before - Decimal("12.50")
    fact = Fact.objects.get(customer=late, kind="waive")
    assert (fact.booked_by, fact.reason) == (user, "asked for politely")
    assert done.before["lines"] != done.after["lines"]
    with pytest.raises(DatabaseError), transaction.atomic():
        StaffAct.objects.update(words="never mind")
    with pytest.raises(DatabaseError), transaction.atomic():
        StaffAct.objects.all().delete()


@pytest.mark.parametrize(("reason", "said"), [("goodwill", True), ("fraud", False)])
def test_what_staff_did_is_told_the_customer_once_and_a_suspicion_never(late, reason, said) -> None:
    Customer.objects.filter(pk=late.pk).update(language="zh-hans")
    client = signed_in(make_user("agent"))
    sent = preview(client, late, "waive_fees", {**waiver(late, "12.50"), "reason": reason})
    for _ in range(2):
        client.post(page(late, "waive_fees"), sent)
    told = Notice.objects.filter(customer=late, kind="decision")
    noon = dt.datetime(2025, 3, 20, 4, tzinfo=dt.UTC)
    told.update(queued_at=noon, due_at=noon)
    while delivering.deliver(now=noon):
        pass
    notice = told.get()
    assert notice.state == "sent"
    assert "减免违约金" in notice.body
    assert "12.50" in notice.body
    label = Reason(reason).label
    with translation.override("zh-hans"):
        assert (str(label) in notice.body) is said


def test_limits_add_up_over_twelve_months(late) -> None:
    AuthorityLimit.objects.filter(role="agent", act="waive_fees").update(
        alone=Decimal(20), alone_in_a_year=Decimal(30)
    )
    client = signed_in(make_user("agent"))
    other = signed_in(make_user("agent"))
    first = preview(client, late, "waive_fees", waiver(late, "20"))
    assert first["alone"] == "yes"
    client.post(page(late, "waive_fees"), first)
    assert preview(other, late, "waive_fees", waiver(late, "10"))["alone"] == "yes"
    above = preview(other, late, "waive_fees", waiver(late, "10.01"))
    assert above["alone"] == "no"
    # whoever says "alone" all the same is refused
    answer = other.post(page(late, "waive_fees"), {**above, "alone": "yes"})
    assert "above your authority" in str(answer.context["form"].non_field_errors())
    assert StaffAct.objects.count() == 1


def test_what_changed_meanwhile_is_shown_and_not_done(late) -> None:
    client = signed_in(make_user("agent"))
    sent = preview(client, late, "waive_fees", waiver(late, "5"))
    money.book_repayment(line=line(late), amount=Decimal(7), on=TODAY)
    answer = client.post(page(late, "waive_fees"), sent)
    assert answer.status_code == 200
    assert answer.context["preview"].seen != sent["seen"]
    assert not StaffAct.objects.exists()
    assert client.post(
        page(late, "waive_fees"), {**sent, "seen": answer.context["preview"].seen}
    ).status_code == 302  # fmt: skip
    assert StaffAct.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"words": "no"}, "words"),
        ({"reason": "because"}, "reason"),
        ({"bill": "of somebody else"}, "bill"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "99999"}, "amount"),
    ],
)
def test_bad_input_is_said_at_its_field(late, changes, field) -> None:
    client = signed_in(make_user("agent"))
    answer = client.post(
        page(late, "waive_fees"), {**waiver(late, "1"), **changes, "step": "confirm"}
    )
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert not StaffAct.objects.exists()


def test_a_bill_of_another_customer_is_no_choice(late) -> None:
    other = make_customer(dt.date(2025, 1, 1))
    client = signed_in(make_user("agent"))
    answer = client.post(page(other, "waive_fees"), {**waiver(late, "1"), "step": "confirm"})
    assert "bill" in answer.context["form"].errors


def test_a_customer_whom_the_night_holds_is_said_to_be_busy(late, monkeypatch) -> None:
    """A page waits no longer than its time limit for a lock, and says what to do."""
    client = signed_in(make_user("agent"))

    def held(customer_id: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "do $$ begin raise exception using errcode = 'lock_not_available'; end $$"
            )

    monkeypatch.setattr(authority.operations, "lock", held)
    sent = {**waiver(late, "1"), "token": uuid.uuid4(), "step": "preview"}
    answer = client.post(page(late, "waive_fees"), sent)
    assert "try again in a minute" in str(answer.context["form"].non_field_errors())


# -- four eyes ---------------------------------------------------------------------------


def asked(late: Any, user: Any) -> ActRequest:
    client = signed_in(user)
    sent = preview(client, late, "forgive_episode", forgiving(late))
    assert sent["alone"] == "no"
    for _ in range(2):
        assert client.post(page(late, "forgive_episode"), sent).status_code == 302
    return ActRequest.objects.get()


def forgiving(late: Any) -> dict[str, str]:
    return {
        "episode": f"B-{late.number}", "reason": "our_error", "words": "our statement was late",
    }  # fmt: skip


def decide(client: Client, request: ActRequest, step: str, **changes: str) -> Any:
    url = reverse("admin:accounts_actrequest_change", args=[request.pk])
    shown = client.get(url)
    sent = {"step": step, "words": "seen the letter", "seen": shown.context.get("seen", "")}
    return client.post(url, {**sent, **changes})


def test_an_act_above_authority_waits_for_another_and_is_done_by_the_approval(late) -> None:
    agent, supervisor = make_user("agent"), make_user("supervisor")
    request = asked(late, agent)
    assert not Decision.objects.exists()
    on_page = signed_in(agent).get(reverse("admin:accounts_customer_change", args=[late.pk]))
    assert request in on_page.context["waiting"]

    assert decide(signed_in(supervisor), request, "approve").status_code == 302
    request.refresh_from_db()
    done = StaffAct.objects.get()
    assert (request.status, request.decided_by) == ("approved", supervisor)
    assert (done.request, done.done_by, done.approved_by) == (request, agent, supervisor)
    assert Decision.objects.get().kind == "forgive"
    assert decide(signed_in(make_user("supervisor")), request, "approve").status_code == 200
    assert StaffAct.objects.count() == 1, "it is executed once"


@pytest.mark.parametrize("role", ["supervisor", "administrator"])
def test_nobody_approves_their_own(late, role) -> None:
    user = make_user(role)
    request = asked(late, user)
    decide(signed_in(user), request, "approve")
    decide(signed_in(user), request, "reject")
    request.refresh_from_db()
    assert request.status == "waiting"
    with pytest.raises(DatabaseError), transaction.atomic():
        ActRequest.objects.update(status="approved", decided_by=user, decided_at=timezone.now())


def test_a_superuser_does_not_approve_their_own_either(late) -> None:
    user = make_user("administrator", is_superuser=True)
    request = asked(late, user)
    decide(signed_in(user), request, "approve")
    assert not StaffAct.objects.exists()


def test_a_rejection_and_a_withdrawal_are_kept(late) -> None:
    agent = make_user("agent")
    request = asked(late, agent)
    assert decide(signed_in(make_user("supervisor")), request, "reject").status_code == 302
    request.refresh_from_db()
    assert (request.status, request.decision_words) == ("rejected", "seen the letter")
    with pytest.raises(DatabaseError), transaction.atomic():
        ActRequest.objects.update(decision_words="")
    with pytest.raises(DatabaseError), transaction.atomic():
        ActRequest.objects.all().delete()

    client = signed_in(agent)
    client.post(
        page(late, "forgive_episode"), preview(client, late, "forgive_episode", forgiving(late))
    )
    again = ActRequest.objects.get(status="waiting")
    assert decide(client, again, "withdraw").status_code == 302
    again.refresh_from_db()
    assert again.status == "withdrawn"
    assert not StaffAct.objects.exists()


def test_an_approval_is_of_what_was_shown(late) -> None:
    request = asked(late, make_user("agent"))
    supervisor = signed_in(make_user("supervisor"))
    url = reverse("admin:accounts_actrequest_change", args=[request.pk])
    seen = supervisor.get(url).context["seen"]
    money.book_repayment(line=line(late), amount=Decimal(7), on=TODAY)
    answer = supervisor.post(url, {"step": "approve", "words": "seen it", "seen": seen})
    assert answer.status_code == 200
    assert answer.context["changed"]
    assert not StaffAct.objects.exists()
    assert decide(supervisor, request, "approve").status_code == 302


def test_what_is_not_possible_any_more_is_said_and_can_be_rejected(late) -> None:
    agent = make_user("agent")
    AuthorityLimit.objects.filter(role="agent", act="waive_fees").delete()
    client = signed_in(agent)
    client.post(page(late, "waive_fees"), preview(client, late, "waive_fees", waiver(late)))
    request = ActRequest.objects.get()
    money.waive_fees(line=line(late), bill_number=f"B-{late.number}", amount=None, on=TODAY)
    supervisor = signed_in(make_user("supervisor"))
    shown = supervisor.get(reverse("admin:accounts_actrequest_change", args=[request.pk]))
    assert shown.context["impossible"]
    assert not shown.context["may_decide"]
    decide(supervisor, request, "approve")
    assert not StaffAct.objects.exists()
    assert decide(supervisor, request, "reject").status_code == 302


def test_a_request_expires(late) -> None:
    request = asked(late, make_user("agent"))
    ActRequest.objects.filter(pk=request.pk).update(
        expires_at=timezone.now() - dt.timedelta(seconds=1)
    )
    decide(signed_in(make_user("supervisor")), request, "approve")
    assert not StaffAct.objects.exists()
    assert authority.expire() == 1
    request.refresh_from_db()
    assert request.status == "expired"


def test_an_approver_has_a_limit_too(late) -> None:
    AuthorityLimit.objects.filter(act="waive_fees").update(alone=None, approves=Decimal("1"))
    client = signed_in(make_user("agent"))
    client.post(page(late, "waive_fees"), preview(client, late, "waive_fees", waiver(late, "2")))
    request = ActRequest.objects.get()
    decide(signed_in(make_user("supervisor")), request, "approve")
    assert not StaffAct.objects.exists()


# -- every act ---------------------------------------------------------------------------


def entered(customer: Any, *, settled: bool) -> dict[str, dict[str, Any]]:
    """Something to enter for each act, of a customer who owes something or has paid it all."""
    bill = f"B-{customer.number}"
    return {
        "book_repayment": {"line": line(customer).pk, "amount": "10"},
        "reverse_repayment": {"repayment": Fact.objects.get(customer=customer, kind="repay").pk},
        "waive_fees": {"bill": bill},
        "agree_plan": {"bills": [bill], "instalments": "3", "first_due": "2025-04-20"},
        "book_refund": {"bill": bill, "amount": "20"},
        "end_plan": {},
        "settle_early": {"loan": f"D-{customer.number}"},
        "record_promise": {"line": line(customer).pk, "due_1": "2025-03-31", "amount_1": "500"},
        "withdraw_promise": {},
        "mark_deceased": {"from_on": "2025-03-10"},
        "mark_court_freeze": {"from_on": "2025-03-10"},
        "mark_do_not_contact": {"until_on": ""},
        "mark_hardship": {"until_on": "2025-06-01"},
        "end_mark": {},
        "end_grave_mark": {},
        "change_limit": {"line": line(customer).pk, "limit": "4000"},
        "file_dispute": {"bill": bill, "amount": "500"},
        "decide_dispute": {},
        "pay_out_credit": {"line": line(customer).pk, "amount": "5"} if settled else {},
        "write_off": {} if settled else {"line": line(customer).pk},
        "place_hold": {"line": line(customer).pk, "holds": ["fees"]},
        "release_hold": {},
        "change_due_day": {"line": line(customer).pk, "day": "20"},
        "give_mandate": {},  # no channel debits accounts: tests/billing/test_mandates_by_staff.py
        "revoke_mandate": {},
        "verify_income": {"number": ""},
        "restrict_line": {"line": line(customer).pk, "effect": "reduce", "percent": "40"},
        "lift_restriction": {},
        "exempt": {"restriction": f"{line(customer).pk}:", "days": "30"},
        "close_alert": {},
        "forgive_episode": {"episode": bill},
    }


@pytest.mark.parametrize("code", [act.code for act in desk_acts()])
def test_every_act_shows_what_it_would_do(late, code) -> None:
    settled = code in ("change_due_day", "pay_out_credit")  # refused while overdue, or of nothing
    paid = 20_000 if settled else 1
    money.book_repayment(line=line(late), amount=Decimal(paid), on=TODAY)
    if code == "settle_early":
        money.book_draw(
            line=line(late, "cash_loan"), number=f"D-{late.number}", amount=Decimal(600),
            instalments=3, on=TODAY,
        )  # fmt: skip
    client = signed_in(make_user("agent"))
    shown = client.get(page(late, code))
    assert shown.status_code == 200
    data = entered(late, settled=settled)[code]
    if code == "exempt":
        data["restriction"] = shown.context["form"].fields["restriction"].choices[0][0]
    if not data:
        assert shown.context["nothing_to_choose"]
        return
    preview(client, late, code, {**data, "reason": "other", "words": "as agreed on the phone"})


@pytest.fixture
def borrower(db: None) -> Any:
    """3,000 drawn on 10 February in three parts at 0.0004 a day; the first is paid when due."""
    customer = make_customer(dt.date(2025, 1, 1))
    loan = line(customer, "cash_loan")
    open_days(customer, dt.date(2025, 1, 1), dt.date(2025, 2, 10))
    money.book_draw(
        line=loan, number="D1", amount=Decimal(3000), instalments=3, on=dt.date(2025, 2, 10)
    )
    open_days(customer, dt.date(2025, 2, 11), dt.date(2025, 3, 10))
    money.book_repayment(line=loan, amount=Decimal("1033.60"), on=dt.date(2025, 3, 10))
    open_days(customer, dt.date(2025, 3, 11), TODAY)
    return customer


@pytest.mark.parametrize("paid", [True, False])
@pytest.mark.parametrize(
    ("amount", "principal", "interest", "total"),
    # ten days: 2,000 x 0.0004 x 10; of a part what comes forward bears its own
    [("", "2000", "8.00", "2,008.00"), ("500", "500", "2.00", "502.00")],
)
def test_a_loan_is_settled_early_as_its_preview_said(
    borrower, paid, amount, principal, interest, total
) -> None:
    user = make_user("agent")
    client = signed_in(user)
    given = {"loan": "D1", "amount": amount, "reason": "other", "words": "wants to be rid of it"}
    data = {**given, "paid": "on"} if paid else given
    shown = client.post(
        page(borrower, "settle_early"), {**data, "token": uuid.uuid4(), "step": "preview"}
    )
    foretold = shown.context["preview"]
    assert f"To pay on 20 Mar 2025: {total}." in foretold.tells
    assert foretold.before != foretold.after
    assert not Fact.objects.filter(kind="settle").exists()
    assert acts.look(borrower.pk) == foretold.before
    owed = {row["product"]: row["outstanding"] for row in foretold.after["lines"]}
    assert Decimal(owed["cash_loan"]) == (0 if paid else Decimal(total.replace(",", "")))

    sent = preview(client, borrower, "settle_early", data)
    assert sent["alone"] == "yes"
    assert client.post(page(borrower, "settle_early"), sent).status_code == 302
    done = StaffAct.objects.get()
    assert done.after == foretold.after == acts.look(borrower.pk)
    fact = Fact.objects.get(customer=borrower, kind="settle")
    assert (fact.booked_by, fact.reason, fact.value_on) == (user, "wants to be rid of it", TODAY)
    bill = Bill.objects.get(customer=borrower, origin="settled")
    assert (bill.principal, bill.interest) == (Decimal(principal), Decimal(interest))
    payments = Fact.objects.filter(customer=borrower, kind="repay", value_on=TODAY)
    assert [row.amount for row in payments] == [Decimal(total.replace(",", ""))] * paid
    again = client.get(page(borrower, "settle_early"))
    assert again.context["nothing_to_choose"] == (amount == "")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_speak_both_languages(late, language) -> None:
    user = make_user("agent", language=language)
    client = signed_in(user)
    sent = {**waiver(late, "1"), "token": uuid.uuid4(), "step": "preview"}
    text = client.post(page(late, "waive_fees"), sent).content.decode()
    assert ("What it would do" in text) == (language == "en")
    request = asked(late, user)
    text = client.get(reverse("admin:accounts_actrequest_change", args=[request.pk])).content
    assert ("Withdraw it" in text.decode()) == (language == "en")


# -- who may -----------------------------------------------------------------------------

MAY_PERFORM = {"agent", "supervisor", "administrator"}
MAY_APPROVE = {"supervisor", "administrator"}


@pytest.mark.parametrize("role", ROLES)
def test_only_some_roles_act(late, role) -> None:
    client = signed_in(make_user(role))
    for act in desk_acts():
        expected = 200 if role in MAY_PERFORM else 403
        assert client.get(page(late, act.code)).status_code == expected, act.code
    shown = client.get(reverse("admin:accounts_customer_change", args=[late.pk]))
    assert bool(shown.context["menu"]) == (role in MAY_PERFORM)


@pytest.mark.parametrize("role", ROLES)
def test_only_some_roles_decide(late, role) -> None:
    request = asked(late, make_user("agent"))
    client = signed_in(make_user(role))
    assert client.get(reverse("admin:accounts_actrequest_changelist")).status_code == 200
    answer = decide(client, request, "reject")
    assert answer.status_code == (302 if role in MAY_APPROVE else 403)


def test_others_see_nothing_of_it(late) -> None:
    request = asked(late, make_user("agent"))
    member = make_user("", is_staff=True)
    own = make_user("", is_staff=False, customer=late)
    for client in (Client(), signed_in(own), signed_in(member)):
        for url in (
            page(late, "waive_fees"),
            reverse("admin:accounts_actrequest_changelist"),
            reverse("admin:accounts_actrequest_change", args=[request.pk]),
            reverse("admin:accounts_staffact_changelist"),
            reverse("admin:accounts_authoritylimit_changelist"),
        ):
            assert client.get(url).status_code in (302, 403), url


def test_authority_is_changed_by_administrators_only_and_on_record(late) -> None:
    row = AuthorityLimit.objects.get(role="agent", act="waive_fees")
    url = reverse("admin:accounts_authoritylimit_change", args=[row.pk])
    data = {"role": "agent", "act": "waive_fees", "alone": "50", "alone_in_a_year": "90",
            "approves": ""}  # fmt: skip
    for role in ROLES:
        person = signed_in(make_user(role))
        shown = person.get(url)
        token = re.search(rf'name="{stale.FIELD}" value="([^"]*)"', shown.content.decode())
        person.post(url, {**data, stale.FIELD: html.unescape(token[1]) if token else ""})
        row.refresh_from_db()
        assert (row.alone == 50) == (role == "administrator"), role
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from accounts_authoritylimitevent where pgh_obj_id = %s", [row.pk]
        )
        assert cursor.fetchone()[0] >= 2


def test_an_unknown_act_is_not_found(late) -> None:
    assert find("refund_everything") is None
    client = signed_in(make_user("agent"))
    assert client.get(page(late, "refund_everything")).status_code == 404
