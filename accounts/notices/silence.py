"""What silences notices to a customer: rooms register predicates, a delivery asks them all."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Silence:
    """`sql` is a condition on `{customer}`, a customer's id; `%(now)s` is the instant and
    `%(today)s` (or `%(on)s`) the business date of the question. `everything`: also what the law
    demands. `kinds`: those that it silences; all where none is named."""

    code: str
    label: str | Promise
    sql: str
    everything: bool = False
    kinds: tuple[str, ...] = ()

    def holds(self, kind: str, *, mandatory: bool) -> bool:
        """Whether it keeps back a notice of this kind."""
        return (self.everything or not mandatory) and (not self.kinds or kind in self.kinds)


ANYHOW = _("the customer must not be contacted")
_silences: dict[str, Silence] = {}


def silenced_by(
    sql: str,
    *,
    code: str = "",
    label: str | Promise = ANYHOW,
    everything: bool = False,
    kinds: Collection[str] = (),
) -> None:
    """Register a condition under which a customer is not told anything, for example

        silenced_by(
            "exists (select from accounts_mark m where m.customer_id = {customer} and …)",
            code="do_not_contact", label=_("asked not to be contacted"))

    A percent sign is written twice. Registering a code again replaces it.
    """
    code = code or f"silence_{len(_silences) + 1}"
    _silences[code] = Silence(code, label, sql, everything, tuple(kinds))


def label_of(code: str) -> str:
    found = _silences.get(code)
    return str(found.label) if found else code


def silenced(customers: Collection[int], *, now: Any, today: Any) -> Mapping[int, list[Silence]]:
    """Which of these customers are silenced, and by what; one query."""
    if not customers or not _silences:
        return {}
    columns = ", ".join(
        f"case when {s.sql.replace('{customer}', 'c.id')} then '{s.code}' end"
        for s in _silences.values()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"select c.id, array_remove(array[{columns}]::text[], null) "
            "from unnest(%(customers)s::bigint[]) c(id)",
            {"customers": list(customers), "now": now, "today": today, "on": today},
        )
        return {pk: [_silences[code] for code in codes] for pk, codes in cursor if codes}
