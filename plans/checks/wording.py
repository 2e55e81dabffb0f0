"""Rules about the words: characters, years of last year's plan, paragraphs that stand twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.text import fold
from plans.checks.findings import Context, Finding, found
from plans.checks.places import excerpt, places_of
from plans.document import Node, PlanDocument
from plans.successors import Mention, move_years

SHORTEST_REPEAT = 15  # folded characters; shorter lines (依規定辦理。) may well be said twice
EXCERPT = 20

_MAYBE_YEAR = re.compile(
    r"[\d０-９〇○零一二三四五六七八九十百壹貳參肆伍陸柒捌玖拾佰][ \t\u3000\u00a0]*(?:年|[./．／])"
)
_WHOLE = re.compile(r"度|月|[./．／]")  # 114年度, 114年3月, 114.3.5: what the year is of is said
# Last year as it was, which this year's plan may well speak of.
_LOOKS_BACK = re.compile(
    r"(?:(?:依據?|依照|依循|根據|截至|截止|迄|較|比(?![率例賽])|相[較對]於?|參[考照酌]|延續|"
    r"賡續|承續|已(?!婚)|業經|曾|榮獲|獲[頒選])"
    r"[^，,。；;\n]{0,10}|[自從與])$"
)
_WAS = re.compile(
    r"[ \u3000]*(?:底|末|止|以前|迄)"
    r"|[^，,。；;\n]{0,12}?(?:檢討|成果|紀錄|記錄|實績|結果|統計|經驗|[獲得]獎|優等|甲等|績優|相[比較]|為基[準期]|同期)"
)
_NEW_YEAR = re.compile(r"年\s*1\s*月\s*1\s*日|[./．／]0?1[./．／]0?1(?!\d)")
_LAST_DAY = re.compile(r"年\s*12\s*月\s*31\s*日|[./．／]12[./．／]31(?!\d)")
_SENTENCE_END = re.compile(r"[。！？\n]")


def check_characters(document: PlanDocument, context: Context) -> Iterator[Finding]:
    """Find the characters no face has, wherever they would be printed."""
    if not context.unprintable:
        return
    facts = document.facts
    words = (facts.title, facts.subtitle, facts.attribute, facts.note, facts.agency, *facts.sign_off)
    heads = dict(facts.column_heads)
    yield from _unprintable("", "".join(words), context)
    for node in document.walk():
        yield from _unprintable(node.uid, "".join((*printed_words(node), *heads.get(node.uid, ()))), context)


def printed_words(node: Node) -> Iterator[str]:
    yield from (node.number, node.title, node.text, node.points_text)
    yield from (unit.name for unit in node.units)
    for row in node.roster:
        yield from (row.title, row.member, row.duty, row.remark)


def _unprintable(uid: str, words: str, context: Context) -> Iterator[Finding]:
    characters = [char for char in dict.fromkeys(words) if char in context.unprintable]
    if characters:
        yield found("unprintable", uid, characters="、".join(map(_named, characters)))


def _named(char: str) -> str:
    """Return 㐀 (U+3400); a control character, which would break the page, by its number alone."""
    code = f"U+{ord(char):04X}"
    return f"{char} ({code})" if char.isprintable() else code


def check_years(document: PlanDocument, context: Context) -> Iterator[Finding]:
    """Find the year before the plan's where the plan's own seems to be meant.

    A year is moved on when a plan is copied (plans/successors.py); what that would move is looked at, less
    what speaks of last year as it was. A bare 114年 counts only where last year's line had it too. Lines on
    revisions, which may name the year before, are not looked at.
    """
    year = document.facts.year
    yield from _stale("", _mentions(document.facts.title, year))
    note = document.facts.note
    yield from _stale("", [one for one in _mentions(note, year) if _is_stale(one, note, year, "")])
    for node in document.walk():
        earlier = context.earlier.get(node.uid, "")
        mentions = [
            mention
            for words in (node.title, node.text)
            for mention in _mentions(words, year)
            if _is_stale(mention, words, year, earlier)
        ]
        yield from _stale(node.uid, mentions)


def _mentions(text: str, year: int) -> tuple[Mention, ...]:
    if not _MAYBE_YEAR.search(text):
        return ()
    return move_years(text, year=year - 1, to=year).replaced


def _is_stale(mention: Mention, text: str, year: int, earlier: str) -> bool:
    if not _WHOLE.search(mention.before) and mention.before not in earlier:
        return False
    is_last_day = _LAST_DAY.search(mention.before) and _NEW_YEAR.search(text)
    if is_last_day or _NEW_YEAR.search(mention.before):  # 自114年1月1日起至114年12月31日止
        return True
    if _LOOKS_BACK.search(mention.lead) or _WAS.match(mention.tail):
        return False
    return not _names_both(mention, text, year)


def _names_both(mention: Mention, text: str, year: int) -> bool:
    """Say whether the sentence names the plan's own year too: 114年度10場，115年度增為12場."""
    start = max((found.end() for found in _SENTENCE_END.finditer(text, 0, mention.at)), default=0)
    end = _SENTENCE_END.search(text, mention.at)
    sentence = text[start : end.start() if end else len(text)]
    return bool(move_years(sentence, year=year, to=year + 1).replaced)


def _stale(uid: str, mentions: list[Mention] | tuple[Mention, ...]) -> Iterator[Finding]:
    if mentions:
        years = dict.fromkeys(mention.before.strip() for mention in mentions)
        yield found("stale_year", uid, mention="、".join(years))


def check_repeats(document: PlanDocument, _context: Context) -> Iterator[Finding]:
    """Find paragraphs that stand at an earlier place already, folded as search folds them."""
    places = places_of(document)
    first: dict[str, str] = {}
    for node in document.walk():
        for words in (node.title, *node.text.split("\n")):
            if len(words) < SHORTEST_REPEAT or len(folded := fold(words)) < SHORTEST_REPEAT:
                continue
            if folded in first:
                place = places[first[folded]] or "–"
                yield found("repeated", node.uid, words=excerpt(words, EXCERPT), place=place)
            else:
                first[folded] = node.uid


def check_comments(document: PlanDocument, context: Context) -> Iterator[Finding]:
    for node in document.walk():
        if count := context.comments.get(node.uid):
            yield found("comments_open", node.uid, count=count)
