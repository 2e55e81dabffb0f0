"""From the plan of one year to the plan of a later one: its year moved on wherever it stands.

Pure functions. Only the plan's own year moves: 114年度, 114年3月, 114.3.8, 一百一十四年度, 2025年. A number
that is no year (114項) and another year (113年度) stay. Where the plan's year dates a document or a law, an
event, a beginning or a span of several years, moving it would make the sentence wrong: it stays and is
listed, for a person to judge.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from core.numerals import DIGITS, parse_integer, to_chinese, to_formal
from core.roc import to_roc
from plans.document import Facts, Node, PlanDocument, Target

# Why a year was left as it is.
DOCUMENT: Final = "document"
SINCE: Final = "since"
EVENT: Final = "event"
SPAN: Final = "span"
LATER: Final = "later"

CONTEXT = 18  # characters shown on either side of a year
NEAR = 30  # years around the plan's, within which a bare number beside it is taken for a year
AHEAD = 10  # years after the plan's, within which a year is taken for a date to come

_BLANK = "[ \t\u3000\u00a0]*"
_HAN = "〇○零一二三四五六七八九十百"
_GRAND = "壹貳參肆伍陸柒捌玖拾佰"
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_MONTH_AND_DAY = rf"{_BLANK}(?P<month>\d{{1,2}}){_BLANK}月(?:{_BLANK}(?P<day>\d{{1,2}}){_BLANK}日)?"
_DOTTED = (
    r"(?P<dot>[./．／])(?P<dot_month>0?[1-9]|1[0-2])(?P=dot)(?P<dot_day>[12]\d|3[01]|0?[1-9])(?![\d./．／])"
)
_ANY_YEAR = rf"(?P<other>\d{{2,4}}|[{_HAN}]{{2,8}})"
_LINK = rf"{_BLANK}起?{_BLANK}[，,]?{_BLANK}[-–—－~～〜至到及與和、迄]{_BLANK}(?:中華民國|民國|西元)?{_BLANK}"
_YEAR_WORD = rf"{_BLANK}(?:學|會計)?年"
_BEFORE_SPAN = re.compile(
    rf"(?<![\d./．／{_HAN}]){_ANY_YEAR}"
    rf"(?:{_YEAR_WORD}{_BLANK}度?(?:{_BLANK}\d{{1,2}}{_BLANK}月(?:{_BLANK}\d{{1,2}}{_BLANK}日)?)?"
    rf"|(?:[./．／]\d{{1,2}}){{2}})?{_LINK}$"
)
_AFTER_SPAN = re.compile(rf"{_LINK}{_ANY_YEAR}(?:{_YEAR_WORD}|[./．／]\d)")
_SINCE_THEN = re.compile(
    rf"{_BLANK}(?:起(?![重跑點造訴伏])(?!{_BLANK}[，,]?{_BLANK}[至到迄止])|以來|以後|迄今|至今)"
)
_HAPPENED = re.compile(
    rf"{_BLANK}[已即業]?(?:設立|成立|創立|榮獲|獲頒|獲選|獲評|榮膺|啟用|落成|完工|竣工|改制|升格|開辦|到任|就任|接任)"
)
_REVISED = rf"{_BLANK}(?:再次?|第{_BLANK}[\d{_HAN}]+{_BLANK}次)?{_BLANK}(?:修正|修訂|增訂|公布|發布|函頒|頒布"
_OF_YEAR_REVISED = re.compile(rf"{_REVISED})")
_ON_DAY_REVISED = re.compile(rf"{_REVISED}|訂定|制定|訂頒|頒訂|公告|核定|核備|備查|令|函(?![報送請知復]))")
_NUMBER_FOLLOWS = re.compile(r"[^，,。；;、！？!?\n]{0,24}?字[ \u3000]*第")
_CASE_FOLLOWS = re.compile(r"[^，,。；;、！？!?\n]{0,4}?字[ \u3000]*第")
_NUMBER_BEFORE = re.compile(r"字[ \u3000]*第[ \u3000]*[\dA-Za-z]+[ \u3000]*號[函令]?[（(][^）)]{0,8}$")
_IN_ADDRESS = re.compile(r"[A-Za-z\d./．／_]")  # 192.114.1.1, v114.1.1, /files/114/1/1
_LATER_YEAR = re.compile(rf"(?<!\d)(?P<other>\d{{2,4}}){_YEAR_WORD}")

_DATE = (
    rf"(?:中華民國|民國|西元)?{_BLANK}(?:\d{{2,4}}|[{_HAN}]{{2,8}}){_BLANK}"
    rf"(?:年{_BLANK}度?(?:{_BLANK}\d{{1,2}}{_BLANK}月(?:{_BLANK}\d{{1,2}}{_BLANK}日)?)?|(?:[./．／]\d{{1,2}}){{1,2}})"
)
_TIMES = rf"第{_BLANK}[\d{_HAN}]+{_BLANK}次"
_WAS_REVISED = r"(?:修訂|修正|增訂|訂定|核定|核備|備查|函頒|頒布|發布|公布|通過)"
_REVISION_LINE = re.compile(
    rf"(?:^|(?<=[\s、，,；;／（(【〔])){_BLANK}"
    rf"(?:{_DATE}{_BLANK}(?:{_TIMES})?|{_TIMES}|(?=修[訂正]))"
    rf"{_BLANK}(?:全文|部分)?{_WAS_REVISED}(?:版|本|案|通過)?{_BLANK}(?=$|[\s、，,；;／）)】〕])"
)
_EMPTY_BRACKETS = re.compile(r"[（(【〔][\s、，,；;]*[）)】〕]")
_LOOSE_ENDS = " \t\u3000\u00a0\n、，,；;／"
_EIGHT_FOR_NINE = str.maketrans("9９", "8８")


@dataclass(frozen=True, slots=True)
class Mention:
    """A year in its sentence. `uid` is the line's, "" on the title page; `place` the field it stands in.

    `after` is what stands there in the new plan; `reason` is one of the above where that is the same.
    """

    before: str
    after: str
    lead: str = ""
    tail: str = ""
    uid: str = ""
    place: str = ""
    reason: str = ""
    at: int = 0  # where in the old text it begins


@dataclass(frozen=True, slots=True)
class Moved:
    text: str
    replaced: tuple[Mention, ...] = ()
    left: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class Successor:
    """The document of the later year, its lines under their old identities, and what was done to it."""

    document: PlanDocument
    replaced: tuple[Mention, ...]
    left: tuple[Mention, ...]


def move_on(document: PlanDocument, *, to: int) -> Successor:
    """Return the document as the plan of the Western year `to`: the first edition of that year."""
    mover = _Mover(document.facts.year, to)
    facts = _move_facts(document.facts, mover)
    chapters = tuple(_move_node(chapter, mover) for chapter in document.chapters)
    # What moves in their titles is told with the files themselves, some of which may be lost.
    enclosures = tuple(
        replace(one, title=move_years(one.title, year=document.facts.year, to=to).text)
        for one in document.enclosures
    )
    moved = replace(document, facts=facts, chapters=chapters, enclosures=enclosures)
    return Successor(moved, tuple(mover.replaced), tuple(mover.left))


def move_years(text: str, *, year: int, to: int) -> Moved:
    """Return a single text with the Western year `year` moved on to `to`."""
    mover = _Mover(year, to)
    return Moved(mover.move(text), tuple(mover.replaced), tuple(mover.left))


def renamed(document: PlanDocument, names: Mapping[str, str]) -> PlanDocument:
    """Return the document with the identities `names` gives; heads of tables that are gone are dropped."""

    def rename(node: Node) -> Node:
        return replace(node, uid=names[node.uid], children=tuple(map(rename, node.children)))

    heads = tuple((names[uid], heads) for uid, heads in document.facts.column_heads if uid in names)
    return replace(
        document,
        facts=replace(document.facts, column_heads=heads),
        chapters=tuple(map(rename, document.chapters)),
    )


def without_revision(subtitle: str) -> str:
    """Return a subtitle without its lines on revisions: 112年12月修訂, (第2次修正), 114.3.1核定版."""
    rest = _EMPTY_BRACKETS.sub("", _REVISION_LINE.sub("", subtitle))
    return subtitle if rest == subtitle else rest.strip(_LOOSE_ENDS)


def with_revision(subtitle: str, *, year: int, month: int) -> str:
    """Return a subtitle that tells of a revision in that ROC year and month, and of no earlier one."""
    rest = without_revision(subtitle)
    return f"{rest}{'　' if rest else ''}{year}年{month}月修訂"


class _Mover:
    """Moves one year on to another in any number of texts, and keeps the account of it."""

    def __init__(self, year: int, to: int) -> None:
        self.year, self.to = year, to
        self.replaced: list[Mention] = []
        self.left: list[Mention] = []
        self.spelled: dict[str, str] = {}
        for old, new in zip(_spellings(year), _spellings(to), strict=True):
            self.spelled.setdefault(old, new)
        arabic, chinese = (
            [n for n in self.spelled if n.isdecimal()],
            [n for n in self.spelled if not n.isdecimal()],
        )
        self.pattern = re.compile(
            rf"(?P<number>(?<!\d)(?:{_either(arabic)})|(?<![{_HAN}{_GRAND}千仟第])(?:{_either(chinese)}))"
            rf"(?:{_YEAR_WORD}(?!(?:的|之)歷史|之久|以[上下])(?P<whole>{_BLANK}度)?(?P<date>{_MONTH_AND_DAY})?"
            rf"|{_DOTTED})"
        )

    def move(self, text: str, *, uid: str = "", place: str = "") -> str:
        """Return `text` with its years moved, writing down each that was moved or left."""
        if not text:
            return text
        moved, end = [], 0
        for found in self.pattern.finditer(text):
            if found["dot"] and _IN_ADDRESS.match(text[: found.start()][-1:]):
                continue
            reason = self._reason_to_leave(text, found)
            after = found[0] if reason else self._later(found)
            mention = self._mention(text, found, after, uid, place, reason)
            (self.left if reason else self.replaced).append(mention)
            moved += [text[end : found.start()], after]
            end = found.end()
        self.left += self._later_years(text, uid, place)
        return "".join([*moved, text[end:]])

    def _reason_to_leave(self, text: str, found: re.Match[str]) -> str:
        before, after = text[max(0, found.start() - 30) : found.start()], text[found.end() :][:40]
        whole = bool(found["whole"])  # 114年度, of which nothing happens on a day
        revised = _ON_DAY_REVISED if found["date"] or found["dot"] else _OF_YEAR_REVISED
        beside = (_BEFORE_SPAN.search(before), _AFTER_SPAN.match(after))
        rules = (
            (
                DOCUMENT,
                _NUMBER_BEFORE.search(before) or (_CASE_FOLLOWS if whole else _NUMBER_FOLLOWS).match(after),
            ),
            (DOCUMENT, not whole and revised.match(after)),
            (EVENT, not whole and _HAPPENED.match(after)),
            (SINCE, _SINCE_THEN.match(after)),
            (SPAN, any(span and self._is_other_year(span["other"]) for span in beside)),
        )
        return next((reason for reason, holds in rules if holds), "")

    def _is_other_year(self, text: str) -> bool:
        number = parse_integer(text)
        if number is None or number in {self.year, to_roc(self.year)}:
            return False
        return min(abs(number - self.year), abs(number - to_roc(self.year))) <= NEAR

    def _later(self, found: re.Match[str]) -> str:
        """Return the found year or date in the later year; 2月29日 becomes the 28th where there is none."""
        moved = self.spelled[found["number"]] + found[0][len(found["number"]) :]
        month, day = found["month"] or found["dot_month"], found["day"] or found["dot_day"]
        if not (month and day and (int(month), int(day)) == (2, 29)):
            return moved
        if calendar.isleap(self.to) or not calendar.isleap(self.year):
            return moved
        head, _day, tail = moved.rpartition(day)
        return f"{head}{day.translate(_EIGHT_FOR_NINE)}{tail}"

    def _later_years(self, text: str, uid: str, place: str) -> Iterator[Mention]:
        """Yield the years after the plan's: what was still to come may be so again, a year later."""
        for found in _LATER_YEAR.finditer(text):
            number = int(found["other"])
            if any(0 < number - year <= AHEAD for year in (self.year, to_roc(self.year))):
                yield self._mention(text, found, found[0], uid, place, LATER)

    @staticmethod
    def _mention(  # noqa: PLR0917 -- all of them say where
        text: str, found: re.Match[str], after: str, uid: str, place: str, reason: str
    ) -> Mention:
        lead = text[max(0, found.start() - CONTEXT) : found.start()].rpartition("\n")[2]
        tail = text[found.end() : found.end() + CONTEXT].partition("\n")[0]
        return Mention(found[0], after, lead, tail, uid, place, reason, found.start())


