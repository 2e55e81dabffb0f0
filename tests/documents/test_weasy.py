from __future__ import annotations

import gc
import hashlib
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from documents.render import fonts, weasy
from documents.render.weasy import MissingGlyphsError, RenderError, html_to_pdf
from tests.documents import sample_dress as sample
from tests.documents.pdf_tools import Document

ROOT = Path(__file__).resolve().parents[2]
needs_kai = pytest.mark.skipif(not fonts.is_built(), reason="the fonts of documents are not built")


def render(body: str, **options) -> bytes:
    return html_to_pdf(sample.document(body), title=sample.TITLE, identifier=b"0123456789abcdef", **options)


def text_of(html: str) -> str:
    class Reader(HTMLParser):
        text = ""

        def handle_data(self, data: str) -> None:
            self.text += data

    reader = Reader()
    reader.feed(html)
    return "".join(reader.text.split())


def without_blanks(text: str) -> str:
    return "".join(text.split())


@pytest.fixture(scope="module")
def whole() -> Document:
    html = sample.whole(draft=True)
    return Document(html_to_pdf(html, title=sample.TITLE, identifier=b"0123456789abcdef"))


def test_text_of_the_file_is_the_text_of_the_document() -> None:
    body = sample.title_block() + sample.responsibility_table(10) + sample.target_table(4) + sample.seals()

    assert without_blanks(Document(render(body)).text) == text_of(body)


def test_file_has_title_language_and_the_mark_of_pdf_ua(whole: Document) -> None:
    assert str(whole.pdf.docinfo["/Title"]) == sample.TITLE
    assert str(whole.pdf.Root.Lang) == "zh-Hant-TW"
    assert b"pdfuaid:part" in whole.pdf.Root.Metadata.read_bytes()


def test_bookmarks_are_the_headings(whole: Document) -> None:
    levels = {level for level, _ in whole.headings()}

    assert whole.bookmarks() == whole.headings()
    assert levels == {1, 2, 3}


def test_structure_is_whole(whole: Document) -> None:
    assert whole.orphans() == []
    assert whole.unmarked() == []
    assert [len(table.all("THead")) for table in whole.tables()] == [1, 1, 1]
    assert whole.irregular_tables() == []
    assert whole.cells_without_heads() == []


def test_lines_begin_and_end_as_they_may(whole: Document) -> None:
    assert len(whole.pages) > 10
    assert whole.kinsoku_violations() == []


def test_tables_are_closed_on_every_page(whole: Document) -> None:
    assert any(page.rules for page in whole.pages)
    assert whole.open_tables() == []


def test_fonts_are_embedded_in_part(whole: Document) -> None:
    assert set(whole.fonts().values()) == {True}
    assert len(whole.fonts()) == 2


def test_contents_tell_the_page_of_each_chapter(whole: Document) -> None:
    links = [element.text for root in whole.tree for element in root.all("Link")]
    lines = [text for text in links if not text.isdigit()]  # the number is a link of its own
    pages = {}
    for root in whole.tree:
        for heading in root.all("H1"):
            pages[heading.text] = heading.all_runs[0].page + 1

    assert lines == [f"{text}{page}" for text, page in pages.items()][: len(lines)]
    assert lines


def test_head_foot_and_draft_mark_run_along_without_being_text(whole: Document) -> None:
    pages = len(whole.pages)
    for number in range(pages):
        furniture = whole.furniture(number)
        assert f"{sample.AGENCY}　117年度" in furniture
        assert f"第 {number + 1} 頁，共 {pages} 頁" in furniture
        assert "第3版　摘要 0f3a9c41" in furniture
        assert furniture.endswith("草稿")  # and drawn across the page, where no reader of text meets it
    assert "草稿" not in whole.text
    assert "伍、計畫內容" in whole.furniture(pages // 2)


def test_same_document_gives_the_same_bytes_in_another_process() -> None:
    html = sample.document(sample.outline(20) + sample.roster(3))
    here = html_to_pdf(html, title="T", identifier=b"1")
    script = (
        "import sys, hashlib, django; django.setup()\n"
        "from documents.render.weasy import html_to_pdf\n"
        "pdf = html_to_pdf(sys.stdin.read(), title='T', identifier=b'1')\n"
        "print(hashlib.sha256(pdf).hexdigest())"
    )
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "12345",
        "PYTHONIOENCODING": "utf-8",
        "DJANGO_SETTINGS_MODULE": "districtplans.test_settings",
    }
    there = subprocess.run(  # noqa: S603 -- our own interpreter on the lines above
        [sys.executable, "-c", script],
        input=html,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert html_to_pdf(html, title="T", identifier=b"1") == here
    assert there.stdout.strip() == hashlib.sha256(here).hexdigest()


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a.png",
        "file:///etc/passwd",
        "../manage.py",
        "/css/../../manage.py",
        "img/none.png",
    ],
)
def test_nothing_but_packaged_assets_is_fetched(address: str) -> None:
    with pytest.raises(RenderError) as caught:
        render(f'<p><img src="{address}" alt="x"/></p>')

    assert "not a packaged asset" in str(caught.value)


def test_a_complaint_of_the_renderer_fails_the_render() -> None:
    with pytest.raises(RenderError) as caught:
        render('<p style="no-such-property: 1">text</p>')

    assert any("no-such-property" in line for line in caught.value.complaints)


def test_a_character_without_glyph_fails_the_render_by_name() -> None:
    with pytest.raises(MissingGlyphsError) as caught:
        render("<p>王\U0010fffd</p>")

    assert caught.value.characters == {"\U0010fffd"}


@needs_kai
def test_rare_names_print_from_the_rare_face() -> None:
    document = Document(render("<p>堃喆珉煊瑠磘，𠮷</p>"))

    assert document.text == "堃喆珉煊瑠磘，𠮷"
    assert {name.split("+")[1] for name in document.fonts()} == {"PlanKai", "PlanKai-Rare"}


@needs_kai
def test_fonts_stay_in_part_with_two_thousand_characters() -> None:
    # Some 900 were enough for the font as its publisher ships it to be embedded whole: 26 MB.
    characters = "".join(map(chr, range(0x4E00, 0x4E00 + 2000)))
    data = render(f"<p>{characters}</p><p><b>{characters}</b></p>")

    assert len(data) < 3_000_000
    assert set(Document(data).fonts().values()) == {True}


def test_render_leaves_the_collector_as_it_was() -> None:
    before = gc.get_threshold()
    render("<p>文</p>")

    assert gc.get_threshold() == before


def test_style_sheets_are_found_by_name_under_the_static_folders_only() -> None:
    assert weasy.find_asset("css/plan-pdf.css") is not None
    assert weasy.find_asset("../manage.py") is None
    with pytest.raises(ValueError, match=r"no-such\.css"):
        render("<p>文</p>", stylesheets=["css/no-such.css"])
