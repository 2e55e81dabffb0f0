from __future__ import annotations

from django.urls import path

from dashboard.views import boards, cities, details, lists, meeting

app_name = "dashboard"

urlpatterns = [
    path("", boards.home, name="home"),
    path("units/<int:pk>/", boards.unit_board, name="unit-board"),
    path("districts/<int:pk>/", boards.district_board, name="district-board"),
    path("plans/<int:pk>/", boards.plan_board, name="plan-board"),
    path("plans/<int:pk>/reports/", lists.report_list, name="report-list"),
    path("plans/<int:pk>/targets/", lists.target_list, name="target-list"),
    path("plans/<int:pk>/checks/", lists.check_list, name="check-list"),
    path("plans/<int:pk>/meeting/", meeting.meeting_pdf, name="meeting-pdf"),
    path("lines/<int:pk>/", details.line_detail, name="line-detail"),
    path("indicators/<int:pk>/", details.indicator_detail, name="indicator-detail"),
    path("cities/<int:pk>/", cities.city_board, name="city-board"),
    path("cities/<int:pk>/reports/", cities.city_reports, name="city-reports"),
    path("cities/<int:pk>/targets/", cities.city_targets, name="city-targets"),
    path("cities/<int:pk>/findings/", cities.city_findings, name="city-findings"),
]
