"""Files that show what an appeal claims, and who looked at them."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from appeals.choices import Scan, Who
from appeals.models.appeals import Appeal


class Evidence(models.Model):
    """A file of an appeal. `stored_as` is a random name in the private store, encrypted there.

    `name` is what the sender called it, for people to read: it names no path. The bytes of an
    image are ours (re-encoded, without metadata); `sha256` is of what is stored, before
    encryption.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    appeal = models.ForeignKey(
        Appeal, on_delete=models.PROTECT, related_name="evidence", db_index=False
    )
    name = models.CharField(_("name"), max_length=120)
    content_type = models.CharField(_("type"), max_length=40)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=80, unique=True, editable=False)
    scan = models.CharField(_("virus scan"), max_length=10, choices=Scan)
    scanned_at = models.DateTimeField(_("scanned at"), null=True, blank=True)
    author = models.CharField(_("sent by"), max_length=8, choices=Who)
    by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("entered by"),
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        indexes: ClassVar = [
            # the case page and the portal, oldest first
            models.Index(fields=["appeal", "id"], name="evidence_by_appeal"),
            # what waits for the scanner
            models.Index(
                fields=["id"], name="evidence_to_scan", condition=models.Q(scan="waiting")
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["appeal", "sha256"], name="same_file_is_filed_once_an_appeal"
            ),
            models.CheckConstraint(
                condition=models.Q(content_type__in=["image/jpeg", "image/png", "application/pdf"]),
                name="evidence_is_an_image_or_a_pdf",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")

    @property
    def may_be_shown(self) -> bool:
        return self.scan in (Scan.CLEAN, Scan.UNCHECKED)


class EvidenceView(models.Model):
    """Somebody was shown a file. Written before the first byte leaves; append-only."""

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    saved = models.BooleanField(_("as a download"))

    class Meta:
        verbose_name = _("viewing of evidence")
        verbose_name_plural = _("viewings of evidence")

    def __str__(self) -> str:
        return f"{self.evidence_id} {self.at:%Y-%m-%d}"
