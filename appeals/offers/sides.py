"""Who acts on an offer: a customer (by account or by token), staff, or the system."""

from django.utils.translation import gettext as _

from accounts.acts import Refused
from accounts.models import Customer, User

By = User | Customer | None


class NotTheirs(Refused):
    """It is for the other side to do."""


def user(by: By) -> User | None:
    """The account behind an act, where there is one."""
    return by if isinstance(by, User) else None


def customer_of(by: By) -> int | None:
    """The id of the customer who acts; None for staff and for the system."""
    return by.customer_id if isinstance(by, User) else by.pk if by is not None else None


def staff(by: By) -> User:
    """The member of staff who acts; raises NotTheirs for anybody else."""
    if not (isinstance(by, User) and by.is_staff and by.is_active):
        raise NotTheirs(_("it is for staff to do"))
    return by
