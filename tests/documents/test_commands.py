from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from plans.models import Plan
from plans.queries.documents import plan_document
from tests.builders import make_city, make_district, make_plan
from tests.documents.pdf_tools import Document
from tests.plans.stored_rows import make_stored_plan

pytestmark = pytest.mark.django_db

TEXT = "臺北市中山區公所年度計畫\n壹、計畫依據\n一、依規定辦理。\n二、全年辦理講座3場次。\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "計畫.txt"
    path.write_text(TEXT)
    return path


def run(name: str, *args: object, **options: object) -> str:
    out = io.StringIO()
    call_command(name, *args, stdout=out, **options)
    return out.getvalue()


def test_import_plan_prints_the_contract(source: Path) -> None:
    make_district(make_city("臺北市"), "中山區")

    report = json.loads(run("import_plan", source, district="臺北市中山區", year=115, json=True))

    assert list(report) == ["plan", "columns", "characters", "items", "targets", "task_force", "warnings"]
    assert list(report["plan"]) == ["title", "subtitle", "agency", "attribute", "note", "sign_off"]
    assert report["characters"] == {"source": 38, "placed": 38, "unplaced": []}
    assert list(report["items"][0]) == [
        *("id", "parent", "path", "depth", "kind", "marker", "title", "text", "units", "own_units"),
        *("all_units", "points", "confidence", "lines"),
    ]
    assert [(item["depth"], item["path"]) for item in report["items"]] == [
        (1, "壹、"),
        (2, "壹、/一、"),
        (2, "壹、/二、"),
    ]
    (target,) = report["targets"]
    assert list(target) == [
        *("item", "quote", "name", "comparator", "value", "value_max", "counted_in", "aggregation", "per"),
        "origin",
    ]
    assert (target["value"], target["counted_in"], target["origin"]) == ("3", "場次", "action")
    assert Plan.objects.count() == 0


def test_import_plan_saves_when_told_to(source: Path) -> None:
    district = make_district(make_city("臺北市"), "中山區")

    report = json.loads(run("import_plan", source, district=district.code, year=115, json=True, save=True))

    plan = Plan.objects.get()
    assert (report["plan_id"], plan.district, plan.year) == (plan.pk, district, 2026)
    with pytest.raises(CommandError, match="115"):
        run("import_plan", source, district=district.code, year=115, save=True)


def test_a_name_of_several_cities_is_settled_by_the_agency(source: Path) -> None:
    make_district(make_city("基隆市"), "中山區")
    meant = make_district(make_city("臺北市"), "中山區")

    run("import_plan", source, district="中山區", year=115, save=True)

    assert Plan.objects.get().district == meant


def test_a_name_nothing_settles_lists_the_candidates(tmp_path: Path) -> None:
    path = tmp_path / "plan.txt"
    path.write_text("年度計畫\n壹、計畫依據\n依規定辦理。\n")
    one, other = make_district(make_city("基隆市"), "中山區"), make_district(make_city("臺北市"), "中山區")

    with pytest.raises(CommandError, match=f"基隆市中山區 \\({one.code}\\), 臺北市中山區 \\({other.code}\\)"):
        run("import_plan", path, district="中山區", year=115)


def test_a_district_that_does_not_exist_is_named(source: Path) -> None:
    with pytest.raises(CommandError, match="無此區"):
        run("import_plan", source, district="無此區", year=115)


def test_a_file_without_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.txt"
    path.write_bytes(b"")
    make_district(name="甲區")

    with pytest.raises(CommandError, match=r"empty\.txt"):
        run("import_plan", path, district="甲區", year=115)
    with pytest.raises(CommandError, match=r"gone\.txt"):
        run("import_plan", tmp_path / "gone.txt", district="甲區", year=115)


@pytest.mark.slow  # prints
def test_export_plan_writes_json_and_pdf(tmp_path: Path) -> None:
    plan = make_plan()

    run("export_plan", plan.pk, format="json", output=tmp_path / "計畫.json")
    run("export_plan", plan.pk, format="pdf", output=tmp_path / "計畫.pdf")

    assert (tmp_path / "計畫.json").read_text() == plan_document(plan).to_json()
    assert (tmp_path / "計畫.pdf").read_bytes().startswith(b"%PDF-")


def test_export_plan_gives_the_version_in_force_or_the_one_that_is_named(tmp_path: Path) -> None:
    plan = make_stored_plan()
    first, second = plan.versions.order_by("number")
    plan.items.filter(text__startswith="每週二").update(text="後來的話。")

    run("export_plan", plan.pk, format="json", output=tmp_path / "force.json")
    run("export_plan", plan.pk, format="json", output=tmp_path / "named.json", version=1)

    assert (tmp_path / "force.json").read_text() == second.content
    assert (tmp_path / "named.json").read_text() == first.content
    with pytest.raises(CommandError, match="no version 9"):
        run("export_plan", plan.pk, format="json", output=tmp_path / "x", version=9)


@pytest.mark.slow  # prints
def test_export_plan_prints_a_version_as_it_was(tmp_path: Path) -> None:
    plan = make_stored_plan()
    path = tmp_path / "plan.pdf"

    run("export_plan", plan.pk, format="pdf", output=path)
    in_force = Document(path.read_bytes())
    run("export_plan", plan.pk, format="pdf", output=path, version=1)
    kept = Document(path.read_bytes())

    assert "115年4月28日府研考字第1150001號函核定" in in_force.text
    assert "草稿" not in in_force.furniture(0)
    assert "第2版" in in_force.furniture(0)
    assert "草稿" in kept.furniture(0)


def test_export_plan_names_a_plan_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="999"):
        run("export_plan", 999, format="json", output=tmp_path / "x")
