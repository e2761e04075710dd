"""Users (staff and customers), customers."""

import uuid
from typing import ClassVar

import pghistory
from django.contrib.auth.models import AbstractUser, Group
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import ExtractDay, ExtractMonth, Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import crypto
from accounts.access.models import ApiToken, DataExport, SignInCode
from accounts.bulk.models import BulkRun as BulkRun
from accounts.bulk.models import BulkTarget as BulkTarget
from accounts.fields import EncryptedTextField
from accounts.marks import Mark
from accounts.notes.models import Note as Note
from accounts.notes.models import NoteVersion as NoteVersion
from accounts.notices.models import ContactPreference as ContactPreference
from accounts.notices.models import Notice as Notice
from accounts.notices.models import NoticeAttempt as NoticeAttempt
from accounts.notices.models import NoticeTemplate as NoticeTemplate
from accounts.outbox.models import OutboxEvent as OutboxEvent
from accounts.outbox.models import WebhookAttempt as WebhookAttempt
from accounts.outbox.models import WebhookDelivery as WebhookDelivery
from accounts.outbox.models import WebhookEndpoint as WebhookEndpoint
from accounts.partner.models import Answer as Answer
from accounts.partner.models import ServiceAccount as ServiceAccount
from accounts.partner.models import ServiceToken as ServiceToken
from accounts.replies.models import ReplyTemplate as ReplyTemplate
from accounts.replies.models import ReplyTemplateVersion as ReplyTemplateVersion
from accounts.saved.models import SavedFilter as SavedFilter
from accounts.signin.records import Attempts, SignInEvent
from accounts.staff_acts import ActRequest as ActRequest
from accounts.staff_acts import AuthorityLimit as AuthorityLimit
from accounts.staff_acts import StaffAct as StaffAct
from accounts.traces import Disclosure, Export, ExportJob
from accounts.work.models import QueueSync as QueueSync
from accounts.work.models import WorkItem as WorkItem
from accounts.work.models import WorkMove as WorkMove

__all__ = [
    "ApiToken",
    "Attempts",
    "Customer",
    "DataExport",
    "Disclosure",
    "Export",
    "ExportJob",
    "Mark",
    "SignInCode",
    "SignInEvent",
    "User",
]


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Customer(models.Model):
    """One person with at most one line per product and one credit score."""

    public_id = models.UUIDField(
        _("public id"), default=uuid.uuid4, db_default=models.Func(function="gen_random_uuid")
    )
    number = models.CharField(_("number"), max_length=40, unique=True)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=120)
    opened_on = models.DateField(_("customer since"), help_text=_("business date"))
    phone = EncryptedTextField(_("phone"), null=True, blank=True)
    phone_index = models.CharField(max_length=64, db_default="", blank=True, editable=False)
    id_number = EncryptedTextField(_("ID number"), null=True, blank=True)
    id_number_index = models.CharField(max_length=64, db_default="", blank=True, editable=False)
    language = models.CharField(
        _("language"), max_length=10, db_default="zh-hans", default="zh-hans"
    )

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes: ClassVar = [
            # desk search by name, from its first letter (in Chinese: from the family name)
            models.Index(OpClass(Upper("name"), "text_pattern_ops"), name="customer_by_name"),
            # desk search by phone and ID number: exact, through the keyed fingerprint
            models.Index(
                fields=["phone_index"],
                name="customer_by_phone",
                condition=~models.Q(phone_index=""),
            ),
            models.Index(
                fields=["id_number_index"],
                name="customer_by_id_number",
                condition=~models.Q(id_number_index=""),
            ),
            # the night: who has an anniversary today (risk/sql/points_tenure.sql)
            models.Index(
                ExtractMonth("opened_on"), ExtractDay("opened_on"), name="customer_by_anniversary"
            ),
            # the night: whose first day is today (risk/sql/start_scores.sql)
            models.Index(fields=["opened_on"], name="customer_by_first_day"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(number=""), name="customer_number_is_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def masked_phone(self) -> str:
        return crypto.mask(self.phone or "", 3, 4)

    @property
    def masked_id_number(self) -> str:
        return crypto.mask(self.id_number or "", 3, 2)


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    exclude=["password", "last_login"],
)
class User(AbstractUser):
    """Somebody who signs in: staff, or a customer (then `customer` is set)."""

    customer = models.OneToOneField(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="user",
        verbose_name=_("customer"),
    )
    language = models.CharField(_("language"), max_length=10, blank=True, default="")

    class Meta(AbstractUser.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(customer__isnull=True)
                | models.Q(is_staff=False, is_superuser=False),
                name="user_is_staff_or_customer_not_both",
            ),
        ]


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class UserRole(User.groups.through):  # type: ignore[misc, name-defined]
    """That somebody has a role; here for its record alone."""

    class Meta:
        proxy = True


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class RolePermission(Group.permissions.through):  # type: ignore[misc, name-defined]
    """That a role has a permission; here for its record alone."""

    class Meta:
        proxy = True
