"""Offers, their moves, signatures and executions, and how long a plan each role may grant."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import ActRequest, Customer, User
from appeals.offers.choices import OfferState, Side, Step
from appeals.remedies.package import Package
from billing.columns import MoneyField, amounts


class Offer(models.Model):
    """A package of remedies that one side puts before the other.

    What it grants is written once (`package`, its hash, words, cost, effect) and never changed:
    another package is another offer. `state` has one writer, `appeals/offers/moves.py`; the
    database refuses a move that is not in its table. `expires_on` is the last day on which it can
    be accepted, in the book's time zone.
    """

    number = models.CharField(_("number"), max_length=40, unique=True)
    appeal = models.ForeignKey(
        "appeals.Appeal",
        on_delete=models.PROTECT,
        related_name="offers",
        db_index=False,
        verbose_name=_("appeal"),
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("customer"),
    )
    side = models.CharField(_("from"), max_length=8, choices=Side)
    made_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("made by"),
        help_text=_("empty: the customer, through a token"),
    )
    made_at = models.DateTimeField(_("made at"))
    package = models.JSONField(_("package"))
    package_hash = models.CharField(_("hash of the package"), max_length=64)
    words = models.TextField(_("words to the other side"), blank=True, db_default="")
    cost = MoneyField(_("cost to the lender"))
    months = models.PositiveSmallIntegerField(_("length of the plan in months"))
    effect = models.JSONField(_("effect when it was made"))
    state = models.CharField(_("state"), max_length=16, choices=OfferState)
    expires_on = models.DateField(_("can be accepted until"))
    replies_to = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="replies",
        verbose_name=_("answers"),
    )
    request = models.OneToOneField(
        ActRequest,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("request for approval"),
    )

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        permissions: ClassVar = [("make_offers", _("Can make offers to customers"))]
        indexes: ClassVar = [
            # the offers of an appeal, newest first: case page, portal
            models.Index(fields=["appeal", "-id"], name="offer_by_appeal"),
            # what a customer was granted in 12 months: authority
            models.Index(fields=["customer", "state"], name="offer_by_customer"),
            # expire_offers.sql
            models.Index(
                fields=["expires_on"],
                name="offer_open_by_last_day",
                condition=models.Q(state="open"),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["appeal"],
                name="one_open_offer_an_appeal",
                condition=models.Q(state="open"),
            ),
            models.UniqueConstraint(
                fields=["appeal"],
                name="one_offer_in_work_an_appeal",
                condition=models.Q(state__in=["draft", "waiting_approval"]),
            ),
            models.CheckConstraint(condition=amounts("cost"), name="offer_costs_no_less_than_0"),
            models.CheckConstraint(
                condition=models.Q(months__lte=60), name="plan_of_an_offer_is_at_most_60_months"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="waiting_approval") | models.Q(request__isnull=False),
                name="waiting_offer_has_its_request",
            ),
            models.CheckConstraint(
                condition=models.Q(side="customer") | models.Q(made_by__isnull=False),
                name="offer_of_staff_names_them",
            ),
            models.CheckConstraint(
                condition=models.Q(side="staff") | models.Q(request=None),
                name="offer_of_a_customer_asks_for_no_approval",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def granted(self) -> Package:
        return Package.load(self.package)


class OfferEvent(models.Model):
    """One move of an offer. Append-only."""

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="events")
    step = models.CharField(_("step"), max_length=12, choices=Step)
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))
    words = models.TextField(_("words"), blank=True, db_default="")

    class Meta:
        verbose_name = _("move of an offer")
        verbose_name_plural = _("moves of offers")

    def __str__(self) -> str:
        return f"{self.offer_id} {self.step}"


class Signature(models.Model):
    """The customer agreed to exactly `text`, shown in `language`. Append-only."""

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="signatures")
    by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
        help_text=_("empty: the customer, through a token"),
    )
    at = models.DateTimeField(_("signed at"))
    address = models.GenericIPAddressField(_("from the address"), null=True)
    language = models.CharField(_("language"), max_length=10)
    text = models.TextField(_("text"))
    text_hash = models.CharField(_("hash of the text"), max_length=64)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")

    def __str__(self) -> str:
        return f"{self.offer_id} {self.text_hash[:12]}"


class Execution(models.Model):
    """An offer was carried out, once. Append-only; `effect` is before and after it."""

    offer = models.OneToOneField(Offer, on_delete=models.PROTECT, related_name="execution")
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    done_on = models.DateField(_("business date"))
    done_at = models.DateTimeField(_("done at"))
    cost = MoneyField(_("cost to the lender"))
    months = models.PositiveSmallIntegerField(_("length of the plan in months"))
    effect = models.JSONField(_("effect"))

    class Meta:
        verbose_name = _("carried-out offer")
        verbose_name_plural = _("carried-out offers")
        indexes: ClassVar = [
            # what a customer was granted in 12 months: authority
            models.Index(fields=["customer", "done_on"], name="execution_by_customer"),
        ]

    def __str__(self) -> str:
        return str(self.offer_id)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class PlanLength(models.Model):
    """How long a plan a role may grant in a package; what it may cost stands in authority limits.

    A role without a row may grant no plan alone, and approve none.
    """

    role = models.CharField(_("role"), max_length=40, unique=True)
    months_alone = models.PositiveSmallIntegerField(_("months alone"))
    months_approves = models.PositiveSmallIntegerField(_("months approved"))

    class Meta:
        verbose_name = _("plan length limit")
        verbose_name_plural = _("plan length limits")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(months_alone__lte=60, months_approves__lte=60),
                name="plan_length_is_at_most_60_months",
            ),
        ]

    def __str__(self) -> str:
        return self.role
