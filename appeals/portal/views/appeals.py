"""Appeals: what the customer filed, filing one, talking about it, taking it back."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access.rates import Rate, TooOften
from accounts.acts import Refused
from accounts.models import Customer
from appeals import operations
from appeals.choices import Ask, Channel, Kind, State
from appeals.letters import operations as letters
from appeals.letters.models import Letter, LetterForm
from appeals.letters.pdf import NoPdf
from appeals.models import Appeal
from appeals.offers import queries as offers
from appeals.portal import about
from appeals.portal.door import for_customers
from appeals.queries import mine, objecting
from risk.desk.acts import book_date

FILED = Rate("appeals", 20, 24 * 3600)
TYPES = ".pdf,.jpg,.jpeg,.png,.webp"


class Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    widget = Files

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        rows = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(FilesField, self).clean(row, initial) for row in rows]


def _files() -> FilesField:
    return FilesField(
        label=gettext_lazy("Files that show it"),
        required=False,
        help_text=gettext_lazy("Photos or PDF, such as a bill of a hospital. At most 5 at once."),
        widget=Files(attrs={"accept": TYPES}),
    )


class AppealForm(forms.Form):
    about = forms.ChoiceField(label=gettext_lazy("What is it about?"), required=False)
    also = forms.ChoiceField(label=gettext_lazy("And about what else?"), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("What is it?"),
        choices=[
            (Kind.APPEAL.value, gettext_lazy("I object to this decision")),
            (Kind.OBJECTION.value, gettext_lazy("Something recorded about me is wrong")),
            (Kind.HARDSHIP.value, gettext_lazy("I cannot pay at present and ask for help")),
            (Kind.COMPLAINT.value, gettext_lazy("I complain about how I was treated")),
        ],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=gettext_lazy("What happened?"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("In your own words. A person reads it."),
    )
    asks = forms.MultipleChoiceField(
        label=gettext_lazy("What do you ask for?"),
        choices=Ask.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    evidence = _files()
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = [
            (about.ref(customer.pk, kind, pk), words)
            for kind, pk, words in mine.to_appeal_against(customer.pk)
        ]
        for name, none in (("about", _("Nothing of the list")), ("also", _("Nothing else"))):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", none), *found]
        self._offer_what_is_named(customer)

    def subjects(self, customer: Customer) -> list[tuple[str, int]]:
        """What is contested, the main thing first."""
        refs = [self.cleaned_data[name] for name in ("about", "also") if self.cleaned_data[name]]
        return [pair for ref in refs if (pair := about.unref(customer.pk, ref))]

    def _offer_what_is_named(self, customer: Customer) -> None:
        """What the page that led here named, though it is too old for the list."""
        field: Any = self.fields["about"]
        choices, ref = list(field.choices), str(self["about"].value() or "")
        named = about.unref(customer.pk, ref) if ref else None
        if named is None or ref in dict(choices):
            return
        if words := objecting.words_for(customer.pk, *named):
            field.choices = [*choices, (ref, words)]


@require_safe
@for_customers
def appeals(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/appeals/`, newest first."""
    rows = mine.appeals_of(customer.pk)
    return render(request, "my/appeals.html", {"customer": customer, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def new(request: HttpRequest, customer: Customer) -> HttpResponse:
    """`/my/appeals/new/`: file one; sent twice, it is filed once."""
    initial = {
        "about": request.GET.get("about", ""),
        "kind": Kind.HARDSHIP.value if request.GET.get("kind") == "hardship" else Kind.APPEAL,
        "token": uuid4(),
    }
    form = AppealForm(
        request.POST or None, request.FILES or None, customer=customer, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        appeal = _submit(request, customer, form)
        if appeal is not None:
            _attach(request, appeal, form.cleaned_data["evidence"])
            messages.success(
                request,
                _("We have it: %(number)s. A person looks at it.") % {"number": appeal.number},
            )
            return redirect("my:appeal", appeal.public_id)
    return render(request, "my/appeal_new.html", {"customer": customer, "form": form})


def _submit(request: HttpRequest, customer: Customer, form: AppealForm) -> Appeal | None:
    data = form.cleaned_data
    try:
        FILED.count(str(customer.pk))
        return operations.submit(
            customer=customer,
            kind=data["kind"],
            words=data["words"],
            asks=data["asks"],
            subjects_=form.subjects(customer),
            channel=Channel.PORTAL,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            on=book_date(),
            language=get_language() or "",
            token=data["token"],
        )
    except TooOften:
        form.add_error(None, _("You filed many appeals today. Add to one of them instead."))
    except Refused as error:
        form.add_error(None, str(error))
    return None


def _attach(request: HttpRequest, appeal: Appeal, files: list[Any]) -> int:
    """How many were taken; those that were not are named in a message."""
    taken = 0
    for file in files[:5]:
        try:
            operations.attach(
                appeal=appeal,
                name=file.name,
                data=file.read(),
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            )
            taken += 1
        except Refused as error:
            messages.error(
                request, _("%(name)s: %(why)s") % {"name": str(file.name)[:80], "why": error}
            )
    return taken


class MessageForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Write to us"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    evidence = _files()


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def appeal(request: HttpRequest, customer: Customer, public_id: UUID) -> HttpResponse:
    """`/my/appeals/ID/`: where it stands, what was said, what is offered; POST adds to it."""
    seen = _find(customer, public_id)
    form = MessageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and _say(request, seen, form):
        return redirect("my:appeal", public_id)
    context = {
        "customer": customer,
        "seen": seen,
        "appeal": seen.appeal,
        "form": form,
        "offers": offers.for_customer(seen.appeal, get_language() or "en", book_date()),
        "letter": Letter.objects.filter(appeal=seen.appeal).first(),
        "asked_for": _(", ").join(str(Ask(ask).label) for ask in seen.appeal.asks),
        "can_offer": seen.appeal.state in (State.IN_REVIEW, State.NEGOTIATING),
    }
    return render(request, "my/appeal.html", context)


def _say(request: HttpRequest, seen: mine.Mine, form: MessageForm) -> bool:
    text = form.cleaned_data["text"].strip()
    files = form.cleaned_data["evidence"]
    if not text and not files:
        form.add_error("text", _("Write something, or choose a file."))
        return False
    taken = _attach(request, seen.appeal, files)
    by: Any = request.user
    try:
        if text:
            operations.send_message(appeal=seen.appeal, text=text, by=by, at=timezone.now())
        elif taken and "answer" in seen.may:
            operations.answer(appeal=seen.appeal, by=by, at=timezone.now())
    except Refused as error:
        form.add_error("text", str(error))
        return False
    return True


@require_POST
@for_customers
def withdraw(request: HttpRequest, customer: Customer, public_id: UUID) -> HttpResponse:
    seen = _find(customer, public_id)
    by: Any = request.user
    try:
        operations.withdraw(appeal=seen.appeal, by=by, at=timezone.now(), on=book_date())
        messages.success(request, _("The appeal is withdrawn."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("my:appeal", public_id)


@require_POST
@for_customers
def reopen(request: HttpRequest, customer: Customer, public_id: UUID) -> HttpResponse:
    """Ask for the second review, by somebody else."""
    seen = _find(customer, public_id)
    by: Any = request.user
    try:
        second = operations.reopen(
            appeal=seen.appeal,
            words=request.POST.get("words", ""),
            by=by,
            at=timezone.now(),
            on=book_date(),
        )
    except Refused as error:
        messages.error(request, str(error))
        return redirect("my:appeal", public_id)
    messages.success(request, _("Somebody else will look at it again."))
    return redirect("my:appeal", second.public_id)


@require_safe
@for_customers
def file(request: HttpRequest, customer: Customer, public_id: UUID, file_id: UUID) -> HttpResponse:
    """A file that the customer handed in, as a download."""
    row = mine.evidence_of(customer.pk, file_id)
    if row is None or row.appeal.public_id != public_id:
        raise Http404
    by: Any = request.user
    try:
        data = operations.open_evidence(evidence=row, by=by, at=timezone.now(), saved=True)
    except (Refused, FileNotFoundError) as error:
        raise Http404 from error
    answer = HttpResponse(data, content_type=row.content_type)
    answer["Content-Disposition"] = f'attachment; filename="{row.public_id}.{_ending(row)}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _ending(row: Any) -> str:
    return {"image/png": "png", "image/jpeg": "jpg"}.get(row.content_type, "pdf")


@require_safe
@for_customers
def letter(request: HttpRequest, customer: Customer, public_id: UUID) -> HttpResponse:
    """The decision as it was sent: the letter as a PDF, or as a page where none can be made."""
    row = (
        Letter.objects.filter(appeal__customer=customer, appeal__public_id=public_id)
        .select_related("appeal")
        .first()
    )
    if row is None:
        raise Http404
    by: Any = request.user
    try:
        made = letters.make_pdf(row, at=timezone.now())
    except NoPdf:
        letters.record_view(row, by=by, form=LetterForm.HTML, at=timezone.now())
        shown = {"html": row.html, "language": row.language, "title": row.appeal.number}
        return render(request, "appeals/letters/page.html", shown)
    letters.record_view(row, by=by, form=LetterForm.PDF, at=timezone.now())
    answer = HttpResponse(bytes(made.content), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{row.appeal.number}.pdf"'
    return answer


def _find(customer: Customer, public_id: UUID) -> mine.Mine:
    seen = mine.appeal_of(customer.pk, public_id, today=book_date())
    if seen is None:
        raise Http404
    return seen
