"""Days of the channels, the journal, and its trial balance."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Sum
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.desk.export import columns as files
from accounts.desk.export.columns import FileColumn
from accounts.desk.formats import money, pill
from accounts.desk.links import customer_link
from accounts.desk.records import ReadOnlyAdmin
from billing.admin.channels.pages import count_unsettled, left_to_settle
from billing.choices import ACCOUNTS, EntryKind, Product
from billing.models import Account, ChannelDay, JournalLine, Posting, TrialBalance

_ACCOUNT = files.labels(ACCOUNTS.items())
_PRODUCT = files.labels(Product.choices)
_KIND = files.labels(EntryKind.choices)


def _debit(amount: Decimal) -> str:
    """What an entry adds to an account, as a file has it; nothing where it takes away."""
    return files.money(amount) if amount > 0 else ""


def _credit(amount: Decimal) -> str:
    return files.money(-amount) if amount < 0 else ""


@admin.register(ChannelDay)
class ChannelDayAdmin(ReadOnlyAdmin):
    list_display = (
        "day", "channel", "begins", "comes", "goes", "ends", "matched", "broken", "left",
        "agrees",
    )  # fmt: skip
    list_filter = ("channel",)
    shows = ("channel",)
    keyset = ("day", "pk")
    list_before_template = None
    empty_words = _("No day of a channel yet: they come with its first file and night.")

    def furnish(self, request: HttpRequest, rows: list[Any]) -> None:
        count_unsettled(rows)

    @admin.display(description=_("to settle"))
    def left(self, row: Any) -> SafeString:
        return left_to_settle(row.unsettled)

    @admin.display(description=_("opening"))
    def begins(self, row: ChannelDay) -> str:
        return money(row.opening)

    @admin.display(description=_("in"))
    def comes(self, row: ChannelDay) -> str:
        return money(row.came_in)

    @admin.display(description=_("out"))
    def goes(self, row: ChannelDay) -> str:
        return money(row.paid_out)

    @admin.display(description=_("closing"))
    def ends(self, row: ChannelDay) -> str:
        return money(row.closing)

    @admin.display(description=_("ties"))
    def agrees(self, row: ChannelDay) -> SafeString:
        ties = row.opening + row.came_in - row.paid_out == row.closing
        return pill(_("Ties"), "good") if ties else pill(_("Does not tie"), "bad")


@admin.register(TrialBalance)
class TrialBalanceAdmin(ReadOnlyAdmin):
    list_display = ("day", "named", "line_of", "debit", "credit", "stands")
    list_filter = ("account", "product")
    keyset = ("day", "pk")
    list_before_template = "admin/billing/channels/balance.html"
    empty_words = _("No trial balance yet: each night seals one.")
    file_columns = {
        "named": FileColumn(("account",), _ACCOUNT),
        "line_of": FileColumn(("product",), _PRODUCT),
        "debit": FileColumn(("debits",), files.money),
        "credit": FileColumn(("credits",), files.money),
        "stands": FileColumn(("balance",), files.money),
    }

    @admin.display(description=_("account"))
    def named(self, row: TrialBalance) -> str:
        return _ACCOUNT(row.account)

    @admin.display(description=_("product"))
    def line_of(self, row: TrialBalance) -> str:
        return _PRODUCT(row.product)

    @admin.display(description=_("debits"))
    def debit(self, row: TrialBalance) -> str:
        return money(row.debits)

    @admin.display(description=_("credits"))
    def credit(self, row: TrialBalance) -> str:
        return money(row.credits)

    @admin.display(description=_("balance"))
    def stands(self, row: TrialBalance) -> str:
        return money(row.balance)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        last = TrialBalance.objects.order_by("-day").values_list("day", flat=True).first()
        shown: dict[str, Any] = {"last": last}
        if last is not None:
            shown["total"] = TrialBalance.objects.filter(day=last).aggregate(t=Sum("balance"))["t"]
        return super().changelist_view(request, {**shown, **(extra_context or {})})


@admin.register(JournalLine)
class JournalLineAdmin(ReadOnlyAdmin):
    list_display = ("booked_on", "entry_id", "of", "named", "line_of", "what", "debit", "credit")
    list_filter = ("booked_on",)
    shows = ("customer",)
    keyset = ("entry_id", "pk")
    empty_words = _("No entry yet.")
    file_columns = {
        "of": files.CUSTOMER,
        "named": FileColumn(("account",), _ACCOUNT),
        "line_of": FileColumn(("product",), _PRODUCT),
        "what": FileColumn(("kind",), _KIND),
        "debit": FileColumn(("amount",), _debit),
        "credit": FileColumn(("amount",), _credit),
    }

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> JournalLine | None:
        """By its entry, too: the view counts two lines an entry, and only entries are indexed."""
        if not object_id.isdecimal() or len(object_id) > 18:
            return None
        pk = int(object_id)
        found: JournalLine | None = (
            self.get_queryset(request).filter(entry_id=pk // 2, pk=pk).first()
        )
        return found

    @admin.display(description=_("account"))
    def named(self, row: JournalLine) -> str:
        return _ACCOUNT(row.account)

    @admin.display(description=_("product"))
    def line_of(self, row: JournalLine) -> str:
        return _PRODUCT(row.product)

    @admin.display(description=_("kind"))
    def what(self, row: JournalLine) -> str:
        return _KIND(row.kind)

    @admin.display(description=_("customer"))
    def of(self, row: JournalLine) -> SafeString:
        return customer_link(row.customer)

    @admin.display(description=_("debit"))
    def debit(self, row: JournalLine) -> str:
        return money(row.amount) if row.amount > 0 else ""

    @admin.display(description=_("credit"))
    def credit(self, row: JournalLine) -> str:
        return money(-row.amount) if row.amount < 0 else ""


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("code", "named", "by_product", "is_transit")
    list_before_template = None

    @admin.display(description=_("name"))
    def named(self, row: Account) -> str:
        return str(ACCOUNTS.get(row.code) or row.name)


@admin.register(Posting)
class PostingAdmin(ReadOnlyAdmin):
    list_display = ("kind", "component", "source", "own", "counter")
    shows = ("own", "counter")
    list_before_template = None
