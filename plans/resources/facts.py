"""The facts of plans by sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.resources import CITY_HEADS, DISTRICT_HEADS, Places
from core.audit import Place
from core.sheets import ChoiceColumn, Column, SheetResource, WholeColumn
from core.text import fold
from plans.enums import EDITABLE, PlanStatus, Scheme
from plans.models import FACT_LIMIT, Framework, Plan
from plans.permissions import get_districts_to_write
from plans.recording import place_of
from plans.resources.columns import YEAR_HEADS, YearColumn, is_same, not_open, stale
from plans.services.beginnings import begin_empty
from plans.services.facts import save_facts


def facts_version() -> Coalesce:
    """Return how often the facts of a plan were written, which tells whether a sheet is out of date."""
    rows = Plan.history.filter(id=OuterRef("pk")).order_by().values("id").annotate(count=Count("history_id"))
    return Coalesce(Subquery(rows.values("count")), 0, output_field=IntegerField())


FACTS = ("title", "subtitle", "attribute", "note", "sign_off", "scheme", "framework")


class PlanResource(SheetResource):
    """The facts of plans. A row with a year or series that is not there yet begins an empty plan."""

    city = Column("district__city__name", label=gettext_lazy("city"), also=CITY_HEADS, is_key=True)
    district = Column("district__name", label=gettext_lazy("district"), also=DISTRICT_HEADS, is_key=True)
    series = Column("series", also=("計畫系列",), is_key=True)
    year = YearColumn("year", label=gettext_lazy("ROC year"), also=YEAR_HEADS, is_key=True)
    facts_version = WholeColumn("facts_version", label=gettext_lazy("version"), blank_keeps=True)
    title = Column("title", blank_keeps=True)
    subtitle = Column("subtitle")
    attribute = Column("attribute")
    note = Column("note")
    sign_off = Column("sign_off")
    scheme = ChoiceColumn("scheme", Scheme)
    framework = Column("framework__name", label=gettext_lazy("framework"))
    status = ChoiceColumn("status", PlanStatus)
    related = ("district__city", "framework")

    class Meta:
        model = Plan
        fields = ("city", "district", "series", "year", "facts_version", *FACTS, "status")

    def __init__(self, *, on: dt.date | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on = on or timezone.localdate()

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return super().filter_export(queryset, **kwargs).annotate(facts_version=facts_version())

    def prepare(self) -> None:
        self.places = Places()
        self.writable = {district.pk for district in get_districts_to_write(self.actor, on=self.on)}
        plans = Plan.objects.select_related(*self.related).annotate(facts_version=facts_version())
        self.plans = {self.key_of(plan): plan for plan in plans}
        self.frameworks = {(row.city_id, fold(row.name)): row for row in Framework.objects.all()}

    def key_of(self, instance: Plan) -> Any:
        return (instance.district_id, fold(instance.series), instance.year)

    def resolve(self) -> None:
        values = self.values
        city, name = values.pop("city", ""), values.pop("district", "")
        district = self.places.district(self, city, name) if city and name else None
        if district is None:
            return
        values["district"] = district
        if name := values.pop("framework", ""):
            values["framework"] = self.frameworks.get((district.city_id, fold(name)))
            if values["framework"] is None:
                words = _("%(city)s has no framework “%(name)s”. Check the spelling.")
                self.problem("framework", words % {"city": district.city.name, "name": name})
        elif name == "" and self.fields["framework"].column_name in self.row:
            values["framework"] = None

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        self.row = row
        super().before_import_row(row, **kwargs)

    def find(self) -> Plan | None:
        values = self.values
        return self.plans.get((values["district"].pk, fold(values["series"]), values["year"]))

    def import_instance(self, instance: Any, row: dict[str, Any], **kwargs: Any) -> None:
        if self.problems:
            raise ValidationError(self.problems)
        wanted = {name: self.values[name] for name in FACTS if name in self.values}
        self.changed = {
            name: value
            for name, value in wanted.items()
            if not is_same(value, getattr(instance, name)) or not instance.pk
        }
        if self.changed or not instance.pk:
            self._judge(instance)
        if self.problems:
            raise ValidationError(self.problems)
        for name, value in {**self.values, **self.changed}.items():
            if name in self.changed or not instance.pk:
                setattr(instance, name, value)
        self._refuse_second(instance, self._row_numbers[kwargs["row_number"] - 1])

    def _judge(self, plan: Plan) -> None:
        district = self.values["district"]
        if district.pk not in self.writable:
            words = _("You hold no appointment in the secretariat of %(agency)s. Remove the row.")
            self.problem(NON_FIELD_ERRORS, words % {"agency": district.agency_name})
        if self.values.get("status", plan.status) != plan.status:
            self.problem("status", _("The status of a plan is not changed by sheet."))
        for name in ("title", "subtitle", "attribute"):
            if len(self.changed.get(name, "")) > FACT_LIMIT:
                self.problem(name, _("Write at most %(most)d characters.") % {"most": FACT_LIMIT})
        if not plan.pk:
            return
        if plan.status not in EDITABLE:
            self.problem(NON_FIELD_ERRORS, not_open(plan))
        given, present = self.values.get("facts_version"), plan.facts_version  # type: ignore[attr-defined]  # annotated
        if given != present:
            self.problem("facts_version", stale(given, present))

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        return bool(instance.pk) and not import_validation_errors and not self.changed

    def places_of(self, row: Any) -> list[Place]:
        return [place_of(row)]

    def create(self) -> Plan:
        values = self.values
        plan = begin_empty(
            district=values["district"], year=values["year"], series=values["series"], actor=self.actor
        )
        return self._save(plan, {name: value for name, value in self.changed.items() if value})

    def update(self, row: Any) -> None:
        self._save(Plan.objects.get(pk=row.pk), self.changed)

    def _save(self, plan: Plan, values: Mapping[str, Any]) -> Plan:
        def stored(name: str, value: Any) -> Any:
            return value.pk if name == "framework" and value is not None else value

        return save_facts(
            plan.pk,
            actor=self.actor,
            base={name: stored(name, getattr(plan, name)) for name in values},
            values={name: stored(name, value) for name, value in values.items()},
        )
