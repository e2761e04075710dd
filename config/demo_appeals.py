"""Appeals for the demo to work on: two just in, and one that waits for its customer."""

import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Customer, User
from appeals import operations
from appeals.choices import Ask, Channel, Kind, Subject
from appeals.models import Appeal
from risk.desk.acts import book_date
from risk.models import Episode, Restriction

WORDS = (
    (
        Kind.HARDSHIP,
        "上个月住院，收入暂时中断，希望分期归还逾期账单，并减免期间的违约金。",
        (Ask.PLAN, Ask.WAIVE),
    ),
    (
        Kind.OBJECTION,
        "还款日当天我已在支付渠道付款，页面显示成功，不应记为逾期。",
        (Ask.CORRECT, Ask.FORGIVE),
    ),
    (
        Kind.APPEAL,
        "逾期款已还清，请尽快恢复我的现金借款额度。",
        (Ask.LIFT, Ask.EXPLAIN),
    ),
)


@transaction.atomic
def settle() -> None:
    """Have the appeals, of the restricted customers who are longest overdue; once."""
    agent = User.objects.filter(username="agent").first()
    if agent is None or Appeal.objects.exists():
        return
    now, on = timezone.now(), book_date()
    for n, (customer, episode) in enumerate(_restricted(len(WORDS))):
        kind, words, asks = WORDS[n]
        appeal = operations.submit(
            customer=customer,
            kind=kind,
            words=words,
            asks=asks,
            subjects_=[(Subject.EPISODE, episode.pk)],
            channel=Channel.PORTAL if n else Channel.PHONE,
            by=customer if n else agent,
            at=now,
            on=on,
            received_at=None if n else now - datetime.timedelta(hours=3),
            language="zh-hans",
        )
        if n == 1:
            operations.take(appeal=appeal, by=agent, at=now)
            operations.ask_customer(
                appeal=appeal,
                text="请上传支付渠道的付款凭证截图，写明付款时间和金额。",
                by=agent,
                at=now,
                on=on,
            )


def _restricted(count: int) -> list[tuple[Customer, Episode]]:
    restricted = Restriction.objects.filter(until_on=None, reversed_on=None)
    episodes = (
        Episode.objects.filter(
            cured_on=None, reversed_on=None, customer__in=restricted.values("customer")
        )
        .select_related("customer")
        .order_by("-opened_on", "customer__number")
    )
    found: dict[int, tuple[Customer, Episode]] = {}
    for episode in episodes[: 20 * count]:
        found.setdefault(episode.customer_id, (episode.customer, episode))
    return list(found.values())[:count]
