"""Writing and editing internal notes. Every version of the words is kept."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Customer, Note, NoteVersion, User
from accounts.notes.models import MOST_LETTERS

WRITE = "accounts.write_notes"
EDIT_ALL = "accounts.edit_all_notes"


class NotWritten(Exception):
    """The note cannot be written; the message says why."""


class Edited(Exception):
    """Somebody edited the note since it was shown: nothing was saved."""

    def __init__(self, note: Note) -> None:
        super().__init__(str(note))
        self.note = note


@transaction.atomic
def write(
    *, customer: Customer, text: str, pinned: bool = False, by: User, at: datetime.datetime
) -> Note:
    """Add a note to a customer; `at` is the instant. Raises NotWritten."""
    text = _checked(text)
    note = Note.objects.create(
        customer=customer, text=text, pinned=pinned, written_at=at, written_by=by
    )
    _keep(note, by, at)
    return note


@transaction.atomic
def edit(
    note: Note, *, text: str, pinned: bool, version: int, by: User, at: datetime.datetime
) -> Note:
    """Change the words or the pin of a note as it was in `version`; what it said is kept.

    Raises Edited, or NotWritten: somebody else's needs the permission to edit all.
    """
    note = Note.objects.select_for_update(no_key=True, of=("self",)).get(pk=note.pk)
    if note.version != version:
        raise Edited(note)
    if note.written_by_id != by.pk and not by.has_perm(EDIT_ALL):
        raise NotWritten(_("Only who wrote a note, or a supervisor, may change it."))
    text = _checked(text)
    if (text, pinned) == (note.text, note.pinned):
        return note
    note.text, note.pinned, note.version = text, pinned, note.version + 1
    note.save(update_fields=["text", "pinned", "version"])
    _keep(note, by, at)
    return note


def _checked(text: str) -> str:
    text = text.strip().replace("\r\n", "\n").replace("\x00", "")
    if not text:
        raise NotWritten(_("Write something."))
    if len(text) > MOST_LETTERS:
        raise NotWritten(_("A note has at most %(n)s letters.") % {"n": MOST_LETTERS})
    return text


def _keep(note: Note, by: User, at: datetime.datetime) -> None:
    NoteVersion.objects.create(
        note=note, number=note.version, text=note.text, pinned=note.pinned, at=at, by=by
    )
