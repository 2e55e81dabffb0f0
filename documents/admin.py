from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import ReadOnlyAdmin
from documents.models import ImportDraft, RenderedFile


@admin.register(ImportDraft)
class ImportDraftAdmin(ReadOnlyAdmin, admin.ModelAdmin[ImportDraft]):
    list_display = ["__str__", "district", "year", "series", "state", "made_by", "made_at"]
    list_filter = ["state", "year", "district__city"]
    list_select_related = ["district", "made_by"]
    search_fields = ["file_name", "district__agency_name", "made_by__username", "made_by__full_name"]
    date_hierarchy = "made_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportDraft]:
        """Leave whole documents in the database until one draft is opened."""
        return super().get_queryset(request).defer("source", "proposal", "previous")


@admin.register(RenderedFile)
class RenderedFileAdmin(ReadOnlyAdmin, admin.ModelAdmin[RenderedFile]):
    list_display = ["plan", "format", "state", "attempts", "asked_at", "started_at", "ready_at"]
    list_filter = ["state", "format"]
    list_select_related = ["plan"]
    search_fields = ["key", "sha256", "plan__search_text"]
    date_hierarchy = "asked_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[RenderedFile]:
        return super().get_queryset(request).defer("content")
