"""Plans made up at random and printed as real ones come: clean, hard-wrapped, tabbed, cells interleaved.

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

VERBS = "辦理 推動 建置 檢討 規劃 強化 提供 落實 宣導 整合 設置 訂定 培訓 充實 改善 更新 公開 盤點".split()
THINGS = (
    "志工訓練 服務動線 里鄰座談 電話禮貌 網路申辦 無障礙設施 災害防救演練 藝文展覽 社區關懷 志願服務 "
    "綠美化環境 公文時效 書表範例 多語標示 民眾意見 滿意度調查 資訊安全 市民卡業務 長者共餐 兵役業務 "
    "調解業務 防汛整備 圖書借閱 托育資源 環境清潔 法律諮詢"
).split()
AIMS = (
    "以提升服務品質 使民眾安心洽公 縮短等候時間 增進同仁知能 建立友善形象 減少往返奔波 提高使用意願 "
    "讓資源公平分配 凝聚社區共識 確保資料正確 回應多元需求 擴大參與層面 節省人力與紙張 促進世代交流"
).split()
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
GROUPS = (
    "服務流程 機關形象 顧客關係 資訊提供 線上服務 創新作為 溝通管道 人員素養 環境設施 社會資源 行銷宣導 "
    "內部管理 跨域合作 資料開放 關懷弱勢 便捷程序 回應機制"
).split()
QUALITIES = "便捷性 透明度 合宜程度 有效性 完整性 親和程度 多樣性 一致性 擴展性 正確性".split()
CHAPTERS = "依據 現況簡介 總體目標 實施對象 實施期間 管制考核 經費 未來努力方向 其他 推動及管考".split()
UNITS = "民政課 社會課 經建課 役政災防課 秘書室 人文課 會計室 政風室 兵役課 農業課".split()


@dataclass
class Item:
    """An item as it was meant. `style` is that of its marker, "" for none."""

    title: str = ""
    text: str = ""
    kind: str = "action"
    style: str = ""
    children: list[Item] = field(default_factory=list)
    units: list[str] = field(default_factory=list)

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
    words = {item.id: strip_blank(item.title + "|" + item.text) for item in proposal.items}
    read = [(words[item.id], words[item.parent] if item.parent else "") for item in proposal.items]
    left = list(read)
    right = 0
    for pair in meant:
        if pair in left:
            left.remove(pair)
            right += 1
    return right, max(len(meant), len(read))


class Author:
    """Makes plans up. The same seed gives the same plan."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.used: set[str] = set()

    def outline(self) -> Plan:
        """A plan of four to nine chapters, one of which holds the body."""
        pick = self.random
        names = pick.sample(CHAPTERS, pick.randint(3, 8))
        body = pick.randint(1, len(names))
        chapters = [self._small_chapter(name) for name in names]
        chapters.insert(body, self._body())
        return Plan(f"高雄市{pick.choice('前鎮 左營 楠梓 鳥松 美濃'.split())}區公所提升服務執行計畫", chapters)

    def responsibility(self) -> Plan:
        """A plan whose body is a table of 執行要項, 執行重點 and 執行單位."""
        pick = self.random
        before = [self._small_chapter(name) for name in pick.sample(CHAPTERS[:5], 3)]
        after = [self._small_chapter(name) for name in pick.sample(CHAPTERS[5:], 2)]
        body = Item("計畫內容", kind="chapter", style="formal")
        for _ in range(pick.randint(3, 6)):
            item = Item(f"{self._title()}，{self._title()}", kind="heading", style="chinese")
            for _ in range(pick.randint(2, 4)):
                focus = Item(self._sentence(2), kind="heading", style="chinese_paren")
                focus.children = self._rows()
                item.children.append(focus)
            body.children.append(item)
        return Plan(f"高雄市{pick.choice('前鎮 左營 楠梓'.split())}區公所提升服務執行計畫", [*before, body, *after])

    def _rows(self) -> list[Item]:
        """The content of one 重點: numbered parts, each with its units."""
        pick = self.random
        rows = []
        for _ in range(pick.randint(2, 4)):
            row = Item(self._title(), kind="action", style="arabic")
            if pick.random() < 0.4:
                row.text = self._sentence()
            else:
                row.children = [
                    Item(text=self._sentence(), style="arabic_paren") for _ in range(pick.randint(2, 4))
                ]
            row.units = ["各課室"] if pick.random() < 0.4 else pick.sample(UNITS, pick.randint(1, 3))
            rows.append(row)
        return rows

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
            group.children = [self._group(styles, depth + 1, promises) for _ in range(count)]
        else:
            group.children = [self._leaf(styles[depth + 1]) for _ in range(pick.randint(2, 6))]
            if promises:
                group.children += [
                    Item(text=self._sentence(), kind="target", style="arabic")
                    for _ in range(pick.randint(2, 5))
                ]
        return group

    def _leaf(self, style: str) -> Item:
        if self.random.random() < 0.15:
            return Item(self._title() + "：", self._sentence(3), style=style)
        return Item(text=self._sentence(), style=style)

    def _title(self) -> str:
        pick = self.random
        return self._fresh(lambda: pick.choice(GROUPS) + pick.choice(QUALITIES))

    def _sentence(self, longest: int = 5) -> str:
        pick = self.random

        def make() -> str:
            clauses = [pick.choice(VERBS) + pick.choice(THINGS) + pick.choice(["", "及" + pick.choice(THINGS)])]
            for _ in range(pick.randint(0, longest)):
                clauses.append(pick.choice([*AIMS, *EXTRAS, pick.choice(VERBS) + pick.choice(THINGS)]))
            return "，".join(clauses) + "。"

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
    return text + (habit.gap if text else "")


def paragraphs(plan: Plan, habit: Habit) -> Iterator[tuple[int, str]]:
    """Yield (level, paragraph) in reading order."""
    yield 0, plan.title
    for number, chapter in enumerate(plan.chapters, 1):
        yield from item_paragraphs(chapter, number, 0, 0, habit)


def item_paragraphs(item: Item, number: int, outer: int, level: int, habit: Habit) -> Iterator[tuple[int, str]]:
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
            pieces = wrap(paragraph, habit.columns - (len(indent) if habit.hang else habit.indent * level))
            hang = indent + "  " if habit.hang else ""
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


def wrap(text: str, limit: int) -> list[str]:
    """Break at `limit` columns, not before closing marks and not inside a Latin word."""
    words: list[str] = []
    for char in text:
        if words and char.isascii() and not char.isspace() and words[-1][-1].isascii() and words[-1][-1] != " ":
            words[-1] += char
        elif words and char in "，。、：；）」":
            words[-1] += char
        else:
            words.append(char)
    lines = [""]
    for word in words:
        if lines[-1] and columns(lines[-1] + word) > limit:
            lines.append("")
        lines[-1] += word
    return [line.strip() for line in lines]
