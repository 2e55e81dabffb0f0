from __future__ import annotations

from allauth.account import views as account
from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from core import views as core
from districtplans import views
from districtplans.audit.views import audit_log

# Of allauth only what is used; nobody signs up, and mail addresses are kept by the administrator.
account_urls = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("signup/", account.signup, name="account_signup"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

# One way in for everybody: the admin's own page counts no attempts.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as allauth says

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("audit/", audit_log, name="audit-log"),
    path("notices/", include("accounts.urls")),
    path("plans/", include("plans.urls")),
    path("indicators/", include("plans.indicator_urls")),
    path("", include("documents.urls")),
    path("", include("progress.urls")),
    path("", include("review.urls")),
    path("dashboard/", include("dashboard.urls")),
    path("accounts/", include(account_urls)),
    # The admin's own page for changing one's password knows less: it tells the audit log nothing.
    path(
        "admin/password_change/",
        RedirectView.as_view(pattern_name="account_change_password"),
        name="admin-change-password",
    ),
    path("admin/", admin.site.urls),
    path("language/", set_language, name="set_language"),
    path("health/live/", core.live, name="health-live"),
    path("health/ready/", core.ready, name="health-ready"),
]
