"""The pages of a district's indicators. They know plans, which hold what was promised, so they live here."""

from __future__ import annotations

from django.urls import path

from plans.views import indicators, target_sheets

app_name = "indicators"

urlpatterns = [
    path("", indicators.indicator_list, name="indicator-list"),
    path("sheets/<int:district_pk>/", target_sheets.indicator_sheet, name="indicator-sheet"),
    path(
        "sheets/<int:district_pk>/import/",
        target_sheets.indicator_sheet_import,
        name="indicator-sheet-import",
    ),
    path("new/", indicators.indicator_new, name="indicator-new"),
    path("<int:pk>/", indicators.indicator_detail, name="indicator-detail"),
    path("<int:pk>/edit/", indicators.indicator_edit, name="indicator-edit"),
    path("<int:pk>/retire/", indicators.indicator_retire, name="indicator-retire"),
    path("<int:pk>/delete/", indicators.indicator_remove, name="indicator-remove"),
    path("<int:pk>/targets/<int:year>/", indicators.year_edit, name="year-edit"),
    path("<int:pk>/targets/<int:year>/delete/", indicators.year_remove, name="year-remove"),
    path("<int:pk>/targets/<int:year>/milestones/", indicators.milestones_edit, name="milestones-edit"),
]
