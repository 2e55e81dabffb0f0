"""Who works where: cities, districts, their units, people, and the roles they hold."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.enums import CITY_ROLES, DISTRICT_ROLES, UNIT_ROLES, Decision, Role
from accounts.posts import Post, Posts


class CityManager(models.Manager["City"]):
    def get_by_natural_key(self, name: str) -> City:
        return self.get(name=name)


class City(models.Model):
    name = models.CharField(_("name"), max_length=20, unique=True)
    code = models.CharField(_("code"), max_length=10, unique=True)
    decision = models.CharField(
        _("name of the decision"), max_length=20, choices=Decision, default=Decision.APPROVAL
    )
    allows_late_revision = models.BooleanField(
        _("allows revision in the last two months of the year"), default=False
    )

    objects = CityManager()

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.name,)


class DistrictManager(models.Manager["District"]):
    def get_by_natural_key(self, city: str, name: str) -> District:
        return self.get(city__name=city, name=name)


class District(models.Model):
    city = models.ForeignKey(City, models.PROTECT, related_name="districts", verbose_name=_("city"))
    name = models.CharField(_("name"), max_length=20)
    code = models.CharField(_("code"), max_length=10, unique=True)
    agency_name = models.CharField(_("agency name"), max_length=40, unique=True)
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    population_on = models.DateField(_("population as of"), null=True, blank=True)
    evaluation_group = models.CharField(_("evaluation group"), max_length=10, blank=True)

    objects = DistrictManager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("district")
        verbose_name_plural = _("districts")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["city", "name"], name="one_district_of_a_name_per_city")
        ]

    def __str__(self) -> str:
        return self.agency_name

    def natural_key(self) -> tuple[str, str]:
        return (self.city.name, self.name)

    natural_key.dependencies = ["accounts.city"]  # type: ignore[attr-defined]  # read by Django's serializers


class UnitQuerySet(models.QuerySet["Unit"]):
    def active(self, on: dt.date) -> Self:
        """Keep units that exist on that day."""
        return self.filter(
            Q(starts_on__isnull=True) | Q(starts_on__lte=on), Q(ends_on__isnull=True) | Q(ends_on__gte=on)
        )


class UnitManager(models.Manager.from_queryset(UnitQuerySet)):  # type: ignore[misc]  # made at run time
    def get_by_natural_key(self, city: str, district: str, name: str) -> Unit:
        unit: Unit = self.get(district__city__name=city, district__name=district, name=name)
        return unit


class Unit(models.Model):
    district = models.ForeignKey(District, models.PROTECT, related_name="units", verbose_name=_("district"))
    name = models.CharField(_("name"), max_length=40)
    short_names = models.CharField(
        _("short names"),
        max_length=100,
        blank=True,
        help_text=_("Other names found in plans, with commas between."),
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_secretariat = models.BooleanField(_("is the secretariat"), default=False)
    starts_on = models.DateField(_("exists from"), null=True, blank=True)
    ends_on = models.DateField(_("exists until"), null=True, blank=True)
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("successor"),
    )

    objects = UnitManager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["district", "order", "name"]
        constraints = [
            models.UniqueConstraint(fields=["district", "name"], name="one_unit_of_a_name_per_district"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="unit_ends_after_it_starts",
                violation_error_message=_("The last day is before the first."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str, str, str]:
        return (*self.district.natural_key(), self.name)

    natural_key.dependencies = ["accounts.district"]  # type: ignore[attr-defined]  # read by Django's serializers

    @property
    def names(self) -> list[str]:
        """The unit's name and its short names, for matching what a document prints."""
        return [
            self.name,
            *(name.strip() for name in self.short_names.replace("、", ",").split(",") if name.strip()),
        ]


class User(AbstractUser):
    """A person who signs in. What they may do follows from appointments, never from a flag here."""

    full_name = models.CharField(_("full name"), max_length=60, blank=True)
    job_title = models.CharField(_("job title"), max_length=60, blank=True)

    # Of the person of a request, for its day: accounts.queries.person_on asks for both in one query.
    known_posts: Posts | None = None

    objects = UserManager()  # type: ignore[misc]  # django-stubs types the inherited one by Self
    history = HistoricalRecords(excluded_fields=["password", "last_login"])

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name or super().get_full_name()

    def posts(self, on: dt.date) -> Posts:
        """Return what the person holds on that day; in a request, on its day, without a query.

        Of an account that is switched off this is nothing.
        """
        if not self.is_active:
            return Posts(on)
        if self.known_posts is not None and self.known_posts.day == on:
            return self.known_posts
        rows = Appointment.objects.in_force(on).filter(user=self).order_by("pk")
        return Posts(on, tuple(Post(*row) for row in rows.values_list(*POST)))


# The columns of an Appointment a Post is made of.
POST = ("role", "city_id", "district_id", "unit_id", "unit__district_id")


def holding(on: dt.date, appointment: str = "") -> Q:
    """Return the condition that an appointment holds on that day, first and last day included.

    `appointment` leads to it from other rows, as "appointments__".
    """
    begun = Q(**{f"{appointment}starts_on__lte": on})
    has_no_end = Q(**{f"{appointment}ends_on__isnull": True})
    return begun & (has_no_end | Q(**{f"{appointment}ends_on__gte": on}))


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def in_force(self, on: dt.date) -> Self:
        """Keep appointments that hold on that day, first and last day included."""
        return self.filter(holding(on))


class Appointment(models.Model):
    """A role held at one place: a unit, a district as a whole, or a city."""

    user = models.ForeignKey(User, models.PROTECT, related_name="appointments", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    city = models.ForeignKey(City, models.PROTECT, null=True, blank=True, verbose_name=_("city"))
    district = models.ForeignKey(District, models.PROTECT, null=True, blank=True, verbose_name=_("district"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, verbose_name=_("unit"))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    acting_for = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="stand_ins", verbose_name=_("acting for")
    )

    objects = AppointmentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["user", "-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    role__in=sorted(UNIT_ROLES), unit__isnull=False, district__isnull=True, city__isnull=True
                )
                | Q(
                    role__in=sorted(DISTRICT_ROLES),
                    district__isnull=False,
                    unit__isnull=True,
                    city__isnull=True,
                )
                | Q(
                    role__in=sorted(CITY_ROLES), city__isnull=False, unit__isnull=True, district__isnull=True
                ),
                name="role_is_held_at_its_own_kind_of_place",
                violation_error_message=_(
                    "This role is held at a unit, a district or a city: fill in that one field alone."
                ),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="appointment_ends_after_it_starts",
                violation_error_message=_("The last day is before the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.get_role_display()} – {self.place}"

    @property
    def place(self) -> City | District | Unit | None:
        return self.unit or self.district or self.city


class NoticeQuerySet(models.QuerySet["Notice"]):
    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """Something a person should know. `words` is a message id, shown in the reader's language."""

    recipient = models.ForeignKey(User, models.CASCADE, related_name="notices", verbose_name=_("recipient"))
    sender = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("sender")
    )
    words = models.CharField(_("words"), max_length=300)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    address = models.CharField(_("address"), max_length=300)
    sent_at = models.DateTimeField(_("sent"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-sent_at", "-pk"]
        indexes = [
            models.Index(fields=["recipient", "read_at"]),
            models.Index(
                fields=["address"],
                condition=models.Q(read_at__isnull=True),
                name="unread_notices_of_a_page",
            ),
        ]

    def __str__(self) -> str:
        words: str = gettext(self.words) % self.parameters
        return words
