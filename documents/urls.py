from __future__ import annotations

from django.urls import path

from documents import import_views, views

app_name = "documents"

urlpatterns = [
    path("plans/<int:pk>/pdf/", views.plan_pdf, name="plan-pdf"),
    path("plans/<int:pk>/versions/<int:number>/pdf/", views.version_pdf, name="version-pdf"),
    path("plans/<int:pk>/compare/pdf/", views.comparison_pdf, name="comparison-pdf"),
    path("plans/<int:pk>/json/", views.plan_json, name="plan-json"),
    path("files/<int:pk>/", views.file_download, name="file-download"),
    path("imports/", import_views.import_list, name="import-list"),
    path("imports/new/", import_views.import_new, name="import-new"),
    path("imports/<int:pk>/", import_views.import_detail, name="import-detail"),
    path("imports/<int:pk>/change/", import_views.import_change, name="import-change"),
    path("imports/<int:pk>/items/<int:key>/", import_views.import_item, name="import-item"),
    path("imports/<int:pk>/facts/", import_views.import_facts, name="import-facts"),
    path("imports/<int:pk>/unplaced/<int:number>/", import_views.import_unplaced, name="import-unplaced"),
    path("imports/<int:pk>/save/", import_views.import_save, name="import-save"),
    path("imports/<int:pk>/delete/", import_views.import_delete, name="import-delete"),
]
