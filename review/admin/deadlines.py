"""Deadlines to look at; the government's calendar, to be kept by hand."""

from __future__ import annotations

from django.contrib import admin
from simple_history.admin import SimpleHistoryAdmin

from core.admin import ReadOnlyAdmin, RecordedAdmin
from review.models import DeadlineRule, Extension, Holiday


@admin.register(Holiday)
class HolidayAdmin(RecordedAdmin, admin.ModelAdmin[Holiday]):
    list_display = ["day", "name", "is_working"]
    list_filter = ["is_working"]
    search_fields = ["name"]
    date_hierarchy = "day"


@admin.register(DeadlineRule)
class DeadlineRuleAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    list_display = ["city", "kind", "month", "day", "units_days", "check_days", "signing_days"]
    list_select_related = ["city"]


@admin.register(Extension)
class ExtensionAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    list_display = ["plan", "asked_until", "asked_by", "asked_at", "decision", "granted_until", "decided_by"]
    list_filter = ["decision", "plan__year", "plan__district__city"]
    list_select_related = ["plan", "asked_by", "decided_by"]
    search_fields = ["reason", "comment", "plan__search_text"]
    date_hierarchy = "asked_at"
