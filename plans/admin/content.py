"""Plans and what they hold: to be looked at, and to be taken out and brought in by sheet."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from accounts.models import User
from core.admin import ReadOnlyAdmin, SheetAdmin
from plans.models import (
    Attachment,
    Item,
    Plan,
    PlanEvent,
    PlanQuerySet,
    PlanVersion,
    RefusedReading,
    Responsibility,
    RosterRow,
)
from plans.permissions import can_begin_plans
from plans.resources import PlacedItemResource, PlanResource

SHORT_DIGEST = 12  # characters, enough to tell versions apart at a glance


class ContentSheetAdmin(ReadOnlyAdmin, SheetAdmin):
    """Sheets out for who may look; in for who holds the secretariat's appointment besides.

    The rows are judged again by the resource, each against the district its plan is of.
    """

    def has_import_permission(self, request: HttpRequest) -> bool:
        person = request.user
        return (
            isinstance(person, User)
            and bool(self.has_view_permission(request))
            and can_begin_plans(person, on=timezone.localdate())
        )


@admin.register(Plan)
class PlanAdmin(ContentSheetAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    resource_classes = [PlanResource]
    city_paths = ("district__city",)
    list_display = ["title", "district", "year", "series", "status", "updated_at"]
    list_filter = ["status", "year", "district__city"]
    list_select_related = ["district"]
    search_fields = ["search_text"]

    def get_search_results(
        self, request: HttpRequest, queryset: PlanQuerySet, search_term: str
    ) -> tuple[PlanQuerySet, bool]:
        """Search as the site does, 台 finding 臺."""
        return queryset.matching(search_term), False


class ResponsibilityInline(ReadOnlyAdmin, admin.TabularInline[Responsibility, Item]):
    model = Responsibility
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Responsibility]:
        return super().get_queryset(request).select_related("unit", "item")


class RosterInline(ReadOnlyAdmin, admin.TabularInline[RosterRow, Item]):
    model = RosterRow
    extra = 0


@admin.register(Item)
class ItemAdmin(ContentSheetAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    resource_classes = [PlacedItemResource]
    city_paths = ("plan__district__city",)
    list_display = ["__str__", "kind", "plan", "position", "source_marker", "removed_at"]
    list_filter = ["kind", "plan__year", "plan__district__city"]
    list_select_related = ["plan"]
    search_fields = ["title", "text", "plan__search_text"]
    inlines = [ResponsibilityInline, RosterInline]


@admin.register(Responsibility)
class ResponsibilityAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    list_display = ["unit", "duty", "item", "plan"]
    list_filter = ["duty", "item__plan__year", "item__plan__district__city"]
    list_select_related = ["unit", "item__plan"]
    search_fields = ["unit__name", "item__title", "item__plan__search_text"]

    @admin.display(description=_("plan"))
    def plan(self, responsibility: Responsibility) -> Plan:
        return responsibility.item.plan


@admin.register(RosterRow)
class RosterRowAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    list_display = ["title", "member", "duty", "plan"]
    list_filter = ["item__plan__year", "item__plan__district__city"]
    list_select_related = ["item__plan"]
    search_fields = ["title", "member", "duty", "item__plan__search_text"]

    @admin.display(description=_("plan"))
    def plan(self, row: RosterRow) -> Plan:
        return row.item.plan


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    list_display = ["title", "file_name", "size", "plan", "position", "removed_at"]
    list_filter = ["plan__year", "plan__district__city", ("removed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["plan"]
    search_fields = ["title", "file_name", "plan__search_text"]
    # The field would link to a file that is served to those alone who may see its plan.
    exclude = ["file"]


@admin.register(PlanVersion)
class PlanVersionAdmin(ReadOnlyAdmin, admin.ModelAdmin[PlanVersion]):
    """What a version holds is for the plan's own pages; here is who made it and when."""

    list_display = ["plan", "number", "kind", "name", "made_by", "made_at", "digest"]
    list_display_links = ["plan", "number"]
    list_filter = ["kind", "plan__year", "plan__district__city"]
    list_select_related = ["plan", "made_by"]
    search_fields = ["name", "sha256", "plan__search_text", "made_by__username", "made_by__full_name"]
    date_hierarchy = "made_at"
    exclude = ["content"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlanVersion]:
        return super().get_queryset(request).defer("content")

    @admin.display(description=_("digest"))
    def digest(self, version: PlanVersion) -> str:
        return version.sha256[:SHORT_DIGEST]


@admin.register(PlanEvent)
class PlanEventAdmin(ReadOnlyAdmin, admin.ModelAdmin[PlanEvent]):
    list_display = ["plan", "number", "step", "before", "after", "actor", "acting_for", "at", "version"]
    list_display_links = ["plan", "number"]
    list_filter = ["step", "after", "plan__year", "plan__district__city"]
    list_select_related = ["plan", "actor", "acting_for", "version"]
    search_fields = [
        "comment",
        "document_number",
        "sha256",
        "plan__search_text",
        "actor__username",
        "actor__full_name",
    ]
    date_hierarchy = "at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlanEvent]:
        """Name the version without what it holds."""
        return super().get_queryset(request).defer("version__content")


@admin.register(RefusedReading)
class RefusedReadingAdmin(ReadOnlyAdmin, admin.ModelAdmin[RefusedReading]):
    list_display = ["quote", "item", "plan", "refused_by", "refused_at"]
    list_filter = ["item__plan__year", "item__plan__district__city"]
    list_select_related = ["item__plan", "refused_by"]
    search_fields = ["quote", "item__title", "item__text", "item__plan__search_text"]
    date_hierarchy = "refused_at"

    @admin.display(description=_("plan"))
    def plan(self, reading: RefusedReading) -> Plan:
        return reading.item.plan
