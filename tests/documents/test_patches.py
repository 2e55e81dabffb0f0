from __future__ import annotations

import pytest
import weasyprint
from pytest_django import Settings

from documents.render import fonts, patches
from documents.render.patches_labels import CONTINUED
from documents.render.weasy import html_to_pdf
from tests.documents import sample_dress as sample
from tests.documents.pdf_tools import Document
from tests.documents.test_weasy import text_of, without_blanks

LEFT = 73.64  # where the text of a page begins
TEXT_EDGE = LEFT + 448
ACTION_EDGE = LEFT + 67 + 79 + 235 - 3.45  # the third column of a responsibility table

BODY = (
    sample.title_block()
    + sample.item(1, "壹、", "計畫內容", tag="h1")
    + f'<p class="text l1">{sample.Writer().text(6)}</p>'
    + sample.responsibility_table(14)
)


def render(body: str, only: tuple[str, ...] | None = None) -> Document:
    html = sample.document(body)
    return Document(html_to_pdf(html, title=sample.TITLE, identifier=b"0123456789abcdef", only=only))


def all_but(name: str) -> tuple[str, ...]:
    return tuple(other for other in patches.ALL if other != name)


def paragraphs(document: Document) -> str:
    return "".join(element.text for root in document.tree for element in root.all("P"))


@pytest.fixture(scope="module")
def dressed() -> Document:
    return render(BODY)


@pytest.mark.parametrize("left_out", [*patches.ALL, "everything"])
def test_a_plan_prints_correctly_without_a_patch(left_out: str, dressed: Document) -> None:
    document = render(BODY, () if left_out == "everything" else all_but(left_out))

    assert set(document.fonts().values()) == {True}
    assert document.irregular_tables() == []
    assert document.kinsoku_violations() == []
    assert document.open_tables() == []
    assert document.unmarked() == []
    # Without the joined table its repeated head and labels are text; the plan's own text is all there.
    if left_out in {"justify", "labels", "references"}:
        assert without_blanks(document.text) == text_of(BODY)
    assert paragraphs(document) == paragraphs(dressed)


def test_justify_brings_full_lines_to_the_edge(dressed: Document) -> None:
    full, ragged = dressed.flush_right([TEXT_EDGE, ACTION_EDGE])
    _, ragged_without = render(BODY, all_but("justify")).flush_right([TEXT_EDGE, ACTION_EDGE])

    assert full > 100
    if fonts.is_built():
        assert ragged == []
    assert len(ragged_without) > full / 2


def test_justify_does_not_put_spaces_into_the_text() -> None:
    # A line of seven characters and one that must not be parted is set so wide that readers see spaces.
    body = '<p style="width: 60pt">一二三117.6.30四五六七八九十</p>'
    document = render(body)

    lines = [run for run in document.pages[0].runs if run.mcid is not None]
    assert document.text == "一二三117.6.30四五六七八九十"
    assert len(lines) > 2
    assert 0 < document.stream(0).count(b"/ActualText") < len(lines)


def test_a_line_of_latin_words_is_spread_at_its_spaces() -> None:
    body = f"<p>{'An English sentence with words of many lengths in it. ' * 4}</p>"

    assert b" Tc" not in render(body).stream(0)


def test_artifacts_leave_no_orphans(dressed: Document) -> None:
    assert dressed.orphans() == []
    without = render(BODY, all_but("artifacts"))
    assert len(without.orphans()) >= 3 * len(without.pages)


def test_labels_are_repeated_on_every_page_their_rows_reach(dressed: Document) -> None:
    table = dressed.tables()[0]
    starts = {head.text: head.all_runs[0].page for head in table.all("TH") if head.text in sample.ASPECTS}
    assert len(dressed.pages) >= 4
    for number in range(1, len(dressed.pages)):
        earlier = [text for text, page in starts.items() if page < number]
        begins_here = [text for text, page in starts.items() if page == number]
        furniture = dressed.furniture(number)
        repeated = f"{earlier[-1]}{CONTINUED}" in furniture if earlier else False
        assert repeated or begins_here
    assert sum(dressed.furniture(n).count(CONTINUED) for n in range(len(dressed.pages))) > len(dressed.pages)
    without = render(BODY, all_but("labels"))
    assert not any(CONTINUED in without.furniture(n) for n in range(len(without.pages)))


def test_unit_is_repeated_beside_a_row_longer_than_a_page() -> None:
    lines = "".join(sample.item(4, f"{n}.", sample.Writer(n).text(3)) for n in range(1, 30))
    body = (
        '<table class="plan responsibility"><colgroup><col/><col/><col/><col/></colgroup>'
        '<thead><tr><th scope="col">執行要項</th><th scope="col" colspan="2">執行重點</th>'
        '<th scope="col">執行單位</th></tr></thead>'
        '<tfoot class="closing"><tr><td colspan="4"></td></tr></tfoot>'
        '<tbody><tr><th scope="row" class="label">要項甲</th><th scope="row" class="label">重點乙</th>'
        f'<td>{lines}</td><td class="label centre">各課室</td></tr></tbody></table>'
    )
    document = render(body)

    assert len(document.pages) >= 3
    for number in range(1, len(document.pages)):
        furniture = document.furniture(number)
        assert [furniture.count(f"{label}{CONTINUED}") for label in ("要項甲", "重點乙", "各課室")] == [
            1,
            1,
            1,
        ]
    assert without_blanks(document.text) == text_of(body)
    assert document.open_tables() == []
    assert [len(table.all("TR")) for table in document.tables()] == [2]


