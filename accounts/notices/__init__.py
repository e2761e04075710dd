"""Notices to customers: in the app and by e-mail, each once.

A room registers its kinds (`register`), queues a notice in the transaction of what it tells
(`queue`, or `queue_from` for a set), and says what silences a customer (`silenced_by`).
`delivering.py` takes what waits, in batches: it holds what may not be said now, drops what is over,
makes the text of the moment and shows it in the app; `mail.py` sends it on. docs/notices.md.
"""

from accounts.notices.kinds import Dropped, Facts, Kind, Text, find, register, texts_in
from accounts.notices.queueing import UnknownKind, queue, queue_from
from accounts.notices.silence import silenced_by

__all__ = [
    "Dropped",
    "Facts",
    "Kind",
    "Text",
    "UnknownKind",
    "find",
    "queue",
    "queue_from",
    "register",
    "silenced_by",
    "texts_in",
]