def _either(numbers: list[str]) -> str:
    return "|".join(sorted(numbers, key=len, reverse=True))


def _spellings(year: int) -> list[str]:
    """Return the ways to write a year, in the same order for every year."""
    roc = max(to_roc(year), 1)
    chinese = to_chinese(roc)
    return [
        *_in_digits(roc),
        *_in_digits(year),
        *(chinese.replace("零", zero) for zero in "零〇○"),
        chinese.replace("百一十", "百十"),
        to_formal(roc),
    ]


def _in_digits(number: int) -> list[str]:
    arabic = str(number)
    by_place = "".join(DIGITS[int(digit)] for digit in arabic)
    return [arabic, arabic.translate(_WIDE), *(by_place.replace("零", zero) for zero in "〇○零")]


def _move_facts(facts: Facts, mover: _Mover) -> Facts:
    title = mover.move(facts.title, place="title")
    kept = without_revision(facts.subtitle)
    if kept != facts.subtitle:
        mover.replaced.append(Mention(facts.subtitle, kept, place="subtitle"))
    return replace(
        facts,
        year=mover.to,
        title=title,
        subtitle=mover.move(kept, place="subtitle"),
        attribute=mover.move(facts.attribute, place="attribute"),
        note=mover.move(facts.note, place="note"),
        sign_off=tuple(mover.move(line, place="sign_off") for line in facts.sign_off),
        column_heads=tuple(
            (uid, tuple(mover.move(head, uid=uid, place="column_heads") for head in heads))
            for uid, heads in facts.column_heads
        ),
    )


