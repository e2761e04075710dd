"""The rows behind a customer's credit status, as lists that lead back to the customer."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.desk.export import columns as files
from accounts.desk.export.columns import FileColumn
from accounts.desk.formats import percent, pill, signed
from accounts.desk.links import customer_link
from accounts.desk.records import ReadOnlyAdmin
from risk.admin.filters import DaysPastDueFilter
from risk.choices import Effect, Severity, Trigger
from risk.desk.standing import TONES
from risk.models import Alert, Decision, Episode, Point, Restriction
from risk.timeline import cause_words


class InForceFilter(admin.SimpleListFilter):
    """Restrictions that stand, ended, or were taken back."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [
            ("standing", _("In force")),
            ("ended", _("Ended")),
            ("reversed", _("Taken back")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        ended = {model: name for model, name in _ENDS.items() if issubclass(queryset.model, model)}
        column = next(iter(ended.values()))
        if self.value() == "standing":
            return queryset.filter(**{column: None, "reversed_on": None})
        if self.value() == "ended":
            return queryset.filter(**{f"{column}__isnull": False, "reversed_on": None})
        if self.value() == "reversed":
            return queryset.filter(reversed_on__isnull=False)
        return queryset


_ENDS: dict[type[Any], str] = {
    Restriction: "until_on",
    Episode: "cured_on",
    Alert: "closed_on",
}


_LINE = FileColumn(("line__number",), lambda number: number or "")


def _stands(column: str) -> FileColumn:
    return FileColumn(("reversed_on", column), lambda *ends: str(_state(*ends)[0]))


def _state(reversed_on: Any, ended_on: Any) -> tuple[Any, str]:
    """What the state of such a row is called, with its tone."""
    if reversed_on:
        return _("Taken back"), ""
    return (_("Ended"), "good") if ended_on else (_("In force"), "bad")


class LedgerAdmin(ReadOnlyAdmin):
    """A list whose rows belong to a customer."""

    shows: tuple[str, ...] = ("customer",)
    file_columns = {"of": files.CUSTOMER, "line": _LINE}

    @admin.display(description=_("customer"))
    def of(self, row: Any) -> SafeString:
        return customer_link(row.customer)

    @admin.display(description=_("state"))
    def state(self, row: Any) -> SafeString:
        return pill(*_state(row.reversed_on, getattr(row, _ENDS[type(row)])))


@admin.register(Restriction)
class RestrictionAdmin(LedgerAdmin):
    """Newest first, through restriction_by_first_day."""

    list_display = ("from_on", "of", "line", "why", "does", "code", "until_on", "state")
    list_filter = (InForceFilter, "trigger", "effect")
    shows = ("customer", "line", "policy")
    keyset = ("from_on", "pk")
    file_columns = {
        **LedgerAdmin.file_columns,
        "why": FileColumn(("trigger",), files.labels(Trigger.choices)),
        "does": FileColumn(("effect", "factor"), lambda *what: _effect(*what)),
        "state": _stands("until_on"),
    }

    @admin.display(description=_("reason"))
    def why(self, row: Restriction) -> str:
        return str(Trigger(row.trigger).label)

    @admin.display(description=_("effect"))
    def does(self, row: Restriction) -> SafeString:
        return pill(
            _effect(row.effect, row.factor), "bad" if row.effect == Effect.SUSPEND else "warn"
        )


def _effect(effect: str, factor: Decimal) -> str:
    return gettext("Suspended") if effect == Effect.SUSPEND else percent(factor)


@admin.register(Episode)
class EpisodeAdmin(LedgerAdmin):
    list_display = ("opened_on", "of", "line", "how_grave", "oldest_due", "cured_on", "state")
    list_filter = (InForceFilter, DaysPastDueFilter, "severity", "line__product")
    shows = ("customer", "line")
    keyset = ("opened_on", "pk")
    file_columns = {
        **LedgerAdmin.file_columns,
        "how_grave": FileColumn(("severity",), files.labels(Severity.choices)),
        "state": _stands("cured_on"),
    }

    @admin.display(description=_("severity"))
    def how_grave(self, row: Episode) -> SafeString:
        severity = Severity(row.severity)
        return pill(severity.label, TONES[severity])


@admin.register(Point)
class PointAdmin(LedgerAdmin):
    list_display = ("on", "of", "why", "moves", "expires_on", "booked_on", "undoes")
    list_filter = ("cause",)
    file_columns = {
        **LedgerAdmin.file_columns,
        "why": FileColumn(("cause", "threshold"), cause_words),
        "moves": FileColumn(("points",), files.whole),
        "undoes": FileColumn(("reverses_id",), lambda pk: gettext("Reversal") if pk else ""),
    }

    @admin.display(description=_("cause"))
    def why(self, row: Point) -> str:
        return cause_words(row.cause, row.threshold)

    @admin.display(description=_("points"))
    def moves(self, row: Point) -> str:
        return signed(row.points)

    @admin.display(description=_("reversal"))
    def undoes(self, row: Point) -> SafeString | str:
        return pill(_("Reversal"), "info") if row.reverses_id else ""


@admin.register(Alert)
class AlertAdmin(LedgerAdmin):
    list_display = ("opened_on", "of", "code", "points_lost", "closed_on", "state")
    list_filter = (InForceFilter,)
    file_columns = {**LedgerAdmin.file_columns, "state": _stands("closed_on")}


@admin.register(Decision)
class DecisionAdmin(LedgerAdmin):
    list_display = ("booked_on", "of", "line", "kind", "code", "until_on", "by", "reason")
    list_filter = ("kind",)
    shows = ("customer", "line", "booked_by")
    file_columns = {**LedgerAdmin.file_columns, "by": files.person("booked_by")}

    @admin.display(description=_("by"))
    def by(self, row: Decision) -> str:
        return "" if row.booked_by is None else row.booked_by.get_full_name() or str(row.booked_by)
