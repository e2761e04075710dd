"""How the admin looks, and where its links lead."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

PRODUCT = "Fairline"
FORMAT_MODULE_PATH = ["config.formats"]


def _may_view(app: str, model: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(f"{app}.view_{model}")


def _list(title: Any, icon: str, model: str, key: str = "") -> dict[str, Any]:
    """A link to a model's list, for those who may see it; `g` and `key` lead there too."""
    app, name = model.split(".")
    return {
        "key": key,
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": _may_view(app, name),
    }


#: The figures lie below the list of appeals, yet have a link of their own.
_APPEALS = reverse_lazy("admin:appeals_appeal_changelist")
_FIGURES = reverse_lazy("admin:appeals_appeal_figures")

NAVIGATION: list[dict[str, Any]] = [
    {
        "items": [
            {"title": _("Start"), "icon": "home", "link": reverse_lazy("admin:index"), "key": "h"},
            {
                "title": _("My work"),
                "icon": "checklist",
                "link": reverse_lazy("admin:work_desk"),
                "permission": _may_view("accounts", "workitem"),
                "badge": "accounts.desk.items.badge",
                "badge_variant": "primary",
            },
            _list(_("Customers"), "group", "accounts.customer", "c"),
            {
                **_list(_("Requests for approval"), "approval", "accounts.actrequest", "a"),
                "badge": "risk.desk.acts.badge",
                "badge_variant": "primary",
            },
            _list(_("Acts of staff"), "history_edu", "accounts.staffact", "s"),
            _list(_("Notices"), "mail", "accounts.notice"),
            _list(_("Bulk acts"), "playlist_add_check", "accounts.bulkrun"),
            _list(_("Reply templates"), "quickreply", "accounts.replytemplate"),
        ]
    },
    {
        "title": _("Appeals"),
        "separator": True,
        "items": [
            {
                **_list(_("Appeals"), "gavel", "appeals.appeal"),
                "active": lambda request: (
                    request.path.startswith(str(_APPEALS)) and request.path != _FIGURES
                ),
            },
            {
                "title": _("Figures of appeals"),
                "icon": "query_stats",
                "link": _FIGURES,
                "permission": lambda request: request.user.has_perm("appeals.view_appeal_figures"),
            },
            _list(_("Offers"), "handshake", "appeals.offer"),
            _list(_("Letters"), "drafts", "appeals.letter"),
            _list(_("Declared conflicts"), "family_restroom", "appeals.declaredconflict"),
            _list(_("Viewings of evidence"), "visibility", "appeals.evidenceview"),
            _list(_("Rules of appeals"), "rule", "appeals.appealrules"),
            _list(_("Working calendars"), "event", "appeals.workcalendar"),
        ],
    },
    {
        "title": _("Credit status"),
        "separator": True,
        "items": [
            _list(_("Restrictions"), "lock", "risk.restriction", "r"),
            _list(_("Delinquency episodes"), "schedule", "risk.episode", "e"),
            _list(_("Alerts"), "notification_important", "risk.alert", "l"),
            _list(_("Score ledger"), "trending_up", "risk.point"),
            _list(_("Staff decisions"), "gavel", "risk.decision"),
            _list(_("Authorisations"), "credit_score", "risk.authorization"),
        ],
    },
    {
        "title": _("The book"),
        "separator": True,
        "items": [
            _list(_("Facts"), "receipt_long", "billing.fact", "f"),
            _list(_("Bills"), "request_quote", "billing.bill", "b"),
            _list(_("Money entries"), "account_balance", "billing.entry"),
            _list(_("Repayment plans"), "event_note", "billing.plan", "p"),
            _list(_("Disputes"), "balance", "billing.dispute"),
            _list(_("Bills written off"), "money_off", "billing.writeoff"),
            _list(_("Credit lines"), "credit_card", "billing.creditline"),
        ],
    },
    {
        "title": _("Money in"),
        "separator": True,
        "items": [
            _list(_("Breaks"), "rule", "billing.break"),
            _list(_("Settlement files"), "upload_file", "billing.settlementfile"),
            _list(_("Channel payments"), "payments", "billing.channelpayment"),
            _list(_("Debit attempts"), "sync_alt", "billing.debitattempt"),
            _list(_("Debit mandates"), "contract_edit", "billing.mandate"),
            _list(_("Channel notices"), "move_to_inbox", "billing.channelnotice"),
            _list(_("Days of channels"), "event_available", "billing.channelday"),
            _list(_("Payment channels"), "hub", "billing.channel"),
            _list(_("Trial balance"), "balance", "billing.trialbalance"),
            _list(_("Journal"), "menu_book", "billing.journalline"),
            _list(_("Posting rules"), "alt_route", "billing.posting"),
        ],
    },
    {
        "title": _("Rules"),
        "separator": True,
        "items": [
            _list(_("Policies"), "policy", "risk.policyversion"),
            _list(_("Product terms"), "contract", "billing.productterms"),
            _list(_("Bank calendars"), "calendar_today", "billing.bankcalendar"),
            _list(_("Holidays"), "event_busy", "billing.holiday"),
            _list(_("Texts of notices"), "edit_note", "accounts.noticetemplate"),
        ],
    },
    {
        "title": _("The night"),
        "separator": True,
        "items": [
            _list(_("Business days"), "calendar_month", "billing.businessday", "n"),
            _list(_("Quarantine"), "emergency", "billing.quarantine"),
        ],
    },
    {
        "title": _("Partners"),
        "separator": True,
        "items": [
            _list(_("Webhook deliveries"), "outbox", "accounts.webhookdelivery"),
            _list(_("Webhook endpoints"), "webhook", "accounts.webhookendpoint"),
        ],
    },
    {
        "title": _("Staff"),
        "separator": True,
        "items": [
            _list(_("Users"), "badge", "accounts.user"),
            _list(_("Roles"), "groups", "auth.group"),
            {
                "title": _("Audit log"),
                "icon": "manage_search",
                "link": reverse_lazy("audit_log"),
                "permission": lambda request: request.user.has_perm("accounts.read_audit_log"),
            },
            _list(_("Disclosures"), "visibility", "accounts.disclosure"),
            _list(_("Exports"), "download", "accounts.export"),
            _list(_("Service accounts"), "key", "accounts.serviceaccount"),
            _list(_("Authority limits"), "verified_user", "accounts.authoritylimit"),
            _list(_("Lock-outs"), "lock_clock", "accounts.attempts"),
            _list(_("Plan length limits"), "date_range", "appeals.planlength"),
        ],
    },
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": PRODUCT,
    "SITE_HEADER": PRODUCT,
    "SITE_SUBHEADER": _("Credit back office"),
    "SITE_SYMBOL": "account_balance",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("fairline.svg"),
        }
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "BORDER_RADIUS": "6px",
    "STYLES": [
        lambda request: static("desk/desk.css"),
        lambda request: static("desk/appeals.css"),
    ],
    "SCRIPTS": [lambda request: static("desk/keys.js")],
    "COLORS": {
        # The blue of the sign; green, amber and red are left to the states of a line.
        "primary": {
            "50": "oklch(97% .014 254.6)",
            "100": "oklch(93.2% .032 255.6)",
            "200": "oklch(88.2% .059 254.1)",
            "300": "oklch(80.9% .105 251.8)",
            "400": "oklch(70.7% .165 254.6)",
            "500": "oklch(62.3% .214 259.8)",
            "600": "oklch(52% .22 262.3)",
            "700": "oklch(48.8% .217 264.4)",
            "800": "oklch(42.4% .199 265.6)",
            "900": "oklch(37.9% .146 265.5)",
            "950": "oklch(28.2% .091 267.9)",
        },
    },
    "COMMAND": {"search_models": False, "search_callback": "risk.desk.search.suggestions"},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": NAVIGATION,
    },
    "ACCOUNT": {
        "navigation": [
            {"title": _("My sign-in"), "link": reverse_lazy("mfa_index")},
            {"title": _("My exports"), "link": reverse_lazy("my_exports")},
        ],
    },
    "DASHBOARD_CALLBACK": "config.dashboard.context",
}
