"""What the rows of one page of changes hold: the values before and after each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from plans.changes import SETTINGS, Group, Step, Trace
from plans.models import Plan
from plans.queries.traces import ROWS

LINES_SHOWN = 10  # of a change to many lines at once
SEPARATOR = "｜"  # between the cells of a roster's row

ITEM_FIELDS = ("title", "text", *SETTINGS, "all_units", "parent_id", "position", "removed_at", "removed_as")
PLAN_FIELDS = (
    *("title", "subtitle", "attribute", "note", "sign_off", "column_heads", "framework", "scheme"),
    *("status", "year", "series", "starts_on", "ends_on"),
)
ATTACHMENT_FIELDS = ("title", "file_name", "removed_at", "position")


class Steps:
    """The steps of one page, by source and key of the trace."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, int], Step] = {}

    def add(self, source: str, key: int, step: Step) -> None:
        self.found[source, key] = step

    def of(self, traces: Iterable[Trace]) -> list[Step]:
        keys = ((trace.source, trace.key) for trace in traces)
        return [self.found[key] for key in keys if key in self.found]


@dataclass(frozen=True)
class _States:
    """A history whose rows hold everything about their subject."""

    columns: tuple[str, ...]
    show: Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class _Entries:
    """A history whose rows are each one entry of a line's list, told as the field `name`."""

    columns: tuple[str, ...]
    name: str
    show: Callable[[Iterable[tuple[Any, ...]]], Any]


def read_steps(plan: Plan, groups: Sequence[Group]) -> Steps:
    """Return what the rows of these groups did, in one query for each history they are from."""
    keys: dict[str, set[int]] = defaultdict(set)
    lines: set[int] = set()
    for one in groups:
        shown = set(one.subjects[:LINES_SHOWN])
        for trace in one.traces:
            if trace.subject in shown:
                keys[trace.source].add(trace.key)
                lines.add(trace.subject[1])
    steps = Steps()
    for source, wanted in keys.items():
        history = _HISTORIES[source]
        if isinstance(history, _States):
            _read_states(plan, source, history, wanted, steps)
        else:
            _read_entries(ROWS[source](plan).filter(item_id__in=lines), source, history, wanted, steps)
    return steps


def _read_states(plan: Plan, source: str, history: _States, keys: Collection[int], steps: Steps) -> None:
    """Read rows, each with the one before it."""
    every = ROWS[source](plan)
    earlier = every.model.objects.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
    before = every.filter(history_id__in=keys).values(
        key=Subquery(earlier.order_by("-history_id").values("history_id")[:1])
    )
    rows = every.filter(Q(history_id__in=keys) | Q(history_id__in=before)).order_by("id", "history_id")
    last: tuple[int, int, dict[str, Any]] | None = None
    for key, subject, at, kind, *cells in rows.values_list(
        "history_id",
        "id",
        "history_date",
        "history_type",
        *(_PATHS.get(name, name) for name in history.columns),
    ):
        values = history.show(dict(zip(history.columns, cells, strict=True)))
        if key in keys:
            known = last if last and last[0] == subject and kind != "+" else (0, None, None)
            steps.add(source, key, Step(at, known[2], None if kind == "-" else values, key, known[1]))
        last = (subject, key, values)


def _read_entries(rows: Any, source: str, history: _Entries, keys: Collection[int], steps: Steps) -> None:
    """Read rows, and tell the whole list as it was before and after each."""
    standing: dict[int, dict[int, tuple[Any, ...]]] = defaultdict(dict)
    for key, subject, line, at, kind, *cells in rows.order_by("history_id").values_list(
        "history_id", "id", "item_id", "history_date", "history_type", *history.columns
    ):
        entries = standing[line]
        before = history.show(entries.values()) if key in keys else None
        if kind == "-":
            entries.pop(subject, None)
        else:
            entries[subject] = tuple(cells)
        if key in keys:
            after = history.show(entries.values())
            steps.add(source, key, Step(at, {history.name: before}, {history.name: after}, key))


def _item_values(values: dict[str, Any]) -> dict[str, Any]:
    values["parent"] = values.pop("parent_id")
    points = values["points"]
    values["points"] = f"{points.normalize():f}" if isinstance(points, Decimal) else ""
    values["criterion"] = values["criterion"] or ""
    return values


def _plan_values(values: dict[str, Any]) -> dict[str, Any]:
    heads = values["column_heads"] or {}
    values["column_heads"] = "\n".join("、".join(names) for _uid, names in sorted(heads.items()))
    return values


def _unit_list(entries: Iterable[tuple[Any, ...]]) -> tuple[tuple[str, str], ...]:
    return tuple((name or "", duty) for _position, name, duty in sorted(entries, key=lambda entry: entry[0]))


def _roster_list(entries: Iterable[tuple[Any, ...]]) -> str:
    rows = sorted(entries, key=lambda entry: entry[0])
    return "\n".join(SEPARATOR.join(cells).rstrip(SEPARATOR) for _position, *cells in rows)


_PATHS = {"criterion": "criterion__code", "framework": "framework__name"}
_HISTORIES: dict[str, _States | _Entries] = {
    "item": _States(ITEM_FIELDS, _item_values),
    "plan": _States(PLAN_FIELDS, _plan_values),
    "attachment": _States(ATTACHMENT_FIELDS, dict),
    "unit": _Entries(("position", "unit__name", "duty"), "units", _unit_list),
    "roster": _Entries(("position", "title", "member", "duty", "remark"), "roster", _roster_list),
}
