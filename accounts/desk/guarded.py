"""An admin whose change form never overwrites what somebody else saved meanwhile."""

from collections.abc import Mapping
from typing import Any

import pghistory.models
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.desk import stale
from accounts.models import User

_HIDDEN = {"password", "last_login"}


class Guarded:
    """For a ModelAdmin of a tracked model (pghistory): who changed it is read from its events."""

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
            values = {"at": now().isoformat(), **self.values_of(stands)}
            context |= {"seen_token": stale.token(values), "stale": getattr(form, "stale", None)}
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def values_of(self, obj: Model) -> dict[str, Any]:
        """What a page shows of it, as text."""
        values: dict[str, Any] = {}
        for field in self.opts.concrete_fields:
            if field.name not in _HIDDEN and not field.primary_key:
                value = getattr(obj, field.name)
                values[field.name] = value if isinstance(value, bool) else _text(value)
        for field in self.opts.many_to_many:
            values[field.name] = sorted(str(row) for row in getattr(obj, field.name).all())
        return values

    def labels(self) -> dict[str, str]:
        fields = [*self.opts.concrete_fields, *self.opts.many_to_many]
        return {field.name: capfirst(str(field.verbose_name)) for field in fields}

    def changes_since(self, obj: Model, seen: Mapping[str, Any]) -> list[stale.Change]:
        """Who changed it since the page was made, from the audit."""
        events = pghistory.models.Events.objects.tracks(obj).filter(  # type: ignore[no-untyped-call]
            pgh_created_at__gte=parse_datetime(str(seen.get("at", ""))) or now()
        )
        rows = list(events.order_by("pgh_created_at")[:20])
        ids = {(row.pgh_context or {}).get("user") for row in rows}
        people = User.objects.in_bulk([pk for pk in ids if pk])
        return [stale.Change(row.pgh_created_at, _name(people, row.pgh_context)) for row in rows]


def _guarded(form: Any, site: Guarded) -> Any:
    class GuardedForm(form):  # type: ignore[misc]
        stale: stale.Stale | None = None

        def clean(self) -> Any:
            # Before what was entered is put on it, the object is as it stands.
            seen = stale.shown(self.data.get(stale.FIELD, "")) or {}
            stands = site.values_of(self.instance)
            shown = {name: seen.get(name) for name in stands}
            if shown != stands:
                self.stale = stale.Stale(
                    stale.differences(shown, stands, site.labels()),
                    site.changes_since(self.instance, seen),
                )
                raise ValidationError(_("Somebody changed it meanwhile: nothing was saved."))
            return super().clean()

    return GuardedForm


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _name(people: Mapping[Any, User], context: Mapping[str, Any] | None) -> str:
    found = people.get((context or {}).get("user"))
    return "" if found is None else found.get_full_name() or found.username
