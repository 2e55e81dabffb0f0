"""The nine plans: their five shapes, and that their words are their own."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from pytest_django import Settings

from districtplans.demo.builder import demo_document
from districtplans.demo.places import DISTRICTS, DemoPlan
from plans.blocks import Block
from plans.document import PlanDocument
from plans.enums import Kind, Layout, PlanStatus
from plans.layout import lay_out, plain_text
from plans.models import Framework, Plan
from plans.queries.documents import plan_document

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"
PLANS = [(demo.slug, plan.year) for demo in DISTRICTS for plan in demo.plans]


def document_of(slug: str, year: int) -> PlanDocument:
    demo = next(demo for demo in DISTRICTS if demo.slug == slug)
    plan = Plan.objects.select_related("district__city").get(
        district__city__name=demo.city, district__name=demo.name, year=year
    )
    return plan_document(plan)


def blocks(document: PlanDocument) -> list[Block]:
    return [block for chapter in lay_out(document) for block in chapter.blocks]


def kinds(document: PlanDocument) -> Counter[str]:
    return Counter(node.kind for node in document.walk())


@pytest.mark.parametrize(("slug", "year"), PLANS)
def test_each_plan_is_drafted_laid_out_and_as_long_as_a_real_one(
    seeded: Settings, slug: str, year: int
) -> None:
    document = document_of(slug, year)
    text = "\n".join(plain_text(document))
    demo = next(demo for demo in DISTRICTS if demo.slug == slug)

    assert 100 <= sum(kinds(document).values()) <= 260
    assert text.count("{") == text.count("}") == text.count("::") == 0
    assert all(node.title or node.text for node in document.walk() if node.layout != Layout.TARGET_TABLE)
    assert PlanDocument.from_json(document.to_json()) == document
    assert {unit.name for node in document.walk() for unit in node.units} <= {u.name for u in demo.units}
    is_followed = slug in {"anping", "alian"} and year > 2023
    status = Plan.objects.get(district__name=demo.name, year=year).status
    assert status == (PlanStatus.APPROVED if is_followed else PlanStatus.DRAFT)
    assert Plan.objects.get(district__name=demo.name, year=year).history.first().history_user is not None


def test_the_outline_with_pairs_has_lists_of_expected_targets(seeded: Settings) -> None:
    document = document_of("anping", 2026)
    labels = [line for block in blocks(document) for line in block.lines if line.label == "預期目標"]
    numbered = [node for node in document.walk() if node.targets]
    qualitative = [node for node in document.walk() if node.kind == Kind.TARGET and not node.targets]

    assert [chapter.number for chapter in document.chapters] == ["壹、", "貳、", "參、", "肆、"]
    assert [node.title for node in document.chapters[1].children] == [
        "優質便民服務",
        "資訊流通服務",
        "創新加值服務",
    ]
    assert len(labels) == 16
    assert "1-1." in {node.number for node in document.walk()}
    assert 18 <= len(numbered) <= 26
    assert len(qualitative) >= 25
    saved = next(node for node in numbered if "4,200小時" in node.text)
    assert [(t.comparator, t.value, t.counted_in) for t in saved.targets] == [
        (">=", "4200", "小時"),
        (">=", "350000", "元"),
    ]


def test_the_plain_outline_has_nine_chapters_and_six_themes(seeded: Settings) -> None:
    document = document_of("daan", 2026)

    assert [chapter.number for chapter in document.chapters] == [f"{n}、" for n in "壹貳參肆伍陸柒捌玖"]
    assert [node.number for node in document.chapters[4].children] == [f"{n}、" for n in "一二三四五六"]
    assert document.facts.subtitle == "114年12月修訂"
    assert {block.layout for block in blocks(document)} == {Layout.OUTLINE}


def test_the_target_table_has_a_thousand_points(seeded: Settings) -> None:
    document = document_of("yanshui", 2026)
    (root,) = document.chapters
    (table,) = blocks(document)
    focuses = [focus for area in root.children for mark in area.children for focus in mark.children]
    plan = Plan.objects.get(district__name="鹽水區", year=2026)

    assert [(area.points, area.points_text) for area in root.children] == [
        ("400", "(400分)"),
        ("300", "(300分)"),
        ("300", "(300分)"),
    ]
    assert sum(int(mark.points or 0) for area in root.children for mark in area.children) == 1000
    assert len(table.rows) == len(focuses) == 11
    assert {focus.number for focus in focuses} == {""}
    assert all(focus.children[0].number == "1." for focus in focuses)
    assert {child.kind for focus in focuses for child in focus.children} == {Kind.ACTION, Kind.TARGET}
    assert document.facts.attribute == "第一線服務機關"
    assert len(document.facts.sign_off) == 2
    assert document.facts.note.count("\n") == 2
    assert plan.framework is not None
    assert plan.framework.total_points == 1000
    assert {fold_title(focus.title) for focus in focuses} <= {
        fold_title(title) for title in plan.framework.criteria.values_list("title", flat=True)
    }


def fold_title(title: str) -> str:
    return title.replace(" ", "")


@pytest.mark.parametrize(
    ("slug", "year", "focuses"), [("alian", 2026, [5, 3, 4, 3, 3, 4]), ("sanmin", 2026, [4, 4, 4, 3, 3, 4])]
)
def test_the_responsibility_tables_have_six_themes(
    seeded: Settings, slug: str, year: int, focuses: list[int]
) -> None:
    document = document_of(slug, year)
    body = document.chapters[3]
    themes = [theme for theme in body.children if theme.number]
    table = next(block for block in blocks(document) if block.layout == Layout.RESPONSIBILITY)

    assert body.number == "肆、"
    assert [len(theme.children) for theme in themes] == focuses
    assert len(body.children) - len(themes) == (1 if slug == "sanmin" else 0)
    assert table.rows
    assert all(row.cells[3].lines for row in table.rows)  # no row without a unit
    assert "各課室" in {line.paragraphs[0] for row in table.rows for line in row.cells[3].lines}


def test_the_roster_stands_inside_its_chapter_before_further_items(seeded: Settings) -> None:
    document = document_of("sanmin", 2026)
    chapter = document.chapters[4]
    layouts = [block.layout for block in lay_out(document)[4].blocks]
    roster = next(node for node in chapter.walk() if node.kind == Kind.TABLE)
    named_below = [node for node in document.chapters[3].walk() if node.units and node.kind == Kind.ACTION]

    assert layouts == [Layout.OUTLINE, Layout.ROSTER, Layout.OUTLINE]
    assert len(roster.roster) == 9
    assert (roster.number, roster.title) == ("", "三民區公所提升服務推動小組編組表")
    assert len(named_below) > 40
    assert document.facts.heads_for(document.chapters[3].uid)[2] == "執行單位(課室)"


def test_the_plans_are_of_these_years_and_the_older_ones_differ(seeded: Settings) -> None:
    assert sorted(Plan.objects.values_list("year", flat=True)) == [2023, 2023, 2024, 2025] + [2026] * 5
    for slug in ("anping", "sanmin"):
        new, old = ({n.text or n.title for n in document_of(slug, year).walk()} for year in (2026, 2023))
        assert len(new - old) > 15
        assert len(old - new) > 4


def test_criteria_are_found_by_their_titles(seeded: Settings) -> None:
    framework = Framework.objects.get(name="提升服務品質三構面（配分一千分）")
    demo = next(demo for demo in DISTRICTS if demo.slug == "yanshui")

    document = demo_document(demo, demo.plans[0], framework)

    codes = {node.title: node.criterion for node in document.walk() if node.kind == Kind.HEADING}
    assert codes["服務流程透明度"] == "1.1.2"
    assert all(codes.values())


# The words


def plain(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("臺", "台")


def sentences(slug: str, plan: DemoPlan) -> list[str]:
    demo = next(demo for demo in DISTRICTS if demo.slug == slug)
    found = []
    for node in demo_document(demo, plan).walk():
        found += [
            plain(part) for part in re.split(r"[。\n]", f"{node.title}\n{node.text}") if len(part) >= 12
        ]
    return found


def test_no_sentence_stands_twice() -> None:
    counted = Counter(
        sentence
        for demo in DISTRICTS
        for sentence in sentences(demo.slug, demo.plans[0])
        if sentence not in published()
    )

    assert len(counted) > 500
    assert [sentence for sentence, times in counted.items() if times > 1] == []


def published() -> str:
    """The titles of criteria, which are names and may be copied, with the spelling of either city."""
    rows = json.loads((ROOT / "fixtures" / "frameworks.json").read_text(encoding="utf-8"))
    titles = [row["fields"].get("title", "") for row in rows]
    return plain("\n".join([*titles, *(title.replace("注重服務人員", "注意服務人員") for title in titles)]))


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the printed plans are not here")
def test_no_sentence_is_taken_from_a_printed_plan() -> None:
    printed = "".join(plain(path.read_text(encoding="utf-8")) for path in sorted(SEEDS.glob("*.txt")))
    names = published() + plain("訂定機關年度提升服務品質計畫，具體規劃為民服務工作")

    copied = {
        text[at : at + 12]
        for demo in DISTRICTS
        for plan in demo.plans
        for text in sentences(demo.slug, plan)
        if text not in names
        for at in range(len(text) - 11)
        if text[at : at + 12] in printed
    }

    assert copied == set()
