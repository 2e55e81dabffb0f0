from __future__ import annotations

from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("", views.notice_list, name="notice-list"),
    path("<int:pk>/", views.notice_open, name="notice-open"),
]
