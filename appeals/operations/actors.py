"""Who acts: the customer whose appeal it is, staff who may, or the system."""

from django.utils.translation import gettext as _

from accounts.acts import Refused
from accounts.models import Customer, User
from appeals import eligibility
from appeals.choices import Who
from appeals.models import Appeal

By = User | Customer | None


class AppealRefused(Refused):
    """The act cannot be done; the message says why."""


class NotAllowed(AppealRefused):
    """It is not theirs to do."""


def who(by: By, customer_id: int) -> Who:
    """Raise NotAllowed for another customer, and for staff who handle no appeals."""
    if by is None:
        return Who.SYSTEM
    if isinstance(by, Customer):
        own = by.pk
    elif by.is_staff:
        if not (by.is_active and by.has_perm(eligibility.HANDLE)):
            raise NotAllowed(_("You may not handle appeals."))
        return Who.STAFF
    else:
        own = by.customer_id or 0
    if own != customer_id:
        raise NotAllowed(_("There is no such appeal."))
    return Who.CUSTOMER


def require_approver(by: By) -> Who:
    """For what follows from an approval: approvers need not handle appeals. Raises NotAllowed."""
    if not (
        isinstance(by, User)
        and by.is_staff
        and by.is_active
        and (by.has_perm("accounts.approve_acts") or by.has_perm(eligibility.HANDLE))
    ):
        raise NotAllowed(_("This step is not yours to take."))
    return Who.STAFF


def require_free(by: By, appeal: Appeal) -> None:
    """Raise NotAllowed if this member of staff may not deal with this appeal."""
    if isinstance(by, User) and by.is_staff and (why := eligibility.barred(by, appeal)):
        raise NotAllowed(why)


def require_no_conflict(by: By, customer_id: int) -> None:
    """Raise NotAllowed if this member of staff declared to be close to the customer."""
    if isinstance(by, User) and by.is_staff and eligibility.in_conflict(by, customer_id):
        raise NotAllowed(_("A conflict of interest with this customer is declared."))


def user(by: By) -> User | None:
    """The account behind an act, where there is one."""
    return by if isinstance(by, User) else None
