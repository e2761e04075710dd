"""What holds keep quiet: nobody is reminded of money whose days do not count."""

from django.utils.translation import gettext_lazy as _

from accounts.notices import silenced_by

_HELD = """
select from billing_hold h
where h.line_id = o.line_id and h.milestones and h.started_on <= %(on)s
  and (h.until_on is null or h.until_on > %(on)s)
  and (h.bill_numbers is null or b.number = any(h.bill_numbers))
"""

#: Something overdue is held, and nothing that is overdue is not.
_ALL_HELD = f"""(
exists (select from billing_openbill o join billing_bill b on b.id = o.bill_id
        where o.customer_id = {{customer}} and o.overdue_on is not null and exists ({_HELD}))
and not exists (
    select from billing_openbill o join billing_bill b on b.id = o.bill_id
    where o.customer_id = {{customer}} and o.overdue_on is not null and not exists ({_HELD}))
)"""


def announce() -> None:
    silenced_by(
        _ALL_HELD,
        code="hold",
        label=_("what is overdue is held"),
        kinds=("overdue", "instalment_missed", "message"),
    )
