"""The facts of a plan outside its chapters: title, revision line, agency, attribute, note, sign-off."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.text import fold, strip_blank
from documents.ingest.joining import Block
from documents.ingest.proposal import Dropped, PlanFacts
from documents.ingest.wording import width

_TITLE_WORDS = ("計畫", "計劃", "目標表", "方案", "要點", "實施表", "規劃書")
_AGENCY = re.compile(
    r"(?:[\u4e00-\u9fff]{2}[市縣])?\s*[\u4e00-\u9fff]{1,4}[區鄉鎮市]\s*公所|[\u4e00-\u9fff]{2}[市縣]政府(?:[\u4e00-\u9fff]{2,8}[局處會])?"
)
_REVISION = re.compile(
    r"[(（]?\s*(?:(?:中華民國|民國)?\s*[0-9０-９一二三四五六七八九十百零〇○]{2,4}\s*(?:年度?|[./])\s*[0-9０-９一二三四五六七八九十]{1,3}\s*(?:月|[./])?"
    r"\s*(?:[0-9０-９一二三四五六七八九十]{1,3}\s*日?)?\s*[\u4e00-\u9fff第0-9A-Za-z（）()\s]{0,40}"
    r"|(?:初版|定稿|草案|(?:第?\s*[0-9一二三四五六七八九十]{1,3}\s*[次版]|全文|部分)?\s*(?:修訂|修正|核定)版?本?))\s*[)）]?"
)
_ATTRIBUTE = re.compile(
    r"(?P<label>(?:機關\s*[(（]\s*單位\s*[)）]|機關|單位)\s*屬性\s*[：:])\s*(?P<text>.*)", re.DOTALL
)
_NOTE = re.compile(r"(?P<label>(?:備\s*註|附\s*註)\s*[：:]?)\s*(?P<text>.*)", re.DOTALL)
_SIGNERS = (
    "填表人員?|填表|承辦人員?|承辦|製表人?|單位主管|業務主管|機關首長|首長|主管|區長|主任秘書|秘書|課長|主任"
    "|核章"
)
_SIGN_OFF = re.compile(rf"(?:{_SIGNERS})\s*(?:[(（][^）)]{{1,12}}[）)])?\s*[：:].{{0,60}}")


def take_attribute(block: Block, facts: PlanFacts, dropped: list[Dropped]) -> bool:
    """Read 機關（單位）屬性：第一線服務機關; False where the paragraph is something else."""
    found = _ATTRIBUTE.fullmatch(block.text) if len(block.text) < 200 and block.marker is None else None
    if found is None or facts.attribute:
        return False
    facts.attribute = found["text"].strip()
    dropped.append(Dropped(block.first, found["label"], "label", block.last))
    return True


def take_front(blocks: Sequence[Block], facts: PlanFacts, dropped: list[Dropped]) -> list[Block]:
    """Read title and revision line from the paragraphs before the first chapter; return the others."""
    rest: list[Block] = []
    heads: list[str] = []
    named = False
    for block in blocks:
        text = block.text
        if len(text) > 400 or block.marker is not None:
            rest.append(block)
        elif take_attribute(block, facts, dropped):
            continue
        elif not named and not rest and _may_be_title(block):
            heads.append(text)
            named = _names_plan(text)
        elif named and fold(text) == fold("".join(heads)):
            dropped.append(Dropped(block.first, text, "label", block.last))
        elif _REVISION.fullmatch(text) and not block.is_sentence:
            facts.subtitle = "\n".join(filter(None, [facts.subtitle, text]))
        else:
            rest.append(block)
    facts.title = "".join(heads)
    facts.agency = _agency(facts.title)
    return rest


def take_back(blocks: Sequence[Block], facts: PlanFacts, dropped: list[Dropped]) -> set[int]:
    """Read note and sign-off from the paragraphs at the end; return the indices of those it took."""
    taken: set[int] = set()
    in_note = False
    notes: list[str] = []
    for index, block in enumerate(blocks):
        if len(block.text) < 100 and _SIGN_OFF.fullmatch(block.text):
            facts.sign_off.append(block.text)
            in_note = False
        elif (found := _NOTE.fullmatch(block.text)) and (found["label"][-1] in "：:" or not found["text"]):
            dropped.append(Dropped(block.first, found["label"], "label", block.last))
            notes.append(found["text"])
            in_note = True
        elif in_note:
            notes.append(block.text if block.marker is None else f"{block.marker.text}{block.text}")
        else:
            continue
        taken.add(index)
    facts.note = "\n".join(filter(None, notes))
    return taken


def _may_be_title(block: Block) -> bool:
    """A line of its own without stop; the agency may stand on one line and the plan's name on the next."""
    text = block.text
    if block.is_sentence or block.leads or width(text) > 110 or "，" in text:
        return False
    return _names_plan(text) or _AGENCY.fullmatch(strip_blank(text)) is not None


def _names_plan(text: str) -> bool:
    return fold(text).rstrip(")）").endswith(tuple(fold(word) for word in _TITLE_WORDS)) or (
        any(word in text for word in _TITLE_WORDS) and _AGENCY.search(text) is not None
    )


def _agency(title: str) -> str:
    found = _AGENCY.search(title)
    return strip_blank(found[0]) if found else ""
