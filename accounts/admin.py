"""Users and their groups: the one thing that is edited in the admin."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from accounts.desk import (
    notes,
    notice_texts,
    notices,
    permissions,
    replies,
    trails,
    webhooks,
    work,
)
from accounts.desk.guarded import Guarded
from accounts.models import User
from accounts.partner import desk as partners
from accounts.signin import admin as signin
from accounts.signin import trail
from accounts.signin.records import SignInKind

__all__ = [
    "GroupAdmin",
    "UserAdmin",
    "notes",
    "notice_texts",
    "notices",
    "partners",
    "replies",
    "signin",
    "trails",
    "webhooks",
    "work",
]

admin.site.unregister(Group)

_FOR_SUPERUSERS = ("is_superuser", "user_permissions")


@admin.register(User)
class UserAdmin(Guarded, signin.WayIn, BaseUserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]
    """Staff and customers who sign in. Only a superuser makes a superuser, or touches one."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "roles", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active", "groups")
    actions_detail = ("way_in",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("username", "last_name", "email")
    search_help_text = _("User name, family name or e-mail")
    ordering = ("username",)
    readonly_fields = ("customer", "last_login", "date_joined")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language", "customer")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "groups", *_FOR_SUPERUSERS)}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )

    @admin.display(description=pgettext_lazy("of a person", "name"))
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        queryset: QuerySet[User] = super().get_queryset(request)
        return queryset.prefetch_related("groups")

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """The language from a list; the column knows nothing of the settings."""
        if db_field.name == "language":
            choices = [("", _("As the browser says")), *settings.LANGUAGES]
            kwargs["widget"] = UnfoldAdminSelectWidget(choices=choices)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        return _ticked(super().formfield_for_manytomany(db_field, request, **kwargs))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        locked = () if _superuser(request) else _FOR_SUPERUSERS
        return (*self.readonly_fields, *locked)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if isinstance(obj, User) and obj.is_superuser and not _superuser(request):
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # What a member of staff did keeps their name: they are made inactive instead.
        return False

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        user = self.get_object(request, id)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        response: HttpResponse = super().user_change_password(request, id, form_url)
        now = self.get_object(request, id)
        if isinstance(user, User) and isinstance(now, User) and user.password != now.password:
            by = request.user if isinstance(request.user, User) else None
            # Their sessions end with the password they were opened with.
            trail.note(SignInKind.PASSWORD, request=request, user=now, by=by)
        return response


@admin.register(Group)
class GroupAdmin(Guarded, BaseGroupAdmin, ModelAdmin):  # type: ignore[misc]
    """Roles. Those of the table in accounts/roles.py are put right after each migration."""

    list_per_page = 50
    filter_horizontal = ()

    def formfield_for_manytomany(  # type: ignore[override]
        self, db_field: Any, request: Any, **kwargs: Any
    ) -> Any:
        return _ticked(super().formfield_for_manytomany(db_field, request, **kwargs))


def _ticked(field: Any) -> Any:
    """Boxes to tick, with permissions in the reader's words."""
    field.widget = UnfoldAdminCheckboxSelectMultipleWidget()
    if field.queryset.model is Permission:
        field.queryset = permissions.offered()
        field.choices = permissions.choices(field.queryset)
    else:
        field.choices = [(row.pk, str(row)) for row in field.queryset]
    field.widget.choices = field.choices
    field.help_text = ""
    return field


def _superuser(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser
