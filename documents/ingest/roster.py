"""Read a roster: 職稱, 編組人員, 職掌, 備考, with its own title above it.

Cells are separated by tabs or blanks; a row may be split over lines, each cell on a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from core.text import fold, strip_blank
from documents.ingest.cells import is_empty, join_lines
from documents.ingest.grid import cut_cells, cut_rows, is_one_line_a_row
from documents.ingest.heads import Heads, Role, find_heads, is_head_line
from documents.ingest.nodes import Line
from documents.ingest.proposal import Dropped, ProposedMember, Span
from documents.ingest.regions import TableRegion
from documents.ingest.units import is_unit
from plans.markers import ARABIC_PAREN, CHINESE, CHINESE_PAREN, FORMAL, LIKELY, read_marker

_JOB = re.compile(
    r"(?:總|副|主任)?(?:召集人|組長|隊長|執行長|執行秘書|執行幹事|組員|隊員|委員|主任委員|成員|幹事|總幹事|秘書|顧問|"
    r"主席|聯絡人|承辦人|稽核員|督導員?)"
)
_DUTY = re.compile(
    r"(?:負責|指揮|襄助|綜理|辦理|協助|協辦|統籌|督導|推動|執行|承|策劃|規劃|擔任|主持|召集|審核|彙整)"
)
_DUTY_END = re.compile(r"(?:事宜|事項|業務|工作|任務)[。；]?$")
_PERSON_END = re.compile(r"(?:長|主任|秘書|人員|承辦|承辦人|員|幹事|課員|辦事員|書記|技士|里幹事)$")
_TITLE = re.compile(r"(?:表|名冊|編組|名單|一覽)")
_ROLES: Final[tuple[Role, ...]] = ("serial", "job", "member", "duty", "remark")
_AFTER: Final = ("備註", "附註", "填表人", "單位主管")


@dataclass
class _Row:
    """A row under way: the pieces of its cells, each with its line."""

    cells: dict[Role, list[str]] = field(default_factory=dict)
    first: int = 0
    last: int = 0

    def put(self, role: Role, text: str, number: int) -> None:
        self.cells.setdefault(role, []).append(text)
        self.first = self.first or number
        self.last = number

    @property
    def is_whole(self) -> bool:
        return bool(self.cells.get("duty"))


def read_roster(
    lines: Sequence[Line], at: int, body: int, heads: Heads, *, floor: int
) -> tuple[TableRegion | None, int]:
    """Return the roster whose heads begin at index `at`, and the index after it.

    `floor` is the first line that may hold its title; what stands before belongs to another table.
    """
    if "\t" in "".join(line.text for line in lines[body : body + 4]):
        rows, end, dropped = _read_tabbed(lines, body, heads)
    else:
        rows, end, dropped = _read_spaced(lines, body, heads)
    if not rows:
        return None, body
    region = TableRegion("roster", heads.first, lines[end - 1].number, list(heads.names))
    title = _title_before(lines, at, floor)
    if title is not None:
        region.title = title.text.strip()
        region.first = title.number
    region.dropped = [Dropped(line.number, line.text.strip(), "head") for line in heads.lines] + dropped
    region.members = [_member(row) for row in rows]
    return region, end


def _read_spaced(lines: Sequence[Line], body: int, heads: Heads) -> tuple[list[_Row], int, list[Dropped]]:
    """Read rows whose cells are separated by blanks, or stand on lines of their own."""
    reader = _Reader(heads)
    end = body
    for index in range(body, len(lines)):
        line = lines[index]
        if is_empty(line.text):
            continue
        if is_head_line(line.text, heads):
            reader.dropped.append(Dropped(line.number, line.text.strip(), "head"))
        elif not reader.takes(line) or find_heads(list(lines[index : index + 8]), 0) is not None:
            break
        else:
            reader.add(line)
        end = index + 1
    return reader.rows, end, reader.dropped


def _read_tabbed(lines: Sequence[Line], body: int, heads: Heads) -> tuple[list[_Row], int, list[Dropped]]:
    """Read rows whose cells are separated by tabs; a line without one goes on with the cell above."""
    end = body
    for index in range(body, len(lines)):
        text = lines[index].text
        if is_empty(text):
            continue
        if "\t" not in text and (index > end or read_marker(text) or fold(text[:20]).startswith(_AFTER)):
            break
        end = index + 1
    dropped = [
        Dropped(line.number, line.text.strip(), "head")
        for line in lines[body:end]
        if is_head_line(line.text, heads)
    ]
    used = [line for line in lines[body:end] if not is_head_line(line.text, heads)]
    if is_one_line_a_row(used):
        slots = cut_rows(used, dropped)
    else:
        cells = cut_cells(used, dropped)
        size = max(1, len(heads.roles))
        slots = [cells[first : first + size] for first in range(0, len(cells), size)]
    rows: list[_Row] = []
    for cut in slots:
        row = _Row()
        for order, slot in enumerate(cut):
            role = heads.roles[min(order, len(heads.roles) - 1)]
            for part in slot.lines:
                row.put(role if role in _ROLES else "duty", part.text.strip(), part.number)
        if row.cells:
            rows.append(row)
    return rows, end, dropped


def _title_before(lines: Sequence[Line], at: int, floor: int) -> Line | None:
    for index in range(at - 1, max(floor, at - 6) - 1, -1):
        text = lines[index].text.strip()
        if is_empty(text):
            continue
        fits = len(text) <= 60 and _TITLE.search(text) and not text.endswith(("。", "，", "；", "：", ":"))
        return lines[index] if fits and read_marker(text) is None else None
    return None


def _member(row: _Row) -> ProposedMember:
    job, name, duty, remark = (
        join_lines(row.cells.get(role, [])) for role in ("job", "member", "duty", "remark")
    )
    serial = join_lines(row.cells.get("serial", []))
    return ProposedMember(0, f"{serial} {job}".strip(), name, duty, remark, Span(row.first, row.last))


class _Reader:
    """Takes the lines of a roster one after another."""

    def __init__(self, heads: Heads) -> None:
        self.roles: list[Role] = [role for role in heads.roles if role in ("serial", "job", "member", "duty")]
        self.roles += ["remark"] if "remark" in heads.roles else []
        self.rows: list[_Row] = []
        self.dropped: list[Dropped] = []
        self.jobs: set[str] = set()

    def takes(self, line: Line) -> bool:
        """Does the line still belong to the roster?"""
        if fold(line.text[:20]).startswith(_AFTER):
            return False
        marker = read_marker(line.text)
        if (
            marker
            and marker.sureness >= LIKELY
            and marker.style in (FORMAL, CHINESE, CHINESE_PAREN, ARABIC_PAREN)
        ):
            return False
        if marker and marker.sureness >= LIKELY and "serial" not in self.roles and self._is_whole():
            return False
        tokens = line.text.split()
        if len(tokens) > 1 or not self.rows or not self._is_whole():
            return True
        # A single piece below a whole row begins one, or goes on with the duty; a long one is prose.
        longest = max((len("".join(row.cells.get("duty", []))) for row in self.rows), default=0)
        return self._is_job(tokens[0]) or len(tokens[0]) <= min(24, max(8, longest))

    def add(self, line: Line) -> None:
        tokens = line.text.split()
        whole = self._is_whole()
        begins = self._is_job(tokens[0]) and (len(tokens) > 1 or whole)
        if not self.rows or begins or (len(tokens) >= 3 and whole and _PERSON_END.search(tokens[0])):
            self._begin(line, tokens)
        else:
            for token in tokens:
                self._go_on(token, line.number)

    def _is_whole(self) -> bool:
        return bool(self.rows) and self.rows[-1].is_whole

    def _is_job(self, token: str) -> bool:
        bare = strip_blank(token)
        return (
            bare in self.jobs
            or _JOB.fullmatch(bare) is not None
            or ("serial" in self.roles and bare.isdigit())
        )

    def _begin(self, line: Line, tokens: Sequence[str]) -> None:
        row = _Row()
        self.rows.append(row)
        roles = [role for role in self.roles if role != "remark"]
        for role, token in zip(roles, tokens, strict=False):
            row.put(role, token, line.number)
        rest = tokens[len(roles) :]
        if len(tokens) >= len(roles) and "job" in row.cells:
            self.jobs.add(strip_blank(row.cells["job"][0]))
        for order, token in enumerate(rest):
            is_remark = "remark" in self.roles and order == len(rest) - 1 and not _DUTY_END.search(token)
            row.put("remark" if is_remark else "duty", token, line.number)

    def _go_on(self, token: str, number: int) -> None:
        row = self.rows[-1]
        if "duty" in row.cells or ("member" in row.cells and self._is_duty(token, row)):
            row.put("duty", token, number)
        else:
            row.put("member" if "job" in row.cells else "job", token, number)

    @staticmethod
    def _is_duty(token: str, row: _Row) -> bool:
        if _DUTY.match(token) or _DUTY_END.search(token):
            return True
        if _PERSON_END.search(token) or is_unit(token):
            return False
        return len(token) > 8 or bool(_PERSON_END.search("".join(row.cells["member"])))