def _move_node(node: Node, mover: _Mover) -> Node:
    title = mover.move(node.title, uid=node.uid, place="title")
    text = mover.move(node.text, uid=node.uid, place="text")
    roster = tuple(
        replace(
            row,
            **{
                name: mover.move(getattr(row, name), uid=node.uid, place="roster")
                for name in ("title", "member", "duty", "remark")
            },
        )
        for row in node.roster
    )
    return replace(
        node,
        title=title,
        text=text,
        points_text=mover.move(node.points_text, uid=node.uid, place="points_text"),
        roster=roster,
        targets=tuple(_move_target(target, f"{title}\n{text}", mover) for target in node.targets),
        children=tuple(_move_node(child, mover) for child in node.children),
    )


def _move_target(target: Target, words: str, mover: _Mover) -> Target:
    """Move what a target says; where a level started is another place every year."""
    milestones = tuple(
        replace(
            one,
            title=move_years(one.title, year=mover.year, to=mover.to).text,
            due_on=years_later(dt.date.fromisoformat(one.due_on), mover.to - mover.year).isoformat(),
        )
        for one in target.milestones
    )
    quote = move_quote(target.quote, words, year=mover.year, to=mover.to)
    return replace(target, quote=quote, start=None, milestones=milestones)


def years_later(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def move_quote(quote: str, words: str, *, year: int, to: int) -> str:
    """Return a target's sentence as it stands in the moved `words` of its line.

    What a year means is read from what stands around it, and a quote may be cut off from that.
    """
    moved = move_years(quote, year=year, to=to).text
    return quote if quote in words and moved not in words else moved
