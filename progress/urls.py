from __future__ import annotations

from django.urls import path, register_converter

from progress.enums import ReportStep
from progress.models import FindingStep
from progress.views import arranging, evidence, filing, findings, sheets


class StepConverter:
    regex = "|".join(ReportStep.values)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class FindingStepConverter(StepConverter):
    regex = "|".join(FindingStep.values)


register_converter(StepConverter, "report_step")
register_converter(FindingStepConverter, "finding_step")

app_name = "progress"

urlpatterns = [
    path("plans/<int:pk>/progress/", arranging.year_progress, name="year-progress"),
    path("plans/<int:pk>/progress/lines/", arranging.tracked_edit, name="tracked-edit"),
    path("plans/<int:pk>/progress/periods/", arranging.period_list, name="period-list"),
    path("periods/<int:pk>/edit/", arranging.period_edit, name="period-edit"),
    path("periods/<int:pk>/close/", arranging.period_close, name="period-close"),
    path("periods/<int:pk>/allow/", arranging.period_allow, name="period-allow"),
    path("periods/<int:pk>/check/", arranging.period_check, name="period-check"),
    path("periods/<int:pk>/decide/", arranging.period_decide, name="period-decide"),
    path("periods/<int:pk>/units/<int:unit_pk>/", filing.filing_form, name="filing"),
    path("periods/<int:pk>/units/<int:unit_pk>/hand-in/", filing.filing_hand_in, name="filing-hand-in"),
    path("periods/<int:pk>/units/<int:unit_pk>/release/", filing.filing_release, name="filing-release"),
    path("periods/<int:pk>/units/<int:unit_pk>/sheet/", sheets.filing_sheet, name="filing-sheet"),
    path(
        "periods/<int:pk>/units/<int:unit_pk>/sheet/import/",
        sheets.filing_sheet_import,
        name="filing-sheet-import",
    ),
    path("reports/<int:pk>/", filing.report_detail, name="report-detail"),
    path("reports/<int:pk>/edit/", filing.report_edit, name="report-edit"),
    path("reports/<int:pk>/evidence/", evidence.evidence_list, name="evidence-list"),
    path("reports/<int:pk>/evidence/add/", evidence.evidence_add, name="evidence-add"),
    path("evidence/<int:pk>/", evidence.evidence_download, name="evidence-download"),
    path("evidence/<int:pk>/picture/", evidence.evidence_picture, name="evidence-picture"),
    path("evidence/<int:pk>/change/", evidence.evidence_change, name="evidence-change"),
    path("reports/<int:pk>/<report_step:step>/", filing.report_step, name="report-step"),
    path("plans/<int:pk>/findings/", findings.finding_list, name="finding-list"),
    path("plans/<int:pk>/findings/new/", findings.finding_new, name="finding-new"),
    path("findings/<int:pk>/", findings.finding_detail, name="finding-detail"),
    path("findings/<int:pk>/<finding_step:step>/", findings.finding_step, name="finding-step"),
    path("finding-files/<int:pk>/", findings.finding_file, name="finding-file"),
    path("finding-files/<int:pk>/picture/", findings.finding_picture, name="finding-picture"),
]
