"""Several people at one customer, one list, one form: they see each other and lose nothing."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts import presence
from accounts.desk import stale
from accounts.desk.guarded import Guarded
from accounts.desk.records import ReadOnlyAdmin
from accounts.models import (
    AuthorityLimit,
    Note,
    NoteVersion,
    ReplyTemplate,
    ReplyTemplateVersion,
    SavedFilter,
    ServiceAccount,
    User,
    WebhookEndpoint,
)
from accounts.notes import operations as notes
from accounts.notices import preferences
from accounts.replies import operations as replies
from accounts.replies.rendering import render
from accounts.saved import operations as saved
from appeals.models import PlanLength
from billing import operations as money
from billing.channels.layout import SAMPLE
from billing.models import Channel, OpenBill
from risk.desk import acts
from tests.factories import line, make_customer, make_user, open_days, start_with_limits

pytestmark = pytest.mark.django_db

TODAY = dt.date(2025, 3, 20)
NOW = dt.datetime(2025, 3, 20, 1, 0, tzinfo=dt.UTC)
PHONE = "13812345678"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def signed_in(role, **fields):
    client = Client()
    client.force_login(make_user(role, **fields))
    return client


def hidden(page):
    return dict(HIDDEN.findall(page))


@pytest.fixture
def customer(monkeypatch):
    monkeypatch.setattr(acts, "book_date", lambda: TODAY)
    start_with_limits()
    customer = make_customer(dt.date(2025, 1, 1), name="Ada Long", phone=PHONE)
    money.book_bill(
        line=line(customer), number="B-1", principal=Decimal(10_000),
        due_on=dt.date(2025, 3, 2), on=dt.date(2025, 2, 10),
    )  # fmt: skip
    open_days(customer, dt.date(2025, 1, 1), TODAY)
    return customer


# -- presence ----------------------------------------------------------------------------


def test_two_on_one_customer_see_each_other_and_what_they_do(customer):
    ming = signed_in("agent", first_name="Ming", last_name="Wang")
    jie = signed_in("supervisor", first_name="Jie", last_name="Li")
    url = reverse("admin:accounts_customer_presence", args=[customer.pk])
    assert ming.get(url).json() == {"words": ""}
    assert jie.get(url, {"doing": "acting"}).json() == {
        "words": "Ming Wang is looking at this customer, too"
    }
    assert "Jie Li is about to act" in ming.get(url).json()["words"]
    jie.get(url, {"leave": "1"})
    assert ming.get(url).json() == {"words": ""}


def test_who_fell_silent_is_forgotten_after_half_a_minute(customer, monkeypatch):
    ming, jie = make_user("agent"), make_user("agent")
    presence.here(customer.pk, ming, presence.READING)
    now = presence.time.time()
    monkeypatch.setattr(presence.time, "time", lambda: now + presence.SECONDS - 1)
    assert len(presence.here(customer.pk, jie, presence.READING)) == 1
    monkeypatch.setattr(presence.time, "time", lambda: now + presence.SECONDS + 1)
    assert presence.here(customer.pk, jie, presence.READING) == []


def test_presence_leaves_no_row_and_no_page_fails_without_the_cache(customer, monkeypatch):
    client = signed_in("agent")
    url = reverse("admin:accounts_customer_presence", args=[customer.pk])

    def away():
        raise presence.redis.ConnectionError("away")

    monkeypatch.setattr(presence, "_store", away)
    assert client.get(url).json() == {"words": ""}
    assert client.get(url, {"leave": "1"}).status_code == 200
    assert cache.get("nothing") is None
    nobody = Client()
    nobody.force_login(make_user())
    assert nobody.get(url).status_code == 403


# -- stale forms -------------------------------------------------------------------------


def test_an_act_upon_an_old_preview_shows_what_changed_by_whom_with_both_values(customer):
    client = signed_in("supervisor")
    url = reverse("admin:accounts_customer_act", args=[customer.pk, "waive_fees"])
    entered = {"bill": "B-1", "amount": "5", "reason": "goodwill", "words": "asked politely"}
    previewed = client.post(url, {**entered, "step": "preview"}).content.decode()
    other = make_user("supervisor", first_name="Lan", last_name="Chen")
    money.waive_fees(
        line=line(customer), bill_number="B-1", amount=Decimal(7), on=TODAY, by=other,
        reason="a promise kept",
    )  # fmt: skip
    fee = OpenBill.objects.get(customer=customer).fee
    answer = client.post(url, {**hidden(previewed), "step": "confirm"}).content.decode()
    assert "nothing was saved" in answer
    assert "Lan Chen" in answer
    assert "a promise kept" in answer
    assert "Outstanding" in answer
    assert 'value="asked politely"' in answer
    assert OpenBill.objects.get(customer=customer).fee == fee
    # Looked at again, it is done.
    client.post(url, {**hidden(answer), "step": "confirm"})
    assert OpenBill.objects.get(customer=customer).fee == fee - 5


def limit_form(limit, **changes):
    values = {"role": limit.role, "act": limit.act, "alone": "200", "alone_in_a_year": "500",
              "approves": ""}  # fmt: skip
    return {**values, **changes}


def test_a_stale_authority_limit_is_not_overwritten(customer):
    limit = AuthorityLimit.objects.get(role="agent", act="waive_fees")
    first, second = (
        signed_in("administrator"),
        signed_in("administrator", first_name="Tao", last_name="Sun"),
    )
    url = reverse("admin:accounts_authoritylimit_change", args=[limit.pk])
    seen = hidden(first.get(url).content.decode())["_seen"]
    theirs = hidden(second.get(url).content.decode())["_seen"]
    assert second.post(url, limit_form(limit, alone="300", _seen=theirs)).status_code == 302
    answer = first.post(url, limit_form(limit, alone="999", alone_in_a_year="999", _seen=seen))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "nothing was saved" in page
    assert "Tao Sun" in page
    assert "300.00" in page
    assert 'value="999"' in page
    limit.refresh_from_db()
    assert limit.alone == 300
    # With what the page shows now, the same is saved.
    again = limit_form(limit, alone="999", alone_in_a_year="999", _seen=hidden(page)["_seen"])
    assert first.post(url, again).status_code == 302
    limit.refresh_from_db()
    assert limit.alone == 999


def test_a_stale_user_is_not_overwritten_and_a_form_without_its_page_saves_nothing(customer):
    admin = signed_in("administrator")
    user = make_user("agent", first_name="Min")
    url = reverse("admin:accounts_user_change", args=[user.pk])
    page = admin.get(url).content.decode()
    seen = hidden(page)["_seen"]
    group = user.groups.get()
    form = {"username": user.username, "first_name": "Mina", "is_active": "on", "is_staff": "on",
            "groups": [group.pk]}  # fmt: skip
    User.objects.filter(pk=user.pk).update(last_name="Wang")
    assert "nothing was saved" in admin.post(url, {**form, "_seen": seen}).content.decode()
    assert "nothing was saved" in admin.post(url, form).content.decode()
    user.refresh_from_db()
    assert (user.first_name, user.last_name) == ("Min", "Wang")
    fresh = hidden(admin.get(url).content.decode())["_seen"]
    assert admin.post(url, {**form, "last_name": "Wang", "_seen": fresh}).status_code == 302


def rows_with_forms():
    """A row for each form that changes one, a field with what somebody else makes of it, and what
    is entered."""
    made = make_user("administrator")
    endpoint = WebhookEndpoint.objects.create(
        name="Partner", url="https://partner.example/hook", secret="s3cret-of-ours",
        created_at=NOW, created_by=made, wants=["day.closed"],
    )  # fmt: skip
    channel = Channel.objects.create(
        code="sandbox", name="Sandbox Pay", layout=SAMPLE, since=TODAY, secret="s3cret-of-ours"
    )
    account = ServiceAccount.objects.create(name="Shop", created_at=NOW)
    length = PlanLength.objects.get_or_create(
        role="agent", defaults={"months_alone": 1, "months_approves": 1}
    )[0]
    return [
        (endpoint, "url", "https://other.example/hook", {"name": "Partner", "url": endpoint.url}),
        (channel, "name", "Another Pay", {"name": "Sandbox Pay", "settles_after": "2"}),
        (account, "reads_a_minute", 7, {"name": "Shop", "reads_a_minute": "9"}),
        (length, "months_approves", 8, {"role": "agent", "months_alone": "9"}),
        (Group.objects.get(name="agent"), "name", "agents", {"name": "mine"}),
    ]


def test_no_form_of_the_desk_overwrites_what_another_saved_and_none_shows_a_secret(customer):
    chief = signed_in("administrator")
    for row, field, theirs, entered in rows_with_forms():
        name = row._meta.label_lower.replace(".", "_")
        url = reverse(f"admin:{name}_change", args=[row.pk])
        seen = hidden(chief.get(url).content.decode())["_seen"]
        assert "s3cret-of-ours" not in str(stale.shown(seen))
        type(row).objects.filter(pk=row.pk).update(**{field: theirs})
        for sent in ({**entered, "_seen": seen}, entered):
            page = chief.post(url, sent).content.decode()
            assert "nothing was saved" in page, name
            assert str(theirs) in page, name
        row.refresh_from_db()
        assert getattr(row, field) == theirs, name


def test_how_a_customer_is_reached_is_not_overwritten(customer):
    ming = signed_in("agent")
    lan = make_user("supervisor", first_name="Lan", last_name="Chen")
    url = reverse("admin:accounts_contact", args=[customer.pk])
    entered = {"channels": [], "contact_from": "10:00", "contact_until": "17:00"}
    seen = hidden(ming.get(url).content.decode())["_seen"]
    preferences.change(
        customer=customer, by=lan, at=NOW, email="ada@example.com", time_zone="Europe/London"
    )
    answer = ming.post(url, {**entered, "_seen": seen})
    page = answer.content.decode()
    assert answer.status_code == 409
    for words in ("nothing was saved", "Lan Chen", "Europe/London", "a**@example.com", "10:00"):
        assert words in page
    assert preferences.of(customer.pk).time_zone == "Europe/London"
    assert ming.post(url, {**entered, "_seen": hidden(page)["_seen"]}).status_code == 302


def test_every_form_of_djangos_own_on_the_desk_is_guarded():
    for model, site in admin.site._registry.items():
        assert isinstance(site, ReadOnlyAdmin | Guarded), model


# -- notes -------------------------------------------------------------------------------


def test_a_note_keeps_its_versions_and_is_never_the_customers(customer, client):
    ming = make_user("agent")
    note = notes.write(customer=customer, text="Speaks Cantonese", by=ming, at=NOW)
    notes.edit(note, text="Speaks Hakka", pinned=True, version=1, by=ming, at=NOW)
    assert list(NoteVersion.objects.order_by("number").values_list("text", "pinned")) == [
        ("Speaks Cantonese", False), ("Speaks Hakka", True),
    ]  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute("update accounts_noteversion set text = 'x'")
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute("delete from accounts_note")
    with pytest.raises(notes.NotWritten):
        notes.edit(note, text="x", pinned=False, version=2, by=make_user("agent"), at=NOW)
    User.objects.create_user("ada", password="correct-horse-battery", customer=customer)
    client.login(username="ada", password="correct-horse-battery")
    assert "Hakka" not in client.get("/my/").content.decode()


def test_pinned_notes_stand_first_on_the_customers_page(customer):
    ming = make_user("agent")
    notes.write(customer=customer, text="pinned words", pinned=True, by=ming, at=NOW)
    notes.write(customer=customer, text="newest words", by=ming, at=NOW)
    page = (
        signed_in("auditor")
        .get(reverse("admin:accounts_customer_change", args=[customer.pk]))
        .content.decode()
    )
    assert page.index("pinned words") < page.index("newest words")
    assert "Write a note" not in page


def test_a_stale_note_shows_the_others_words_and_keeps_ones_own(customer):
    chief = signed_in("supervisor")
    lan = make_user("supervisor", first_name="Lan", last_name="Chen")
    note = notes.write(customer=customer, text="first words", by=lan, at=NOW)
    url = reverse("admin:accounts_note_change", args=[note.pk])
    seen = hidden(chief.get(url).content.decode())["_seen"]
    notes.edit(note, text="words of Lan", pinned=False, version=1, by=lan, at=NOW)
    answer = chief.post(url, {"words": "my words", "_seen": seen})
    page = answer.content.decode()
    assert answer.status_code == 409
    for words in ("first words", "words of Lan", "Lan Chen", "my words"):
        assert words in page
    assert Note.objects.get().text == "words of Lan"
    chief.post(url, {"words": "both words", "_seen": hidden(page)["_seen"]})
    assert Note.objects.get().text == "both words"


# -- reply templates ---------------------------------------------------------------------


def reply(**fields):
    values = {
        "name": "Overdue", "text_en": "Dear {customer_name}, {outstanding} is owed.",
        "text_zh_hans": "{customer_name}您好，您尚欠{outstanding}。", "by": make_user("supervisor"),
        "at": NOW,
    }  # fmt: skip
    return replies.make(**{**values, **fields})


def test_a_reply_speaks_both_languages_with_the_customers_values(customer):
    template = reply()
    english = render(template, customer, "en")
    assert re.fullmatch(r"Dear Ada Long, 10,[0-9]{3}\.[0-9]{2} is owed\.", english)
    assert render(template, customer, "zh-hans").startswith("Ada Long您好，您尚欠10,")


@pytest.mark.parametrize(
    "text", ["{nobody}", "{customer_name.__class__}", "{", "}", "{}", "{{customer_name}}", "{0}"]
)
def test_unknown_variables_are_refused_when_it_is_saved(customer, text):
    with pytest.raises(replies.NotKept):
        reply(text_en=f"Dear {text}")
    assert not ReplyTemplate.objects.exists()


def test_a_value_that_looks_like_a_variable_stays_text(customer):
    customer.name = "{customer_number}"
    template = reply(text_en="Dear {customer_name}")
    assert render(template, customer, "en") == "Dear {customer_number}"


def test_supervisors_edit_templates_with_a_preview_and_every_version_is_kept(customer):
    client = signed_in("supervisor")
    template = reply()
    url = reverse("admin:accounts_replytemplate_change", args=[template.pk])
    seen = hidden(client.get(url).content.decode())["_seen"]
    form = {"name": "Overdue", "text_en": "Hello {customer_name}", "text_zh_hans": "您好",
            "active": "on", "number": customer.number, "_seen": seen}  # fmt: skip
    page = client.post(url, {**form, "step": "preview"}).content.decode()
    assert "Hello Ada Long" in page
    assert ReplyTemplate.objects.get().version == 1
    assert client.post(url, {**form, "step": "save"}).status_code == 302
    assert client.post(url, {**form, "step": "save"}).status_code == 409
    assert list(ReplyTemplateVersion.objects.order_by("number").values_list("number")) == [
        (1,), (2,),
    ]  # fmt: skip
    agent = signed_in("agent")
    assert agent.get(url).status_code == 200
    assert agent.post(url, form).status_code == 403
    assert agent.get(reverse("admin:accounts_replytemplate_new")).status_code == 403


def test_a_note_begins_with_a_template_in_the_customers_language(customer):
    template = reply()
    client = signed_in("agent")
    url = reverse("admin:accounts_note_write", args=[customer.pk])
    assert "Ada Long您好" in client.get(url, {"template": template.pk}).content.decode()
    assert client.post(url, {"words": "called her"}).status_code == 302
    assert Note.objects.get().text == "called her"
    assert signed_in("auditor").post(url, {"words": "x"}).status_code == 403


# -- saved filters -----------------------------------------------------------------------

LIST = "admin:accounts_customer_changelist"


def save(client, query, name="Suspended ones", **fields):
    url = reverse("admin:accounts_customer_saved")
    return client.post(url, {"name": name, "query": query, **fields}, follow=True).content.decode()


def test_a_filter_is_saved_applied_renamed_and_deleted(customer):
    client = signed_in("supervisor")
    save(client, "status=suspended&older=5")
    row = SavedFilter.objects.get()
    assert (row.query, row.shared, row.of) == ("status=suspended", False, "accounts.customer")
    one = reverse("admin:accounts_customer_saved_one", args=[row.pk])
    assert client.get(one).url == f"{reverse(LIST)}?status=suspended"
    page = client.get(reverse(LIST)).content.decode()
    assert "Suspended ones" in page
    asked = page.index("It cannot be brought back.")
    assert page.index("Delete…") < asked < page.index('value="delete"')
    client.post(one, {"step": "rename", "name": "Halted"})
    row.refresh_from_db()
    assert row.name == "Halted"
    client.post(one, {"step": "delete"})
    assert not SavedFilter.objects.exists()


def test_private_filters_are_ones_own_and_sharing_needs_the_permission(customer):
    chief, agent = signed_in("supervisor"), signed_in("agent")
    save(chief, "status=suspended", name="private one")
    save(chief, "status=reduced", name="shared one", shared="yes")
    page = agent.get(reverse(LIST)).content.decode()
    assert "shared one" in page
    assert "private one" not in page
    private, shared = SavedFilter.objects.order_by("pk")
    url = "admin:accounts_customer_saved_one"
    assert agent.get(reverse(url, args=[private.pk])).status_code == 404
    agent.post(reverse(url, args=[shared.pk]), {"step": "delete"})
    assert SavedFilter.objects.count() == 2
    assert "You may not share filters." in save(agent, "status=reduced", shared="yes")


@pytest.mark.parametrize(
    "query", [f"q={PHONE}", "q=138+1234+5678", "q=11010119900307851X", "q=%2B8613812345678"]
)
def test_a_phone_or_id_number_is_never_saved(customer, query):
    client = signed_in("agent")
    assert "never saved" in save(client, query)
    assert "never saved" in save(client, "status=suspended", name=PHONE)
    assert not SavedFilter.objects.exists()
    assert PHONE not in str(list(SavedFilter.objects.values()))


def test_a_filter_by_date_is_no_phone(customer):
    client = signed_in("supervisor")
    url = reverse("admin:accounts_workitem_saved")
    client.post(
        url, {"name": "since May", "query": "opened_at__gte=2025-05-01+00%3A00%3A00%2B08%3A00"}
    )
    client.post(url, {"name": "open ones", "query": "state=open"})
    assert set(SavedFilter.objects.values_list("name", flat=True)) == {"since May", "open ones"}


@pytest.mark.parametrize("query", ["user__password__startswith=a", "nothing=1", "customer=x"])
def test_what_the_list_does_not_know_is_not_saved(customer, query):
    assert "does not know" in save(signed_in("agent"), query)
    assert not SavedFilter.objects.exists()


def test_a_filter_that_fits_no_more_is_not_applied(customer):
    client = signed_in("agent")
    user = User.objects.latest("pk")
    row = SavedFilter.objects.create(of="accounts.customer", name="old", query="gone=1", owner=user)
    answer = client.get(reverse("admin:accounts_customer_saved_one", args=[row.pk]), follow=True)
    assert "does not fit" in answer.content.decode()
    assert answer.redirect_chain[-1][0] == reverse(LIST)


def test_a_name_names_one_filter_and_replaces_the_earlier(customer):
    user = make_user("agent")
    for query in ("status=suspended", "status=reduced"):
        saved.save(label="accounts.customer", name=" My  own ", query=query, shared=False, by=user)
    assert list(SavedFilter.objects.values_list("name", "query")) == [("My own", "status=reduced")]
    with pytest.raises(saved.NotSaved):
        saved.save(label="accounts.customer", name="x", query="older=1", shared=False, by=user)
