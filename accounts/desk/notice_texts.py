"""Texts of notices: which counts, its versions, and a new one: previewed, then published."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.desk.records import ReadOnlyAdmin
from accounts.models import Customer, Notice, NoticeTemplate
from accounts.notices import kinds, texts, versions
from accounts.notices.kinds import Dropped, Kind, Text

PUBLISH = "accounts.publish_notice_texts"
VIEW = "accounts.view_noticetemplate"


class TextForm(forms.Form):
    """A subject, a body, and the customer to show it for."""

    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        max_length=texts.LONGEST_SUBJECT,
        widget=UnfoldAdminTextInputWidget,
    )
    body = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=texts.LONGEST_BODY,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 18, "spellcheck": "true"}),
    )
    customer = forms.CharField(
        label=gettext_lazy("Show it for the customer with the number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Empty: with example facts."),
        widget=UnfoldAdminTextInputWidget,
    )

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind

    def clean_customer(self) -> Customer | None:
        number = self.cleaned_data["customer"].strip()
        if not number:
            return None
        found = Customer.objects.only("pk", "number", "name").filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_("There is no customer with this number."))
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "subject" in data and "body" in data:
            # Browsers send line ends as they please.
            data["text"] = Text(data["subject"].strip(), _lines(data["body"]))
            try:
                texts.check(data["text"], self.kind.variables)
            except texts.TextRefused as error:
                raise forms.ValidationError(str(error)) from error
        return data


def _lines(text: str) -> str:
    return "\n".join(text.strip().splitlines())


@admin.register(NoticeTemplate)
class NoticeTemplateAdmin(ReadOnlyAdmin):
    """All kinds with the text that counts; each text on its page."""

    list_display = ("kind", "language", "version", "subject", "published_by", "published_at")
    shows = ("published_by",)
    list_before_template = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(VIEW))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.text_view)
        own = path("text/<slug:code>/<slug:language>/", view, name="accounts_notice_text")
        return [own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        wanted = [(k.code, code) for k in kinds.all_kinds() for code, _n in settings.LANGUAGES]
        counts = versions.current(wanted)
        rows = [
            (
                kind,
                [(code, name, *counts[kind.code, code]) for code, name in settings.LANGUAGES],
            )
            for kind in kinds.all_kinds()
        ]
        return self._answer(
            request,
            "admin/notices/texts.html",
            {"title": _("Texts of notices"), "rows": rows},
        )

    def text_view(self, request: HttpRequest, code: str, language: str) -> HttpResponse:
        """A text: its versions, its variables, and (for those who may) a new version of it."""
        kind = kinds.find(code)
        if not self.has_view_permission(request):
            raise PermissionDenied
        if kind is None or language not in kind.texts:
            raise Http404
        number, text = versions.current([(code, language)])[code, language]
        form = TextForm(kind=kind, initial={"subject": text.subject, "body": text.body})
        shown: dict[str, Any] = {}
        if request.method == "POST":
            if not request.user.has_perm(PUBLISH):
                raise PermissionDenied
            form = TextForm(request.POST, kind=kind)
            if form.is_valid():
                if request.POST.get("step") == "publish":
                    answer = self._publish(request, kind, language, form)
                    if answer is not None:
                        return answer
                shown = _preview(kind, language, form)
        return self._answer(
            request,
            "admin/notices/text.html",
            {
                "title": f"{kind.label}: {dict(settings.LANGUAGES)[language]}",
                "kind": kind,
                "language": language,
                "number": number,
                "after": request.POST.get("after", number),
                "form": form,
                "variables": _variables(kind),
                "history": NoticeTemplate.objects.filter(kind=code, language=language)
                .select_related("published_by")
                .order_by("-version"),
                "shipped": kind.texts[language],
                "may_publish": request.user.has_perm(PUBLISH),
                **shown,
            },
        )

    def _publish(
        self, request: HttpRequest, kind: Kind, language: str, form: TextForm
    ) -> HttpResponse | None:
        after = request.POST.get("after", "")
        try:
            row = versions.publish(
                kind=kind.code, language=language, text=form.cleaned_data["text"],
                after=int(after) if after.isdigit() else -1, by=request.user, at=timezone.now(),
            )  # fmt: skip
        except versions.NotPublished as error:
            messages.error(request, _("Not published: %(why)s") % {"why": error})
            return None
        messages.success(request, _("Version %(version)s is published.") % {"version": row.version})
        return HttpResponseRedirect(
            reverse("admin:accounts_notice_text", args=[kind.code, language])
        )

    def _answer(self, request: HttpRequest, template: str, shown: dict[str, Any]) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **shown}
        return TemplateResponse(request, template, context)


def _variables(kind: Kind) -> list[tuple[str, str, str]]:
    """Name, and its example: as words, or (a list) figure by figure."""
    found = []
    for name, example in sorted({**kinds.ALWAYS, **kind.variables}.items()):
        plain = isinstance(example, str | int)
        document = "" if plain else json.dumps(example, ensure_ascii=False, indent=1)
        found.append((name, str(example) if plain else "", document))
    return found


def _preview(kind: Kind, language: str, form: TextForm) -> dict[str, Any]:
    """The text with the facts of a customer's last notice of this kind, or with examples."""
    customer = form.cleaned_data["customer"]
    facts, real = _facts(kind, language, customer)
    people = {"name": customer.name, "lender": settings.LENDER} if customer else {}
    try:
        with translation.override(language):
            said = texts.render(form.cleaned_data["text"], {**kinds.ALWAYS, **facts, **people})
    except texts.TextRefused as error:
        form.add_error(None, str(error))
        return {}
    return {"preview": said, "preview_of": customer, "preview_is_real": real}


def _facts(kind: Kind, language: str, customer: Customer | None) -> tuple[Mapping[str, Any], bool]:
    if customer is not None:
        last = Notice.objects.filter(customer=customer, kind=kind.code).order_by("-pk").first()
        if last is not None:
            last.language = language
            found = kind.facts([last]).get(last.pk, Dropped())
            if not isinstance(found, Dropped):
                return found, True
    return kind.variables, False
