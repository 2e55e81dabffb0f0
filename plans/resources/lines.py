"""The lines of plans by sheet: of one plan, or of several, each row saying which."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from import_export.results import Result, RowResult

from accounts.models import Unit
from accounts.resources import CITY_HEADS, DISTRICT_HEADS, Places
from core.cells import shown
from core.enums import AuditKind
from core.roc import to_roc
from core.sheets import ChoiceColumn, Column, FlagColumn, SheetResource, WholeColumn
from core.text import fold
from plans.enums import EDITABLE, Duty, Kind, Layout
from plans.models import Criterion, Item, Plan
from plans.permissions import get_districts_to_write, get_rights
from plans.queries.documents import plan_document
from plans.queries.sheets import Standing, sheet_lines
from plans.recording import record_plan
from plans.resources.columns import (
    YEAR_HEADS,
    NamesColumn,
    OptionalChoiceColumn,
    PointsColumn,
    StyleColumn,
    UidColumn,
    YearColumn,
    is_same,
    is_same_number,
    meant_code,
    not_open,
    stale,
)
from plans.rights import Rights
from plans.services.items import check_kind, clean_values
from plans.services.locking import lock_plan
from plans.services.sheets import LineChange, Place, write_lines
from plans.words import ADDED, REMOVED, Words, compare_words


class Desk:
    """One plan while a sheet is written into it: its lines, its units, and what the person may do."""

    def __init__(self, plan_pk: int, *, actor: Any, on: dt.date, is_held: bool = True) -> None:
        # Held until the sheet is written, so that nobody changes a line between its row and the writing.
        self.plan = lock_plan(plan_pk) if is_held else Plan.objects.get(pk=plan_pk)
        lines, self.standings = sheet_lines([self.plan])
        self.lines = {str(item.uid): item for item in lines}
        self.gone = {
            str(uid) for uid in self.plan.items.filter(removed_at__isnull=False).values_list("uid", flat=True)
        }
        self.rights: Rights = get_rights(actor, self.plan, plan_document(self.plan), on=on)
        units = list(Unit.objects.filter(district=self.plan.district_id).order_by("-order", "-pk"))
        # A unit's own name goes before another's short one.
        self.units = {fold(name): unit for unit in units for name in unit.names}
        self.units |= {fold(unit.name): unit for unit in units}
        self.criteria = set(
            Criterion.objects.filter(framework=self.plan.framework_id).values_list("code", flat=True)
        )
        self.changes: list[LineChange] = []

    @property
    def is_open(self) -> bool:
        return self.plan.status in EDITABLE


WORDS = ("title", "text")
SETTINGS = (
    *("kind", "numbered", "child_style", "layout", "all_units", "points", "points_text", "criterion_code"),
    *("leads", "assists"),
)
PLACE = ("above", "place")
INFORMATION = ("number", "level")
NOT_PLACED = Standing(number="", level=0, parent="", place=0)


@dataclass(frozen=True)
class ToldRow:
    """What a row of a sheet does, for who looks at it before it is written."""

    number: int
    is_new: bool
    line: str
    cells: tuple[tuple[str, Words], ...]  # the name of the column, what goes and what comes


class ItemResource(SheetResource):
    """The lines of one plan. Number and level are there to be read; places are by `above` and `place`."""

    uid = UidColumn("uid", also=("識別碼",), is_key=True)
    version = WholeColumn("version", also=("版次",), blank_keeps=True)
    number = Column("number", label=pgettext_lazy("of a line", "number"), also=("編號",))
    level = WholeColumn("level", label=gettext_lazy("level"), also=("層級",))
    above = UidColumn("above", label=gettext_lazy("identity of the line above"), also=("上層識別碼",))
    place = WholeColumn("place", label=gettext_lazy("place below it"), also=("順序",), blank_keeps=True)
    kind = ChoiceColumn("kind", Kind)
    title = Column("title")
    text = Column("text")
    numbered = FlagColumn("numbered")
    child_style = StyleColumn("child_style")
    layout = OptionalChoiceColumn("layout", Layout)
    leads = NamesColumn("leads", label=gettext_lazy("lead units"), also=("主辦", "主辦單位", "執行單位"))
    assists = NamesColumn("assists", label=gettext_lazy("assisting units"), also=("協辦", "協辦單位"))
    all_units = FlagColumn("all_units", also=("各課室",))
    points = PointsColumn("points")
    points_text = Column("points_text")
    criterion_code = Column("criterion_code", label=gettext_lazy("code of the criterion"), also=("指標代碼",))

    class Meta:
        model = Item
        fields = ("uid", "version", *INFORMATION, *PLACE, "kind", *WORDS, *SETTINGS[1:])

    def __init__(self, *, plan: Plan | None = None, on: dt.date | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self.on = on or timezone.localdate()

    # Out

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        """Return the lines in the order they are read, whatever the order of the rows asked for."""
        plans = [self.plan] if self.plan else _plans_of(queryset)
        wanted = None if self.plan else set(queryset.values_list("pk", flat=True))
        lines, standings = sheet_lines(plans)
        by_key = {plan.pk: plan for plan in plans}
        chosen = [item for item in lines if wanted is None or item.pk in wanted]
        for item in chosen:
            self.show_line(item, standings[item.pk], by_key[item.plan_id])
        return chosen

    def show_line(self, item: Item, standing: Standing, plan: Plan) -> None:
        """Put on the line what its row shows besides its own fields."""
        item.number, item.level = standing.number, standing.level  # type: ignore[attr-defined]  # for the columns
        item.above, item.place = standing.parent, standing.place  # type: ignore[attr-defined]  # the same
        item.leads, item.assists = standing.leads, standing.assists  # type: ignore[attr-defined]  # the same
        item.criterion_code = item.criterion.code if item.criterion else ""  # type: ignore[attr-defined]  # the same

    # In

    def prepare(self) -> None:
        self.desks: dict[int, Desk] = {}
        self.added: list[LineChange] = []
        self.told: list[ToldRow] = []

    def desk(self) -> Desk | None:
        """Return the plan of the row, complaining where there is none."""
        return self.desk_of(self.plan.pk) if self.plan else None

    def desk_of(self, plan_pk: int, *, is_held: bool = True) -> Desk:
        if plan_pk not in self.desks:
            self.desks[plan_pk] = desk = Desk(plan_pk, actor=self.actor, on=self.on, is_held=is_held)
            for item in desk.lines.values():
                self.show_line(item, desk.standings[item.pk], desk.plan)
        return self.desks[plan_pk]

    def resolve(self) -> None:
        for name in INFORMATION:
            self.values.pop(name, None)
        self.current = self.desk()
        if self.current and (code := self.values.get("criterion_code")):
            self.values["criterion_code"] = meant_code(code, self.current.criteria)
        names_a_place = self.values.get("kind") == Kind.CHAPTER or not self.values.get("uid")
        if names_a_place and "above" not in self.values and not self.problems.get("above"):
            self.values["above"] = ""

    def find(self) -> Item | None:
        uid = self.values.get("uid")
        if not uid or self.current is None:
            return None
        item = self.current.lines.get(uid)
        if item is None:
            words = (
                _("This line was deleted from the plan. Remove the row, or bring the line back first.")
                if uid in self.current.gone
                else _("The plan has no line of this identity. Empty the cell to add the row as a new line.")
            )
            self.problem("uid", words)
        return item

    def init_instance(self, row: Any = None) -> Item:
        item = Item(kind="", version=0, uid=uuid.uuid4())
        self.show_line(item, NOT_PLACED, Plan())
        return item

    def import_instance(self, instance: Any, row: dict[str, Any], **kwargs: Any) -> None:
        if self.problems or self.current is None:
            raise ValidationError(self.problems)
        number = self._row_numbers[kwargs["row_number"] - 1]
        self.changed = self._changes(instance)
        if self.changed or not instance.pk:
            self._judge(instance, self.current)
        if self.problems:
            raise ValidationError(self.problems)
        if instance.pk:
            self._refuse_second(instance, number)
        self.line_name = shown(instance)
        before = {name: self._cell(instance, name) if instance.pk else "" for name in self.changed}
        for name, value in self.changed.items():
            setattr(instance, name, value)
        if self.changed:
            cells = [(name, before[name], self._cell(instance, name)) for name in self.changed]
            self.told.append(
                ToldRow(
                    number,
                    not instance.pk,
                    self.line_name if instance.pk else shown(instance),
                    tuple((self.fields[name].column_name, _told(*texts)) for name, *texts in cells),
                )
            )

    def _cell(self, item: Item, name: str) -> str:
        """Return what a cell says, a line by its words: nobody reads identities."""
        value = getattr(item, name)
        if name == "above" and self.current and value in self.current.lines:
            line = self.current.lines[value]
            return f"{self.current.standings[line.pk].number}{shown(line)}"
        return str(self.fields[name].export(item))

    def key_of(self, instance: Item) -> Any:
        return (instance.plan_id, instance.uid)

    def _changes(self, item: Item) -> dict[str, Any]:
        """Return what the row says otherwise than the line as it stands."""
        names = (*WORDS, *SETTINGS, *PLACE)
        given = {name: self.values[name] for name in names if name in self.values}
        for name in ("title", "text", "points_text"):
            if name in given and not is_same(given[name], getattr(item, name)):
                given[name] = clean_values({name: given[name]})[name]
        return {name: value for name, value in given.items() if not self._is_as_it_stands(item, name, value)}

    def _is_as_it_stands(self, item: Item, name: str, value: Any) -> bool:
        current = getattr(item, name)
        if name == "points":
            return bool(value == clean_values({"points": current})["points"])
        if name in {"leads", "assists"}:
            return self._keys(value) == self._keys(current)
        if name == "criterion_code" and is_same_number(value, current):
            return True
        return is_same(value, current)

    def _keys(self, names: Iterable[str]) -> list[Any]:
        units = self.current.units if self.current else {}
        return [units[fold(name)].pk if fold(name) in units else name for name in names]

    # What a person may write

    def _judge(self, item: Item, desk: Desk) -> None:
        if not desk.is_open:
            self.problem(NON_FIELD_ERRORS, not_open(desk.plan))
            return
        if item.pk and self.values.get("version") != item.version:
            self.problem("version", stale(self.values.get("version"), item.version))
            return
        if not desk.rights.any:
            words = _("You write no line of “%(title)s”. Remove its rows.")
            self.problem(NON_FIELD_ERRORS, words % {"title": desk.plan.title})
        elif not desk.rights.is_whole and item.pk:
            self._judge_own(item, desk)
        elif not desk.rights.is_whole:
            self._judge_new(desk)
        if not self.problems:
            self._check_place(item, desk)
            self._check_names(item, desk)
            self._check_values(item, desk)

    def _judge_own(self, item: Item, desk: Desk) -> None:
        """Let the people of a unit change the words of their lines, and places below lines of theirs."""
        uid = str(item.uid)
        if uid not in desk.rights.writes:
            words = _("“%(line)s” is not a line of your unit. Remove the row, or leave it as it was.")
            self.problem(NON_FIELD_ERRORS, words % {"line": shown(item)})
            return
        for name in self.changed:
            if name in SETTINGS:
                self.problem(name, _("Only the secretariat changes this."))
        moves = any(name in self.changed for name in PLACE)
        above = self.changed.get("above", item.above)  # type: ignore[attr-defined]  # put on by show_line
        if moves and not (uid in desk.rights.arranges and above in desk.rights.writes):
            self.problem("place", _("Only lines below those of your unit are yours to move."))

    def _judge_new(self, desk: Desk) -> None:
        if self.values.get("above", "") not in desk.rights.writes:
            self.problem(
                "above", _("New lines of yours stand below lines of your unit: name one of them here.")
            )
        for name in self.changed:
            if name in SETTINGS and name not in {"kind", "numbered"}:
                self.problem(name, _("Only the secretariat changes this."))

    def _check_place(self, item: Item, desk: Desk) -> None:
        above = self.values.get("above", item.above)  # type: ignore[attr-defined]  # put on by show_line
        kind = self.values.get("kind") or item.kind
        if above and above not in desk.lines:
            self.problem("above", _("The plan has no line of this identity."))
        elif not above and kind != Kind.CHAPTER and (item.pk or kind):
            self.problem("above", _("Name the line it stands below. Only chapters stand below none."))
        place = self.values.get("place")
        if place is not None and place < 1:
            self.problem("place", _("Places are counted from 1."))

    def _check_names(self, item: Item, desk: Desk) -> None:
        for name in ("leads", "assists"):
            for unit in self.changed.get(name, ()):
                if fold(unit) not in desk.units:
                    words = _("%(district)s has no unit “%(name)s”. Check the spelling.")
                    agency = desk.plan.district.agency_name
                    self.problem(name, words % {"district": agency, "name": unit})
        both = set(self._keys(self._named(item, "leads"))) & set(self._keys(self._named(item, "assists")))
        if both:
            self.problem("assists", _("A unit either leads or assists."))
        code = self.changed.get("criterion_code")
        if code and code not in desk.criteria:
            self.problem("criterion_code", _("The framework of this plan has no such criterion."))

    def _check_values(self, item: Item, desk: Desk) -> None:
        above = self.values.get("above", item.above)  # type: ignore[attr-defined]  # put on by show_line
        if not item.pk and not (self.changed.get("title") or self.changed.get("text")):
            self.problem(NON_FIELD_ERRORS, _("Write a title or a text first."))
        # As the line will stand: one that moves to the top becomes a chapter, one that leaves it none.
        kind = Kind.CHAPTER if not above else Kind.HEADING if item.kind == Kind.CHAPTER else item.kind
        probe = Item(kind=kind or Kind.ACTION, parent_id=0 if above else None)
        try:
            check_kind(probe, {name: self.changed[name] for name in self.changed if name not in PLACE})
        except ValidationError as error:
            for name, problems in error.message_dict.items():
                for problem in problems:
                    self.problem(name, problem)

    # Writing

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        return bool(instance.pk) and not import_validation_errors and not self.changed

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        """Keep the row: all of a plan are written together when the last has been read."""
        assert self.current is not None  # noqa: S101 -- import_instance has refused the row otherwise
        changed = {name: value for name, value in self.changed.items() if name not in PLACE}
        values = {name: value for name, value in changed.items() if name not in {"leads", "assists"}}
        if "criterion_code" in values:
            values["criterion"] = values.pop("criterion_code")
        if {"leads", "assists"} & set(changed):
            values["units"] = self._units(instance, self.current)
        moves = is_create or any(name in self.changed for name in PLACE)
        above = instance.above
        change = LineChange(
            uid=None if is_create else instance.uid,
            version=instance.version,
            values=values,
            place=Place(uuid.UUID(above) if above else None, self.values.get("place")) if moves else None,
            name=self.line_name,
        )
        self.current.changes.append(change)
        if is_create:
            self.added.append(change)

    def _named(self, item: Item, name: str) -> tuple[str, ...]:
        names: tuple[str, ...] = self.changed.get(name, getattr(item, name))
        return names

    def _units(self, item: Any, desk: Desk) -> list[dict[str, Any]]:
        duties = dict.fromkeys(self._keys(item.leads), Duty.LEAD) | dict.fromkeys(
            self._keys(item.assists), Duty.ASSISTING
        )
        standing = desk.standings.get(item.pk, NOT_PLACED)
        # As they stood on paper; what is new comes behind.
        order = [key for key, _duty in standing.units if key in duties]
        order += [key for key in duties if key not in order]
        return [{"unit": key, "duty": str(duties[key])} for key in order]

    def after_import(self, dataset: Any, result: Result, **kwargs: Any) -> None:
        if result.has_errors() or result.has_validation_errors():
            return
        made: dict[int, Item] = {}
        for desk in self.desks.values():
            if desk.changes:
                written = write_lines(desk.plan.pk, desk.changes, actor=self.actor)
                made |= {id(change): item for item, change in zip(written, desk.changes, strict=True)}
        new = [row for row in result.rows if row.import_type == RowResult.IMPORT_TYPE_NEW]
        for row, change in zip(new, self.added, strict=True):
            row.object_id = made[id(change)].pk
        super().after_import(dataset, result, **kwargs)

    def record_import(self, result: Result) -> None:
        """Tell the audit log of each plan the sheet wrote in."""
        for desk in self.desks.values():
            added = sum(1 for change in desk.changes if change.uid is None)
            if desk.changes:
                details = {"what": "lines", "added": added, "changed": len(desk.changes) - added}
                record_plan(AuditKind.IMPORT, desk.plan, actor=self.actor, details=details)


def _told(before: str, after: str) -> Words:
    if before and after:
        return compare_words(before, after)
    return tuple((mark, text) for mark, text in ((REMOVED, before), (ADDED, after)) if text)


def _plans_of(items: QuerySet[Item]) -> list[Plan]:
    plans = Plan.objects.filter(pk__in=items.order_by().values("plan"))
    return list(plans.select_related("district__city"))


class PlacedItemResource(ItemResource):
    """Lines of several plans: each row says which."""

    city = Column("city", label=gettext_lazy("city"), also=CITY_HEADS, is_key=True)
    district = Column("district", label=gettext_lazy("district"), also=DISTRICT_HEADS, is_key=True)
    series = Column("series", label=gettext_lazy("series"), also=("計畫系列",), is_key=True)
    year = YearColumn("year", label=gettext_lazy("ROC year"), also=YEAR_HEADS, is_key=True)

    class Meta:
        model = Item
        fields = ("city", "district", "series", "year", *ItemResource.Meta.fields)

    def show_line(self, item: Any, standing: Standing, plan: Plan) -> None:
        super().show_line(item, standing, plan)
        if plan.district_id:
            item.city, item.district = plan.district.city.name, plan.district.name
            item.series, item.year = plan.series, plan.year
        else:
            item.city = item.district = item.series = ""
            item.year = None

    def prepare(self) -> None:
        super().prepare()
        self.places = Places()
        self.plans = {
            (plan.district_id, fold(plan.series), plan.year): plan
            for plan in Plan.objects.only("pk", "district", "series", "year")
        }
        self.writable = {district.pk for district in get_districts_to_write(self.actor, on=self.on)}

    def desk(self) -> Desk | None:
        city, name, series, year = (
            self.values.pop(key, "") for key in ("city", "district", "series", "year")
        )
        if self.problems:
            return None
        district = self.places.district(self, city, name)
        if district is None:
            return None
        plan = self.plans.get((district.pk, fold(series), year))
        if plan is None:
            words = _("%(agency)s has no plan “%(series)s” for %(year)s.")
            names = {"agency": district.agency_name, "series": series, "year": to_roc(int(year))}
            self.problem("year", words % names)
            return None
        return self.desk_of(plan.pk, is_held=district.pk in self.writable)
