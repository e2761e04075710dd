"""Changes of users, roles, authority limits and customers, from the tables of their triggers.

An event holds the row as it was left, so that what was before is the event before it. The first
change of a row that was made before its making was recorded has nothing before it on record.
"""

from dataclasses import replace
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.acts import find
from accounts.audit.entries import Change, Data, Entry, Names
from accounts.audit.sources import Source
from accounts.desk.permissions import words

_HIDDEN = "'{pgh_id,pgh_created_at,pgh_label,pgh_obj_id,pgh_context_id,id,phone,id_number}'::text[]"
#: Fingerprints: that they differ is all that is shown.
_SECRET = {"phone_index": "phone", "id_number_index": "id_number"}
_VERBS = {
    "insert": gettext_lazy("made"),
    "update": gettext_lazy("changed"),
    "delete": gettext_lazy("removed"),
}


def _by(context: str) -> dict[str, str]:
    return {
        "actor": f"({context}.metadata ->> 'user')::bigint",
        "by_actor": f"{context}.metadata ->> 'user' = %(actor)s::text",
    }


def _changed(code: str, part: str, model: str, *, customer: str = "", name: str) -> Source:
    table = f"accounts_{model}event"
    return Source(
        code=code,
        part=part,
        tables=f"{table} x left join pghistory_context c on c.id = x.pgh_context_id",
        at="x.pgh_created_at",
        id="x.pgh_id",
        kind="x.pgh_label",
        customer=customer,
        data=f"""jsonb_build_object('model', 'accounts.{model}', 'label', x.pgh_label,
          'row', x.id, 'name', {name}, 'now', to_jsonb(x) - {_HIDDEN},
          'was', (select to_jsonb(p) - {_HIDDEN} from {table} p
                   where p.pgh_obj_id = x.pgh_obj_id and p.pgh_id < x.pgh_id
                   order by p.pgh_id desc limit 1))""",
        kinds=lambda: {label: capfirst(str(verb)) for label, verb in _VERBS.items()},
        tell=_tell,
        **_by("c"),
    )


def _tell(entry: Entry, data: Data, names: Names) -> Entry:
    model = apps.get_model(data["model"])
    label = data["label"]
    there = label != "delete"
    return replace(
        entry,
        icon="edit" if label == "update" else "person_add" if label == "insert" else "delete",
        title=f"{capfirst(str(model._meta.verbose_name))} {_called(data)}: {_VERBS[label]}",
        changes=_changes(model, data) if label == "update" else (),
        model=data["model"] if there else "",
        pk=data["row"],
    )


def _called(data: Data) -> str:
    if data["model"] != "accounts.authoritylimit":
        return str(data["name"])
    role, _sep, code = data["name"].partition(": ")
    act = find(code)
    return f"{role}, {act.label if act else code}"


def _changes(model: Any, data: Data) -> tuple[Change, ...]:
    was, now = data["was"], data["now"]
    if was is None:
        # What changed is not known; the row as it was left is.
        return ()
    changes = []
    for column, value in now.items():
        if was.get(column) == value:
            continue
        secret = _SECRET.get(column)
        name = capfirst(_name(model, secret or column))
        hidden = _("not shown")
        pair = (hidden, hidden) if secret else (_value(was.get(column)), _value(value))
        changes.append(Change(name, *pair))
    return tuple(changes)


def _name(model: Any, column: str) -> str:
    for field in model._meta.fields:
        if column in (field.name, field.column):
            return str(field.verbose_name)
    return column


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return "" if value is None else str(value)


def _role(entry: Entry, data: Data, names: Names) -> Entry:
    given = data["label"] == "insert"
    text = _("%(user)s has the role %(role)s") if given else _("%(user)s lost the role %(role)s")
    figures = {"user": names.user(data["user"]), "role": data["role"] or "?"}
    return replace(
        entry, icon="badge", title=text % figures, model="accounts.user", pk=data["user"]
    )


def _permission(entry: Entry, data: Data, names: Names) -> Entry:
    given = data["label"] == "insert"
    text = _("Role %(role)s may: %(what)s") if given else _("Role %(role)s may no longer: %(what)s")
    what = "?"
    if data["what"]:
        what = words(data["app"], data["model"], data["codename"], data["what"])
    figures = {"role": data["role"] or "?", "what": what}
    return replace(entry, icon="groups", title=text % figures, model="auth.group", pk=data["group"])


def _given() -> dict[str, str]:
    return {"insert": _("Given"), "delete": _("Taken away")}


_CONTEXT = "left join pghistory_context c on c.id = x.pgh_context_id"
_PERMISSIONS = Permission._meta.db_table

SOURCES = (
    _changed("user", "people", "user", name="x.username"),
    _changed("limit", "limits", "authoritylimit", name="x.role || ': ' || x.act"),
    _changed("customer", "customers", "customer", customer="x.id", name="x.number"),
    Source(
        code="role",
        part="people",
        tables=f"accounts_userroleevent x {_CONTEXT} left join auth_group g on g.id = x.group_id",
        at="x.pgh_created_at",
        id="x.pgh_id",
        kind="x.pgh_label",
        data="jsonb_build_object('label', x.pgh_label, 'user', x.user_id, 'role', g.name)",
        kinds=_given,
        tell=_role,
        **_by("c"),
    ),
    Source(
        code="permission",
        part="people",
        tables=f"accounts_rolepermissionevent x {_CONTEXT} "
        f"left join auth_group g on g.id = x.group_id "
        f"left join {_PERMISSIONS} p on p.id = x.permission_id "
        "left join django_content_type t on t.id = p.content_type_id",
        at="x.pgh_created_at",
        id="x.pgh_id",
        kind="x.pgh_label",
        data="jsonb_build_object('label', x.pgh_label, 'role', g.name, 'group', x.group_id, "
        "'what', p.name, 'codename', p.codename, 'app', t.app_label, 'model', t.model)",
        kinds=_given,
        tell=_permission,
        **_by("c"),
    ),
)
