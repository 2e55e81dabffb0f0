from __future__ import annotations

from django.urls import path

from plans.views import reading

app_name = "plans"

urlpatterns = [
    path("", reading.plan_list, name="plan-list"),
    path("<int:pk>/", reading.plan_detail, name="plan-detail"),
    path("<int:pk>/restore/", reading.plan_restore, name="plan-restore"),
]
