"""Which text of a kind counts: the last one that was published, else the shipped one."""

import datetime
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.notices import kinds, texts
from accounts.notices.kinds import Text
from accounts.notices.models import NoticeTemplate


class NotPublished(Exception):
    """Somebody else published a version meanwhile, or nothing was changed; the message says."""


def current(
    wanted: Collection[tuple[str, str]],
) -> Mapping[tuple[str, str], tuple[int, Text]]:
    """Version and text by (kind, language); one query. Unknown kinds are left out."""
    found: dict[tuple[str, str], tuple[int, Text]] = {}
    for code, language in wanted:
        if kind := kinds.find(code):
            found[code, language] = (0, kind.texts[language])
    rows = (
        NoticeTemplate.objects.filter(kind__in={code for code, _language in found})
        .order_by("kind", "language", "-version")
        .distinct("kind", "language")
    )
    for row in rows:
        if (row.kind, row.language) in found:
            found[row.kind, row.language] = (row.version, Text(row.subject, row.body))
    return found


def as_of(code: str, language: str, version: int) -> Text | None:
    """The text of a version; None if there is none."""
    kind = kinds.find(code)
    if version == 0:
        return kind.texts.get(language) if kind else None
    row = NoticeTemplate.objects.filter(kind=code, language=language, version=version).first()
    return Text(row.subject, row.body) if row else None


@transaction.atomic
def publish(
    *, kind: str, language: str, text: Text, after: int, by: Any, at: datetime.datetime
) -> NoticeTemplate:
    """Publish a text as the version that follows `after`, the one it was made from.

    Raises texts.TextRefused, or NotPublished if `after` is not the current version any more.
    """
    known = kinds.find(kind)
    if known is None or language not in known.texts:
        raise NotPublished(_("no such notice"))
    texts.check(text, known.variables)
    with_lock = NoticeTemplate.objects.select_for_update().filter(kind=kind, language=language)
    last = with_lock.order_by("-version").first()
    version = last.version if last else 0
    if version != after:
        raise NotPublished(
            _("version %(version)s was published meanwhile: look at it first")
            % {"version": version}
        )
    if as_of(kind, language, version) == text:
        raise NotPublished(_("nothing was changed"))
    return NoticeTemplate.objects.create(
        kind=kind, language=language, version=version + 1, subject=text.subject, body=text.body,
        published_by=by, published_at=at,
    )  # fmt: skip
