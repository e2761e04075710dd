"""Files of an appeal: handed in, scanned, and shown to those who may see them."""

import datetime
import hashlib
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from appeals import files, rules, store
from appeals.choices import Scan, Who
from appeals.models import Appeal, Evidence, EvidenceView
from appeals.operations import actors, moving
from appeals.operations.actors import AppealRefused, By, NotAllowed

VIEW = "appeals.view_evidence_files"


def attach(*, appeal: Appeal, name: str, data: bytes, by: By, at: datetime.datetime) -> Evidence:
    """Hand in a file; the same one again is the one that is there already.

    Raises files.FileRefused for one that is not taken. It does not count as the answer to a
    question: `answer` says that all of it is in.
    """
    figures = rules.rules_on(appeal.received_on).evidence
    cleaned = files.clean(name, data, megabytes=figures.megabytes)
    digest = hashlib.sha256(cleaned.data).hexdigest()
    with moving.locked(appeal, by=by) as (row, who):
        known = Evidence.objects.filter(appeal=row, sha256=digest).first()
        if known is not None:
            return known
        if Evidence.objects.filter(appeal=row).count() >= figures.files:
            raise AppealRefused(
                _("At most %(n)s files can be handed in with one appeal.") % {"n": figures.files}
            )
        moving.log(row, "evidence", who=who, by=by, at=at)
        stored_as = store.put(cleaned.data)
        try:
            return _keep(row, cleaned, digest, stored_as, who, by, at)
        except BaseException:
            store.remove(stored_as)
            raise


def open_evidence(
    *, evidence: Evidence, by: By, at: datetime.datetime, saved: bool = False
) -> bytes:
    """The bytes of a file, for those who may see it; a viewing by staff is on record before."""
    appeal = evidence.appeal
    if isinstance(by, User) and by.is_staff:
        if not by.has_perm(VIEW):
            raise NotAllowed(_("You may not open evidence."))
        actors.require_free(by, appeal)
    elif actors.who(by, appeal.customer_id) != Who.CUSTOMER:
        raise NotAllowed(_("There is no such appeal."))
    if not evidence.may_be_shown:
        raise AppealRefused(_("The file was not found harmless yet."))
    if isinstance(by, User):
        EvidenceView.objects.create(evidence=evidence, by=by, at=at, saved=saved)
    return store.get(evidence.stored_as)


def record_scan(*, evidence: Evidence, at: datetime.datetime) -> Evidence:
    """Ask the scanner of the settings about a file that waits for it; a harmful one is removed."""
    scanner = _scanner()
    with transaction.atomic():
        row = Evidence.objects.select_for_update().get(pk=evidence.pk)
        if row.scan != Scan.WAITING or scanner is None:
            return row
        clean = bool(scanner(store.get(row.stored_as), row.name))
        row.scan, row.scanned_at = Scan.CLEAN if clean else Scan.REFUSED, at
        row.save(update_fields=["scan", "scanned_at"])
        if not clean:
            transaction.on_commit(lambda: store.remove(row.stored_as))
    return row


def _keep(
    appeal: Appeal,
    cleaned: files.Cleaned,
    digest: str,
    stored_as: str,
    who: Who,
    by: By,
    at: datetime.datetime,
) -> Evidence:
    return Evidence.objects.create(
        appeal=appeal,
        name=cleaned.name,
        content_type=cleaned.content_type,
        size=len(cleaned.data),
        sha256=digest,
        stored_as=stored_as,
        scan=Scan.WAITING if _scanner() else Scan.UNCHECKED,
        author=who,
        by=actors.user(by),
        at=at,
    )


def _scanner() -> Any:
    """The callable that EVIDENCE_SCANNER names: (bytes, name) -> whether it is harmless."""
    path: str = settings.EVIDENCE_SCANNER
    if not path:
        return None
    module, _dot, name = path.rpartition(".")
    return getattr(import_module(module), name)
