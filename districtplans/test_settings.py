"""Settings of the tests: those of the site, with the environment settled and everything slow made quick."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ["DEBUG"] = "true"
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")

from districtplans.settings import *  # noqa: F403 -- the site's settings, all of them, once DEBUG is set

DEBUG = False
SECRET_KEY = "used-by-the-tests-alone-0123456789-0123456789"  # noqa: S105 -- protects nothing
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="districtplans-test-media-"))
WHITENOISE_AUTOREFRESH = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
