"""What the audit log tells apart."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditKind(models.TextChoices):
    SIGN_IN = "sign_in", _("Sign-in")
    SIGN_IN_FAILED = "sign_in_failed", _("Failed sign-in")
    SIGN_OUT = "sign_out", _("Sign-out")
    PASSWORD = "password", _("Password")
    REFUSAL = "refusal", _("Refusal")
    STEP_REFUSED = "step_refused", _("Refused step")
    STEP = "step", _("Step of a plan")
    SIGNATURE = "signature", _("Signature")
    EXTENSION = "extension", _("Extension")
    REPORT = "report", _("Progress")
    EXPORT = "export", _("Download")
    IMPORT = "import", _("Import")
    APPOINTMENT = "appointment", _("Appointment")
    PERSON = "person", _("Person")
    PLACE = "place", _("Agency or unit")
    SETTING = "setting", _("Setting")
