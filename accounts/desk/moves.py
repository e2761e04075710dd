"""One work item at the desk: its page, and the moves that are made there or in a list."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold import widgets

from accounts.desk import stale
from accounts.desk.items import SHOWN, VIEW, dress, is_id, member, person, state
from accounts.models import User, WorkItem, WorkMove
from accounts.work import operations, queries, queues
from accounts.work.choices import CHOSEN, MoveKind, Outcome
from accounts.work.operations import ASSIGN, WORK, Moved, NotPossible


class MoveForm(forms.Form):
    """What a move may carry; each move reads its own part."""

    to = forms.ModelChoiceField(
        queryset=User.objects.none(), required=False, label=pgettext_lazy("work item", "To")
    )
    until = forms.DateTimeField(
        required=False,
        label=pgettext_lazy("work item", "Until"),
        widget=widgets.UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    outcome = forms.ChoiceField(
        required=False,
        label=gettext_lazy("How it ended"),
        choices=[(choice.value, choice.label) for choice in CHOSEN],
        widget=widgets.UnfoldAdminSelectWidget,
    )
    words = forms.CharField(
        required=False,
        max_length=2000,
        label=gettext_lazy("Note"),
        widget=widgets.UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to: Any = self.fields["to"]
        to.empty_label = _("Choose one")
        to.widget = widgets.UnfoldAdminSelectWidget()
        to.queryset = queries.colleagues(user)
        to.label_from_instance = person


def move_view(request: HttpRequest, pk: int, what: str, site: Any) -> HttpResponse:
    """A move of one item, then back to where it was made."""
    user = member(request)
    if request.method != "POST" or not user.has_perms([VIEW, WORK]):
        raise PermissionDenied
    move = _MOVES.get(what)
    item = WorkItem.objects.filter(pk=pk).first()
    if move is None or item is None or not _sees(user, item):
        raise Http404
    if what == "assign" and not user.has_perm(ASSIGN):
        raise PermissionDenied
    form = MoveForm(request.POST, user=user)
    shown = stale.shown(request.POST.get(stale.FIELD, "")) or {"version": 0}
    if not form.is_valid():
        return item_page(request, item, site, form=form)
    try:
        moved = move(item.pk, form.cleaned_data, user, int(shown["version"]))
    except Moved as late:
        return item_page(request, late.item, site, form=form, moved=_stale(shown, late))
    except NotPossible as error:
        form.add_error(None, capfirst(str(error)))
        return item_page(request, WorkItem.objects.get(pk=item.pk), site, form=form)
    queries.forget_badge(item.assigned_to_id, moved.assigned_to_id, user.pk)
    messages.success(request, _SAID[what] % {"title": queues.titled(moved)})
    if request.POST.get("then") == "next":
        return _to_next(request, after=moved.pk)
    return HttpResponseRedirect(_back(request, moved))


def next_view(request: HttpRequest) -> HttpResponse:
    """To the item that somebody should do now."""
    if request.method != "POST" or not member(request).has_perms([VIEW, WORK]):
        raise PermissionDenied
    after = request.POST.get("after", "")
    return _to_next(request, after=int(after) if is_id(after) else None)


def _to_next(request: HttpRequest, after: int | None) -> HttpResponse:
    user = member(request)
    codes = queues.chosen(request.POST.get("queue", ""), user)
    item = operations.claim_next(by=user, codes=codes, at=timezone.now(), after=after)
    queries.forget_badge(user.pk)
    if item is None:
        messages.info(request, _("Nothing is left to do here."))
        return HttpResponseRedirect(reverse("admin:work_desk"))
    return HttpResponseRedirect(dress(item, timezone.now()).address)


def _back(request: HttpRequest, item: WorkItem) -> str:
    """Where the move was made, if that is a page of ours."""
    asked = request.POST.get("back", "")
    if asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return asked
    return reverse("admin:accounts_workitem_change", args=[item.pk])


def _sees(user: User, item: WorkItem) -> bool:
    queue = queues.find(item.queue)
    return queue is not None and user.has_perm(queue.permission)


def _stale(shown: Mapping[str, Any], late: Moved) -> stale.Stale:
    changes = [
        stale.Change(move.at, person(move.by), said(move), move.words) for move in late.since
    ]
    return stale.Stale(stale.differences(shown, state(late.item), SHOWN), changes)


def said(move: WorkMove) -> str:
    """A move in words."""
    text = str(MoveKind(move.kind).label)
    if move.to is not None:
        text += f" → {person(move.to)}"
    if move.until is not None:
        text += " → " + date_format(timezone.localtime(move.until), "Y-m-d H:i")
    return text


def item_page(
    request: HttpRequest,
    item: WorkItem,
    site: Any,
    *,
    form: MoveForm | None = None,
    moved: stale.Stale | None = None,
) -> HttpResponse:
    """One item with its moves, and what can be done with it."""
    user, at = member(request), timezone.now()
    moves = list(item.moves.select_related("by", "to").order_by("pk"))
    for move in moves:
        move.said = said(move)  # type: ignore[attr-defined]
    mine = item.assigned_to_id in (None, user.pk) or user.has_perm(ASSIGN)
    context = {
        **site.each_context(request),
        "title": queues.titled(item),
        "item": dress(item, at),
        "moves": moves,
        "form": form or MoveForm(user=user, initial=_usual(at)),
        "stale": moved,
        "may_work": user.has_perm(WORK) and item.done_at is None,
        "may_move": mine,
        "may_assign": user.has_perm(ASSIGN),
        "own": item.not_for_id == user.pk,
        "back": request.POST.get("back", ""),
        "original": item,
        "opts": WorkItem._meta,
    }
    status = 409 if moved else 200
    return TemplateResponse(request, "admin/work/item.html", context, status=status)


def _usual(at: datetime.datetime) -> dict[str, Any]:
    """Acted on; or rested until tomorrow morning."""
    tomorrow = timezone.localtime(at).date() + datetime.timedelta(days=1)
    return {"outcome": Outcome.ACTED, "until": f"{tomorrow.isoformat()}T09:00"}


_Move = Callable[[int, Mapping[str, Any], User, int], WorkItem]


def _to(data: Mapping[str, Any]) -> User:
    to: User | None = data["to"]
    if to is None:
        raise NotPossible(_("choose a person"))
    return to


def _until(data: Mapping[str, Any]) -> datetime.datetime:
    until: datetime.datetime | None = data["until"]
    if until is None:
        raise NotPossible(_("say until when"))
    return until


_MOVES: dict[str, _Move] = {
    "claim": lambda pk, data, by, v: operations.claim(pk, by=by, version=v, at=timezone.now()),
    "assign": lambda pk, data, by, v: operations.assign(
        pk, to=_to(data), by=by, version=v, at=timezone.now(), words=data["words"]
    ),
    "hand_over": lambda pk, data, by, v: operations.hand_over(
        pk, to=_to(data), words=data["words"], by=by, version=v, at=timezone.now()
    ),
    "release": lambda pk, data, by, v: operations.release(
        pk, by=by, version=v, at=timezone.now(), words=data["words"]
    ),
    "snooze": lambda pk, data, by, v: operations.snooze(
        pk, until=_until(data), words=data["words"], by=by, version=v, at=timezone.now()
    ),
    "wake": lambda pk, data, by, v: operations.wake(pk, by=by, version=v, at=timezone.now()),
    "finish": lambda pk, data, by, v: operations.finish(
        pk, outcome=data["outcome"], by=by, version=v, at=timezone.now(), words=data["words"]
    ),
}
_SAID = {
    "claim": gettext_lazy("Yours now: %(title)s."),
    "assign": gettext_lazy("Assigned: %(title)s."),
    "hand_over": gettext_lazy("Handed over: %(title)s."),
    "release": gettext_lazy("Given back: %(title)s."),
    "snooze": gettext_lazy("Snoozed: %(title)s."),
    "wake": gettext_lazy("Taken up again: %(title)s."),
    "finish": gettext_lazy("Finished: %(title)s."),
}
