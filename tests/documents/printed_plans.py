"""Outlines made up at random and printed as real ones come: clean, careless, hard-wrapped, with pages.

What was printed is known, so reading it back can be scored. Used by the tests and by bench/imports.py.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.numerals import to_chinese, to_circled, to_formal
from core.text import strip_blank
from documents.ingest.proposal import Proposal


def words(text: str) -> list[str]:
    return text.split()


OPENINGS = words("三項措施並進 108年度起 2成以上案件 十大服務承諾 1樓大廳 第二季開始 A級櫃檯 E化申辦")
DISTRICTS = words("前鎮 左營 楠梓 鳥松 美濃")
VERBS = words("辦理 推動 建置 檢討 規劃 強化 提供 落實 宣導 整合 設置 訂定 培訓 充實 改善 更新 公開 盤點")
THINGS = words(
    "志工訓練 服務動線 里鄰座談 電話禮貌 網路申辦 無障礙設施 災害防救演練 藝文展覽 社區關懷 志願服務 "
    "綠美化環境 公文時效 書表範例 多語標示 民眾意見 滿意度調查 資訊安全 市民卡業務 長者共餐 兵役業務 "
    "調解業務 防汛整備 圖書借閱 托育資源 環境清潔 法律諮詢"
)
AIMS = words(
    "以提升服務品質 使民眾安心洽公 縮短等候時間 增進同仁知能 建立友善形象 減少往返奔波 提高使用意願 "
    "讓資源公平分配 凝聚社區共識 確保資料正確 回應多元需求 擴大參與層面 節省人力與紙張 促進世代交流"
)
EXTRAS = (
    "並由專人定期追蹤",
    "並納入課務會議報告",
    "結合轄內 12 所學校與團體",
    "透過跑馬燈及網站周知",
    "配合年度預算分期施作",
    "並以 e-mail 通知申請人",
    "運用 LINE 群組即時聯繫",
    "依民眾反映適時調整",
    "每季至少檢視 2 次",
    "自 108 年起逐步擴大",
    "洽詢電話 07-1234567 轉 12",
    "並印製摺頁 3,500 份分送各里",
    "公布於 https://www.example.gov.tw/news 供查詢",
    "（含夜間及假日）",
    "獲頒「友善環境、安心洽公」標章",
    "於 3 樓第一、二會議室辦理",
)
GROUPS = words(
    "服務流程 機關形象 顧客關係 資訊提供 線上服務 創新作為 溝通管道 人員素養 環境設施 社會資源 行銷宣導 "
    "內部管理 跨域合作 資料開放 關懷弱勢 便捷程序 回應機制"
)
QUALITIES = words("便捷性 透明度 合宜程度 有效性 完整性 親和程度 多樣性 一致性 擴展性 正確性")
CHAPTERS = words("依據 現況簡介 總體目標 實施對象 實施期間 管制考核 經費 未來努力方向 其他 推動及管考")


@dataclass
class Item:
    """An item as it was meant. `style` is that of its marker, "" for none."""

    title: str = ""
    text: str = ""
    kind: str = "action"
    style: str = ""
    children: list[Item] = field(default_factory=list)

    def walk(self, above: str = "") -> Iterator[tuple[str, str]]:
        """Yield (own words, words of the parent), as `score` compares them."""
        own = strip_blank(self.title + "|" + self.text)
        yield own, above
        for child in self.children:
            yield from child.walk(own)


@dataclass
class Plan:
    title: str
    chapters: list[Item]


def score(plan: Plan, proposal: Proposal) -> tuple[int, int]:
    """Return how many lines came back with the right words below the right parent, and how many there are.

    A line too many counts against the reading as one too few does.
    """
    meant = [pair for chapter in plan.chapters for pair in chapter.walk()]
    own = {item.id: strip_blank(item.title + "|" + item.text) for item in proposal.items}
    read = [(own[item.id], own[item.parent] if item.parent else "") for item in proposal.items]
    left = list(read)
    right = 0
    for pair in meant:
        if pair in left:
            left.remove(pair)
            right += 1
    return right, max(len(meant), len(read))


class Author:
    """Makes plans up. The same seed gives the same plan."""

    def __init__(self, seed: int, *, careless: bool = False) -> None:
        self.random = random.Random(seed)  # noqa: S311 -- made-up text, nothing secret
        self.used: set[str] = set()
        self.no_stop = self.random.choice([0.0, 0.1, 0.5]) if careless else 0.0

    def outline(self) -> Plan:
        """A plan of four to nine chapters, one of which holds the body."""
        pick = self.random
        names = pick.sample(CHAPTERS, pick.randint(3, 8))
        body = pick.randint(1, len(names))
        chapters = [self._small_chapter(name) for name in names]
        chapters.insert(body, self._body())
        return Plan(f"高雄市{pick.choice(DISTRICTS)}區公所提升服務執行計畫", chapters)

    def _small_chapter(self, name: str) -> Item:
        pick = self.random
        chapter = Item(name, kind="chapter", style="formal")
        if pick.random() < 0.5:
            chapter.text = self._sentence(3)
        else:
            chapter.children = [
                Item(text=self._sentence(), style="chinese") for _ in range(pick.randint(2, 5))
            ]
        return chapter

    def _body(self) -> Item:
        pick = self.random
        styles = pick.choice(
            [
                ["chinese", "chinese_paren", "arabic", "arabic_paren"],
                ["chinese", "chinese_paren", "arabic", "pair", "arabic_paren"],
                ["chinese", "arabic", "arabic_paren", "circled"],
                ["chinese", "chinese_paren", "arabic"],
                ["chinese", "chinese_paren"],
            ]
        )
        promises = pick.random() < 0.5
        body = Item("計畫內容", kind="chapter", style="formal")
        body.children = [self._group(styles, 0, promises) for _ in range(pick.randint(2, 4))]
        return body

    def _group(self, styles: list[str], depth: int, promises: bool) -> Item:
        pick = self.random
        group = Item(self._title(), kind="heading", style=styles[depth])
        if pick.random() < 0.3:
            group.text = self._sentence(3)
        count = pick.randint(2, 4)
        if depth + 2 < len(styles):
            # Two groups or more may share one list of targets at their end.
            shared = promises and depth + 3 == len(styles) and pick.random() < 0.3
            group.children = [self._group(styles, depth + 1, promises and not shared) for _ in range(count)]
            if shared:
                group.children += self._targets()
        else:
            group.children = [self._leaf(styles[depth + 1]) for _ in range(pick.randint(2, 6))]
            if promises:
                group.children += self._targets()
        return group

    def _targets(self) -> list[Item]:
        count = self.random.randint(2, 5)
        return [Item(text=self._sentence(), kind="target", style="arabic") for _ in range(count)]

    def _leaf(self, style: str) -> Item:
        if self.random.random() < 0.15:
            return Item(self._title() + "：", self._sentence(3), style=style)
        return Item(text=self._sentence(), style=style)

    def _title(self) -> str:
        pick = self.random
        shape = pick.random()

        def make() -> str:
            short = pick.choice(GROUPS) + pick.choice(QUALITIES)
            if shape < 0.7:
                return short
            if shape < 0.85:
                return f"{pick.choice(VERBS)}{pick.choice(THINGS)}，{pick.choice(VERBS)}{pick.choice(GROUPS)}"
            first, second = pick.choice(THINGS), pick.choice(THINGS)
            return f"{pick.choice(VERBS)}{first}與{second}，{short}之{pick.choice(VERBS)}"

        return self._fresh(make)

    def _sentence(self, longest: int = 5) -> str:
        pick = self.random

        def make() -> str:
            clauses = [
                pick.choice(VERBS) + pick.choice(THINGS) + pick.choice(["", "及" + pick.choice(THINGS)])
            ]
            more = [*AIMS, *EXTRAS, pick.choice(VERBS) + pick.choice(THINGS)]
            clauses += [pick.choice(more) for _ in range(pick.randint(0, longest))]
            if pick.random() < 0.08:
                clauses.insert(0, pick.choice(OPENINGS))
            stop = pick.random()
            return "，".join(clauses) + (
                "" if stop < self.no_stop / 2 else "；" if stop < self.no_stop else "。"
            )

        return self._fresh(make)

    def _fresh(self, make) -> str:
        """Make texts until one has not been used, so that reading back can be told apart."""
        text = make()
        for _ in range(30):
            if text not in self.used:
                break
            text = make()
        self.used.add(text)
        return text


@dataclass
class Habit:
    """How a plan is printed."""

    wide_marks: bool = False  # （一） instead of (一)
    gap: str = ""  # between marker and text
    indent: int = 0  # columns for each level
    colon: bool = False  # chapters end with ：
    inline: bool = False  # the text of a chapter on the line of its title
    restart: bool = False  # 1-1 under every heading, instead of 2-1
    columns: int = 0  # 0: not wrapped
    blank_between: bool = False
    tails: bool = False  # a blank at the end of each paragraph
    hang: bool = False  # lines after the first are indented too
    page: int = 0  # lines on a page, 0 for no pages
    form_feed: bool = False
    head: str = ""
    slips: random.Random | None = None  # markers are written carelessly

    @classmethod
    def careless(cls, pick: random.Random) -> Habit:
        habit = cls.clean(pick)
        habit.slips = pick
        return habit

    @classmethod
    def clean(cls, pick: random.Random) -> Habit:
        return cls(
            wide_marks=pick.random() < 0.3,
            gap=pick.choice(["", "", " ", "　"]),
            indent=pick.choice([0, 0, 2, 4]),
            colon=pick.random() < 0.4,
            inline=pick.random() < 0.3,
            restart=pick.random() < 0.5,
            blank_between=pick.random() < 0.3,
        )

    @classmethod
    def wrapped(cls, pick: random.Random) -> Habit:
        habit = cls.clean(pick)
        habit.columns = pick.choice([52, 58, 64, 70, 76])
        habit.tails = pick.random() < 0.4
        habit.hang = habit.indent > 0 and pick.random() < 0.6
        habit.page = pick.choice([0, 0, 25, 40])
        habit.form_feed = habit.page > 0 and pick.random() < 0.5
        habit.head = "提升服務執行計畫 草擬" if habit.form_feed and pick.random() < 0.5 else ""
        return habit


def mark(style: str, number: int, outer: int, habit: Habit) -> str:
    marks = {
        "formal": lambda: f"{to_formal(number)}、",
        "chinese": lambda: f"{to_chinese(number)}、",
        "chinese_paren": lambda: f"({to_chinese(number)})",
        "arabic": lambda: f"{number}.",
        "pair": lambda: f"{1 if habit.restart else outer}-{number}.",
        "arabic_paren": lambda: f"({number})",
        "circled": lambda: to_circled(number),
    }
    text = marks[style]() if style else ""
    if habit.wide_marks:
        text = text.translate(str.maketrans("()", "（）"))
    if habit.slips is not None and text and habit.slips.random() < 0.1:
        return _slip(text, style, habit.slips)
    return text + (habit.gap if text else "")


def _slip(text: str, style: str, pick: random.Random) -> str:
    """A marker as people also write it: blanks inside, another width, the dot forgotten."""
    if style in ("chinese_paren", "arabic_paren"):
        return pick.choice([f"( {text[1:-1]} )", f"({text[1:-1]} )", f"（{text[1:-1]}）", f"{text} "])
    if style in ("arabic", "pair"):
        return pick.choice(
            [text.replace(".", "、") if style == "arabic" else text[:-1], f"{text} ", f"{text[:-1]} ."]
        )
    if style in ("formal", "chinese"):
        return pick.choice([f"{text} ", f"{text[:-1]} 、", f"{text[:-1]}．"])
    return text


def paragraphs(plan: Plan, habit: Habit) -> Iterator[tuple[int, str]]:
    """Yield (level, paragraph) in reading order."""
    yield 0, plan.title
    for number, chapter in enumerate(plan.chapters, 1):
        yield from item_paragraphs(chapter, number, 0, 0, habit)


def item_paragraphs(
    item: Item, number: int, outer: int, level: int, habit: Habit
) -> Iterator[tuple[int, str]]:
    start = mark(item.style, number, outer, habit)
    if item.kind == "chapter":
        colon = "：" if habit.colon or (habit.inline and item.text) else ""
        if habit.inline and item.text:
            yield level, start + item.title + colon + item.text
        else:
            yield level, start + item.title + colon
            if item.text:
                yield level + 1, item.text
    else:
        yield level, start + (item.title or item.text)
        if item.title and item.text:
            yield level + 1, item.text
    counts = {True: 0, False: 0}
    for child in item.children:
        promised = child.kind == "target"
        if promised and not counts[True]:
            yield level + 1, "預期目標"
        counts[promised] += 1
        yield from item_paragraphs(child, counts[promised], number, level + 1, habit)


def print_outline(plan: Plan, habit: Habit) -> list[str]:
    lines: list[str] = []
    for level, paragraph in paragraphs(plan, habit):
        indent = " " * (habit.indent * level)
        if not habit.columns:
            lines.append(indent + paragraph)
        else:
            hang = indent + "  " if habit.hang else ""
            # What hangs on paper may have lost its indents in the text, but its lines are as narrow.
            pieces = wrap(paragraph, habit.columns - len(indent) - 2, first=2 if habit.hang else 0)
            indent = indent if habit.hang else ""
            lines += [(indent if i == 0 else hang) + piece for i, piece in enumerate(pieces)]
            if habit.tails:
                lines[-1] += " "
    if habit.page:
        lines = with_pages(lines, habit)
    if habit.blank_between:
        lines = [part for line in lines for part in (line, "")]
    return lines


def with_pages(lines: list[str], habit: Habit) -> list[str]:
    printed: list[str] = []
    for page, start in enumerate(range(0, len(lines), habit.page), 1):
        body = list(lines[start : start + habit.page])
        if habit.head:
            body.insert(0, habit.head)
        if habit.form_feed and page > 1:
            body[0] = "\f" + body[0]
        printed += [*body, "", "", f" {page} ", ""]
    return printed


def columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def wrap(text: str, limit: int, *, first: int = 0) -> list[str]:
    """Break at `limit` columns (the first line has more), not before closing marks nor in a Latin word."""
    pieces: list[str] = []
    for char in text:
        in_word = char.isascii() and not char.isspace()
        after_word = bool(pieces) and pieces[-1][-1].isascii() and pieces[-1][-1] != " "
        if (in_word and after_word) or (pieces and char in "，。、：；）」"):
            pieces[-1] += char
        else:
            pieces.append(char)
    lines = [""]
    for word in pieces:
        room = limit + (first if len(lines) == 1 else 0)
        if lines[-1] and columns(lines[-1] + word) > room:
            lines.append("")
        lines[-1] += word
    return [line.strip() for line in lines]
