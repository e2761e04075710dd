"""Reply templates at the desk: edited by who leads the desk, previewed against a customer."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold import widgets

from accounts.desk import stale
from accounts.desk.formats import pill
from accounts.desk.items import member, person
from accounts.desk.records import OwnPage, ReadOnlyAdmin
from accounts.models import Customer, ReplyTemplate
from accounts.replies import operations
from accounts.replies.operations import MOST_LETTERS, Edited, NotKept
from accounts.replies.rendering import all_variables, fill

CHANGE = "accounts.change_replytemplate"
ADD = "accounts.add_replytemplate"
_TEXT = {"rows": 7}


class ReplyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("name"), max_length=80, widget=widgets.UnfoldAdminTextInputWidget
    )
    text_en = forms.CharField(
        label=gettext_lazy("text in English"),
        max_length=MOST_LETTERS,
        widget=widgets.UnfoldAdminTextareaWidget(attrs=_TEXT),
    )
    text_zh_hans = forms.CharField(
        label=gettext_lazy("text in Simplified Chinese"),
        max_length=MOST_LETTERS,
        widget=widgets.UnfoldAdminTextareaWidget(attrs=_TEXT),
    )
    active = forms.BooleanField(label=gettext_lazy("in use"), required=False, initial=True)
    number = forms.CharField(
        label=gettext_lazy("Preview for the customer with the number"),
        max_length=40,
        required=False,
        widget=widgets.UnfoldAdminTextInputWidget,
    )


@admin.register(ReplyTemplate)
class ReplyTemplateAdmin(OwnPage, ReadOnlyAdmin):
    """The templates; one on its page with its form, its preview and its versions."""

    list_display = ("name", "english", "chinese", "use", "version")
    list_display_links = ("name",)
    list_filter = ("active",)
    search_fields = ("name",)
    list_before_template = "admin/replies/new.html"
    empty_words = gettext_lazy("No template yet.")

    @admin.display(description=gettext_lazy("text in English"))
    def english(self, row: ReplyTemplate) -> str:
        return row.text_en[:80]

    @admin.display(description=gettext_lazy("text in Simplified Chinese"))
    def chinese(self, row: ReplyTemplate) -> str:
        return row.text_zh_hans[:40]

    @admin.display(description=gettext_lazy("in use"))
    def use(self, row: ReplyTemplate) -> SafeString:
        return pill(_("In use"), "good") if row.active else pill(_("Not in use"))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.new_view)
        return [path("new/", view, name="accounts_replytemplate_new"), *super().get_urls()]

    def new_view(self, request: HttpRequest) -> HttpResponse:
        if not member(request).has_perms([ADD, CHANGE]):
            raise PermissionDenied
        form = ReplyForm(request.POST or None)
        if request.method == "POST":
            return self._save(request, form, None)
        return self._page(request, form, None)

    def record_page(self, request: HttpRequest, template: ReplyTemplate) -> HttpResponse:
        if request.method == "POST":
            if not member(request).has_perm(CHANGE):
                raise PermissionDenied
            return self._save(request, ReplyForm(request.POST), template)
        return self._page(request, ReplyForm(initial=_state(template)), template)

    def _save(
        self, request: HttpRequest, form: ReplyForm, template: ReplyTemplate | None
    ) -> HttpResponse:
        if not form.is_valid() or request.POST.get("step") == "preview":
            return self._page(request, form, template)
        data = {name: value for name, value in form.cleaned_data.items() if name != "number"}
        seen = stale.shown(request.POST.get(stale.FIELD, "")) or {"version": 0}
        given: dict[str, Any] = {**data, "by": member(request), "at": timezone.now()}
        try:
            if template is None:
                template = operations.make(**given)
            else:
                operations.change(template, version=int(seen["version"]), **given)
        except Edited as error:
            return self._page(request, form, error.template, _late(error.template, seen))
        except NotKept as error:
            form.add_error(None, str(error))
            return self._page(request, form, template)
        messages.success(request, _("The template is saved."))
        return HttpResponseRedirect(
            reverse("admin:accounts_replytemplate_change", args=[template.pk])
        )

    def _page(
        self,
        request: HttpRequest,
        form: ReplyForm,
        template: ReplyTemplate | None,
        late: stale.Stale | None = None,
    ) -> HttpResponse:
        versions = template.versions.select_related("by").order_by("-number") if template else []
        context = {
            **self.admin_site.each_context(request),
            "title": template.name if template else _("New reply template"),
            "form": form,
            "template": template,
            "versions": list(versions),
            "variables": all_variables(),
            "preview": _preview(form),
            "seen": stale.token(_state(template)) if template else "",
            "stale": late,
            "may_change": member(request).has_perm(CHANGE),
            "opts": self.opts,
        }
        status = 409 if late else 200
        return TemplateResponse(request, "admin/replies/reply.html", context, status=status)


def _preview(form: ReplyForm) -> dict[str, Any] | None:
    """Both texts for the customer that the form names."""
    if not form.is_bound or not form.is_valid() or not form.cleaned_data["number"].strip():
        return None
    customer = Customer.objects.filter(number=form.cleaned_data["number"].strip()).first()
    if customer is None:
        form.add_error("number", _("There is no customer of this number."))
        return None
    on = timezone.localdate()
    return {
        "customer": customer,
        "en": fill(form.cleaned_data["text_en"], customer, "en", on),
        "zh": fill(form.cleaned_data["text_zh_hans"], customer, "zh-hans", on),
    }


def _state(template: ReplyTemplate) -> dict[str, Any]:
    names = ("version", "name", "text_en", "text_zh_hans", "active")
    return {name: getattr(template, name) for name in names}


def _late(template: ReplyTemplate, seen: dict[str, Any]) -> stale.Stale:
    labels = {
        "name": _("name"), "text_en": _("text in English"),
        "text_zh_hans": _("text in Simplified Chinese"), "active": _("in use"),
    }  # fmt: skip
    since = template.versions.filter(number__gt=seen["version"]).select_related("by")
    changes = [stale.Change(row.at, person(row.by)) for row in since.order_by("pk")]
    return stale.Stale(stale.differences(seen, _state(template), labels), changes)
