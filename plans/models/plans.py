"""Plans, what is attached to them, and the versions kept of them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import District, User
from core.roc import to_roc
from core.text import fold
from plans.enums import FILED, PlanStatus, Scheme, VersionKind, state_label
from plans.models.frameworks import Framework

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager

    from plans.models.items import Item

SERIES = "提升服務執行計畫"
SERIES_LIMIT = 60
FACT_LIMIT = 200  # characters of a title, a subtitle, an attribute
MOST_WORDS = 30  # of a search; SQLite refuses a condition of a thousand parts


def seen_by(user: User, on: dt.date) -> Q:
    """Return the condition that the user may read a plan on that day, as PlanQuerySet.visible_to says."""
    posts = user.posts(on)
    own, cities = Q(district__in=posts.inside), posts.at_cities()
    # To name the city joins the district, also where there is none to name.
    return own | Q(district__city__in=cities, status__in=FILED) if cities else own


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, user: User, on: dt.date) -> Self:
        """Keep plans the user may read on that day: the district's own, the city's from filing on.

        An account that is switched off sees nothing. A superuser sees no more than their appointments give.
        """
        return self.filter(seen_by(user, on))

    def matching(self, words: str) -> Self:
        """Keep plans whose folded title or agency holds every word of `words`, of which 30 count."""
        plans = self
        for word in words.split()[:MOST_WORDS]:
            plans = plans.filter(search_text__contains=fold(word))
        return plans


class Plan(models.Model):
    """One district's plan of one series for one year."""

    district = models.ForeignKey(District, models.PROTECT, related_name="plans", verbose_name=_("district"))
    series = models.CharField(_("series"), max_length=SERIES_LIMIT, default=SERIES)
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(1912), MaxValueValidator(2200)]
    )
    title = models.CharField(_("title"), max_length=FACT_LIMIT)
    subtitle = models.CharField(_("subtitle"), max_length=FACT_LIMIT, blank=True)
    attribute = models.CharField(_("agency attribute"), max_length=FACT_LIMIT, blank=True)
    note = models.TextField(_("note"), blank=True)
    sign_off = models.TextField(
        _("sign-off lines"),
        blank=True,
        help_text=_("One line each, such as 填表人 and 單位主管（機關首長）."),
    )
    column_heads = models.JSONField(_("column heads"), default=dict, blank=True)
    framework = models.ForeignKey(
        Framework, models.PROTECT, null=True, blank=True, related_name="plans", verbose_name=_("framework")
    )
    scheme = models.CharField(_("numbering"), max_length=20, choices=Scheme, default=Scheme.STANDARD)
    status = models.CharField(_("status"), max_length=10, choices=PlanStatus, default=PlanStatus.DRAFT)
    predecessor = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="successors",
        verbose_name=_("predecessor"),
    )
    starts_on = models.DateField(_("in effect from"), null=True, blank=True)
    ends_on = models.DateField(_("in effect until"), null=True, blank=True)
    # The version last approved: what the public sees, targets are counted against, a revision goes back to.
    in_force = models.ForeignKey(
        "plans.PlanVersion",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("version in force"),
    )
    # Of the present round, emptied when it is over. The events tell of all rounds.
    signed_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("signed by"),
    )
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True, editable=False)
    # The digest of the canonical JSON the head signed: nothing else is filed.
    signed_sha256 = models.CharField(
        _("digest of what was signed"), max_length=64, blank=True, default="", editable=False
    )
    filed_at = models.DateTimeField(_("filed"), null=True, blank=True, editable=False)
    taken_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("in hand of"),
    )
    taken_at = models.DateTimeField(_("taken in hand"), null=True, blank=True, editable=False)
    search_text = models.TextField(editable=False, default="")
    # Counted up by every change of the plan's rows, under the plan's lock: a page that shows an older
    # revision does not show the plan as it is. The second counts what changes more than one line's words.
    revision = models.PositiveIntegerField(editable=False, default=0)
    shape_revision = models.PositiveIntegerField(editable=False, default=0)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = PlanQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["search_text", "revision", "shape_revision"])
    items: RelatedManager[Item]

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ["-year", "district__code", "series"]
        # Who sees a plan, and in which year it stands: a city counts thousands without their rows.
        indexes = [
            models.Index(fields=["district", "year", "status", "in_force"], name="plan_years"),
            # For what a city reads among many years: boards of one, the desk's counts, and what waits there.
            models.Index(fields=["year", "status", "district"], name="plans_of_a_year"),
            models.Index(fields=["status", "district"], name="plans_of_a_status"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "series", "year"], name="one_plan_per_series_and_year"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="plan_ends_after_it_starts",
                violation_error_message=_("The last day is before the first."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("plans:plan-detail", args=[self.pk])

    def get_status_display(self) -> str:  # type: ignore[no-redef]  # Django makes one where there is none
        """Return the state in words, a decided plan's in its city's own."""
        is_decided = self.status == PlanStatus.APPROVED
        return str(state_label(self.status, self.district.city.decision if is_decided else ""))

    @property
    def roc_year(self) -> int:
        return to_roc(self.year)

    @property
    def label(self) -> str:
        """What it is called to those from whom its title is kept while that is being written."""
        return f"{self.district.agency_name}{self.roc_year}年度{self.series}"


def place_of_file(attachment: Attachment, name: str) -> str:
    """Return a place of its own for each file: a name that became free must not lead to another's file."""
    return f"attachments/{uuid.uuid4().hex}/{name}"


class Attachment(models.Model):
    """A file behind the plan, printed as 附件一, 附件二 … in the order of `position`."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="attachments", verbose_name=_("plan"))
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.CharField(_("title"), max_length=FACT_LIMIT)
    file = models.FileField(_("file"), upload_to=place_of_file, max_length=300)
    file_name = models.CharField(_("file name"), max_length=FACT_LIMIT)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("digest"), max_length=64, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["plan", "position", "pk"]

    def __str__(self) -> str:
        return self.title


class PlanVersion(models.Model):
    """The plan as it stood once, as canonical JSON (plans/document.py). Written once, never changed."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="versions", verbose_name=_("plan"))
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=10, choices=VersionKind, default=VersionKind.KEPT)
    name = models.CharField(_("name"), max_length=100, blank=True)
    content = models.TextField(_("content"))
    sha256 = models.CharField(_("digest"), max_length=64)
    previous_sha256 = models.CharField(_("digest of the version before"), max_length=64, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made"))
    # The digest of all that stands above, as plans/queries/digests.py computes it.
    seal = models.CharField(_("seal"), max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["plan", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="one_version_of_a_number_per_plan")
        ]

    def __str__(self) -> str:
        return self.name or str(self.number)
