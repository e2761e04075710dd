"""Permissions in words: Django keeps their names in English in the database."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import ROLES

_VERBS = {"add": _("add"), "change": _("change"), "delete": _("delete"), "view": _("view")}


def offered() -> "QuerySet[Permission]":
    """Those that a role of the table may have; the others mean nothing on the desk."""
    names = {name.split(".", 1)[1] for role in ROLES.values() for name in role}
    rooms = {name.split(".", 1)[0] for role in ROLES.values() for name in role}
    found = Permission.objects.filter(content_type__app_label__in=rooms, codename__in=names)
    return found.select_related("content_type")


def words(app: str, model: str, codename: str, name: str) -> str:
    """`Customers: view`, in the language that is spoken; a permission of our own by its name."""
    verb, _sep, rest = codename.partition("_")
    if verb not in _VERBS or rest != model:
        return gettext(name)
    try:
        of = apps.get_model(app, model)._meta.verbose_name_plural
    except LookupError:
        return name
    return f"{capfirst(str(of))}: {_VERBS[verb]}"


def choices(permissions: Iterable[Permission]) -> list[tuple[Any, str]]:
    """For a form, in the order of their words."""
    told = [
        (p.pk, words(p.content_type.app_label, p.content_type.model, p.codename, p.name))
        for p in permissions
    ]
    return sorted(told, key=lambda pair: pair[1])
