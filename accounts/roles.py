"""The roles of the staff as a table, and what keeps the groups like it.

Permissions are named as `app.codename`, as data: this room knows no other. The groups are brought
in line after every `migrate`, when the permissions of an app are known to exist; permissions of
these apps given to these groups by hand do not outlast it. Groups of other names are never
touched.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission
from django.db import router

_BOOK = (
    "accounts.customer",
    "billing.creditline",
    "billing.fact",
    "billing.bill",
    "billing.entry",
    "billing.plan",
    "billing.dispute",
    "risk.restriction",
    "risk.episode",
    "risk.point",
    "risk.alert",
    "risk.decision",
    "risk.authorization",
)
_RULES = ("risk.policyversion", "billing.productterms")
_NIGHT = ("billing.businessday", "billing.dayslice", "billing.quarantine")
_STAFF = ("accounts.user", "auth.group")
_NOTICES = ("accounts.notice", "accounts.noticetemplate")
_WEBHOOKS = ("accounts.webhookendpoint", "accounts.webhookdelivery")
_CONTACT = "accounts.change_contactpreference"
_RESEND_NOTICES = "accounts.resend_notices"
_PUBLISH = "accounts.publish_notice_texts"
_RESEND_WEBHOOKS = "accounts.resend_webhooks"
_TRACES = ("accounts.disclosure", "accounts.export")
_ACTS = ("accounts.actrequest", "accounts.staffact")
_LIMITS = ("accounts.authoritylimit",)
_PERFORM = "accounts.perform_acts"
_APPROVE = "accounts.approve_acts"
_REVEAL = "accounts.reveal_identity"
_EXPORT = "accounts.export_lists"


def _may(act: str, *models: str) -> set[str]:
    return {model.replace(".", f".{act}_") for model in models}


ROLES: dict[str, set[str]] = {
    "agent": _may("view", *_BOOK, *_RULES, *_ACTS, *_NOTICES) | {_REVEAL, _PERFORM, _CONTACT},
    "supervisor": _may("view", *_BOOK, *_RULES, *_NIGHT, *_ACTS, *_LIMITS, *_NOTICES)
    | {"billing.retry_quarantine", _REVEAL, _EXPORT, _PERFORM, _APPROVE}
    | {_RESEND_NOTICES, _PUBLISH, _CONTACT},
    "risk_analyst": _may("view", *_BOOK, *_RULES, *_NIGHT, *_ACTS, *_LIMITS, *_NOTICES) | {_EXPORT},
    "auditor": _may("view", *_BOOK, *_RULES, *_NIGHT, *_STAFF, *_TRACES, *_ACTS, *_LIMITS)
    | _may("view", *_NOTICES, *_WEBHOOKS)
    | {_EXPORT},
    "administrator": _may("view", *_BOOK, *_RULES, *_NIGHT, *_STAFF, *_TRACES, *_ACTS, *_LIMITS)
    | _may("view", *_NOTICES, *_WEBHOOKS)
    | _may("add", *_STAFF, *_LIMITS, "accounts.webhookendpoint")
    | _may("change", *_STAFF, *_LIMITS, "accounts.webhookendpoint")
    | _may("delete", *_LIMITS)
    | {"billing.retry_quarantine", _REVEAL, _EXPORT, _PERFORM, _APPROVE}
    | {_RESEND_NOTICES, _PUBLISH, _RESEND_WEBHOOKS, _CONTACT},
}

_APPEALS = (
    "appeals.appeal",
    "appeals.appealdecision",
    "appeals.appealrules",
    "appeals.workcalendar",
    "appeals.declaredconflict",
)
_HANDLE = {"appeals.handle_appeals", "appeals.view_evidence_files"}
_LEAD = _HANDLE | {"appeals.lead_appeals", "appeals.view_appeal_figures"}
for _role, _names in {
    "agent": _may("view", *_APPEALS) | _HANDLE,
    "supervisor": _may("view", *_APPEALS, "appeals.evidenceview") | _LEAD,
    "risk_analyst": _may("view", *_APPEALS) | {"appeals.view_appeal_figures"},
    "auditor": _may("view", *_APPEALS, "appeals.evidenceview")
    | {"appeals.view_evidence_files", "appeals.view_appeal_figures"},
    "administrator": _may("view", *_APPEALS, "appeals.evidenceview")
    | _may("add", "appeals.workcalendar")
    | _may("change", "appeals.workcalendar")
    | _LEAD,
}.items():
    ROLES[_role] |= _names

_OFFERS = ("appeals.offer", "appeals.letter")
_LENGTHS = ("appeals.planlength",)
_MAKE = {"appeals.make_offers"}
for _role, _names in {
    "agent": _may("view", *_OFFERS) | _MAKE,
    "supervisor": _may("view", *_OFFERS, *_LENGTHS) | _MAKE,
    "risk_analyst": _may("view", *_OFFERS, *_LENGTHS),
    "auditor": _may("view", *_OFFERS, *_LENGTHS),
    "administrator": _may("view", *_OFFERS, *_LENGTHS)
    | _may("add", *_LENGTHS)
    | _may("change", *_LENGTHS)
    | _MAKE,
}.items():
    ROLES[_role] |= _names


def permissions_of(role: str, app: str) -> set[str]:
    """The codenames that a role has within one app."""
    return {name.split(".")[1] for name in ROLES[role] if name.split(".")[0] == app}


def sync(sender: AppConfig, using: str = "default", **_: Any) -> None:
    """After an app was migrated: its permissions stand in the roles as the table says."""
    app = sender.label
    if not any(permissions_of(role, app) for role in ROLES):
        return
    if not router.allow_migrate_model(using, Group):
        return
    known = {
        permission.codename: permission
        for permission in Permission.objects.using(using).filter(content_type__app_label=app)
    }
    for role in ROLES:
        group, _new = Group.objects.using(using).get_or_create(name=role)
        _settle(group, known, permissions_of(role, app), app)


def _settle(group: Group, known: dict[str, Permission], names: Iterable[str], app: str) -> None:
    due = {known[name].pk for name in names if name in known}
    has = set(group.permissions.filter(content_type__app_label=app).values_list("pk", flat=True))
    group.permissions.add(*due - has)
    group.permissions.remove(*has - due)
