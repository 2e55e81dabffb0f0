from __future__ import annotations

from itertools import pairwise

import pytest
import weasyprint
from pytest_django import Settings

from documents.render import fonts, patches
from documents.render.patches_labels import CONTINUED
from documents.render.weasy import html_to_pdf
from tests.documents import sample_dress as sample
from tests.documents.pdf_content import Content, Run
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
    if left_out in {"justify", "flow", "labels", "references"}:
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


GROUP = (
    "<tr>"
    '<th scope="row" class="label">{label}</th><th scope="row" class="label">重點</th>'
    '<td>{line}</td><td class="label">民政課</td></tr>'
    "{more}"
)
MORE = (
    '<tr><td class="again"></td><th scope="row" class="label">重點</th>'
    '<td>{line}</td><td class="again"></td></tr>'
)


def short_rows(count: int, *, label_lines: int) -> str:
    """Return a group of rows of one line each, beside a label of so many lines of five characters."""
    more = MORE.format(line="逐案辦理") * (count - 1)
    return GROUP.format(label="完備基礎項" * label_lines, line="逐案辦理", more=more)


def row_heights(document: Document, x: float = ACTION_EDGE - 50) -> list[float]:
    """Return the distances between the rules of the first page at that place, the head's not counted."""
    rules = {round(y, 1) for x0, y, x1, y1 in document.pages[0].rules if y1 - y < 1 and x0 < x < x1}
    _top, *ends = sorted(rules, reverse=True)
    return [round(above - below, 1) for above, below in pairwise(ends)]


def test_a_label_runs_down_over_its_rows_without_stretching_the_first() -> None:
    table = sample.responsibility_table(0).replace("<tbody>", f"<tbody>{short_rows(6, label_lines=5)}")

    heights = row_heights(render(table))
    without = row_heights(render(table, all_but("flow")))

    assert len(heights) == len(without) == 6
    assert max(heights) - min(heights) < 0.5
    assert without[0] > 3 * without[1]
    assert sum(heights) < sum(without)


def test_the_last_row_holds_what_the_rows_above_cannot() -> None:
    groups = short_rows(3, label_lines=8) + short_rows(2, label_lines=1)
    table = sample.responsibility_table(0).replace("<tbody>", f"<tbody>{groups}")
    document = render(table)
    heights = row_heights(document)

    assert misplaced(document) == []
    assert abs(heights[0] - heights[1]) < 0.5
    assert heights[2] > 4 * heights[1]
    # The group is as high as its label, and no higher.
    assert abs(sum(heights[:3]) - row_heights(render(table, all_but("flow")))[0]) < 1
    assert abs(heights[3] - heights[4]) < 0.5


@pytest.mark.parametrize("lines", range(22, 30))
def test_the_last_row_on_a_page_holds_labels_that_go_on(lines: int) -> None:
    before = "".join(f'<p class="text l1">{sample.SUBJECTS[0]}</p>' for _ in range(lines))
    groups = short_rows(2, label_lines=6).replace("重點", "重點" * 12) * 2
    body = before + sample.responsibility_table(0).replace("<tbody>", f"<tbody>{groups}")

    assert misplaced(render(body)) == []


@pytest.mark.parametrize("left_out", ["nothing", "flow", "labels"])
@pytest.mark.parametrize("seed", range(4))
def test_no_label_is_printed_over_anything(seed: int, left_out: str) -> None:
    body = f'<p class="text l1">{sample.Writer(seed).text(seed * 5)}</p>' + sample.tall_labels(seed)
    document = render(body, all_but(left_out))

    assert misplaced(document) == []
    assert document.open_tables() == []
    assert without_blanks(document.text) == text_of(body)
    assert document.irregular_tables() == []
    assert document.orphans() == []


def misplaced(document: Document) -> list[str]:
    """Return texts printed over another or over a rule, and cells that reach out of their own four sides."""
    wrong = []
    for page in document.pages:
        runs = [run for run in page.runs if run.text.strip()]
        for at, run in enumerate(runs):
            wrong += [f"over {other.text}: {run.text}" for other in runs[at + 1 :] if overlap(run, other)]
            if any(run.y - 0.15 * run.size < y < run.y + 0.8 * run.size for y in rules_at(page, run)):
                wrong.append(f"on a rule: {run.text}")
    for table in document.tables():
        for cell in table.all("TH", "TD"):
            for number in {run.page for run in cell.all_runs}:
                runs = [run for run in cell.all_runs if run.page == number and run.text.strip()]
                low, high = min(run.y for run in runs), max(run.y for run in runs)
                rules = rules_at(document.pages[number], runs[0])
                if any(low < y < high for y in rules) or min(rules) > low:
                    wrong.append(f"out of its cell: {cell.text}")
    return wrong


def overlap(run: Run, other: Run) -> bool:
    in_width = min(run.x1, other.x1) - max(run.x0, other.x0) > 1
    return in_width and abs(run.y - other.y) < 0.8 * min(run.size, other.size)


def rules_at(page: Content, run: Run) -> list[float]:
    """Return the heights of the horizontal rules above and below the text."""
    return [y for x0, y, x1, y1 in page.rules if y1 - y < 1 and x0 < run.x1 - 1 and x1 > run.x0 + 1]


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
