"""Internal notes at the desk: written on the customer's page, edited on their own."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.acts import dress
from accounts.desk import stale
from accounts.desk.formats import NIL, pill
from accounts.desk.items import member, person
from accounts.desk.links import customer_link
from accounts.desk.records import OwnPage, ReadOnlyAdmin
from accounts.models import Customer, Note, NoteVersion, ReplyTemplate, User
from accounts.notes import operations, queries
from accounts.notes.models import MOST_LETTERS
from accounts.notes.operations import EDIT_ALL, WRITE, Edited, NotWritten
from accounts.replies.rendering import render

VIEW = "accounts.view_note"


class NoteForm(forms.Form):
    words = forms.CharField(label=gettext_lazy("Note"), max_length=MOST_LETTERS)
    pinned = forms.BooleanField(label=gettext_lazy("Pinned to the top"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)
        self.fields["words"].widget.attrs["rows"] = 5


def panel(customer: Customer, request: HttpRequest) -> dict[str, Any]:
    """What the customer's page shows of the notes."""
    user = member(request)
    notes = queries.of_customer(customer.pk)
    for note in notes:
        note.editable = user.has_perm(WRITE) and _may_edit(user, note)  # type: ignore[attr-defined]
    return {
        "notes": notes,
        "count": len(notes),
        "may_write": user.has_perm(WRITE),
        "templates": list(ReplyTemplate.objects.filter(active=True).order_by("name")[:100]),
    }


def _may_edit(user: User, note: Note) -> bool:
    return note.written_by_id == user.pk or user.has_perm(EDIT_ALL)


@admin.register(Note)
class NoteAdmin(OwnPage, ReadOnlyAdmin):
    """Every note, newest first; one note with its history, to be edited."""

    list_display = ("written_at", "of", "says", "pin", "who", "version")
    list_display_links = ("says",)
    list_filter = ("pinned",)
    shows = ("customer", "written_by")
    empty_words = gettext_lazy("No note yet. They are written on a customer's page.")

    @admin.display(description=gettext_lazy("customer"))
    def of(self, row: Note) -> SafeString:
        return customer_link(row.customer)

    @admin.display(description=gettext_lazy("note"))
    def says(self, row: Note) -> str:
        return row.text[:120]

    @admin.display(description=gettext_lazy("pinned"))
    def pin(self, row: Note) -> SafeString:
        return pill(_("Pinned"), "warn") if row.pinned else NIL

    @admin.display(description=gettext_lazy("written by"))
    def who(self, row: Note) -> str:
        return person(row.written_by)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.write_view)
        return [
            path("write/<int:customer_id>/", view, name="accounts_note_write"),
            *super().get_urls(),
        ]

    def write_view(self, request: HttpRequest, customer_id: int) -> HttpResponse:
        """A new note; ?template= begins it with a reply template in the customer's language."""
        user = member(request)
        if not user.has_perms([VIEW, WRITE, "accounts.view_customer"]):
            raise PermissionDenied
        customer = get_object_or_404(Customer, pk=customer_id)
        if request.method != "POST":
            form = NoteForm(initial={"words": _begun(request, customer)})
            return self._page(request, customer, form)
        form = NoteForm(request.POST)
        if form.is_valid():
            try:
                operations.write(
                    customer=customer, text=form.cleaned_data["words"],
                    pinned=form.cleaned_data["pinned"], by=user, at=timezone.now(),
                )  # fmt: skip
            except NotWritten as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The note is kept."))
                return HttpResponseRedirect(_page_of(customer))
        return self._page(request, customer, form)

    def record_page(self, request: HttpRequest, note: Note) -> HttpResponse:
        """One note: its words now, to be edited by those who may, and all its versions."""
        if request.method == "POST":
            return self._edit(request, note)
        form = NoteForm(initial={"words": note.text, "pinned": note.pinned})
        return self._page(request, note.customer, form, note)

    def _edit(self, request: HttpRequest, note: Note) -> HttpResponse:
        user = member(request)
        if not user.has_perm(WRITE):
            raise PermissionDenied
        form = NoteForm(request.POST)
        seen = stale.shown(request.POST.get(stale.FIELD, "")) or {"version": 0}
        late = None
        if form.is_valid():
            try:
                operations.edit(
                    note, text=form.cleaned_data["words"], pinned=form.cleaned_data["pinned"],
                    version=int(seen["version"]), by=user, at=timezone.now(),
                )  # fmt: skip
            except Edited as error:
                note, late = error.note, _late(error.note, seen)
            except NotWritten as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The note is kept."))
                return HttpResponseRedirect(_page_of(note.customer))
        return self._page(request, note.customer, form, note, late)

    def _page(
        self,
        request: HttpRequest,
        customer: Customer,
        form: NoteForm,
        note: Note | None = None,
        late: stale.Stale | None = None,
    ) -> HttpResponse:
        user = member(request)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Internal note"),
            "customer": customer,
            "form": form,
            "note": note,
            "versions": list(note.versions.select_related("by").order_by("-number"))
            if note
            else [],
            "seen": stale.token(_state(note)) if note else "",
            "stale": late,
            "editable": user.has_perm(WRITE) and (note is None or _may_edit(user, note)),
            "templates": list(ReplyTemplate.objects.filter(active=True).order_by("name")[:100]),
            "opts": self.opts,
        }
        status = 409 if late else 200
        return TemplateResponse(request, "admin/notes/note.html", context, status=status)


def _begun(request: HttpRequest, customer: Customer) -> str:
    asked = request.GET.get("template", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return ""
    template = ReplyTemplate.objects.filter(pk=int(asked), active=True).first()
    return render(template, customer, customer.language) if template else ""


def _state(note: Note) -> dict[str, Any]:
    return {"version": note.version, "text": note.text, "pinned": note.pinned}


def _late(note: Note, seen: dict[str, Any]) -> stale.Stale:
    labels = {"text": _("Note"), "pinned": _("Pinned to the top")}
    since = NoteVersion.objects.filter(note=note, number__gt=seen["version"])
    changes = [
        stale.Change(row.at, person(row.by)) for row in since.select_related("by").order_by("pk")
    ]
    return stale.Stale(stale.differences(seen, _state(note), labels), changes)


def _page_of(customer: Customer) -> str:
    return reverse("admin:accounts_customer_change", args=[customer.pk]) + "#notes"
