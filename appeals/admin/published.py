"""The rules of appeals and the working calendars: their versions, and publishing another, which is
filled in, looked at again with what changes, then published."""

import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.acts import Refused
from accounts.desk.figures import Table
from accounts.desk.formats import Words
from accounts.desk.records import ReadOnlyAdmin
from accounts.models import User
from appeals import operations, rules
from appeals.clocks import calendar
from appeals.desk.published import (
    CalendarForm,
    Publishing,
    RulesForm,
    calendar_tables,
    rule_tables,
)
from appeals.models import AppealRules, WorkCalendar
from appeals.operations import figures
from risk.desk.acts import book_date


class PublishedAdmin(ReadOnlyAdmin):
    """Versions that each hold from a day on."""

    change_list_template = "admin/appeals/versions.html"
    change_form_template = "admin/desk/figures.html"
    list_before_template = None
    permission = ""
    publish_title: Words = ""
    shows = ("published_by",)

    def get_urls(self) -> list[Any]:
        name = f"appeals_{self.opts.model_name}_publish"
        own = path("publish/", self.admin_site.admin_view(self.publish_view), name=name)
        return [own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        shown = {"publish_url": self._address() if self._may(request) else ""}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("effective_from",)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        version = kwargs.get("obj")
        if version is not None:
            before = self.before(version)
            context |= {
                "tables": self.tables(version.document, before.document if before else None),
                "before": before,
                "before_model": self.opts.label_lower,
                "facts": [
                    (_("effective from"), version.effective_from.isoformat()),
                    (_("published by"), version.published_by or ""),
                    *self.more_facts(version),
                ],
            }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def publish_view(self, request: HttpRequest) -> HttpResponse:
        """Fill in; look again; publish."""
        user = request.user
        if not isinstance(user, User) or not self._may(request):
            raise PermissionDenied
        today = book_date()
        form = self.asked(request, today)
        shown: dict[str, Any] = {}
        if request.method == "POST" and form.is_valid():
            step = request.POST.get("step")
            if step == "publish" and self._published(request, form, user, today):
                return HttpResponseRedirect(
                    reverse(f"admin:appeals_{self.opts.model_name}_changelist")
                )
            if step != "again":
                shown = self._second_look(form)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.publish_title,
            "form": form,
            "back": reverse(f"admin:appeals_{self.opts.model_name}_changelist"),
            **shown,
        }
        return TemplateResponse(request, "admin/appeals/publish.html", context)

    def _second_look(self, form: Publishing) -> dict[str, Any]:
        data = form.cleaned_data
        before = self.in_force(data)
        tables = self.tables(data["document"], before)
        return {
            "tables": tables,
            "changes": sum(table.changes for table in tables),
            "is_first": before is None,
            "first_day": data["effective_from"],
            "entered": [(name, form.data.get(name, "")) for name in form.fields],
        }

    def _published(
        self, request: HttpRequest, form: Publishing, user: User, today: datetime.date
    ) -> bool:
        try:
            self.publish(form.cleaned_data, user, today)
        except Refused as error:
            form.add_error(None, str(error))
            return False
        messages.success(request, gettext("Published. It is in force from the day you chose."))
        return True

    def _may(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(self.permission))

    def _address(self) -> str:
        return reverse(f"admin:appeals_{self.opts.model_name}_publish")

    # -- what differs --------------------------------------------------------------------

    def before(self, version: Any) -> Any:
        raise NotImplementedError

    def tables(self, document: Any, before: Any) -> list[Table]:
        raise NotImplementedError

    def more_facts(self, version: Any) -> list[tuple[Words, Any]]:
        raise NotImplementedError

    def asked(self, request: HttpRequest, today: datetime.date) -> Publishing:
        raise NotImplementedError

    def in_force(self, data: dict[str, Any]) -> Any:
        raise NotImplementedError

    def publish(self, data: dict[str, Any], by: User, today: datetime.date) -> object:
        raise NotImplementedError


@admin.register(AppealRules)
class AppealRulesAdmin(PublishedAdmin):
    list_display = ("effective_from", "preset", "published_by", "published_at")
    keyset = ("effective_from", "pk")
    empty_words = _("The figures are those that the product ships for the preset of the policy.")
    permission = figures.PUBLISH_RULES
    publish_title = _("Publish rules of appeals")

    def before(self, version: AppealRules) -> AppealRules | None:
        older = AppealRules.objects.filter(effective_from__lt=version.effective_from)
        return older.order_by("-effective_from").first()

    def tables(self, document: Any, before: Any) -> list[Table]:
        return rule_tables(document, before)

    def more_facts(self, version: AppealRules) -> list[tuple[Words, Any]]:
        return [(_("preset"), version.preset)]

    def asked(self, request: HttpRequest, today: datetime.date) -> Publishing:
        if request.method == "POST":
            return RulesForm(request.POST, today=today)
        newest = AppealRules.objects.order_by("-effective_from").first()
        document = newest.document if newest else rules.rules_on(today).document()
        initial = {"after": newest.pk if newest else 0, **RulesForm.begin(document)}
        return RulesForm(initial=initial, today=today)

    def in_force(self, data: dict[str, Any]) -> Any:
        return rules.rules_on(data["effective_from"]).document()

    def publish(self, data: dict[str, Any], by: User, today: datetime.date) -> object:
        return operations.publish_rules(
            document=data["document"], effective_from=data["effective_from"], by=by, on=today,
            after=data["after"],
        )  # fmt: skip


@admin.register(WorkCalendar)
class WorkCalendarAdmin(PublishedAdmin):
    """Working hours and holidays, version by version."""

    list_display = ("code", "name", "effective_from", "published_by", "published_at")
    keyset = ("effective_from", "pk")
    empty_words = _("The calendars are those that the product ships.")
    permission = figures.PUBLISH_CALENDARS
    publish_title = _("Publish a working calendar")

    def before(self, version: WorkCalendar) -> WorkCalendar | None:
        older = WorkCalendar.objects.filter(
            code=version.code, effective_from__lt=version.effective_from
        )
        return older.order_by("-effective_from").first()

    def tables(self, document: Any, before: Any) -> list[Table]:
        return calendar_tables(document, before)

    def more_facts(self, version: WorkCalendar) -> list[tuple[Words, Any]]:
        return [(_("code"), version.code), (_("name"), version.name)]

    def asked(self, request: HttpRequest, today: datetime.date) -> Publishing:
        if request.method == "POST":
            return CalendarForm(request.POST, today=today)
        code = request.GET.get("code") or rules.rules_on(today).service.calendar
        newest = WorkCalendar.objects.filter(code=code[:20]).order_by("-effective_from").first()
        if newest is None:
            document = calendar.document_on(code[:20], today) or {}
        else:
            document = newest.document
        initial = {
            "after": newest.pk if newest else 0,
            "code": code[:20],
            "name": newest.name if newest else code[:20],
            **CalendarForm.begin(document),
        }
        return CalendarForm(initial=initial, today=today)

    def in_force(self, data: dict[str, Any]) -> Any:
        return calendar.document_on(data["code"], data["effective_from"])

    def publish(self, data: dict[str, Any], by: User, today: datetime.date) -> object:
        known = WorkCalendar.objects.filter(pk=data["after"], code=data["code"]).exists()
        return operations.keep_calendar(
            code=data["code"], name=data["name"], document=data["document"], by=by, on=today,
            effective_from=data["effective_from"],
            # Another code than the one that the form began with is compared with nothing.
            after=data["after"] if known else None,
        )  # fmt: skip
