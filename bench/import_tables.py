"""How well tables are read from plans never seen: random plans printed in the shapes of the seeds.

    python -m bench.import_tables [--plans 40] [--seed 1] [--shape narrow|tabbed|target] [--show]

Each plan is made with its truth, printed as a converter would (columns wrapped, pages cutting rows, units
beside their rows), read again, and compared item by item: text, marker, parent and units must be right.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field

import django

from core.numerals import to_chinese
from core.text import strip_blank
from documents.ingest.nodes import Line, Node
from documents.ingest.tables import find_tables


def words(text: str) -> list[str]:
    return text.split("、")


WHO = words(
    "里民、長者、新住民、役男、申請人、身障朋友、洽公民眾、志工夥伴、社區團體、獨居老人、家長、學生、店家、農友"
)
WHAT = words(
    "申請書表、補助資訊、服務動線、線上表單、活動訊息、防災地圖、調解案件、停車空間、意見信箱、電話禮貌、滿意度問卷、"
    "網站內容、教育訓練、無障礙設施、志工排班、里鄰建設、檔案調閱、公文流程、開放資料、"
    "marketing文宣、QR Code、APP推播"
)
DO = words(
    "整理、更新、提供、協助、檢討、簡化、公告、推廣、盤點、建置、改善、串聯、追蹤、說明、登載、宣導、抽測、彙整、通知、媒合"
)
HOW = words(
    "主動、定期、每季、逐案、即時、就近、聯合、分批、持續、每月、依需要、於櫃台、透過網路、結合資源、會同各里、以專人"
)
AIM = words(
    "以縮短等候時間、讓資訊容易取得、減少往返奔波、提高使用意願、落實便民精神、使服務更貼近需要、並留存紀錄備查、作為次年改進依據、讓人人都能參與、兼顧效率與公平"
)
UNITS = words(
    "民政課、社會課、經建課、役政災防課、秘書室、人事室、會計室、政風室、農業及建設課、工務課、文化觀光課"
)
HEADS = (
    ("執行要項", "執行重點", "執行單位"),
    ("實施要項", "工作重點", "承辦單位"),
    ("執行策略", "執行方法", "主辦單位"),
    ("工作要領", "執行重點", "業務單位"),
)
FORMAL = "壹貳參肆伍陸柒捌玖"


@dataclass
class Truth:
    """An item as it should be read."""

    marker: str
    title: str
    text: str = ""
    units: list[str] = field(default_factory=list)
    children: list[Truth] = field(default_factory=list)
    kind: str = "heading"
    points: str | None = None
    bare: bool = False  # no unit is printed beside it; the one above counts


def phrase(rng: random.Random) -> str:
    return rng.choice(HOW) + rng.choice(DO) + rng.choice(WHO) + "所需" + rng.choice(WHAT)


def sentence(rng: random.Random, clauses: int) -> str:
    parts = [phrase(rng) for _ in range(clauses)]
    if rng.random() < 0.25:
        parts[0] = f"依「{rng.choice(WHAT)}作業要點」第{rng.randint(2, 30)}條{parts[0]}"
    if rng.random() < 0.15:
        parts[-1] += f"(含{rng.choice(WHAT)}、{rng.choice(WHAT)}等)"
    return "，".join([*parts, rng.choice(AIM)]) + "。"


def title(rng: random.Random) -> str:
    return rng.choice(DO) + rng.choice(WHO) + rng.choice(WHAT)


def make_units(rng: random.Random) -> list[str]:
    if rng.random() < 0.35:
        return ["各課室"]
    return rng.sample(UNITS, rng.choice((1, 1, 2, 2, 3, 5)))


def make_content(rng: random.Random, number: int) -> Truth:
    """A numbered row of the content, or with number 0 one without."""
    item = Truth(f"{number}." if number else "", "", kind="action")
    if not number and rng.random() < 0.5:
        item.text = sentence(rng, rng.randint(2, 4))
        return item
    item.title = title(rng)
    if rng.random() < 0.5:
        item.text = sentence(rng, rng.randint(1, 4))
        return item
    form = rng.choice(("({})", "（{}）"))
    for count in range(1, rng.randint(2, 6)):
        child = Truth(form.format(count), "", sentence(rng, rng.randint(1, 4)), kind="action")
        if rng.random() < 0.06:
            child.title, child.text = child.text, ""
            for deep in range(1, 3):
                below = [Truth(f"{letter}.", "", sentence(rng, 1), kind="action") for letter in "ABC"]
                child.children.append(Truth(f"○{deep}", title(rng) + "：", kind="action", children=below))
        item.children.append(child)
    return item


def make_plan(rng: random.Random, gaps: float) -> list[Truth]:
    """要項 → 重點 → rows of content, the units on the rows; `gaps` is the share of rows without them."""
    items: list[Truth] = []
    before: list[str] | None = None
    for number in range(1, rng.randint(3, 7)):
        item = Truth(f"{to_chinese(number)}、", title(rng) + "，" + phrase(rng)[:10])
        for order in range(1, rng.randint(2, 6)):
            focus = Truth(f"({to_chinese(order)})", sentence(rng, rng.randint(1, 2)))
            rows = rng.choice((0, 1, 2, 2, 3, 4))
            focus.children = [make_content(rng, count) for count in (range(1, rows + 1) if rows else (0,))]
            for row in focus.children:
                row.units = make_units(rng)
                if before is not None and rng.random() < gaps:
                    row.units, row.bare = before, True
                before = row.units
            item.children.append(focus)
        items.append(item)
    if rng.random() < 0.3:
        row = Truth("", "", sentence(rng, 3), ["秘書室"], kind="action")
        items.insert(
            0, Truth("", "訂定" + title(rng), children=[Truth("", sentence(rng, 1), children=[row])])
        )
    return items


# --- printing -------------------------------------------------------------------------------------


@dataclass
class Style:
    """How a converter prints: widths in characters, lines to a page, and what it leaves of the layout."""

    widths: tuple[int, int, int, int]
    page: int
    tails: bool = True
    gaps: bool = True
    spread: bool = True
    mark: str = "blank"  # what shows a page: blank, formfeed, number


def wrap(text: str, width: float, hanging: float = 0.0) -> list[str]:
    """Break as a word processor does: words whole, no line begins with a mark that closes."""
    lines, line, room, used = [], "", width, 0.0
    pieces: list[str] = []
    for char in text:
        latin = char.isascii() and char.isalnum()
        joined = pieces and len(pieces[-1]) < width and pieces[-1][-1].isascii() and pieces[-1][-1].isalnum()
        if latin and joined:
            pieces[-1] += char
        else:
            pieces.append(char)
    for order, piece in enumerate(pieces):
        takes = sum(0.5 if ord(char) < 0x2E80 else 1.0 for char in piece)
        after = pieces[order + 1] if order + 1 < len(pieces) else ""
        needs = takes + (1.0 if after and after in "，。、；：」）)" else 0.0)
        if line and used + needs > room and piece not in "，。、；：」）)":
            lines.append(line)
            line, used, room = "", 0.0, width - hanging
        line += piece
        used += takes
    return [*lines, line] if line else lines


def spread(lines: list[str], width: int, rng: random.Random) -> list[str]:
    """Lines of a narrow cell set wide come out with blanks between all characters."""
    return [
        " ".join(line) if at < len(lines) - 1 and len(line) < width and rng.random() < 0.6 else line
        for at, line in enumerate(lines)
    ]


def cell_lines(item: Truth, width: float, style: Style, depth: int = 0) -> list[str]:
    """The lines of an item and those below it; lower ones hang, and the indent is lost."""
    tail = " " if style.tails else ""
    lines: list[str] = []
    marker = item.marker
    for text in (item.title, item.text):
        if text:
            lines += wrap(marker + text, width - depth * 0.8, 1.5 if depth else 0.0)
            lines[-1] += tail
            marker = ""
    for child in item.children:
        lines += cell_lines(child, width, style, depth + 1)
    return lines


@dataclass
class Block:
    """The lines of one cell over the rows it covers; `at` is how many of them are printed."""

    lines: list[str]
    at: int = 0
    page: int = -1

    def take_on(self, page: int, count: int) -> list[str]:
        """Take lines of a merged cell: once a page, beside the first of its rows there."""
        if page == self.page:
            return []
        self.page = page
        return self.take(count)

    def take(self, count: int) -> list[str]:
        part = self.lines[self.at : self.at + max(0, count)]
        self.at += len(part)
        return part


def print_narrow(plan: list[Truth], style: Style, rng: random.Random) -> list[str]:
    """Print row by row, page by page: each cell's part on the page, from left to right."""
    pages: list[list[str]] = [[]]
    left = style.page - 6
    tail = " " if style.tails else ""
    for item in plan:
        item_block = Block(label(item.marker + item.title, style.widths[0], style, rng))
        last_of_item = item.children[-1].children[-1]
        for focus in item.children:
            focus_block = Block(label(focus.marker + focus.title, style.widths[1], style, rng))
            for row in focus.children:
                content = Block(cell_lines(row, style.widths[2], style))
                names = [] if row.bare else row.units
                units = Block([line for name in names for line in unit_lines(name, style.widths[3], tail)])
                # The last row of a merged cell is as high as the cell still needs.
                height = max(len(content.lines), len(units.lines), 1)
                height = max(
                    height, len(focus_block.lines) - focus_block.at if row is focus.children[-1] else 0
                )
                height = max(height, len(item_block.lines) - item_block.at if row is last_of_item else 0)
                if left < 2:
                    pages.append([])
                    left = style.page
                while height > 0:
                    part = min(height, left)
                    pages[-1] += item_block.take_on(len(pages), visible(item_block, item, row, left, part))
                    pages[-1] += focus_block.take_on(len(pages), visible(focus_block, focus, row, left, part))
                    parts = content.take(part), units.take(part)
                    pages[-1] += [line for lines in parts for line in lines]
                    height -= part
                    left -= part
                    if height > 0:
                        pages.append([])
                        left = style.page
    return lay_out(pages, style)


