"""Who may deal with an appeal, and who has the least to do.

Nobody handles the case of somebody they are close to, nor what they decided themselves, nor the
second review of their own decision.
"""

from django.db.models import (
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import User
from appeals.choices import OPEN
from appeals.models import Appeal, AppealDecision, ContestedCause, DeclaredConflict

HANDLE = "appeals.handle_appeals"
LEAD = "appeals.lead_appeals"


def barred(user: User, appeal: Appeal) -> str:
    """Why this person may not deal with it, in words; empty if nothing speaks against it."""
    if in_conflict(user, appeal.customer_id):
        return _("A conflict of interest with this customer is declared.")
    if ContestedCause.objects.filter(appeal=appeal, deciders__contains=[user.pk]).exists():
        return _("What is contested was decided by the same person.")
    if appeal.second_review_of_id and user.pk in first_deciders(appeal):
        return _("A second review is done by somebody else.")
    return ""


def barring(user: User, appeal: str = "pk", customer: str = "customer_id") -> Q:
    """`barred` as a condition on rows that name an appeal and its customer in these columns."""
    decided = ContestedCause.objects.filter(appeal=OuterRef(appeal), deciders__contains=[user.pk])
    first = AppealDecision.objects.filter(appeal=OuterRef("second_review_of"))
    reviews = Appeal.objects.filter(
        Q(second_review_of__assigned_to=user.pk)
        | Exists(first.filter(Q(decided_by=user.pk) | Q(approved_by=user.pk))),
        pk=OuterRef(appeal),
        second_review_of__isnull=False,
    )
    close = conflicts_of(user).filter(customer=OuterRef(customer))
    return Q(Exists(close)) | Q(Exists(decided)) | Q(Exists(reviews))


def in_conflict(user: User, customer_id: int) -> bool:
    return conflicts_of(user).filter(customer=customer_id).exists()


def close_to(user: User) -> frozenset[int]:
    """The customers with whom this person declared a conflict."""
    return frozenset(conflicts_of(user).values_list("customer_id", flat=True))


def conflicts_of(user: User) -> QuerySet[DeclaredConflict]:
    """Those that stand."""
    return DeclaredConflict.objects.filter(user=user, ended_at=None)


def first_deciders(appeal: Appeal) -> set[int]:
    """Who decided, approved, or handled the appeal that this one reviews."""
    first = appeal.second_review_of
    if first is None:
        return set()
    decided = AppealDecision.objects.filter(appeal=first).values_list(
        "decided_by_id", "approved_by_id"
    )
    return {pk for row in [*decided, (first.assigned_to_id,)] for pk in row if pk}


def eligible(appeal: Appeal) -> QuerySet[User]:
    """Those who may handle it, the least loaded first: agents before those who lead."""
    deciders = {
        pk
        for ids in ContestedCause.objects.filter(appeal=appeal).values_list("deciders", flat=True)
        for pk in ids
    }
    conflict = DeclaredConflict.objects.filter(
        user=OuterRef("pk"), customer_id=appeal.customer_id, ended_at=None
    )
    leads = User.groups.through.objects.filter(
        user_id=OuterRef("pk"),
        group__permissions__codename="lead_appeals",
        group__permissions__content_type__app_label="appeals",
    )
    load = (
        Appeal.objects.filter(assigned_to=OuterRef("pk"), state__in=OPEN)
        .order_by()
        .values("assigned_to")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return (
        User.objects.filter(
            Q(groups__permissions__codename="handle_appeals")
            & Q(groups__permissions__content_type__app_label="appeals"),
            is_active=True,
            is_staff=True,
        )
        .exclude(pk__in=deciders | first_deciders(appeal))
        .exclude(Exists(conflict))
        .annotate(
            leads=Exists(leads),
            load=Coalesce(Subquery(load, output_field=IntegerField()), Value(0)),
        )
        .distinct()
        .order_by("leads", "load", "pk")
    )
