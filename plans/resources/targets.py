"""A district's indicators and their targets by sheet: one row for an indicator in a year.

What belongs to the indicator stands in each of its rows, and has to be the same in all of them. An indicator
without any target has one row without a year.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import District, Unit
from accounts.resources import UNIT_HEADS
from core.audit import Place
from core.cells import read_text, shown
from core.roc import read_roc_date, to_roc
from core.sheets import AmountColumn, ChoiceColumn, Column, FlagColumn, SheetResource, WholeColumn
from core.text import fold
from indicators.enums import Aggregation, Baseline, Comparator, Direction, Frequency, Per
from indicators.models import Indicator, Milestone, YearlyTarget
from indicators.services import Step, bring_back_indicator, retire_indicator
from plans.queries.target_sheets import NO_YEAR, OF_INDICATOR, OF_YEAR, Row, SheetMilestone, sheet_rows
from plans.resources.columns import YEAR_HEADS, OptionalChoiceColumn, YearColumn, is_same, stale
from plans.resources.lines import ToldRow
from plans.services.indicators import add_indicator, save_indicator, save_milestones, save_year
from plans.words import ADDED, REMOVED, Words, compare_words

_MILESTONE = re.compile(r"(?P<day>\S+)\s+(?P<weight>[\d.,]+)\s*[%％]\s+(?P<title>\S.*)")
COUNTED = ("retired", *OF_YEAR, "milestones")


class MilestonesColumn(Column):
    """Milestones, one a line: 115.6.30 40% 規劃完成."""

    def read(self, cell: Any) -> tuple[SheetMilestone, ...]:
        return tuple(self._step(line) for line in read_text(cell).split("\n") if line.strip())

    def show(self, value: Iterable[SheetMilestone]) -> str:
        return "\n".join(
            f"{to_roc(one.due_on.year)}.{one.due_on.month}.{one.due_on.day}"
            f" {one.weight.normalize():f}% {one.title}"
            for one in value
        )

    def _step(self, line: str) -> SheetMilestone:
        found = _MILESTONE.fullmatch(line.strip())
        try:
            if found:
                weight = Decimal(found["weight"].replace(",", ""))
                return SheetMilestone(" ".join(found["title"].split()), read_roc_date(found["day"]), weight)
        except (ValueError, ArithmeticError):
            pass
        raise ValidationError(
            _("“%(value)s” is no milestone. Write day, weight and title, such as 115.6.30 40%% 規劃完成."),
            params={"value": shown(line)},
        )


class NoneAsEmptyColumn(OptionalChoiceColumn):
    """A choice whose none is an empty cell, not a word."""

    def show(self, value: str) -> str:
        return str(super().show(value)) if value else ""


@dataclass
class Said:
    """What the rows of one indicator said of it so far."""

    row: int
    values: dict[str, Any] = field(default_factory=dict)


class TargetResource(SheetResource):
    key = WholeColumn("key", label=gettext_lazy("identity"), also=("識別碼",), blank_keeps=True)
    version = WholeColumn("version", label=gettext_lazy("version"), also=("版次",), blank_keeps=True)
    year = YearColumn("year", label=gettext_lazy("ROC year"), also=YEAR_HEADS, is_key=True, blank_keeps=True)
    name = Column("name", label=gettext_lazy("indicator"), also=("指標", "衡量指標"), blank_keeps=True)
    counted_in = Column("counted_in", label=gettext_lazy("counted in"), also=("單位",))
    comparator = ChoiceColumn("comparator", Comparator, label=gettext_lazy("comparison"))
    value = AmountColumn("value", label=gettext_lazy("value"), also=("目標值",))
    value_max = AmountColumn("value_max", label=gettext_lazy("highest value"))
    baseline_value = AmountColumn("baseline_value", label=gettext_lazy("last year's result, or start"))
    aggregation = ChoiceColumn("aggregation", Aggregation, label=gettext_lazy("result of the year"))
    per = NoneAsEmptyColumn("per", Per, label=gettext_lazy("per"))
    frequency = NoneAsEmptyColumn("frequency", Frequency, label=gettext_lazy("how often"))
    baseline = NoneAsEmptyColumn("baseline", Baseline, label=gettext_lazy("measured against"))
    direction = ChoiceColumn("direction", Direction, label=gettext_lazy("better is"))
    numerator_name = Column("numerator_name", label=gettext_lazy("name of the numerator"))
    denominator_name = Column("denominator_name", label=gettext_lazy("name of the denominator"))
    decimals = WholeColumn("decimals", label=gettext_lazy("decimals"), blank_keeps=True)
    unit = Column("unit", label=gettext_lazy("responsible unit"), also=UNIT_HEADS)
    milestones = MilestonesColumn("milestones", label=gettext_lazy("milestones"))
    quote = Column("quote", label=gettext_lazy("sentence"))
    retired = FlagColumn("retired", label=gettext_lazy("retired"))
    proposal = FlagColumn("proposal", label=gettext_lazy("carried over, to confirm"))

    class Meta:
        model = YearlyTarget
        fields = (
            *("key", "version", "year", "name", "counted_in", "comparator", "value", "value_max"),
            *("baseline_value", "aggregation", "per", "frequency", "baseline", "direction"),
            *("numerator_name", "denominator_name", "decimals", "unit", "milestones", "quote"),
            *("retired", "proposal"),
        )

    def __init__(self, *, district: District, on: dt.date | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.district = district
        self.on = on or timezone.localdate()
        for name, column in self.fields.items():
            column.get = _cell(name)

    # Out

    def get_queryset(self) -> QuerySet[YearlyTarget]:
        return YearlyTarget.objects.none()

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        """Return the rows of the district by indicator and year, whatever rows were asked for."""
        return [self._instance(row) for row in sheet_rows(self.district)]

    def _instance(self, row: Row) -> YearlyTarget:
        instance = YearlyTarget(pk=row.target)
        instance.sheet_row = row  # type: ignore[attr-defined]  # for the columns
        return instance

    # In

    def init_instance(self, row: Any = None) -> YearlyTarget:
        return self._instance(Row(dict(_NEW)))

    def prepare(self) -> None:
        self.rows: dict[tuple[int, int | None], Row] = {}
        self.present: dict[int, Row] = {}  # any row of the indicator, for what belongs to it
        self.named: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row in sheet_rows(self.district):
            key, cells = row.cells["key"], row.cells
            self.rows[key, cells["year"]] = row
            if key not in self.present:
                self.present[key] = row
                if not cells["retired"]:
                    self.named[fold(cells["name"]), fold(cells["counted_in"])].append(key)
        self.units = {fold(unit.name): unit for unit in Unit.objects.filter(district=self.district)}
        self.said: dict[Any, Said] = {}
        self.told: list[ToldRow] = []
        self.made: dict[tuple[str, str], int] = {}

    def resolve(self) -> None:
        self.values.pop("proposal", None)
        name = self.values.get("unit")
        if name and fold(name) not in self.units:
            words = _("%(district)s has no unit “%(name)s”. Check the spelling.")
            self.problem("unit", words % {"district": self.district.agency_name, "name": name})

    def find(self) -> YearlyTarget | None:
        key, year = self._indicator(), self.values.get("year")
        self.is_new = key is None
        if self.problems:
            return None
        row = self.rows.get((key, year)) if key else None
        if row is None and key:
            # A year the indicator has no target for yet; its own fields are those of its other rows.
            row = Row({**self.present[key].cells, **NO_YEAR, "year": year})
        return self._instance(row or Row({**_NEW, "year": year}))

    def _indicator(self) -> int | None:
        """Return the indicator the row means: by identity, else by name and measure; None for a new one."""
        key = self.values.get("key")
        if key is not None:
            if key not in self.present:
                self.problem(
                    "key", _("This district has no indicator of this identity. Empty it for a new one.")
                )
            return key if key in self.present else None
        name = self.values.get("name", "")
        if not name:
            self.problem("name", _("This cell is empty. Fill it in."))
            return None
        known = (fold(name), fold(self.values.get("counted_in", "")))
        found = self.named.get(known, [])
        if len(found) > 1:
            self.problem(
                "key", _("Several indicators are called “%(name)s”. Fill in which.") % {"name": name}
            )
        return found[0] if len(found) == 1 else None

    def import_instance(self, instance: Any, row: dict[str, Any], **kwargs: Any) -> None:
        if self.problems:
            raise ValidationError(self.problems)
        number = self._row_numbers[kwargs["row_number"] - 1]
        standing: Row = instance.sheet_row
        self.changed = {
            name: value
            for name, value in self.values.items()
            if name in {*OF_INDICATOR, *COUNTED} and not is_same(value, standing.cells[name])
        }
        self._agree(standing, number)
        if self.changed:
            self._judge(standing)
        if self.problems:
            raise ValidationError(self.problems)
        self._refuse_second(instance, number)
        self._tell(standing, number)

    def key_of(self, instance: Any) -> Any:
        cells = instance.sheet_row.cells
        if cells["key"] is not None:
            return (cells["key"], cells["year"])
        named = (fold(self.values.get("name", "")), fold(self.values.get("counted_in", "")))
        return (*named, cells["year"])

    def _agree(self, standing: Row, number: int) -> None:
        """Refuse a row that says something else of the indicator than a row above it."""
        said = self.said.setdefault(self.key_of(self._instance(standing))[:-1], Said(number))
        for name in (*OF_INDICATOR, "retired"):
            if name not in self.values:
                continue
            first = said.values.setdefault(name, self.values[name])
            if not is_same(self.values[name], first):
                words = _("Row %(row)s says something else of the same indicator. Let both be the same.")
                self.problem(name, words % {"row": said.row})

    def _judge(self, standing: Row) -> None:
        given = self.values.get("version")
        is_known = standing.cells["key"] is not None
        is_exported = (standing.cells["key"], standing.cells["year"]) in self.rows
        if is_exported and self.values.get("key") is not None and given != standing.version:
            self.problem("version", stale(given, standing.version))
        if self.values.get("year") is None and any(name in self.changed for name in (*OF_YEAR, "milestones")):
            self.problem("year", _("This cell is empty. Fill it in."))
        if is_known and self.changed.get("name") == "":
            self.problem("name", _("This cell is empty. Fill it in."))

    def _tell(self, standing: Row, number: int) -> None:
        if not self.changed and not self._is_new_year(standing):
            return
        name = self.values.get("name") or standing.cells["name"]
        year = standing.cells["year"]
        cells = [
            (self.fields[one].column_name, self._shown(one, standing.cells[one]), self._shown(one, value))
            for one, value in self.changed.items()
        ]
        self.told.append(
            ToldRow(
                number,
                standing.target is None,
                f"{name} {to_roc(year)}" if year else name,
                tuple((head, _told(*texts)) for head, *texts in cells),
            )
        )

    def _shown(self, name: str, value: Any) -> str:
        return "" if value is None else str(self.fields[name].show(value))

    def _is_new_year(self, standing: Row) -> bool:
        return standing.target is None and standing.cells["year"] is not None

    def places_of(self, row: Any) -> list[Place]:
        return [Place(self.district.city_id, self.district.pk)]

    # Writing

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        if import_validation_errors:
            return False
        standing = instance.sheet_row
        is_new = standing.cells["key"] is None
        return not self.changed and not is_new and not self._is_new_year(standing)

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        standing: Row = instance.sheet_row
        key = standing.cells["key"]
        named = (fold(self.values.get("name", "")), fold(self.values.get("counted_in", "")))
        if key is None:
            key = self.made.get(named)
        own = {name: value for name, value in self.changed.items() if name in OF_INDICATOR}
        if "unit" in own:
            own["unit"] = self.units.get(fold(own["unit"])) if own["unit"] else None
        if key is None:
            key = self.made[named] = add_indicator(self.district, actor=self.actor, values=own).pk
        elif own and standing.cells["key"] is not None:
            now = Indicator.objects.get(pk=key)
            base = {name: getattr(now, name) for name in own}
            save_indicator(key, actor=self.actor, base=base, values=own)
        self._retire(key)
        if standing.cells["year"] is not None:
            instance.pk = self._write_year(key, standing)
        self._places.update(self.places_of(instance))

    def _retire(self, key: int) -> None:
        if self.changed.get("retired") is True:
            retire_indicator(key, actor=self.actor, on=self.on)
        elif self.changed.get("retired") is False:
            bring_back_indicator(key, actor=self.actor)

    def _write_year(self, key: int, standing: Row) -> int | None:
        year = standing.cells["year"]
        names = {"baseline_value": "baseline"}
        values = {names.get(name, name): self.changed[name] for name in OF_YEAR if name in self.changed}
        pk = standing.target
        try:
            if values or pk is None:
                base = {names.get(name, name): standing.cells[name] for name in OF_YEAR}
                pk = save_year(key, year, actor=self.actor, base=base, values={**base, **values}).pk
        except ValidationError as error:
            raise _renamed(error, {"baseline": "baseline_value"}) from error
        if "milestones" in self.changed:
            rows = {row.title: row.pk for row in Milestone.objects.filter(target=pk)}
            steps = [
                Step(one.title, one.due_on, one.weight, rows.get(one.title))
                for one in self.changed["milestones"]
            ]
            try:
                save_milestones(key, year, steps, actor=self.actor)
            except ValidationError as error:
                raise ValidationError({"milestones": error.messages}) from error
        return pk


_NEW: Mapping[str, Any] = {
    **NO_YEAR,
    **dict.fromkeys(OF_INDICATOR, ""),
    "key": None,
    "year": None,
    "comparator": Comparator.AT_LEAST.value,
    "aggregation": Aggregation.SUM.value,
    "direction": Direction.NONE.value,
    "decimals": None,
    "retired": False,
}


def _cell(name: str) -> Callable[[Any], Any]:
    def get(instance: Any) -> Any:
        row: Row = instance.sheet_row
        return row.version if name == "version" else row.cells[name]

    return get


def _told(before: str, after: str) -> Words:
    if before and after:
        return compare_words(before, after)
    return tuple((mark, text) for mark, text in ((REMOVED, before), (ADDED, after)) if text)


def _renamed(error: ValidationError, names: Mapping[str, str]) -> ValidationError:
    if not hasattr(error, "error_dict"):
        return error
    return ValidationError({names.get(name, name): errors for name, errors in error.error_dict.items()})