def visible(block: Block, owner: Truth, row: Truth, left: int, part: int) -> int:
    """A merged cell shows as many lines as its rows reach down this page; more rows below give it room."""
    rows = [*owner.children, *(below for child in owner.children for below in child.children)]
    is_last = row is rows[-1]
    return part if is_last else left


def label(text: str, width: int, style: Style, rng: random.Random) -> list[str]:
    lines = wrap(text, width)
    lines = spread(lines, width, rng) if style.spread else lines
    return [*lines[:-1], lines[-1] + (" " if style.tails else "")]


def unit_lines(name: str, width: int, tail: str) -> list[str]:
    parts = wrap(name, width)
    return [*parts[:-1], parts[-1] + tail]


def lay_out(pages: list[list[str]], style: Style) -> list[str]:
    lines: list[str] = []
    for number, page in enumerate(page for page in pages if page):
        for at, text in enumerate(page):
            if number and at == 0:
                if style.mark == "number":
                    lines += ["", str(number)]
                if lines and not lines[-1]:
                    lines.pop()
                text = {"blank": " ", "formfeed": "\f", "number": " "}[style.mark] + text  # noqa: PLW2901
            lines.append(text)
            if style.gaps:
                lines.append("")
    return lines


def print_tabbed(plan: list[Truth], rng: random.Random) -> list[str]:
    """Each cell begins with a tab; a merged cell is empty below its first row."""
    width = rng.randint(16, 26)
    lines: list[str] = []
    for item in plan:
        for order, focus in enumerate(item.children):
            for count, row in enumerate(focus.children):
                first = order == 0 and count == 0
                cells = [item.marker + item.title if first else ""]
                focus_lines = wrap(focus.marker + focus.title, 9, 0) if count == 0 else [""]
                lines += ["\t" + cells[0]]
                if first and rng.random() < 0.2:
                    lines.append("")
                lines += ["\t" + focus_lines[0], *("    " + line for line in focus_lines[1:])]
                content = tabbed_content(row, width)
                lines += ["\t" + content[0], *content[1:]]
                lines += ["\t" + ("、".join(row.units) if count == 0 else ""), ""]
                if rng.random() < 0.1:
                    lines.append("")
        for focus in item.children:
            focus.units = focus.children[0].units
            for row in focus.children:
                row.units = []
    return lines


