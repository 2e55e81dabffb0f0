"""Writing together, to be looked at: rounds, parts, comments, who is here, steps taken."""

from __future__ import annotations

import datetime as dt

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from core.admin import ReadOnlyAdmin
from plans.models import Comment, Plan, Presence, TakenStep, UnitPart, WritingRound


class UnitPartInline(ReadOnlyAdmin, admin.TabularInline[UnitPart, WritingRound]):
    model = UnitPart
    extra = 0
    fields = ["unit", "state", "changed_by", "changed_at", "reminded_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[UnitPart]:
        return super().get_queryset(request).select_related("unit", "changed_by", "round")


@admin.register(WritingRound)
class WritingRoundAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    list_display = ["plan", "due_on", "opened_by", "opened_at", "closed_at"]
    list_filter = [("closed_at", admin.EmptyFieldListFilter), "plan__year", "plan__district__city"]
    list_select_related = ["plan", "opened_by"]
    search_fields = ["note", "plan__search_text", "opened_by__username", "opened_by__full_name"]
    date_hierarchy = "opened_at"
    inlines = [UnitPartInline]


@admin.register(UnitPart)
class UnitPartAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    list_display = ["unit", "state", "plan", "due_on", "changed_by", "changed_at", "reminded_at"]
    list_filter = ["state", "round__plan__year", "round__plan__district__city"]
    list_select_related = ["unit", "round__plan", "changed_by"]
    search_fields = ["unit__name", "note", "round__plan__search_text"]

    @admin.display(description=_("plan"))
    def plan(self, part: UnitPart) -> Plan:
        return part.round.plan

    @admin.display(description=_("due"), ordering="round__due_on")
    def due_on(self, part: UnitPart) -> dt.date:
        return part.round.due_on


@admin.register(Comment)
class CommentAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    list_display = ["__str__", "author", "written_at", "item", "plan", "resolved_by", "resolved_at"]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter), "plan__year", "plan__district__city"]
    list_select_related = ["author", "item", "plan", "resolved_by"]
    search_fields = ["text", "author__username", "author__full_name", "item__title", "plan__search_text"]
    date_hierarchy = "written_at"


@admin.register(Presence)
class PresenceAdmin(ReadOnlyAdmin, admin.ModelAdmin[Presence]):
    list_display = ["user", "plan", "item", "seen_at"]
    list_filter = ["plan__year", "plan__district__city"]
    list_select_related = ["user", "plan", "item"]
    search_fields = ["user__username", "user__full_name", "plan__search_text"]
    date_hierarchy = "seen_at"


@admin.register(TakenStep)
class TakenStepAdmin(ReadOnlyAdmin, admin.ModelAdmin[TakenStep]):
    list_display = ["token", "actor", "plan", "taken_at"]
    list_filter = ["plan__year", "plan__district__city"]
    list_select_related = ["actor", "plan"]
    search_fields = ["actor__username", "actor__full_name", "plan__search_text"]
    date_hierarchy = "taken_at"
