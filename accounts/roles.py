"""The roles of the staff as a table of grants, and what keeps the groups like it.

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
from django.utils.translation import gettext_lazy as _

AGENT, SUPERVISOR, ANALYST = "agent", "supervisor", "risk_analyst"
AUDITOR, ADMINISTRATOR = "auditor", "administrator"
NAMES = (AGENT, SUPERVISOR, ANALYST, AUDITOR, ADMINISTRATOR)
LABELS = {
    AGENT: _("Agent"),
    SUPERVISOR: _("Supervisor"),
    ANALYST: _("Risk analyst"),
    AUDITOR: _("Auditor"),
    ADMINISTRATOR: _("Administrator"),
}

_ALL = frozenset(NAMES)
_BUT_AGENTS = _ALL - {AGENT}
#: Who deals with customers, who leads them, who looks on and after the whole.
_DESK = frozenset({AGENT, SUPERVISOR, ADMINISTRATOR})
_LEADS = frozenset({SUPERVISOR, ADMINISTRATOR})
_OVERSIGHT = frozenset({AUDITOR, ADMINISTRATOR})
_ADMIN = frozenset({ADMINISTRATOR})


def _may(act: str, *models: str) -> set[str]:
    return {model.replace(".", f".{act}_") for model in models}


#: What is granted to whom, by topic. An auditor sees everything and changes nothing.
GRANTS: tuple[tuple[frozenset[str], set[str]], ...] = (
    # the book and the credit status
    (
        _ALL,
        _may(
            "view",
            "accounts.customer",
            "accounts.mark",
            "billing.creditline",
            "billing.fact",
            "billing.bill",
            "billing.entry",
            "billing.plan",
            "billing.promisetopay",
            "billing.dispute",
            "billing.hold",
            "billing.writeoff",
            "risk.restriction",
            "risk.episode",
            "risk.point",
            "risk.alert",
            "risk.decision",
            "risk.authorization",
            "risk.policyversion",
            "billing.productterms",
        ),
    ),
    (_BUT_AGENTS, _may("view", "billing.businessday", "billing.dayslice", "billing.quarantine")),
    (_LEADS, {"billing.retry_quarantine"}),
    (_DESK, {"accounts.reveal_identity"}),
    (_BUT_AGENTS, {"accounts.export_lists"}),
    (_ADMIN, {"accounts.export_identity"}),
    # acts and four eyes
    (_ALL, _may("view", "accounts.actrequest", "accounts.staffact")),
    (_BUT_AGENTS, _may("view", "accounts.authoritylimit")),
    (_DESK, {"accounts.perform_acts"}),
    (_LEADS, {"accounts.approve_acts"}),
    (_ADMIN, {"accounts.end_court_freezes"}),
    (_ADMIN, _may("add", "accounts.authoritylimit")),
    (_ADMIN, _may("change", "accounts.authoritylimit")),
    (_ADMIN, _may("delete", "accounts.authoritylimit")),
    # work lists, notes, reply templates, bulk acts
    (
        _ALL,
        _may(
            "view",
            "accounts.workitem",
            "accounts.workmove",
            "accounts.note",
            "accounts.noteversion",
            "accounts.replytemplate",
            "accounts.replytemplateversion",
            "accounts.bulkrun",
            "accounts.bulktarget",
        ),
    ),
    (_ALL - {AUDITOR}, {"accounts.work_items", "accounts.write_notes"}),
    (
        _LEADS,
        {
            "accounts.assign_work",
            "accounts.edit_all_notes",
            "accounts.add_replytemplate",
            "accounts.change_replytemplate",
            "accounts.bulk_acts",
        },
    ),
    (_LEADS | {ANALYST}, {"accounts.share_filters"}),
    # notices to customers, webhooks to partners
    (_ALL, _may("view", "accounts.notice", "accounts.noticetemplate")),
    (_DESK, {"accounts.change_contactpreference"}),
    (
        _LEADS,
        {"accounts.resend_notices", "accounts.publish_notice_texts", "accounts.send_notices"},
    ),
    (_OVERSIGHT, _may("view", "accounts.webhookendpoint", "accounts.webhookdelivery")),
    (_ADMIN, _may("add", "accounts.webhookendpoint")),
    (_ADMIN, _may("change", "accounts.webhookendpoint") | {"accounts.resend_webhooks"}),
    # appeals
    (
        _ALL,
        _may(
            "view",
            "appeals.appeal",
            "appeals.appealdecision",
            "appeals.appealrules",
            "appeals.workcalendar",
            "appeals.declaredconflict",
            "appeals.offer",
            "appeals.letter",
        ),
    ),
    (_DESK, {"appeals.handle_appeals", "appeals.make_offers"}),
    (_ALL - {ANALYST}, {"appeals.view_evidence_files"}),
    (_LEADS | {AUDITOR}, _may("view", "appeals.evidenceview")),
    (_BUT_AGENTS, {"appeals.view_appeal_figures"} | _may("view", "appeals.planlength")),
    (_LEADS, {"appeals.lead_appeals"}),
    (_ADMIN, _may("add", "appeals.planlength")),
    (_ADMIN, _may("change", "appeals.planlength")),
    # what appeals go by: published, never edited
    (_ADMIN | {ANALYST}, _may("add", "appeals.appealrules", "appeals.workcalendar")),
    # money in
    (
        _ALL,
        _may(
            "view",
            "billing.channelpayment",
            "billing.channelnotice",
            "billing.settlementfile",
            "billing.break",
            "billing.channelday",
        ),
    ),
    (
        _BUT_AGENTS,
        _may(
            "view",
            "billing.channel",
            "billing.journalline",
            "billing.trialbalance",
            "billing.account",
            "billing.posting",
            "accounts.serviceaccount",
        ),
    ),
    (_LEADS, {"billing.settle_breaks"}),
    (_ADMIN, _may("add", "billing.channel", "accounts.serviceaccount")),
    (_ADMIN, _may("change", "billing.channel", "accounts.serviceaccount")),
    # auto-debit
    (_ALL, _may("view", "billing.mandate", "billing.debitattempt")),
    # calendars of banking days
    (_ALL, _may("view", "billing.bankcalendar", "billing.holiday")),
    (
        frozenset({ANALYST, ADMINISTRATOR}),
        _may("add", "billing.bankcalendar", "billing.holiday"),
    ),
    # staff, and what staff did
    (_OVERSIGHT, _may("view", "accounts.user", "auth.group")),
    (_ADMIN, _may("add", "accounts.user", "auth.group")),
    (_ADMIN, _may("change", "accounts.user", "auth.group")),
    (_OVERSIGHT, _may("view", "accounts.disclosure", "accounts.export", "accounts.attempts")),
    (_OVERSIGHT, {"accounts.read_audit_log"}),
    (_ADMIN, {"accounts.lift_lockout"}),
)

ROLES: dict[str, set[str]] = {
    name: {permission for whom, what in GRANTS if name in whom for permission in what}
    for name in NAMES
}


def permissions_of(role: str, app: str) -> set[str]:
    """The codenames that a role has within one app."""
    return {name.split(".")[1] for name in ROLES[role] if name.split(".")[0] == app}


def sync(sender: AppConfig, using: str = "default", **others: Any) -> None:
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