def tabbed_content(row: Truth, width: int, depth: int = 0) -> list[str]:
    if not depth and not row.title:
        return [row.marker + row.text]
    lines: list[str] = []
    if row.title:
        found = wrap(row.marker + row.title, width, 1.5)
        lines += [found[0], *("   " + line for line in found[1:])]
        lines += ["  " + line for line in wrap(row.text, width - 1)] if row.text else []
    else:
        found = wrap(row.marker + row.text, width, 1.5)
        lines += [found[0], *("   " + line for line in found[1:])]
    for child in row.children:
        lines += tabbed_content(child, width, depth + 1)
    return lines


def make_target_plan(rng: random.Random) -> list[Truth]:
    plan: list[Truth] = []
    for _ in range(rng.randint(2, 4)):
        dimension = Truth("", title(rng)[:8])
        for _ in range(rng.randint(1, 3)):
            indicator = Truth("", title(rng)[:9], points=str(rng.randint(1, 4) * 50))
            for _ in range(rng.randint(1, 4)):
                focus = Truth("", title(rng)[:12])
                for kind in ("action", "target"):
                    count = rng.choice((1, 2, 3, 5))
                    focus.children += [
                        Truth(f"{n}." if count > 1 else "", "", sentence(rng, rng.randint(1, 3)), kind=kind)
                        for n in range(1, count + 1)
                    ]
                indicator.children.append(focus)
            dimension.children.append(indicator)
        dimension.points = str(sum(int(child.points or 0) for child in dimension.children))
        plan.append(dimension)
    return plan


