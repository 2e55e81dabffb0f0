from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    SECRETARIAT = "secretariat", _("Secretariat")
    SECRETARIAT_CHIEF = "secretariat_chief", _("Secretariat chief")
    SECTION_CHIEF = "section_chief", _("Section chief")
    UNIT_STAFF = "unit_staff", _("Unit staff")
    DISTRICT_HEAD = "district_head", _("District head")
    EVALUATOR = "evaluator", _("Evaluator")
    CITY_ADMIN = "city_admin", _("City administrator")
    AUDITOR = "auditor", _("Auditor")


UNIT_ROLES = frozenset({Role.SECTION_CHIEF, Role.UNIT_STAFF})
DISTRICT_ROLES = frozenset({Role.SECRETARIAT, Role.SECRETARIAT_CHIEF, Role.DISTRICT_HEAD})
CITY_ROLES = frozenset({Role.EVALUATOR, Role.CITY_ADMIN, Role.AUDITOR})
AUDIT_ROLES = frozenset({Role.AUDITOR, Role.CITY_ADMIN})
SECRETARIAT_ROLES = frozenset({Role.SECRETARIAT, Role.SECRETARIAT_CHIEF})


class Decision(models.TextChoices):
    """What the city's yes to a plan is called."""

    APPROVAL = "approval", _("Approval (核定)")
    RATIFICATION = "ratification", _("Ratification (核備)")
    RECORD = "record", _("For the record (備查)")
