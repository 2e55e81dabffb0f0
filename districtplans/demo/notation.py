"""The short notation the demonstration plans are written in (content/*.txt).

Facts stand first, one `key: value` a line, then `---`, then one item a line, indented by two blanks a level:

    # chapter   + heading   - action   * expected target   ! note   % roster

`title :: text` gives an item both; alone, the words are the title of what has items below it and of
chapters, headings and rosters, else the text. `> words` below an item is a further paragraph of its text,
`| a | b | c | d` below a roster one of its rows. Braces at the end hold the rest: `{@民政課、社會課; bare;
style=arabic; layout=target_table; points=400 (400分); heads=甲/乙/丙}`, where `bare` means without a number.
`112| ` after the mark keeps the item, and all below it, for the plan of that year alone; `{year}` is the
plan's year.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from plans.blocks import ALL_UNITS
from plans.document import Facts, Member, Node, PlanDocument, UnitName
from plans.enums import Kind

NAMESPACE = uuid.UUID("5f0c5c0e-6d0b-4d7c-9b0a-3a2f0f6e8f11")
KINDS = {
    "#": Kind.CHAPTER,
    "+": Kind.HEADING,
    "-": Kind.ACTION,
    "*": Kind.TARGET,
    "!": Kind.NOTE,
    "%": Kind.TABLE,
}
TITLED = (Kind.CHAPTER, Kind.HEADING, Kind.TABLE)
_LINE = re.compile(r"(?P<indent> *)(?P<mark>[-#+*!%>|]) (?:(?P<year>\d{2,3})\| )?(?P<words>.*)")
_BRACES = re.compile(r"\s*\{(?P<inside>[^{}]*)\}$")


@dataclass
class _Draft:
    """An item while its lines are being read."""

    depth: int
    values: dict[str, Any]
    heads: tuple[str, ...] = ()
    roster: list[Member] = field(default_factory=list)
    children: list[_Draft] = field(default_factory=list)

    def take_child(self, child: _Draft) -> None:
        if not self.values["title"]:
            self.values |= {"title": self.values["text"], "text": ""}
        self.children.append(child)

    def node(self) -> Node:
        children = tuple(child.node() for child in self.children)
        return Node(**self.values, roster=tuple(self.roster), children=children)

    def walk(self) -> list[_Draft]:
        return [self, *(below for child in self.children for below in child.walk())]


def read_plan(source: str, *, year: int, agency: str, city: str, district: str, series: str) -> PlanDocument:
    """Return the plan of that Western year, unnumbered. Raises ValueError with the line it cannot read."""
    head, _rule, body = source.partition("\n---\n")
    facts = dict(_fact(line) for line in head.splitlines() if line.strip())
    for_year = {key: facts.pop(key) for key in list(facts) if key[:1].isdigit()}
    roc = str(year - 1911)
    facts |= {key.split("|")[1].strip(): text for key, text in for_year.items() if key.startswith(roc)}
    chapters = _read_items(body.replace("{year}", roc), key=f"{city}{district}/{roc}", roc=roc)
    heads = tuple(
        (item.values["uid"], item.heads) for chapter in chapters for item in chapter.walk() if item.heads
    )
    return PlanDocument(
        Facts(
            title=facts["title"].format(year=roc),
            agency=agency,
            city=city,
            district=district,
            series=series,
            year=year,
            subtitle=facts.get("subtitle", ""),
            attribute=facts.get("attribute", ""),
            note=facts.get("note", "").replace("\\n", "\n"),
            sign_off=tuple(filter(None, facts.get("sign_off", "").split("|"))),
            scheme=facts.get("scheme", "standard"),
            column_heads=heads,
        ),
        tuple(chapter.node() for chapter in chapters),
    )


def _fact(line: str) -> tuple[str, str]:
    key, _colon, value = line.partition(": ")
    return key.strip(), value.strip()


def _read_items(body: str, *, key: str, roc: str) -> list[_Draft]:
    """Read the lines into a tree: an item stands below the last one that is further out."""
    chapters: list[_Draft] = []
    path: list[_Draft] = []
    left_out: int | None = None  # depth of an item of another year, whose lines below go with it
    for count, line in enumerate(body.splitlines()):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line.rstrip())
        if found is None or len(found["indent"]) % 2:
            message = f"{key}: cannot read “{line}”"
            raise ValueError(message)
        depth = len(found["indent"]) // 2
        if left_out is not None and depth > left_out:
            continue
        left_out = None
        if found["year"] and found["year"] != roc:
            left_out = depth
            continue
        path = [item for item in path if item.depth < depth]
        if found["mark"] in ">|":
            _extend(path[-1], found["mark"], found["words"])
            continue
        item = _new_item(found["mark"], found["words"], depth)
        # The line's place names the item for good: the same plan has the same identities everywhere.
        item.values["uid"] = str(uuid.uuid5(NAMESPACE, f"{key}/{count}"))
        if path:
            path[-1].take_child(item)
        else:
            chapters.append(item)
        path.append(item)
    return chapters


def _extend(item: _Draft, mark: str, words: str) -> None:
    if mark == ">":
        item.values["text"] = "\n".join(filter(None, (item.values["text"], words)))
        return
    cells = [cell.strip() for cell in words.split("|")]
    item.roster.append(Member(*cells))


def _new_item(mark: str, words: str, depth: int) -> _Draft:
    kind = KINDS[mark]
    options = _BRACES.search(words)
    if options:
        words = words[: options.start()]
    title, separator, text = words.partition(" :: ")
    if not separator and kind not in TITLED:
        title, text = "", words
    item = _Draft(depth, {"kind": kind.value, "title": title, "text": text})
    for option in options["inside"].split("; ") if options else []:
        _take_option(item, option.strip())
    return item


def _take_option(item: _Draft, option: str) -> None:
    name, _equals, value = option.partition("=")
    if option == f"@{ALL_UNITS}":
        item.values["all_units"] = True
    elif option.startswith("@"):
        item.values["units"] = tuple(UnitName(unit) for unit in option[1:].split("、"))
    elif option == "bare":
        item.values["numbered"] = False
    elif name == "style":
        item.values["child_style"] = value
    elif name == "layout":
        item.values["layout"] = value
    elif name == "points":
        item.values["points"], _blank, item.values["points_text"] = value.partition(" ")
    elif name == "heads":
        item.heads = tuple(value.split("/"))
    else:
        message = f"unknown option “{option}”"
        raise ValueError(message)
