"""What units filed, to look at: it is written on its own pages, where the rules are kept."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from core.admin import ReadOnlyAdmin
from progress.models import (
    CountedMilestone,
    CountedTarget,
    Evidence,
    FilingRule,
    Finding,
    FindingEntry,
    FindingFile,
    LineSummary,
    Measurement,
    MilestoneMark,
    Period,
    PeriodChange,
    ProgressReport,
    ReportEvent,
    TrackedLine,
    YearEnd,
)
from progress.standing import reason_of


@admin.register(FilingRule)
class FilingRuleAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    list_display = ["plan", "rhythm", "days_to_file"]
    list_filter = ["rhythm"]
    search_fields = ["plan__title"]
    list_select_related = ["plan"]


@admin.register(Period)
class PeriodAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # as above
    list_display = ["plan", "number", "starts_on", "ends_on", "opens_on", "due_on", "closed_at"]
    list_filter = ["plan__year"]
    search_fields = ["plan__title"]
    list_select_related = ["plan"]


@admin.register(PeriodChange)
class PeriodChangeAdmin(ReadOnlyAdmin, admin.ModelAdmin[PeriodChange]):
    list_display = ["period", "unit", "due_on", "made_by", "made_at"]
    list_filter = ["period__plan__year"]
    search_fields = ["period__plan__title", "unit__name", "reason"]
    list_select_related = ["period__plan", "unit", "made_by"]


@admin.register(TrackedLine)
class TrackedLineAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # as above
    list_display = ["plan", "number", "words", "is_tracked", "collector", "removed_at"]
    list_filter = ["is_tracked", "is_chosen", "plan__year"]
    search_fields = ["plan__title", "words"]
    list_select_related = ["plan", "collector"]


@admin.register(CountedTarget)
class CountedTargetAdmin(ReadOnlyAdmin, admin.ModelAdmin[CountedTarget]):
    list_display = ["plan", "name", "value", "counted_in", "result", "attainment", "state"]
    list_filter = ["state", "is_reached", "plan__year"]
    search_fields = ["plan__title", "name", "quote"]
    list_select_related = ["plan"]
    exclude = ["reasons"]
    readonly_fields = ["reasons_in_words"]

    @admin.display(description=_("reasons"))
    def reasons_in_words(self, target: CountedTarget) -> str:
        return "；".join(reason_of(stored).words for stored in target.reasons)


@admin.register(CountedMilestone)
class CountedMilestoneAdmin(ReadOnlyAdmin, admin.ModelAdmin[CountedMilestone]):
    list_display = ["target", "title", "due_on", "weight", "removed_at"]
    list_filter = ["target__plan__year"]
    search_fields = ["target__plan__title", "target__name", "title"]
    list_select_related = ["target"]


@admin.register(ProgressReport)
class ProgressReportAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # as above
    list_display = ["period", "line", "unit", "status", "state", "actual", "updated_at"]
    list_filter = ["status", "state", "period__plan__year"]
    search_fields = ["period__plan__title", "line__words", "unit__name", "narrative"]
    list_select_related = ["period__plan", "line", "unit"]


@admin.register(Measurement)
class MeasurementAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # as above
    list_display = ["target", "report", "value", "numerator", "denominator", "state"]
    list_filter = ["state", "report__period__plan__year"]
    search_fields = ["target__name", "report__period__plan__title", "report__unit__name"]
    list_select_related = ["target", "report__line", "report__unit"]


@admin.register(MilestoneMark)
class MilestoneMarkAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # as above
    list_display = ["milestone", "report", "is_reached", "reached_on"]
    list_filter = ["is_reached", "report__period__plan__year"]
    search_fields = ["milestone__title", "report__period__plan__title", "report__unit__name"]
    list_select_related = ["milestone", "report__line", "report__unit"]


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin, admin.ModelAdmin[Evidence]):
    list_display = ["file_name", "link", "report", "size", "added_by", "added_at", "removed_at"]
    list_filter = ["content_type"]
    search_fields = ["file_name", "link", "caption", "report__line__words"]
    list_select_related = ["report__line", "report__unit", "added_by"]


@admin.register(ReportEvent)
class ReportEventAdmin(ReadOnlyAdmin, admin.ModelAdmin[ReportEvent]):
    list_display = ["report", "step", "before", "after", "actor", "at"]
    list_filter = ["step"]
    search_fields = ["report__line__words", "comment", "actor__full_name"]
    list_select_related = ["report__line", "report__unit", "actor"]


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # as above
    list_display = ["plan", "unit", "origin", "checked_on", "due_on", "state"]
    list_filter = ["state", "origin", "plan__year"]
    search_fields = ["plan__title", "unit__name", "text", "measure"]
    list_select_related = ["plan", "unit"]


@admin.register(FindingEntry)
class FindingEntryAdmin(ReadOnlyAdmin, admin.ModelAdmin[FindingEntry]):
    list_display = ["finding", "step", "author", "at"]
    list_filter = ["step"]
    search_fields = ["text", "finding__text"]
    list_select_related = ["finding", "author"]


@admin.register(FindingFile)
class FindingFileAdmin(ReadOnlyAdmin, admin.ModelAdmin[FindingFile]):
    list_display = ["finding", "file_name", "size", "added_by", "added_at"]
    search_fields = ["file_name", "finding__text"]
    list_select_related = ["finding", "added_by"]


@admin.register(LineSummary)
class LineSummaryAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # as above
    list_display = ["line", "text", "updated_at"]
    list_filter = ["line__plan__year"]
    search_fields = ["text", "line__words"]
    list_select_related = ["line"]


@admin.register(YearEnd)
class YearEndAdmin(ReadOnlyAdmin, admin.ModelAdmin[YearEnd]):
    list_display = ["plan", "number", "state", "document_number", "filed_by", "filed_at", "received_on"]
    list_filter = ["state", "plan__year"]
    search_fields = ["plan__title", "document_number"]
    list_select_related = ["plan", "filed_by"]
