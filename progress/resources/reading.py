"""A filled sheet, read: whose it is, what it was made from, what its cells say. No row is looked up here."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.books import ReadRow, address, read_book
from core.cells import is_empty, read_text, shown
from progress.resources.columns import (
    MILESTONE_FIELDS,
    REPORT_FIELDS,
    TARGET_FIELDS,
    Field,
    is_key_head,
    read_field,
)
from progress.resources.writing import MARK, SALT
from progress.standing import PERCENT

_KEY = re.compile(r"(?P<kind>[RTM])(?P<report>\d{1,18})\.(?P<of>\d{1,18})")


@dataclass(frozen=True, order=True)
class Place:
    """Where a value stands in the file; columns are counted from 0."""

    sheet: str
    row: int
    column: int

    @property
    def cell(self) -> str:
        return address(self.column, self.row)


@dataclass(frozen=True)
class Problem:
    """What is wrong in a cell, and what to do about it."""

    place: Place
    value: str
    words: str


@dataclass(frozen=True)
class Entry:
    """What a cell says that differs from what it was made from; `shown` as a message quotes it."""

    value: Any
    place: Place
    shown: str


@dataclass
class FilledSheet:
    """What a sheet says: by report and field what was changed, and what the sheet was made from."""

    base: dict[int, dict[str, Any]]
    counted_in: dict[int, str]  # of each target
    milestones: frozenset[int]
    entries: dict[int, dict[str, Entry]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_filled(data: bytes, *, period: int, unit: int) -> FilledSheet:
    """Read the sheet of a period and unit.

    Raises ValidationError where the file is no such sheet; what is wrong in single cells is in `problems`.
    """
    book = read_book(data)
    filled = _origin(book, period=period, unit=unit)
    seen: dict[str, str] = {}
    has_reports = False
    for name, rows in book.items():
        head = _head(rows)
        if head is None:
            continue
        at, fields = head
        has_reports |= fields is REPORT_FIELDS
        cells = rows[at].cells
        columns = {number: one for number, cell in enumerate(cells) for one in fields if one.is_head(cell)}
        key_at = next(number for number, cell in enumerate(cells) if is_key_head(cell))
        for row in rows[at + 1 :]:
            _read_row(filled, _Row(name, row, key_at, columns, seen))
    if not has_reports:
        raise ValidationError(
            _("The heads of the table are not there. Take the sheet out again and fill that one.")
        )
    return filled


def _origin(book: Mapping[str, Sequence[ReadRow]], *, period: int, unit: int) -> FilledSheet:
    """Return what the sheet was made from; refuse one that was not made here, or for others."""
    pieces = [
        cell.strip().removeprefix(MARK)
        for rows in book.values()
        for row in rows
        for cell in row.cells
        if isinstance(cell, str) and cell.strip().startswith(MARK)
    ]
    if not pieces:
        raise ValidationError(
            _("This is no sheet that was taken out here, or its hidden part is missing. Take it out again.")
        )
    try:
        made_from = signing.loads("".join(pieces), salt=SALT)
    except (signing.BadSignature, ValueError, TypeError, zlib.error) as error:
        raise ValidationError(
            _("The hidden part of this sheet was altered. Take the sheet out again and fill that one.")
        ) from error
    if made_from["unit"] != unit:
        raise ValidationError(_("This is the sheet of another unit. Choose the one that was taken out here."))
    if made_from["period"] != period:
        raise ValidationError(
            _("This is the sheet of another period. Choose the one that was taken out here.")
        )
    return FilledSheet(
        {int(pk): values for pk, values in made_from["reports"].items()},
        {int(pk): words for pk, words in made_from["counted_in"].items()},
        frozenset(made_from.get("milestones", ())),
    )


def _head(rows: Sequence[ReadRow]) -> tuple[int, tuple[Field, ...]] | None:
    """Return which row holds the heads, and of which table they are; None for a sheet without any."""
    for at, row in enumerate(rows):
        if any(is_key_head(cell) for cell in row.cells):
            for fields in (REPORT_FIELDS, TARGET_FIELDS, MILESTONE_FIELDS):
                if any(one.is_head(cell) for cell in row.cells for one in fields):
                    return at, fields
    return None


@dataclass
class _Row:
    """A row below the heads. `seen` says which keys stood where before."""

    sheet: str
    row: ReadRow
    key_at: int
    columns: Mapping[int, Field]
    seen: dict[str, str]

    def cell(self, at: int) -> Any:
        return self.row.cells[at] if at < len(self.row.cells) else None

    def place(self, at: int) -> Place:
        return Place(self.sheet, self.row.number, at)

    @property
    def key(self) -> str:
        return read_text(self.cell(self.key_at)) if not is_empty(self.cell(self.key_at)) else ""

    @property
    def is_filled(self) -> bool:
        return any(not is_empty(self.cell(at)) for at in self.columns)


def _read_row(filled: FilledSheet, row: _Row) -> None:
    key = row.key
    if not key and not row.is_filled:
        return
    place = row.place(row.key_at)
    match = _KEY.fullmatch(key)
    kind, report, of = (match["kind"], int(match["report"]), int(match["of"])) if match else ("", 0, 0)
    known = {"R": {of}, "T": filled.counted_in, "M": filled.milestones}
    if report not in filled.base or of not in known[kind]:
        words = _("This row does not say which line it is of: its key is missing. Take the sheet out again.")
        filled.problems.append(Problem(place, shown(key), words))
        return
    if key in row.seen:
        words = _("This row stands twice, also at %(cell)s. Remove one of them.") % {"cell": row.seen[key]}
        filled.problems.append(Problem(place, "", words))
        return
    row.seen[key] = place.cell
    counted_in = {"R": PERCENT, "T": filled.counted_in.get(of, ""), "M": ""}[kind]
    for at, one in row.columns.items():
        name = one.name if kind == "R" else f"{one.name}-{of}"
        try:
            entry = _read_cell(row, at, one, base=filled.base[report], name=name, counted_in=counted_in)
        except ValidationError as error:
            words = " ".join(error.messages)
            filled.problems.append(Problem(row.place(at), shown(row.cell(at)), words))
            continue
        if entry is not None:
            filled.entries.setdefault(report, {})[name] = entry


def _read_cell(
    row: _Row, at: int, one: Field, *, base: Mapping[str, Any], name: str, counted_in: str
) -> Entry | None:
    """Return what a cell changes, None where it says what it was made with."""
    cell = row.cell(at)
    if name not in base:
        if is_empty(cell):
            return None
        raise ValidationError(_("Nothing is asked for here: this target is reported in the yellow cells."))
    value = read_field(one, cell, counted_in=counted_in)
    # A sheet that was not changed changes nothing, whatever a program made of its cells on the way.
    if value == one.read(one.show(base[name])):
        return None
    return Entry(value, row.place(at), shown("" if cell is None else cell))
