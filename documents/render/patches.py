"""What WeasyPrint 70 does not do for an official Chinese document, added for the time of one render.

Every change reaches into private functions of one version, so each is small, can be switched off by name
(the setting PDF_PATCHES, or an argument) and is tested both ways: a plan prints correctly without any of
them, only less well.

    justify     Chinese lines end flush right: the room left over is shared out between the characters
    artifacts   running heads, feet and dot leaders are marked as page furniture, not as text
    flow        a merged label runs down over its rows instead of stretching the first (patches_flow.py)
    labels      a merged label is repeated, with （續）, on every page its rows reach   (patches_labels.py)
    tables      one /Table for a table of many pages, merged cells as spans             (patches_tables.py)
    references  tagging takes time in proportion to the pages, not to their square; same bytes
    memory      a long document keeps no copy of whole fonts and no page as a list of strings; same bytes

Outside `active()` WeasyPrint is as it came.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pydyf
import weasyprint
import weasyprint.document
import weasyprint.draw
import weasyprint.layout.inline
import weasyprint.pdf
import weasyprint.pdf.fonts
import weasyprint.pdf.stream
import weasyprint.pdf.tags
import weasyprint.text.fonts
from weasyprint.formatting_structure import boxes
from weasyprint.layout.leader import leader_index

from documents.checks import TESTED_WEASYPRINT
from documents.render import patches_flow, patches_labels, patches_tables

# In the order of application, later ones outside: `labels` puts its cells into a row before `flow` sees it.
ALL = ("justify", "artifacts", "flow", "labels", "tables", "references", "memory")

# The share of Chinese characters from which a line that has spaces is set as Chinese all the same.
CHINESE_SHARE = 0.5
# Characters further apart than this, in em, no longer read as one line: it is left ragged.
WIDEST_GAP = 0.5
# Readers of PDF files take a gap of a tenth of an em for a space between words.
SPACE_TO_READERS = 0.09


class Patch(NamedTuple):
    holder: Any
    name: str
    make: Callable[[Any], Any]


# The functions are exchanged for the whole process: one render at a time may have them.
_lock = threading.Lock()


@contextmanager
def active(names: Iterable[str] = ALL) -> Iterator[frozenset[str]]:
    """Apply the named patches inside the block; yields those in force.

    None are in force on a version of WeasyPrint they were not tested with. `tables` takes repeated
    heads out of the text, which only `artifacts` can mark, so it does nothing alone.
    """
    wanted = set(names) if weasyprint.__version__ == TESTED_WEASYPRINT else set()
    if unknown := wanted - set(ALL):
        message = f"unknown patches: {', '.join(sorted(unknown))}"
        raise ValueError(message)
    if "artifacts" not in wanted:
        wanted.discard("tables")
    with _lock:
        replaced: list[tuple[Any, str, Any]] = []
        try:
            for patch in (patch for name in ALL if name in wanted for patch in PATCHES[name]):
                original = getattr(patch.holder, patch.name)
                replaced.append((patch.holder, patch.name, original))
                setattr(patch.holder, patch.name, patch.make(original))
            yield frozenset(wanted)
        finally:
            for holder, name, original in reversed(replaced):
                setattr(holder, name, original)


# -- justify --------------------------------------------------------------------------------------------


def _justify_line(original: Callable[..., None]) -> Callable[..., None]:
    def justify_line(context: Any, line: Any, extra: float) -> None:
        texts = list(_texts(line))
        text = "".join(box.text for box in texts)
        chinese = sum("\u2e80" <= char <= "\uffef" or char > "\U00020000" for char in text)
        if not chinese or (chinese < len(text) * CHINESE_SHARE and " " in text):
            original(context, line, extra)
        elif (gap := extra / max(1, len(text) - 1)) <= WIDEST_GAP * texts[0].style["font_size"]:
            _spread(line, gap, 0)

    return justify_line


def _texts(box: Any) -> Iterator[Any]:
    """Yield the text boxes that lie in the line itself; an inline block is a unit and is not opened."""
    if isinstance(box, boxes.TextBox):
        if box.text:
            yield box
    elif isinstance(box, boxes.LineBox | boxes.InlineBox):
        for child in box.children:
            yield from _texts(child)


def _spread(box: Any, spacing: float, shift: float) -> float:
    """Widen the text in `box` by `spacing` for each character; return the shift of what follows it."""
    if isinstance(box, boxes.TextBox):
        box.position_x += shift
        if box.text:
            box.chinese_spacing = spacing
            added = spacing * len(box.text)
            box.width += added
            shift += added
    elif isinstance(box, boxes.LineBox | boxes.InlineBox):
        box.position_x += shift
        start = shift
        for child in box.children:
            if child.is_in_normal_flow():
                shift = _spread(child, spacing, shift)
        box.width += shift - start
    else:
        box.translate(shift, 0)
    return shift


def _text_marked(original: Callable[..., Any]) -> Callable[..., Any]:
    """Say what a widely set line reads, for programs that would find a space at every gap."""

    @contextmanager
    def marked(stream: Any, box: Any, tag: str) -> Iterator[None]:
        with original(stream, box, tag):
            spacing = getattr(box, "chinese_spacing", 0)
            if stream._tags is not None and spacing > SPACE_TO_READERS * box.style["font_size"]:  # noqa: SLF001 -- no other door
                # The last thing written are the properties of the mark just opened, and its operator.
                stream.stream[-2]["ActualText"] = pydyf.String(box.text)
            yield

    return marked


def _draw_text(original: Callable[..., None]) -> Callable[..., None]:
    def draw_text(stream: Any, textbox: Any, *args: Any) -> None:
        # PDF's own character spacing: nothing is shaped twice, and the file stays as small.
        spacing = getattr(textbox, "chinese_spacing", 0)
        if not spacing:
            original(stream, textbox, *args)
            return
        stream.stream.append(b"%.4f Tc" % spacing)
        original(stream, textbox, *args)
        stream.stream.append(b"0 Tc")

    return draw_text


# -- artifacts ------------------------------------------------------------------------------------------


def _paint(original: Callable[..., None]) -> Callable[..., None]:
    def paint(page: Any, stream: Any, scale: float = 1) -> None:
        for child in page._page_box.children:  # noqa: SLF001 -- the page's own tree has no other door
            if isinstance(child, boxes.MarginBox):
                for box in child.descendants():
                    box.is_furniture = True
        original(page, stream, scale)

    return paint


def _marked(original: Callable[..., Any]) -> Callable[..., Any]:
    @contextmanager
    def marked(stream: Any, box: Any, tag: str) -> Iterator[None]:
        if stream._tags is not None and getattr(box, "is_furniture", False):  # noqa: SLF001 -- as above
            with stream.artifact():
                yield
        else:
            with original(stream, box, tag):
                yield

    return marked


def _build_box_tree(original: Callable[..., Iterable[Any]]) -> Callable[..., Iterable[Any]]:
    def build_box_tree(box: Any, *args: Any) -> Iterable[Any]:
        return () if box.is_leader or isinstance(box, boxes.MarginBox) else original(box, *args)

    return build_box_tree


def _handle_leader(original: Callable[..., None]) -> Callable[..., None]:
    def handle_leader(context: Any, line: Any, containing_block: Any) -> None:
        index, leader = leader_index(line)
        if index is not None:
            original(context, line, containing_block)
            # Nobody wants thirty dots of a table of contents read out.
            for dot in leader.children:
                dot.is_furniture = True

    return handle_leader


# -- references -----------------------------------------------------------------------------------------


class _ReadyPDF(pydyf.PDF):  # type: ignore[misc]  # pydyf ships no types
    """A file whose pages are all there: their references, asked for by every tag, are listed once."""

    page_references: tuple[bytes, ...] = ()


def _add_tags(original: Callable[..., None]) -> Callable[..., None]:
    def add_tags(pdf: Any, *args: Any) -> None:
        references = pdf.page_references
        plain = type(pdf)
        pdf.__class__ = _ReadyPDF
        pdf.page_references = references
        try:
            original(pdf, *args)
        finally:
            del pdf.page_references
            pdf.__class__ = plain

    return add_tags


# -- memory ---------------------------------------------------------------------------------------------


def _font_init(original: Callable[..., None]) -> Callable[..., None]:
    def init(font: Any, *args: Any) -> None:
        # It would read the whole file, some 40 MB for each face, of which HarfBuzz then takes its part
        # from where the file lies.
        holder, name = weasyprint.pdf.fonts, "get_hb_object_data"
        read = getattr(holder, name)
        setattr(holder, name, lambda _face: b"")
        try:
            original(font, *args)
        finally:
            setattr(holder, name, read)

    return init


def _font_clean(original: Callable[..., None]) -> Callable[..., None]:
    def clean(font: Any, to_unicode: Any, hinting: Any) -> None:
        if not to_unicode or not weasyprint.pdf.fonts.harfbuzz_subset:
            font.file_content = weasyprint.text.fonts.get_hb_object_data(font.hb_face)
        original(font, to_unicode, hinting)
        if not font.file_content:
            # It could not be cut down, which WeasyPrint has complained about.
            font.file_content = weasyprint.text.fonts.get_hb_object_data(font.hb_face)

    return clean


def _compact_paint(original: Callable[..., None]) -> Callable[..., None]:
    def paint(page: Any, stream: Any, scale: float = 1) -> None:
        original(page, stream, scale)
        stream.stream = [b"\n".join(map(pydyf._to_bytes, stream.stream))]  # noqa: SLF001 -- as pydyf itself will

    return paint


PATCHES: dict[str, tuple[Patch, ...]] = {
    "justify": (
        Patch(weasyprint.layout.inline, "justify_line", _justify_line),
        Patch(weasyprint.draw, "draw_text", _draw_text),
        Patch(weasyprint.pdf.stream.Stream, "marked", _text_marked),
    ),
    "artifacts": (
        Patch(weasyprint.document.Page, "paint", _paint),
        Patch(weasyprint.pdf.stream.Stream, "marked", _marked),
        Patch(weasyprint.pdf.tags, "_build_box_tree", _build_box_tree),
        Patch(weasyprint.layout.inline, "handle_leader", _handle_leader),
    ),
    "flow": tuple(Patch(*parts) for parts in patches_flow.PARTS),
    "labels": tuple(Patch(*parts) for parts in patches_labels.PARTS),
    "tables": tuple(Patch(*parts) for parts in patches_tables.PARTS),
    "references": (Patch(weasyprint.pdf, "add_tags", _add_tags),),
    "memory": (
        Patch(weasyprint.pdf.fonts.Font, "__init__", _font_init),
        Patch(weasyprint.pdf.fonts.Font, "clean", _font_clean),
        Patch(weasyprint.document.Page, "paint", _compact_paint),
    ),
}
