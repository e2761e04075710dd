"""Letters as sent, their PDF, and who read them. All append-only."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User


class LetterForm(models.TextChoices):
    HTML = "html", _("Page")
    PDF = "pdf", _("PDF")


class Letter(models.Model):
    """The decision of an appeal as it was sent. `html` is the record; the PDF is made from it."""

    appeal = models.OneToOneField(
        "appeals.Appeal",
        on_delete=models.PROTECT,
        related_name="letter",
        verbose_name=_("appeal"),
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("customer"),
    )
    language = models.CharField(_("language"), max_length=10)
    html = models.TextField(_("text"))
    html_hash = models.CharField(_("hash of the text"), max_length=64)
    dated_on = models.DateField(_("date of the letter"))
    sent_at = models.DateTimeField(_("sent at"))
    sent_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sent by"),
        help_text=_("empty: with the acceptance of an offer"),
    )

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        indexes: ClassVar = [
            # a customer's letters, newest first: portal, data export
            models.Index(fields=["customer", "-id"], name="letter_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.appeal_id} {self.dated_on}"


class LetterPdf(models.Model):
    """The PDF of a letter, made once in the background. Its bytes stand in the database, where
    no one replaces a file unseen."""

    letter = models.OneToOneField(Letter, on_delete=models.PROTECT, related_name="pdf")
    content = models.BinaryField(_("content"))
    content_hash = models.CharField(_("hash of the content"), max_length=64)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("PDF of a letter")
        verbose_name_plural = _("PDFs of letters")

    def __str__(self) -> str:
        return str(self.letter_id)


class LetterView(models.Model):
    """Somebody was shown a letter. Written before the first byte leaves."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="views")
    by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
        help_text=_("empty: the customer, through a token"),
    )
    form = models.CharField(_("as"), max_length=4, choices=LetterForm)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("viewing of a letter")
        verbose_name_plural = _("viewings of letters")

    def __str__(self) -> str:
        return f"{self.letter_id} {self.form}"
