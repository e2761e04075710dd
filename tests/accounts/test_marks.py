"""Marks on a customer: who is marked, since when, and that it stays on record."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts import operations
from accounts.marks import MarkKind, silences_sql, standing, standing_of
from accounts.models import Mark
from accounts.operations import MarkRefused
from tests.factories import make_customer, make_user

pytestmark = pytest.mark.django_db

DAY = dt.date(2025, 3, 1)


def mark(customer, kind=MarkKind.HARDSHIP, from_on=DAY, until_on=None):
    return operations.set_mark(
        customer=customer, kind=kind, from_on=from_on, until_on=until_on, by=make_user(),
        reason="lost the job", at=timezone.now(),
    )  # fmt: skip


def end(row, on, reason="works again"):
    return operations.end_mark(mark=row, on=on, by=make_user(), reason=reason, at=timezone.now())


def test_a_mark_stands_from_its_first_day_until_it_is_ended() -> None:
    customer = make_customer()
    row = mark(customer)
    assert standing(customer.pk, DAY - dt.timedelta(1)) == []
    assert standing(customer.pk, DAY) == [row]
    end(row, DAY + dt.timedelta(10))
    assert standing(customer.pk, DAY + dt.timedelta(9)) == [row]
    assert standing(customer.pk, DAY + dt.timedelta(10)) == []


def test_a_mark_with_a_planned_end_ends_by_itself() -> None:
    customer = make_customer()
    mark(customer, until_on=DAY + dt.timedelta(5))
    assert standing(customer.pk, DAY + dt.timedelta(4))
    assert not standing(customer.pk, DAY + dt.timedelta(5))


def test_a_mark_that_was_a_mistake_never_held() -> None:
    customer = make_customer()
    end(mark(customer), DAY)
    assert standing(customer.pk, DAY) == []
    assert mark(customer)


def test_a_kind_of_mark_stands_once_at_a_time() -> None:
    customer = make_customer()
    mark(customer, until_on=DAY + dt.timedelta(5))
    with pytest.raises(MarkRefused):
        mark(customer, from_on=DAY + dt.timedelta(4))
    with pytest.raises(MarkRefused):
        mark(customer, from_on=DAY - dt.timedelta(9))
    assert mark(customer, from_on=DAY + dt.timedelta(5))
    assert mark(customer, kind=MarkKind.DO_NOT_CONTACT)


def test_a_mark_ends_once_and_with_a_reason() -> None:
    row = mark(make_customer())
    with pytest.raises(MarkRefused):
        end(row, DAY, reason=" ")
    end(row, DAY + dt.timedelta(1))
    with pytest.raises(MarkRefused):
        end(row, DAY + dt.timedelta(2))


def test_the_gravest_mark_comes_first_and_many_customers_cost_one_query(
    django_assert_num_queries,
) -> None:
    first, second = make_customer(), make_customer()
    for kind in (MarkKind.HARDSHIP, MarkKind.DECEASED, MarkKind.DO_NOT_CONTACT):
        mark(first, kind=kind)
    mark(second)
    with django_assert_num_queries(1):
        found = standing_of([first.pk, second.pk], DAY)
    assert [row.kind for row in found[first.pk]] == ["deceased", "do_not_contact", "hardship"]
    assert [row.kind for row in found[second.pk]] == ["hardship"]


@pytest.mark.parametrize(
    ("kind", "any_notice", "demanded_by_law"),
    [
        (MarkKind.DECEASED, True, True),
        (MarkKind.DO_NOT_CONTACT, True, False),
        (MarkKind.HARDSHIP, False, False),
        (MarkKind.COURT_FREEZE, False, False),
    ],
)
def test_what_silences_notices(kind, any_notice, demanded_by_law) -> None:
    customer = make_customer()
    mark(customer, kind=kind)
    for law, silent in ((False, any_notice), (True, demanded_by_law)):
        with connection.cursor() as cursor:
            cursor.execute(
                f"select count(*) from (select {customer.pk} as customer_id) c "
                f"where {silences_sql(demanded_by_law=law)}",
                {"on": DAY},
            )
            assert cursor.fetchone() == (int(silent),)


def test_every_change_of_a_mark_is_kept() -> None:
    row = mark(make_customer())
    end(row, DAY + dt.timedelta(3))
    labels = Mark.pgh_event_model.objects.filter(id=row.pk).values_list("pgh_label", flat=True)
    assert sorted(labels) == ["insert", "update"]


@pytest.mark.parametrize(
    "change", ["delete from accounts_mark", "update accounts_mark set reason = 'another'"]
)
def test_a_mark_that_ended_is_neither_changed_nor_removed(change) -> None:
    end(mark(make_customer()), DAY + dt.timedelta(3))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
