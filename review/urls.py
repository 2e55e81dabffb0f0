from __future__ import annotations

from django.urls import path

from review.views import (  # one a line: the list grows
    chains,
    deadlines,
    desk,
    in_force,
    overview,
    packages,
    remarks,
    signing,
    steps,
    year_end,
)

app_name = "review"

urlpatterns = [
    path("deadlines/", deadlines.deadline_list, name="deadline-list"),
    path("deadlines/<int:city_pk>/edit/", deadlines.deadline_edit, name="deadline-edit"),
    path("plans/<int:pk>/extension/", deadlines.extension_ask, name="extension-ask"),
    path("extensions/<int:pk>/", deadlines.extension_detail, name="extension-detail"),
    path("extensions/<int:pk>/decide/", deadlines.extension_decide, name="extension-decide"),
    path("extensions/<int:pk>/withdraw/", deadlines.extension_withdraw, name="extension-withdraw"),
    path("desk/", desk.desk, name="desk"),
    path("desk/<int:pk>/", desk.desk_plan, name="desk-plan"),
    path("desk/<int:pk>/remarks/add/", remarks.remark_add, name="remark-add"),
    path("desk/<int:pk>/remarks/<int:key>/edit/", remarks.remark_edit, name="remark-edit"),
    path("desk/<int:pk>/remarks/<int:key>/delete/", remarks.remark_remove, name="remark-remove"),
    path("plans/<int:pk>/year-end/", year_end.year_end, name="year-end"),
    path("plans/<int:pk>/year-end/pdf/", year_end.year_end_pdf, name="year-end-pdf"),
    path("plans/<int:pk>/year-end/file/", year_end.year_end_file, name="year-end-file"),
    path("year-ends/<int:pk>/decide/", year_end.year_end_decide, name="year-end-decide"),
    path("lines/<int:pk>/summary/", year_end.summary_edit, name="summary-edit"),
    path("overview/", overview.overview, name="overview"),
    path("plans/<int:pk>/responses/", remarks.response_table, name="response-table"),
    path("plans/<int:pk>/responses/pdf/", remarks.response_pdf, name="response-pdf"),
    path("plans/<int:pk>/responses/<int:key>/", remarks.response_edit, name="response-edit"),
    path("plans/<int:pk>/in-force/", in_force.in_force, name="in-force"),
    path("plans/<int:pk>/in-force/pdf/", in_force.in_force_pdf, name="in-force-pdf"),
    path("plans/<int:pk>/in-force/json/", in_force.in_force_json, name="in-force-json"),
    path("plans/<int:pk>/versions/<int:number>/package/", packages.filing_package, name="filing-package"),
    path("districts/<int:pk>/signing-chain/", chains.chain_edit, name="chain-edit"),
    path("plans/<int:pk>/standing/", steps.plan_standing, name="plan-standing"),
    path("plans/<int:pk>/events/", steps.plan_events, name="plan-events"),
    path("plans/<int:pk>/steps/<slug:name>/", steps.step_take, name="step-take"),
    path("plans/<int:pk>/signing/", signing.signing, name="signing"),
    path("plans/<int:pk>/signing/<int:position>/sign/", signing.place_sign, name="place-sign"),
    path("plans/<int:pk>/signing/<int:position>/send-back/", signing.place_send_back, name="place-send-back"),
    path("plans/<int:pk>/signing/<int:position>/record/", signing.place_record, name="place-record"),
    path(
        "plans/<int:pk>/signing/<int:sent>/<int:position>/scan/", signing.scan_download, name="scan-download"
    ),
]