@pytest.mark.parametrize("seed", [1, 4, 5, 9, 11, 16])
def test_tables_of_any_shape_come_out_whole(seed: int) -> None:
    body = (
        sample.wild_table(seed)
        + f'<p class="text l1">{sample.Writer(seed).text(9)}</p>'
        + sample.wild_table(seed + 50)
    )
    document = render(body)

    assert without_blanks(document.text) == text_of(body)
    assert len(document.tables()) == 2
    assert document.irregular_tables() == []
    assert document.cells_without_heads() == []
    assert document.orphans() == []
    assert document.open_tables() == []


def test_a_label_longer_than_its_page_goes_on_and_comes_to_an_end() -> None:
    label = sample.Writer().text(20)
    table = sample.responsibility_table(2).replace("注重服務特性差異化", label)
    document = render(table)

    assert len(document.pages) >= 3
    assert without_blanks(document.text) == text_of(table)


def test_labels_are_never_cut_in_two(dressed: Document) -> None:
    heads = [head for table in dressed.tables() for head in table.all("TH") if head.text]

    assert heads
    assert all(len({run.page for run in head.all_runs}) == 1 for head in heads)


def test_repeated_headings_make_no_second_bookmark(dressed: Document) -> None:
    assert dressed.bookmarks() == dressed.headings()
    assert dressed.bookmarks()


def test_a_table_of_many_pages_is_one_table(dressed: Document) -> None:
    (table,) = dressed.tables()
    rows = table.all("TR")

    assert len(rows) == 15
    assert [row.text for row in rows[:1]] == ["執行要項執行重點執行單位"]
    spans = [
        int(head.attributes.get("/RowSpan", 1)) for head in table.all("TH") if head.text in sample.ASPECTS
    ]
    assert spans == [8, 6]
    assert dressed.cells_without_heads() == []
    without = render(BODY, all_but("tables"))
    assert len(without.tables()) == len([page for page in without.pages if page.rules])


def test_each_cell_names_its_row_and_column_heads(dressed: Document) -> None:
    (table,) = dressed.tables()
    heads = {head.key: head.text for head in table.all("TH")}
    first = table.all("TR")[1]
    content, unit = first.all("TD")

    assert [heads[str(key)] for key in content.attributes["/Headers"]] == [
        sample.ASPECTS[0],
        first.all("TH")[1].text,
        "執行重點",
    ]
    assert heads[str(unit.attributes["/Headers"][-1])] == "執行單位"
    assert {str(head.attributes["/Scope"]) for head in first.all("TH")} == {"/Row"}


@pytest.mark.parametrize("name", ["references", "memory"])
def test_what_saves_time_and_memory_changes_no_byte(name: str) -> None:
    html = sample.document(sample.outline(20))
    with_it, without = (
        html_to_pdf(html, title="T", identifier=b"1", only=only) for only in (patches.ALL, all_but(name))
    )
    assert with_it == without


def test_patches_are_gone_after_a_render() -> None:
    before = {
        (patch.holder, patch.name): getattr(patch.holder, patch.name)
        for found in patches.PATCHES.values()
        for patch in found
    }
    with patches.active() as names:
        changed = [key for key, function in before.items() if getattr(*key) is not function]
        assert names == frozenset(patches.ALL)
        assert len(changed) == len(before)

    assert {key: getattr(*key) for key in before} == before


def test_tables_do_nothing_without_artifacts() -> None:
    with patches.active(["tables", "justify"]) as names:
        assert names == {"justify"}


def test_no_patch_is_applied_to_a_version_it_was_not_made_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weasyprint, "__version__", "71.0")
    with patches.active() as names:
        assert names == frozenset()


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="bold"), patches.active(["bold"]):
        pass


def test_setting_switches_patches_off(settings: Settings) -> None:
    settings.PDF_PATCHES = ["artifacts"]
    body = f"<p>{sample.Writer().text(4)}</p>"

    assert b" Tc" not in render(body).stream(0)


def test_forty_pages_keep_their_heads_rules_and_labels() -> None:
    document = render(sample.responsibility_table(96, sentences=6))

    assert len(document.pages) >= 40
    assert [len(document.tables()), len(document.tables()[0].all("TR"))] == [1, 97]
    assert document.irregular_tables() == []
    assert document.cells_without_heads() == []
    assert document.orphans() == []
    assert document.open_tables() == []
    assert document.kinsoku_violations() == []
    full, ragged = document.flush_right([ACTION_EDGE])
    assert full > 1000
    assert len(ragged) <= (full / 100 if fonts.is_built() else full / 10)
    for number in range(1, len(document.pages)):
        assert "執行要項執行重點執行單位" in document.furniture(number)
