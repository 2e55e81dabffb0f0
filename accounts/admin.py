"""Set-up of places, people and appointments, one by one and by sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ForeignKey, QuerySet
from django.forms.models import construct_instance
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from accounts import services
from accounts.models import Appointment, City, District, Notice, Unit, User
from accounts.recording import record_row
from accounts.resources import (
    AppointmentResource,
    CityResource,
    DistrictResource,
    PersonResource,
    UnitResource,
    city_name,
    district_of,
)
from accounts.signing_in import record_password
from core.admin import ReadOnlyAdmin, RecordedAdmin, SheetAdmin, actor_of


class CheckedForm(forms.ModelForm):  # type: ignore[type-arg]  # one form for several models
    """A form that asks the same rules as the services."""

    def check(self, row: Any) -> None:
        raise NotImplementedError

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        # Before the model's turn: a field refused here is not refused again by the name of a constraint.
        row = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        try:
            self.check(row)
        except ValidationError as error:
            # A field that is shown read-only, or not at all, cannot carry its complaint.
            for name, found in error.message_dict.items():
                self.add_error(name if name in self.fields else None, found)
        return cleaned


class DistrictForm(CheckedForm):
    def check(self, row: Any) -> None:
        services.check_district(row)


class UnitForm(CheckedForm):
    def check(self, row: Any) -> None:
        services.check_unit(row)


class AppointmentForm(CheckedForm):
    def check(self, row: Any) -> None:
        services.check_appointment(row)


class PlacedAdmin(RecordedAdmin):
    """Tells the audit log what a sheet of the same rows would tell it."""

    def record_row(
        self,
        request: HttpRequest,
        row: Any,
        change: str,
        changes: Mapping[str, tuple[Any, Any]] | None = None,
        rows: Mapping[str, int] | None = None,
    ) -> None:
        if changes or change != "changed":  # rows of its parts tell of themselves
            record_row(row, change, actor=actor_of(request), changes=changes)


@admin.register(City)
class CityAdmin(PlacedAdmin, SheetAdmin, admin.ModelAdmin[City]):
    resource_classes = [CityResource]
    city_paths = ("pk",)
    list_display = ["name", "code", "decision"]
    search_fields = ["name", "code"]


@admin.register(District)
class DistrictAdmin(PlacedAdmin, SheetAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    resource_classes = [DistrictResource]
    city_paths = ("city",)
    form = DistrictForm
    list_display = ["agency_name", "name", "city", "code", "population", "population_on", "evaluation_group"]
    list_filter = ["city", "evaluation_group"]
    list_select_related = ["city"]
    search_fields = ["name", "agency_name", "code", "city__name"]
    autocomplete_fields = ["city"]


class UnitLookup(AutocompleteJsonView):
    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        """Name the district too: every district has a 民政課."""
        return {
            **super().serialize_result(obj, to_field_name),
            "text": f"{obj.district.agency_name} {obj.name}",
        }

    def get_queryset(self) -> QuerySet[Unit]:
        return super().get_queryset().select_related("district")


class UnitSelect(AutocompleteSelect):
    def get_url(self) -> str:
        return reverse("admin:accounts_unit_lookup")


class UnitChoice:
    """Lets people find a unit by its district's name and its own, wherever one is chosen."""

    admin_site: admin.AdminSite

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        if db_field.related_model is Unit:
            kwargs["widget"] = UnitSelect(db_field, self.admin_site)
            kwargs["queryset"] = Unit.objects.select_related("district")
        field: forms.ModelChoiceField[Any] | None = super().formfield_for_foreignkey(  # type: ignore[misc]  # a mixin
            db_field, request, **kwargs
        )
        if field is not None and db_field.related_model is Unit:
            field.label_from_instance = _placed_unit  # type: ignore[assignment,method-assign]  # Django's documented hook
        return field


def _placed_unit(unit: Unit) -> str:
    return f"{unit.district.agency_name} {unit.name}"


