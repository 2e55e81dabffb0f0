from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from core.admin import ReadOnlyAdmin
from indicators.models import Indicator, Milestone, YearlyTarget


class MilestoneInline(ReadOnlyAdmin, admin.TabularInline[Milestone, YearlyTarget]):
    model = Milestone
    extra = 0


class YearlyTargetInline(ReadOnlyAdmin, admin.TabularInline[YearlyTarget, Indicator]):
    model = YearlyTarget
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[YearlyTarget]:
        return super().get_queryset(request).select_related("indicator")


@admin.register(Indicator)
class IndicatorAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    list_display = ["name", "counted_in", "district", "comparator", "aggregation", "unit", "retired_on"]
    list_filter = ["aggregation", "comparator", "baseline", "district__city"]
    list_select_related = ["district", "unit"]
    search_fields = ["name", "counted_in", "district__agency_name", "unit__name"]
    inlines = [YearlyTargetInline]


@admin.register(YearlyTarget)
class YearlyTargetAdmin(ReadOnlyAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    list_display = ["indicator", "year", "value", "value_max", "district"]
    list_filter = ["year", "indicator__district__city"]
    list_select_related = ["indicator__district"]
    search_fields = ["indicator__name", "quote", "indicator__district__agency_name"]
    inlines = [MilestoneInline]

    @admin.display(description=_("district"))
    def district(self, target: YearlyTarget) -> Any:
        return target.indicator.district
