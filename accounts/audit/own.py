"""What staff did, asked for, saw and took away, and how they came in: this room's own records."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.acts import all_acts, find
from accounts.audit.entries import Change, Data, Entry, Names
from accounts.audit.sources import Source
from accounts.desk.formats import money
from accounts.signin.records import SignInKind
from accounts.staff_acts import Reason, RequestStatus
from accounts.traces import ExportState, Identity, RevealReason

_TONES: dict[str, str] = {
    SignInKind.FAILED: "warn",
    SignInKind.LOCKED: "bad",
    SignInKind.FACTOR_REMOVED: "warn",
    RequestStatus.APPROVED: "good",
    RequestStatus.REJECTED: "bad",
}
_ICONS: dict[str, str] = {
    SignInKind.SIGNED_IN: "login",
    SignInKind.SIGNED_OUT: "logout",
    SignInKind.LOCKED: "lock",
    SignInKind.LIFTED: "lock_open",
    SignInKind.FAILED: "block",
}


def _acts() -> Mapping[str, str | Promise]:
    return {act.code: act.label for act in all_acts()}


def _act(code: str) -> str:
    act = find(code)
    return str(act.label) if act else code


def flat(document: Any, path: str = "") -> dict[str, str]:
    """A document of figures as lines: `lines.pay_later.limit` and its value."""
    if isinstance(document, dict):
        return {k: v for key in document for k, v in flat(document[key], f"{path}.{key}").items()}
    if isinstance(document, list):
        parts = [flat(item, f"{path}.{n}") for n, item in enumerate(document, start=1)]
        return {k: v for part in parts for k, v in part.items()}
    return {path.lstrip("."): "" if document is None else str(document)}


def differences(before: Any, after: Any) -> tuple[Change, ...]:
    """What of two such documents differs, in the order of the first."""
    was, now = flat(before), flat(after)
    return tuple(
        Change(name, was.get(name, ""), now.get(name, ""))
        for name in dict.fromkeys([*was, *now])
        if was.get(name, "") != now.get(name, "")
    )


def _amount(data: Data) -> str:
    amount = Decimal(str(data["amount"]))
    return money(amount) if amount else ""


def _done(entry: Entry, data: Data, names: Names) -> Entry:
    approved = names.user(data["approved_by"])
    details = [_amount(data), _("approved by %(name)s") % {"name": approved} if approved else ""]
    return replace(
        entry,
        icon="history_edu",
        title=_act(data["act"]),
        detail=" · ".join(part for part in details if part),
        reason=str(Reason(data["reason"]).label),
        words=data["words"],
        changes=differences(data["before"], data["after"]),
        model="accounts.staffact",
    )


def _asked(entry: Entry, data: Data, names: Names) -> Entry:
    return replace(
        entry,
        icon="approval",
        title=_("Asked: %(act)s") % {"act": _act(data["act"])},
        detail=_amount(data),
        reason=str(Reason(data["reason"]).label),
        words=data["words"],
        model="accounts.actrequest",
    )


def _decided(entry: Entry, data: Data, names: Names) -> Entry:
    status = RequestStatus(data["status"])
    return replace(
        entry,
        icon="gavel",
        tone=_TONES.get(status, ""),
        title=f"{status.label}: {_act(data['act'])}",
        detail=_("asked by %(name)s") % {"name": names.user(data["by"])},
        words=data["words"],
        model="accounts.actrequest",
    )


def _shown(entry: Entry, data: Data, names: Names) -> Entry:
    return replace(
        entry,
        icon="visibility",
        tone="info",
        title=_("Shown in clear: %(what)s") % {"what": Identity(data["field"]).label},
        reason=str(RevealReason(data["reason"]).label),
        words=data["words"],
        model="accounts.disclosure",
    )


def list_name(of: str) -> str:
    """What the list of an export is called."""
    try:
        return capfirst(str(apps.get_model(of)._meta.verbose_name_plural))
    except (LookupError, ValueError):
        return _("Audit log") if of == "audit" else of


def _exported(entry: Entry, data: Data, names: Names) -> Entry:
    rows = data["rows"]
    said = _("not finished")
    if rows is not None:
        said = ngettext("%(n)s row", "%(n)s rows", rows) % {"n": f"{rows:,}"}
        if data["state"] == ExportState.BROKEN_OFF:
            said = f"{said}, {ExportState.BROKEN_OFF.label}"
    details = [said, data["filters"]]
    return replace(
        entry,
        icon="download",
        tone="info",
        title=(_("Export in clear: %(list)s") if data["clear"] else _("Export: %(list)s"))
        % {"list": list_name(data["of"])},
        detail=" · ".join(part for part in details if part),
        words=data["clear"],
        model="accounts.export",
    )


def _signed_in(entry: Entry, data: Data, names: Names) -> Entry:
    kind = SignInKind(data["kind"])
    whose = names.user(data["user"])
    details = [data["about"], data["device"], data["address"]]
    # Whoever failed gave that name; it need not be theirs.
    unknown = kind in (SignInKind.FAILED, SignInKind.LOCKED)
    return replace(
        entry,
        actor=_("unknown") if unknown else entry.actor,
        icon=_ICONS.get(kind, "key"),
        tone=_TONES.get(kind, ""),
        title=f"{kind.label}: {whose}" if whose else str(kind.label),
        detail=" · ".join(part for part in details if part),
        model="accounts.user" if data["user"] else "",
        pk=data["user"],
    )


SOURCES = (
    Source(
        code="act",
        part="acts",
        tables="accounts_staffact x",
        at="x.done_at",
        id="x.id",
        kind="x.act",
        customer="x.customer_id",
        actor="x.done_by_id",
        by_actor="(x.done_by_id = %(actor)s or x.approved_by_id = %(actor)s)",
        data="jsonb_build_object('act', x.act, 'amount', x.amount, 'reason', x.reason, 'words', "
        "x.words, 'before', x.before, 'after', x.after, 'approved_by', x.approved_by_id)",
        kinds=_acts,
        tell=_done,
    ),
    Source(
        code="asked",
        part="requests",
        tables="accounts_actrequest x",
        at="x.requested_at",
        id="x.id",
        kind="x.act",
        customer="x.customer_id",
        actor="x.requested_by_id",
        data="jsonb_build_object('act', x.act, 'amount', x.amount, 'reason', x.reason, 'words', "
        "x.words)",
        kinds=_acts,
        tell=_asked,
    ),
    Source(
        code="decided",
        part="requests",
        tables="accounts_actrequest x",
        at="x.decided_at",
        id="x.id",
        kind="x.status",
        customer="x.customer_id",
        actor="x.decided_by_id",
        where="x.decided_at is not null",
        data="jsonb_build_object('act', x.act, 'status', x.status, 'by', x.requested_by_id, "
        "'words', x.decision_words)",
        kinds=lambda: {
            value: label for value, label in RequestStatus.choices if value != "waiting"
        },
        tell=_decided,
    ),
    Source(
        code="seen",
        part="seen",
        tables="accounts_disclosure x",
        at="x.at",
        id="x.id",
        kind="x.field",
        customer="x.customer_id",
        actor="x.by_id",
        data="jsonb_build_object('field', x.field, 'reason', x.reason, 'words', x.words)",
        kinds=lambda: dict(Identity.choices),
        tell=_shown,
    ),
    Source(
        code="export",
        part="exports",
        tables="accounts_export x left join accounts_export e on e.ends_id = x.id",
        at="x.at",
        id="x.id",
        actor="x.by_id",
        where="x.state = 'begun'",
        data="jsonb_build_object('of', x.of, 'filters', x.filters, 'state', e.state, "
        "'rows', e.rows, 'clear', x.clear_reason)",
        kinds=dict,
        tell=_exported,
    ),
    Source(
        code="signin",
        part="signin",
        tables="accounts_signinevent x",
        at="x.at",
        id="x.id",
        kind="x.kind",
        actor="coalesce(x.by_id, x.user_id)",
        by_actor="(x.by_id = %(actor)s or x.user_id = %(actor)s)",
        data="jsonb_build_object('kind', x.kind, 'user', x.user_id, 'about', x.about, 'device', "
        "x.device, 'address', x.address)",
        kinds=lambda: dict(SignInKind.choices),
        tell=_signed_in,
    ),
)
