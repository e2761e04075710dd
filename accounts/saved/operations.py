"""Saving a list's filters under a name. What is saved is what the address says, checked."""

import re

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import SavedFilter, User

SHARE = "accounts.share_filters"
MOST = 40
_PAGES = ("older", "newer", "p", "e", "all", "saved")
_SEARCH = "q"
_SECRET_FROM, _SECRET_ELSEWHERE = 7, 11
#: Digits, as a phone or an ID number is written; shorter ones are numbers of other things.
_DIGITS = re.compile(r"(?<![\w.-])\+?[0-9](?:[ -]?[0-9]){6,}[Xx]?(?!\w)")


class NotSaved(Exception):
    """It cannot be saved; the message says why."""


def of(user: User, label: str) -> QuerySet[SavedFilter]:
    """A person's own and the shared ones of a list, by name."""
    return (
        SavedFilter.objects.filter(Q(owner=user) | Q(shared=True), of=label)
        .select_related("owner")
        .order_by("name", "pk")
    )


@transaction.atomic
def save(*, label: str, name: str, query: str, shared: bool, by: User) -> SavedFilter:
    """Keep the filters and the search of a list; the same name again replaces one's own.

    Raises NotSaved: without a filter, without a name, with what looks like a phone or ID number
    in it, or shared without the permission.
    """
    name = " ".join(name.split())[:60]
    if not name:
        raise NotSaved(_("Give the filter a name."))
    kept = cleaned(query)
    if not kept:
        raise NotSaved(_("Nothing is filtered: there is nothing to save."))
    if _secret(name) or any(_secret(value, key) for key, value in _pairs(kept)):
        raise NotSaved(
            _("A phone or ID number is never saved. Take it out of the search, then save.")
        )
    if shared and not by.has_perm(SHARE):
        raise NotSaved(_("You may not share filters."))
    own = SavedFilter.objects.filter(owner=by, of=label)
    if own.exclude(name=name).count() >= MOST:
        raise NotSaved(_("You have %(n)s filters here already: delete one first.") % {"n": MOST})
    row, _new = SavedFilter.objects.update_or_create(
        owner=by, of=label, name=name, defaults={"query": kept, "shared": shared}
    )
    return row


def rename(row: SavedFilter, *, name: str, by: User) -> SavedFilter:
    """Give one's own filter another name. Raises NotSaved."""
    name = " ".join(name.split())[:60]
    if row.owner_id != by.pk:
        raise NotSaved(_("Only who saved it may change it."))
    if not name or _secret(name):
        raise NotSaved(_("Give the filter a name."))
    try:
        with transaction.atomic():
            SavedFilter.objects.filter(pk=row.pk).update(name=name)
    except IntegrityError as error:
        raise NotSaved(_("You have a filter of this name already.")) from error
    return row


def delete(row: SavedFilter, *, by: User) -> None:
    """Take a filter away: one's own, or a shared one if one may share. Raises NotSaved."""
    if row.owner_id != by.pk and not (row.shared and by.has_perm(SHARE)):
        raise NotSaved(_("Only who saved it may change it."))
    row.delete()


def cleaned(query: str) -> str:
    """The address's filters without the page that was looked at."""
    found = QueryDict(query[:2000], mutable=True)
    for key in _PAGES:
        found.pop(key, None)
    for key in [key for key in found if not any(found.getlist(key))]:
        del found[key]
    return found.urlencode()[:1000]


def _pairs(query: str) -> list[tuple[str, str]]:
    return [(key, value) for key, values in QueryDict(query).lists() for value in values]


def _secret(text: str, key: str = _SEARCH) -> bool:
    """Whether a text has a phone or ID number in it; outside the search, dates have digits too."""
    least = _SECRET_FROM if key == _SEARCH else _SECRET_ELSEWHERE
    found = (sum(c.isdigit() for c in match.group(0)) for match in _DIGITS.finditer(text))
    return any(digits >= least for digits in found)
