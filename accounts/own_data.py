"""What this room holds about a customer (accounts/takeaway.py)."""

from collections.abc import Iterator

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from accounts.marks import Mark
from accounts.models import (
    ActRequest,
    ApiToken,
    ContactPreference,
    Customer,
    DataExport,
    Disclosure,
    Notice,
    NoticeAttempt,
    StaffAct,
    User,
)
from accounts.takeaway import Row, Source, plain, register, table, withhold


def announce() -> None:
    register(
        Source("person", _("You"), ("accounts.Customer",), _person),
        Source("account", _("Your sign-in"), ("accounts.User",), _account),
        Source(
            "changes_of_person",
            _("Changes of your data"),
            ("accounts.CustomerEvent", "accounts.ContactPreferenceEvent"),
            _changes,
        ),
        table("contact", _("How you want to be contacted"), ContactPreference),
        table("marks", _("Marks on you"), Mark),
        table("notices", _("Notices to you"), Notice, without=("because",)),
        Source("notices_sent", _("How notices were sent"), ("accounts.NoticeAttempt",), _attempts),
        table("acts_of_staff", _("What our staff did"), StaffAct, without=("token",)),
        table(
            "requests_of_staff",
            _("What our staff asked to be approved"),
            ActRequest,
            without=("token", "decision_words"),
        ),
        table(
            "disclosures",
            _("When our staff saw your phone or ID number"),
            Disclosure,
            without=("words",),
        ),
        table("tokens", _("Your tokens"), ApiToken, without=("hash",)),
        table("exports", _("When you took your data"), DataExport),
    )
    withhold("accounts.SignInCode", "keyed fingerprints that are over in ten minutes")
    withhold("accounts.MarkEvent", "corrections of a mark; who set it and who ended it is given")
    withhold("accounts.UserEvent", "the history of sign-in names; the present one is given")
    withhold("accounts.OutboxEvent", "messages to other systems, made of what is given here")


def _person(customer: Customer) -> Iterator[Row]:
    yield plain(customer, without=("phone_index", "id_number_index"))


def _account(customer: Customer) -> Iterator[Row]:
    kept = ("username", "email", "language", "date_joined", "last_login", "is_active")
    for user in User.objects.filter(customer=customer):
        yield {name: getattr(user, name) for name in kept}


def _changes(customer: Customer) -> Iterator[Row]:
    hidden = ("phone_index", "id_number_index", "pgh_context")
    for name in ("CustomerEvent", "ContactPreferenceEvent"):
        events = apps.get_model("accounts", name)
        rows = events._default_manager.filter(pgh_obj_id=customer.pk).order_by("pk")
        for row in rows:
            yield plain(row, hidden)


def _attempts(customer: Customer) -> Iterator[Row]:
    rows = NoticeAttempt.objects.filter(notice__customer=customer).order_by("pk")
    for row in rows.iterator(chunk_size=1000):
        yield plain(row)
