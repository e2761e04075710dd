"""An admin whose change form never overwrites what somebody else saved meanwhile."""

from collections.abc import Mapping
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Max, Model, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.desk import stale
from accounts.fields import EncryptedTextField
from accounts.models import User

_HIDDEN = {"password", "last_login"}


class Guarded:
    """For a ModelAdmin: who changed a row meanwhile is read from the admin's log and, where the
    model is tracked (pghistory), from its events."""

    change_form_template = "admin/desk/guarded.html"
    model: type[Model]
    opts: Any

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """To be saved, it is held until then: two savings cannot both find it as shown."""
        found = super().get_object(request, *args, **kwargs)  # type: ignore[misc]
        if found is None or request.method != "POST" or not connection.in_atomic_block:
            return found
        self.model._default_manager.select_for_update(of=("self",)).get(pk=found.pk)
        found.refresh_from_db()
        return found

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)  # type: ignore[misc]
        return form if obj is None else _guarded(form, self)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        form = context["adminform"].form
        obj = kwargs.get("obj") or context.get("original")
        if obj is not None:
            # The form puts what was entered on the object: what stands is read anew.
            stands = self.model._default_manager.get(pk=obj.pk)
            context |= {"seen_token": self.seen_of(stands), "stale": getattr(form, "late", None)}
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def seen_of(self, obj: Model) -> str:
        """What a page shows of a row as it stands, for a hidden field of its form."""
        return stale.token({**self.marks_of(obj), **self.values_of(obj)})

    def late(self, obj: Model, token: str) -> stale.Stale | None:
        """What changed of a row since the page that sends `token` was made; None for nothing."""
        seen, stands = stale.shown(token) or {}, self.values_of(obj)
        shown = {name: seen.get(name) for name in stands}
        if shown == stands:
            return None
        return stale.Stale(
            stale.differences(shown, stands, self.labels()), self.changes_since(obj, seen)
        )

    def values_of(self, obj: Model) -> dict[str, Any]:
        """What a page shows of it, as text; secrets are on no page, and so not in its token."""
        values: dict[str, Any] = {}
        for field in self.opts.concrete_fields:
            secret = field.name in _HIDDEN or isinstance(field, EncryptedTextField)
            if not secret and not field.primary_key:
                value = getattr(obj, field.name)
                values[field.name] = value if isinstance(value, bool) else _text(value)
        for field in self.opts.many_to_many:
            values[field.name] = sorted(str(row) for row in getattr(obj, field.name).all())
        return values

    def labels(self) -> dict[str, str]:
        fields = [*self.opts.concrete_fields, *self.opts.many_to_many]
        return {field.name: capfirst(str(field.verbose_name)) for field in fields}

    def marks_of(self, obj: Model) -> dict[str, int]:
        """The last of the audit's rows on it: those that come after were made since."""
        events = self._events(obj)
        last = None if events is None else events.aggregate(last=Max("pgh_id"))["last"]
        return {
            "_event": last or 0,
            "_entry": self._entries(obj).aggregate(last=Max("pk"))["last"] or 0,
        }

    def changes_since(self, obj: Model, seen: Mapping[str, Any]) -> list[stale.Change]:
        """Who changed it since the page was made: by the admin's log, which knows of its groups
        too, and by the audit of the table, which knows of every other way."""
        entries = self._entries(obj).filter(pk__gt=seen.get("_entry", 0)).select_related("user")
        changes = [
            stale.Change(row.action_time, _name(row.user)) for row in entries.order_by("pk")[:20]
        ]
        known = {row.user_id for row in entries}
        events = self._events(obj)
        if events is None:
            return changes
        newer = events.filter(pgh_id__gt=seen.get("_event", 0))
        rows = list(newer.select_related("pgh_context").order_by("pgh_id")[:20])
        by = {row.pgh_id: (row.pgh_context.metadata if row.pgh_context else {}) for row in rows}
        people = User.objects.in_bulk([m["user"] for m in by.values() if m.get("user")])
        changes += [
            stale.Change(row.pgh_created_at, _name(people.get(by[row.pgh_id].get("user"))))
            for row in rows
            if by[row.pgh_id].get("user") not in known
        ]
        return changes

    def _events(self, obj: Model) -> QuerySet[Any] | None:
        """The audit's rows on it; None where the model is not tracked."""
        tracked: Any = getattr(self.model, "pgh_event_model", None)
        return None if tracked is None else tracked.objects.filter(pgh_obj=obj.pk)

    def _entries(self, obj: Model) -> QuerySet[LogEntry]:
        kind = ContentType.objects.get_for_model(self.model)
        return LogEntry.objects.filter(content_type=kind, object_id=str(obj.pk))


def _guarded(form: Any, site: Guarded) -> Any:
    class GuardedForm(form):  # type: ignore[misc]
        late: stale.Stale | None = None

        def clean(self) -> Any:
            # Before what was entered is put on it, the object is as it stands.
            self.late = site.late(self.instance, self.data.get(stale.FIELD, ""))
            if self.late is not None:
                raise ValidationError(_("Somebody changed it meanwhile: nothing was saved."))
            return super().clean()

    return GuardedForm


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _name(user: Any) -> str:
    return "" if user is None else user.get_full_name() or user.username
