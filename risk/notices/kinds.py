"""The kinds of notices of this room, and what their texts may name."""

from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.notices import Kind, texts_in
from billing.choices import PlanStatus
from risk.notices import facts

TEXTS = Path(__file__).resolve().parent / "texts"

_REASON: dict[str, Any] = {
    "product": "先享后付额度",
    "title": "本额度有逾期",
    "since": "2026年3月11日",
    "effect": "暂停使用：10,000.00 的额度目前不可用。",
    "rule": "政策“contract”的规则“own_overdue”，自2020年1月1日起生效。",
    "happened": ["账单 L1/2026-03 应于2026年3月10日还清，已逾期 1 天。", "1 张账单共逾期 820.00。"],
    "lifts": ["还清 820.41 后立即解除。"],
    "earliest": "2026年3月11日",
}
_PLAN: dict[str, Any] = {
    "plan": "P-1",
    "product": "先享后付额度",
    "instalments": [{"due": "2026年4月10日", "amount": "300.00"}],
    "total": "300.00",
    "ended": "2026年4月14日",
    "missing": "300.00",
    "last_day": "2026年4月13日",
}


def _kind(code: str, label: Any, variables: dict[str, Any], of: Any, **more: Any) -> Kind:
    return Kind(code, label, variables, texts_in(TEXTS, code), facts=of, **more)


KINDS = (
    _kind(
        "overdue",
        _("Bill overdue"),
        {
            "product": "先享后付额度",
            "days": 8,
            "overdue": "820.00",
            "to_pay": "823.28",
            "bills": [{"number": "L1/2026-03", "due": "2026年3月10日", "owed": "820.00"}],
        },
        facts.overdue,
    ),
    _kind(
        "restriction_opened",
        _("Restriction opened"),
        {"restrictions": [_REASON], "told_before": ""},
        facts.opened,
        # The reasons of an adverse action are owed in writing.
        mandatory=True,
        days=30,
    ),
    _kind(
        "restriction_lifted",
        _("Restriction lifted"),
        {
            "products": ["先享后付额度"],
            "lines": [{"product": "先享后付额度", "limit": "10,000.00", "available": "9,180.00"}],
            "ended": [
                {
                    "product": "先享后付额度",
                    "title": "本额度逾期",
                    "since": "2026年3月11日",
                    "lifted": "2026年3月15日",
                }
            ],
            "remaining": [],
        },
        facts.lifted,
    ),
    _kind("plan_agreed", _("Repayment plan agreed"), _PLAN, facts.plan(PlanStatus.KEPT)),
    _kind(
        "instalment_missed",
        _("Instalment of a plan missed"),
        _PLAN,
        facts.plan(PlanStatus.KEPT),
        days=3,
    ),
    _kind("plan_broken", _("Repayment plan broken"), _PLAN, facts.plan(PlanStatus.BROKEN)),
    _kind("plan_completed", _("Repayment plan completed"), _PLAN, facts.plan(PlanStatus.COMPLETED)),
    _kind(
        "correction",
        _("Correction of what was told"),
        {
            "wrong": [
                {
                    "on": "2026年3月11日",
                    "subject": "您的账单已逾期",
                    "why": "还款 R-7 于2026年3月12日入账，自2026年3月9日起生效。",
                }
            ],
            "restrictions": [],
        },
        facts.correction,
        mandatory=True,
        days=30,
    ),
)
