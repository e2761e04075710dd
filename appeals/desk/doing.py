"""What staff do on the page of a case; each is one operation, and back to the page."""

import datetime
from collections.abc import Callable, Mapping

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.acts import Refused
from accounts.models import User
from appeals import eligibility, files, operations
from appeals.models import Appeal
from risk.desk.acts import book_date, telling_of_the_night

Doer = Callable[[HttpRequest, Appeal, User, datetime.datetime], str]


def do(request: HttpRequest, appeal: Appeal, what: str) -> HttpResponse:
    """Do one thing and say what was done, or why it was not."""
    user = request.user
    doer = _DOERS.get(what)
    if doer is None:
        raise Http404
    if request.method != "POST" or not isinstance(user, User):
        raise PermissionDenied
    if not user.has_perm(eligibility.HANDLE):
        raise PermissionDenied
    try:
        with telling_of_the_night():
            messages.success(request, doer(request, appeal, user, timezone.now()))
    except Refused as error:
        messages.error(request, str(error))
    address = reverse("admin:appeals_appeal_change", args=[appeal.pk])
    return HttpResponseRedirect(f"{address}{_ANCHORS.get(what, '')}")


def _text(request: HttpRequest) -> str:
    return request.POST.get("text", "")


def _version(request: HttpRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _take(request: HttpRequest, appeal: Appeal, by: User, at: datetime.datetime) -> str:
    operations.take(appeal=appeal, by=by, at=at, version=_version(request))
    return _("It is yours now.")


def _assign(request: HttpRequest, appeal: Appeal, by: User, at: datetime.datetime) -> str:
    text = request.POST.get("to", "")
    known = text.isascii() and text.isdigit() and len(text) < 19
    to = User.objects.filter(pk=int(text), is_staff=True).first() if known else None
    operations.assign(
        appeal=appeal, to=to, by=by, at=at, why=_text(request), version=_version(request)
    )
    return _("%(who)s has it now.") % {"who": to} if to else _("Nobody has it now.")


def _message(request: HttpRequest, appeal: Appeal, by: User, at: datetime.datetime) -> str:
    operations.send_message(
        appeal=appeal, text=_text(request), by=by, at=at, version=_version(request)
    )
    return _("Sent to the customer.")


def _ask(request: HttpRequest, appeal: Appeal, by: User, at: datetime.datetime) -> str:
    operations.ask_customer(
        appeal=appeal, text=_text(request), by=by, at=at, on=book_date(), version=_version(request)
    )
    return _("The customer was asked; our own clock rests until the answer.")


def _answer(request: HttpRequest, appeal: Appeal, by: User, at: datetime.datetime) -> str:
    operations.answer(appeal=appeal, text=_text(request), by=by, at=at, version=_version(request))
    return _("The answer is entered; our own clock goes on.")


def _note(request: HttpRequest, appeal: Appeal, by: User, at: datetime.datetime) -> str:
    operations.add_note(appeal=appeal, text=_text(request), by=by, at=at)
    return _("Noted for colleagues.")


def _withdraw(request: HttpRequest, appeal: Appeal, by: User, at: datetime.datetime) -> str:
    operations.withdraw(
        appeal=appeal, by=by, at=at, on=book_date(), why=_text(request), version=_version(request)
    )
    return _("Withdrawn for the customer.")


def _evidence(request: HttpRequest, appeal: Appeal, by: User, at: datetime.datetime) -> str:
    sent = request.FILES.get("file")
    if sent is None:
        raise operations.AppealRefused(_("Choose a file first."))
    if (sent.size or 0) > files.MOST_BYTES:
        raise operations.AppealRefused(_("The file is too large."))
    operations.attach(appeal=appeal, name=sent.name or "", data=sent.read(), by=by, at=at)
    return _("The file is kept with the appeal.")


def _reopen(request: HttpRequest, appeal: Appeal, by: User, at: datetime.datetime) -> str:
    second = operations.reopen(
        appeal=appeal, words=_text(request), by=by, at=at, on=book_date(),
        channel=request.POST.get("channel", ""),
    )  # fmt: skip
    return _("The second review is %(number)s.") % {"number": second.number}


_DOERS: Mapping[str, Doer] = {
    "take": _take,
    "assign": _assign,
    "message": _message,
    "ask": _ask,
    "answer": _answer,
    "note": _note,
    "withdraw": _withdraw,
    "evidence": _evidence,
    "reopen": _reopen,
}
_ANCHORS: Mapping[str, str] = {"note": "#notes", "message": "#thread", "evidence": "#evidence"}


def names() -> list[str]:
    """What can be done; each is an address."""
    return list(_DOERS)
