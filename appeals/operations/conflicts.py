"""Conflicts of interest that staff declare."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Customer, User
from accounts.work import operations as items
from appeals import work
from appeals.choices import OPEN, Relation, Who
from appeals.eligibility import LEAD
from appeals.models import Appeal, DeclaredConflict
from appeals.operations import actors, handling, moving
from appeals.operations.actors import AppealRefused, NotAllowed


@transaction.atomic
def declare_conflict(
    *,
    user: User,
    customer: Customer,
    relation: str,
    by: User,
    at: datetime.datetime,
    words: str = "",
) -> DeclaredConflict:
    """From now on this person handles none of the customer's appeals, and no work list offers
    them anything of the customer's: what they have of the appeals is given to others, what they
    have on their lists goes back to everybody. One declares one's own; those who lead declare
    anybody's, but of a customer whom they are close to themselves."""
    if not by.is_staff or (by.pk != user.pk and not by.has_perm(LEAD)):
        raise NotAllowed(_("You declare your own conflicts."))
    if by.pk != user.pk:
        actors.require_no_conflict(by, customer.pk)
    if relation not in Relation.values:
        raise AppealRefused(_("Choose how you are related."))
    row, _new = DeclaredConflict.objects.get_or_create(
        user=user,
        customer=customer,
        ended_at=None,
        defaults={
            "relation": relation,
            "words": words.strip()[:200],
            "declared_by": by,
            "declared_at": at,
        },
    )
    for appeal in Appeal.objects.filter(customer=customer, assigned_to=user, state__in=OPEN):
        with moving.locked(appeal, by=None) as (fresh, _who):
            moving.log(fresh, "assign", who=Who.SYSTEM, by=None, at=at, assigned_to=None)
            if handling.give_to_least_loaded(fresh, at=at) is None:
                work.given(fresh, None, by=None, at=at)
    items.give_back_all(of=customer, had_by=user, at=at)
    return row


@transaction.atomic
def end_conflict(*, conflict: DeclaredConflict, by: User, at: datetime.datetime) -> None:
    """It does not hold any more; said by somebody who leads, never by the person themselves."""
    row = DeclaredConflict.objects.select_for_update().get(pk=conflict.pk)
    if not by.has_perm(LEAD) or by.pk == row.user_id:
        raise NotAllowed(_("Somebody else who leads appeals ends a conflict."))
    actors.require_no_conflict(by, row.customer_id)
    if row.ended_at is not None:
        return
    row.ended_at, row.ended_by = at, by
    row.save(update_fields=["ended_at", "ended_by"])
