"""Reply templates: texts with variables in both languages, with every version of them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ReplyTemplate(models.Model):
    """A text that staff insert instead of writing it again; as it reads now."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    text_en = models.TextField(_("text in English"))
    text_zh_hans = models.TextField(_("text in Simplified Chinese"))
    active = models.BooleanField(_("in use"), db_default=True, default=True)
    version = models.PositiveIntegerField(_("version"), db_default=1, default=1)

    class Meta:
        verbose_name = _("reply template")
        verbose_name_plural = _("reply templates")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(text_en="") & ~models.Q(text_zh_hans=""),
                name="reply_says_something_in_both_languages",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReplyTemplateVersion(models.Model):
    """A template from a moment on, and who made it so. Never edited."""

    template = models.ForeignKey(
        ReplyTemplate,
        on_delete=models.PROTECT,
        related_name="versions",
        db_index=False,
        verbose_name=_("reply template"),
    )
    number = models.PositiveIntegerField(_("version"))
    name = models.CharField(_("name"), max_length=80)
    text_en = models.TextField(_("text in English"))
    text_zh_hans = models.TextField(_("text in Simplified Chinese"))
    active = models.BooleanField(_("in use"))
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )

    class Meta:
        verbose_name = _("version of a reply template")
        verbose_name_plural = _("versions of reply templates")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["template", "number"], name="reply_version_has_a_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