@admin.register(Unit)
class UnitAdmin(UnitChoice, PlacedAdmin, SheetAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    resource_classes = [UnitResource]
    city_paths = ("district__city",)
    form = UnitForm
    list_display = [
        "name",
        "district",
        "city",
        "short_names",
        "order",
        "is_secretariat",
        "starts_on",
        "ends_on",
    ]
    list_filter = ["district__city", "is_secretariat"]
    list_select_related = ["district__city"]
    search_fields = ["name", "short_names", "district__name", "district__agency_name"]
    autocomplete_fields = ["district"]

    @admin.display(description=_("city"), ordering="district__city__code")
    def city(self, unit: Unit) -> str:
        return unit.district.city.name

    def get_urls(self) -> list[URLPattern]:
        lookup = self.admin_site.admin_view(UnitLookup.as_view(admin_site=self.admin_site))
        urls: list[URLPattern] = super().get_urls()
        return [path("lookup/", lookup, name="accounts_unit_lookup"), *urls]


class AppointmentInline(UnitChoice, admin.TabularInline[Appointment, User]):
    """Those held are listed, new ones entered; one held is changed on its own page, under its own history."""

    model = Appointment
    form = AppointmentForm
    fk_name = "user"
    extra = 1
    fields = ["role", "agency", "city", "district", "unit", "starts_on", "ends_on", "acting_for"]
    readonly_fields = ["agency"]
    autocomplete_fields = ["city", "district", "acting_for"]
    show_change_link = True

    @admin.display(description=_("agency"))
    def agency(self, appointment: Appointment) -> str | None:
        """Name the office a unit belongs to: every district has a 民政課."""
        district = district_of(appointment)
        return district.agency_name if district else None

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            # Four buttons beside each of four fields push the last ones off the screen.
            field.widget = field.widget.widget
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        related = ("user", "city", "district__city", "unit__district", "acting_for")
        return super().get_queryset(request).select_related(*related)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class PersonAdmin(PlacedAdmin, SheetAdmin, SimpleHistoryAdmin, UserAdmin[User]):  # type: ignore[misc]  # no types in the first two
    resource_classes = [PersonResource]
    city_paths = (
        "appointments__city",
        "appointments__district__city",
        "appointments__unit__district__city",
    )
    list_display = ["username", "full_name", "job_title", "email", "is_active", "is_staff"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["username", "full_name", "job_title", "email"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Personal info"), {"fields": ["full_name", "job_title", "email"]}),
        (
            _("Permissions"),
            {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]},
        ),
        (_("Important dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": ["username", "full_name", "job_title", "usable_password", "password1", "password2"],
            },
        ),
    ]
    inlines = [AppointmentInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for formset in formsets:
            for appointment in formset.new_objects:
                record_row(appointment, "added", actor=actor_of(request))

    @transaction.atomic
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002 -- Django's name
        before = (
            User.objects.filter(pk=id).values_list("password", flat=True).first() if id.isdecimal() else None
        )
        response: HttpResponse = super().user_change_password(request, id, form_url)
        user = User.objects.filter(pk=id).first() if before is not None else None
        if user is not None and user.password != before:
            record_password(user, "set" if user.has_usable_password() else "removed", actor=actor_of(request))
        return response

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = ["last_login", "date_joined"]
        if not request.user.is_superuser:
            fixed += ["is_staff", "is_superuser", "groups", "user_permissions"]
        return fixed

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody but a superuser changes a superuser: their password would be theirs for the taking."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return bool(super().has_delete_permission(request, obj))


admin.site.unregister(Group)


@admin.register(Group)
class RightsAdmin(RecordedAdmin, GroupAdmin):
    """Groups of rights in this admin; a change of one changes what all of its people may do here."""


class InForceFilter(admin.SimpleListFilter):
    title = _("in force today")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Yes")), ("0", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> QuerySet[Appointment]:
        if self.value() not in {"0", "1"}:
            return queryset
        held = Appointment.objects.in_force(timezone.localdate()).values("pk")
        return queryset.filter(pk__in=held) if self.value() == "1" else queryset.exclude(pk__in=held)


@admin.register(Appointment)
class AppointmentAdmin(UnitChoice, PlacedAdmin, SheetAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    resource_classes = [AppointmentResource]
    city_paths = ("city", "district__city", "unit__district__city")
    form = AppointmentForm
    list_display = [
        "user",
        "role",
        "city_name",
        "district_name",
        "unit",
        "starts_on",
        "ends_on",
        "acting_for",
    ]
    list_filter = ["role", InForceFilter]
    list_select_related = ["user", "city", "district__city", "unit__district__city", "acting_for"]
    search_fields = [
        "user__username",
        "user__full_name",
        "city__name",
        "district__agency_name",
        "unit__name",
        "unit__district__agency_name",
    ]
    autocomplete_fields = ["user", "city", "district", "acting_for"]
    date_hierarchy = "starts_on"

    @admin.display(description=_("city"))
    def city_name(self, appointment: Appointment) -> str | None:
        return city_name(appointment)

    @admin.display(description=_("district"))
    def district_name(self, appointment: Appointment) -> str | None:
        district = district_of(appointment)
        return district.name if district else None


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin, admin.ModelAdmin[Notice]):
    list_display = ["__str__", "recipient", "sender", "sent_at", "read_at"]
    list_filter = [("read_at", admin.EmptyFieldListFilter)]
    list_select_related = ["recipient", "sender"]
    search_fields = [
        "words",
        "recipient__username",
        "recipient__full_name",
        "sender__username",
        "sender__full_name",
    ]
    date_hierarchy = "sent_at"
