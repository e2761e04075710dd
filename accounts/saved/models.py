"""Filters of lists that somebody keeps under a name."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class SavedFilter(models.Model):
    """The filters and the search of a list, as its address has them; never a phone or ID number."""

    of = models.CharField(_("list"), max_length=80)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filters"), max_length=1000)
    shared = models.BooleanField(_("shared"), db_default=False, default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("owner"),
    )
    saved_at = models.DateTimeField(_("saved at"), db_default=Now())

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        permissions: ClassVar = [("share_filters", _("Can share saved filters with everybody"))]
        indexes: ClassVar = [
            # those that everybody sees beside a list's search
            models.Index(fields=["of"], name="shared_filter", condition=models.Q(shared=True)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "of", "name"], name="one_saved_filter_a_name"),
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_filter_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