def print_target(plan: list[Truth], rng: random.Random) -> list[str]:
    lines: list[str] = []
    for dimension in plan:
        for first, indicator in enumerate(dimension.children):
            for second, focus in enumerate(indicator.children):
                head = [f"{dimension.title} ({dimension.points} 分)"] if not first and not second else [""]
                head += [f"{indicator.title} ({indicator.points}分)"] if not second else [""]
                cells = [focus.title]
                for kind in ("action", "target"):
                    parts = [child.marker + child.text for child in focus.children if child.kind == kind]
                    way = rng.choice(("plain", "p", "ol"))
                    text = " ".join(f"<p>{part}</p>" for part in parts) if way == "p" else " ".join(parts)
                    cells.append('<ol style="list-style-type: none"> ' + text + " " if way == "ol" else text)
                if not head[0] and rng.random() < 0.35:
                    head = head[1:]
                lines.append("\t".join(head + cells))
                if rng.random() < 0.3:
                    lines.append("")
    return lines


# --- comparing ------------------------------------------------------------------------------------


def facts(items: list[Truth] | list[Node], above: str = "") -> Counter[tuple[str, ...]]:
    """Each item as (parent, kind, marker, words, units): what must be right."""
    found: Counter[tuple[str, ...]] = Counter()
    for item in items:
        words = strip_blank(item.title + "|" + item.text)
        marker = strip_blank(item.marker)
        units = ",".join(item.units)
        found[above, item.kind, marker, words, units, item.points or ""] += 1
        found += facts(item.children, strip_blank(marker + words)[:30])
    return found


def run(shape: str, rng: random.Random, *, show: bool = False) -> tuple[float, float, float]:
    """Return the share of items read right, of those the wrong ones marked doubtful, and the seconds."""
    if shape == "target":
        plan = make_target_plan(rng)
        body = ["構面\t指標\t重點\t具體作法\t預期目標", *print_target(plan, rng)]
    else:
        plan = make_plan(rng, 0.04 if shape in ("narrow", "bare") else 0.0)
        heads = rng.choice(HEADS)
        if shape == "tabbed":
            body = [*("\t" + head for head in heads), "", *print_tabbed(plan, rng)]
        else:
            style = Style(
                (
                    rng.choice((3, 4, 4, 5, 7)),
                    rng.randint(6, 10),
                    rng.randint(13, 22),
                    rng.choice((3, 4, 4, 5)),
                ),
                rng.randint(25, 45),
                tails=shape != "bare" and rng.random() < 0.8,
                gaps=shape != "bare" or rng.random() < 0.5,
                spread=rng.random() < 0.7,
                mark=rng.choice(("blank", "blank", "formfeed", "number")),
            )
            if shape == "bare":
                style.tails = False
            body = [" ".join(heads), "", *print_narrow(plan, style, rng)]
    source = ["肆、計畫內容", "", *body, "", "伍、考核", "依規定辦理。"]
    lines = [Line(number, text) for number, text in enumerate(source, 1)]
    started = time.perf_counter()
    regions = find_tables(lines)
    took = time.perf_counter() - started
    read = regions[0].nodes if regions else []
    wanted, got = facts(plan), facts(read)
    right = sum((wanted & got).values())
    doubtful = sum(node.confidence < 0.7 for top in read for node in top.walk())
    if show:
        for fact in (wanted - got).elements():
            print("  missing", fact)
        for fact in (got - wanted).elements():
            print("  instead", fact)
    return right / max(1, sum(wanted.values())), doubtful / max(1, sum(got.values())), took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plans", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shape", choices=("narrow", "bare", "tabbed", "target"))
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    for shape in [options.shape] if options.shape else ["tabbed", "target", "narrow", "bare"]:
        results = []
        for number in range(options.plans):
            result = run(shape, random.Random(options.seed * 1000 + number), show=options.show)  # noqa: S311
            results.append(result)
            if options.show:
                print(f"{shape} {number}: {result[0]:.3f} doubtful {result[1]:.3f} {result[2]:.2f} s")
        shares = sorted(result[0] for result in results)
        mean = sum(shares) / len(shares)
        doubtful = sum(result[1] for result in results) / len(results)
        slowest = max(result[2] for result in results)
        print(
            f"{shape:8} {len(shares)} plans: mean {mean:.4f} worst {shares[0]:.3f} "
            f"doubtful {doubtful:.3f} slowest {slowest:.2f} s"
        )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "districtplans.test_settings")
    django.setup()
    main()
