"""Looking into a PDF file: its structure tree, its text with places, its rules. For tests and benchmarks."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pikepdf

from tests.documents.pdf_content import Content, Run, read_page

NOT_FIRST = set("，。、；：？！）」』】〉》〕％…‥,.;:?!)]}%”’")
NOT_LAST = set("（「『【〈《〔([{“‘")


@dataclass
class Element:
    """An element of the structure tree, with the runs of text it holds itself."""

    tag: str
    attributes: dict[str, Any]
    key: str
    kids: list[Element] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        yield self
        for kid in self.kids:
            yield from kid.walk()

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.walk() if element.tag in tags]

    @property
    def all_runs(self) -> list[Run]:
        return [run for element in self.walk() for run in element.runs]

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.all_runs)


class Document:
    """A PDF file, read once."""

    def __init__(self, data: bytes) -> None:
        self.pdf = pikepdf.open(io.BytesIO(data))
        self.pages: list[Content] = [read_page(page, n) for n, page in enumerate(self.pdf.pages)]
        self._marks = {(page.number, run.mcid): [] for page in self.pages for run in page.runs}
        for page in self.pages:
            for run in page.runs:
                self._marks[page.number, run.mcid].append(run)
        self._numbers = {page.objgen: n for n, page in enumerate(self.pdf.pages)}
        self.reached: set[tuple[int, int]] = set()
        self.tree = [self._element(kid) for kid in self.pdf.Root.StructTreeRoot.K]

    def _element(self, item: Any) -> Element:
        attributes = {str(k): v for k, v in item.get("/A", {}).items()}
        element = Element(str(item.S)[1:], attributes, str(item.get("/ID", "")))
        page = self._numbers[item.Pg.objgen] if "/Pg" in item else -1
        for kid in item.get("/K", []):
            if isinstance(kid, int):
                self.reached.add((page, kid))
                element.runs += self._marks.get((page, kid), [])
            elif kid.get("/Type") != "/OBJR":
                element.kids.append(self._element(kid))
        return element

    # -- text -------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The text of the document in reading order, without page furniture and without line ends."""
        return "".join(element.text for element in self.tree)

    def stream(self, page: int) -> bytes:
        """The page's drawing instructions, as they stand in the file."""
        return bytes(self.pdf.pages[page].Contents.read_bytes())

    def furniture(self, page: int) -> str:
        return "".join(run.text for run in self.pages[page].runs if run.mcid is None)

    def blocks(self, *tags: str) -> Iterator[list[list[Run]]]:
        """Yield paragraphs and headings as lines of runs; a paragraph over two pages comes as two."""
        for root in self.tree:
            for element in root.all(*(tags or ("P", "H1", "H2", "H3"))):
                lines: dict[tuple[int, float], list[Run]] = defaultdict(list)
                for run in element.all_runs:
                    if run.text.strip():
                        lines[run.page, round(run.y, 1)].append(run)
                if lines:
                    yield list(lines.values())

    def kinsoku_violations(self) -> list[str]:
        """Return the lines that start or end with a character that must not stand there."""
        wrong = []
        for lines in self.blocks():
            texts = ["".join(run.text for run in line).strip() for line in lines]
            wrong += [text for text in texts[1:] if text[0] in NOT_FIRST]
            wrong += [text for text in texts[:-1] if text[-1] in NOT_LAST]
        return wrong

    def flush_right(self, edges: list[float], tolerance: float = 0.5) -> tuple[int, list[str]]:
        """Return how many lines are full (another follows in their paragraph), and those not at an edge."""
        full, ragged = 0, []
        for lines in self.blocks("P"):
            for line, after in pairwise(lines):
                if line[0].page != after[0].page:
                    continue
                full += 1
                end = max(run.x1 for run in line)
                if min(abs(end - edge) for edge in edges) > tolerance:
                    ragged.append(f"{end:.2f} p{line[0].page + 1} " + "".join(run.text for run in line))
        return full, ragged

    # -- structure --------------------------------------------------------------------------------------

    def orphans(self) -> list[Run]:
        """Return marked text that no element of the structure tree reaches."""
        runs = [run for page in self.pages for run in page.runs if run.mcid is not None]
        return [run for run in runs if (run.page, run.mcid) not in self.reached]

    def unmarked(self) -> list[Run]:
        """Return text that is neither marked nor page furniture."""
        return [run for page in self.pages for run in page.runs if not run.is_marked]

    def tables(self) -> list[Element]:
        return [table for root in self.tree for table in root.all("Table")]

    def irregular_tables(self) -> list[Element]:
        return [table for table in self.tables() if not is_regular(table)]

    def cells_without_heads(self) -> list[str]:
        """Return data cells that name no head, or one that is not there."""
        keys = {element.key for root in self.tree for element in root.all("TH") if element.key}
        cells = [cell for table in self.tables() for cell in table.all("TD")]
        heads = {id(cell): [str(key) for key in cell.attributes.get("/Headers", [])] for cell in cells}
        return [cell.text for cell in cells if not heads[id(cell)] or not set(heads[id(cell)]) <= keys]

    def headings(self) -> list[tuple[int, str]]:
        elements = [element for root in self.tree for element in root.all("H1", "H2", "H3")]
        return [(int(element.tag[1]), element.text) for element in elements]

    def bookmarks(self) -> list[tuple[int, str]]:
        with self.pdf.open_outline() as outline:
            return list(_outline(outline.root, 1))

    # -- fonts and rules --------------------------------------------------------------------------------

    def fonts(self) -> dict[str, bool]:
        """Return each font's name, and whether it is embedded as a subset."""
        found = {}
        for item in self.pdf.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                name = str(item.FontName)[1:]
                embedded = "/FontFile2" in item or "/FontFile3" in item
                found[name] = embedded and len(name.split("+")[0]) == 6 and "+" in name
        return found

    def font_bytes(self) -> int:
        """Return the size of the embedded font programs as they lie in the file."""
        sizes = {}
        for item in self.pdf.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                for key in ("/FontFile2", "/FontFile3"):
                    if key in item:
                        sizes[item[key].objgen] = len(item[key].read_raw_bytes())
        return sum(sizes.values())

    def open_tables(self) -> list[str]:
        """Return the sides on which a ruled box is not closed, named by page."""
        return [f"page {page.number + 1}: {side}" for page in self.pages for side in page.open_sides()]


def is_regular(table: Element) -> bool:
    """Return whether the rows are equally wide, with no overlap and no span past the last row."""
    rows = table.all("TR")
    taken: set[tuple[int, int]] = set()
    for y, row in enumerate(rows):
        x = 0
        for cell in row.kids:
            while (x, y) in taken:
                x += 1
            width = int(cell.attributes.get("/ColSpan", 1))
            height = int(cell.attributes.get("/RowSpan", 1))
            places = {(x + dx, y + dy) for dx in range(width) for dy in range(height)}
            if places & taken or y + height > len(rows):
                return False
            taken |= places
    widths = {sum(1 for x, y in taken if y == row) for row in range(len(rows))}
    return len(widths) == 1


def _outline(items: Any, level: int) -> Iterator[tuple[int, str]]:
    for item in items:
        yield level, item.title
        yield from _outline(item.children, level + 1)
