"""What is filed to the city as one file: its parts, their names, their digests, and how its papers print."""

from __future__ import annotations

import hashlib
import io
import subprocess
import zipfile
from functools import cache
from pathlib import Path

from core.sheet_files import read_sheet
from core.text import strip_blank
from districtplans.demo.builder import demo_document
from districtplans.demo.places import DISTRICTS
from documents.approvals import Approval, Seal
from documents.packages import Package, enclosure_name
from documents.render.check_pdf import render_checks
from documents.render.package import render_package
from documents.render.response_pdf import render_responses
from documents.responses import HEADS, ResponseLine, ResponseRound, ResponseSheet
from plans.checks import RULES
from plans.checks.record import CheckRecord, RuleRow
from plans.document import Enclosure, Facts, PlanDocument
from plans.promises import promise_rows
from tests.documents.pdf_tools import Document

STEM = "臺南市安平區公所115年度提升服務執行計畫"
LONG = "請逐項敘明辦理頻率、預定場次及佐證方式，俾利年終考核時核對。" * 12


def anping() -> PlanDocument:
    demo = next(demo for demo in DISTRICTS if demo.slug == "anping")
    return demo_document(demo, max(demo.plans, key=lambda plan: plan.year))


def responses(lines: int = 3) -> ResponseSheet:
    rows = [
        ResponseLine(1, "", "整體架構完整。\n請補充跨域合作。", "採納", "已補充。", ("民政課", "社會課")),
        *(
            ResponseLine(at, f"貳、一、第{at}條", LONG, "部分採納", f"{LONG}\n第二段。")
            for at in range(2, lines)
        ),
        ResponseLine(lines, "參、經費", "請說明經費來源。"),
    ]
    told = "審查結果：退回　115年4月12日　府研考字第1150000456號函　審查人：潘昱廷"
    round_ = ResponseRound(1, told, "請補正後再行函報。", tuple(rows), "臺南市安平區公所　115年4月20日")
    return ResponseSheet(f"{STEM}", "臺南市安平區公所", 2026, (round_,))


def checks() -> CheckRecord:
    rows = [RuleRow(str(rule.title), rule.level.value) for rule in RULES.values()]
    rows[-1] = RuleRow(rows[-1].title, "warning", ("貳、一、(一)「綜合櫃檯」：尚有2則。", "參、：尚有1則。"))
    return CheckRecord(tuple(rows))


def package(document: PlanDocument | None = None, **values: str) -> Package:
    document = document or anping()
    return Package(
        document=document.to_json(),
        version=3,
        seal="5" * 64,
        round=2,
        filed_on="2026-04-21",
        **({"letter": "115年4月21日安平秘字第1150000123號函"} | values),
    )


def refuse(enclosure: Enclosure) -> bytes:
    raise AssertionError(enclosure)


@cache
def made() -> dict[str, bytes]:
    full = package(checks=checks().to_json(), responses=responses().to_json())
    data = render_package(full, Approval((Seal("承辦", ("謝宛庭",)),)), refuse)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_package_holds_every_part_under_its_official_name() -> None:
    assert list(made()) == [
        f"{STEM}.pdf",
        f"{STEM}.json",
        f"{STEM}預期目標表.ods",
        f"{STEM}檢核表.pdf",
        f"{STEM}審查意見回應表.pdf",
        f"{STEM}檔案清單及摘要.txt",
    ]
    assert package().name == f"{STEM}函報資料（第2次函報）.zip"
    assert made()[f"{STEM}.json"].decode() == anping().to_json()


def test_the_list_names_each_part_with_its_digest_and_is_read_by_sha256sum(tmp_path: Path) -> None:
    for name, data in made().items():
        (tmp_path / name).write_bytes(data)
    told = made()[f"{STEM}檔案清單及摘要.txt"].decode()

    answer = subprocess.run(  # noqa: S603 -- a command of the system on files of this test
        ["/usr/bin/sha256sum", "-c", f"{STEM}檔案清單及摘要.txt"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )

    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.count("\n") == len(made()) - 1
    digest = hashlib.sha256(anping().to_json().encode()).hexdigest()
    assert f"摘要）：{digest}" in told
    assert f"{digest}  {STEM}.json" in told
    assert "115年4月21日第2次函報（115年4月21日安平秘字第1150000123號函）" in told


def test_the_plan_is_printed_without_a_drafts_mark_and_with_who_signed() -> None:
    printed = Document(made()[f"{STEM}.pdf"])

    assert "謝宛庭" in printed.text
    assert all("草稿" not in printed.furniture(page) for page in range(len(printed.pages)))


def test_the_same_package_gives_the_same_bytes() -> None:
    small = package(PlanDocument(anping().facts, anping().chapters[-1:]))

    assert render_package(small, Approval(), refuse) == render_package(
        Package.from_json(small.to_json()), Approval(), refuse
    )


def test_what_was_not_kept_or_not_there_makes_no_part() -> None:
    assert package().names == (
        f"{STEM}.pdf",
        f"{STEM}.json",
        f"{STEM}預期目標表.ods",
        f"{STEM}檔案清單及摘要.txt",
    )


def test_attachments_lie_in_the_package_under_the_names_they_print_as() -> None:
    enclosures = (
        Enclosure("服務據點一覽表", "據點.ODS", "a"),
        Enclosure("流程圖/修正.pdf", "流程圖/修正.pdf", "b"),
        Enclosure("無副檔名", "LICENSE", "c"),
    )
    document = PlanDocument(anping().facts, anping().chapters[-1:], enclosures)

    data = render_package(package(document), Approval(), lambda one: one.sha256.encode())

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.read("附件一　服務據點一覽表.ods") == b"a"
        assert archive.read("附件二　流程圖＿修正.pdf") == b"b"
        assert archive.read("附件三　無副檔名") == b"c"
    assert enclosure_name(11, enclosures[0]) == "附件十一　服務據點一覽表.ods"


def test_no_name_leads_out_of_the_directory() -> None:
    facts = Facts("計畫", "某市/../某區公所", "某市", "某區", "計畫:一", 2026)

    assert package(PlanDocument(facts)).stem == "某市＿..＿某區公所115年度計畫＿一"


def test_the_sheet_of_targets_holds_numbers_as_numbers_and_sentences_without_any() -> None:
    sheet = read_sheet(made()[f"{STEM}預期目標表.ods"])
    rows = [dict(zip(sheet.headers, row, strict=True)) for row in sheet]

    assert len(rows) == len(promise_rows(anping()))
    first, second = rows[0], rows[1]
    assert (first["目標值"], first["計量單位"], first["比較"]) == (4200, "小時", "至少")
    assert (second["目標值"], second["計量單位"]) == (350000, "元")
    assert (
        first["預期目標"]
        == second["預期目標"]
        == "透過資料互查，全年替民眾節省往返時間4,200小時及規費35萬元。"
    )
    assert first["所屬條目"] == "服務流程便捷性"
    assert {row["衡量指標"] for row in rows if row["預期目標"].startswith("延時服務")} == {None}


def test_a_plan_that_promises_nothing_says_so_in_its_sheet() -> None:
    assert [row[3] for row in promise_rows(PlanDocument(anping().facts))] == ["（本計畫未列預期目標）"]


def test_the_check_list_prints_every_rule_and_what_it_found() -> None:
    printed = Document(render_checks(checks(), anping().facts, told="115年4月21日第2次函報"))

    text = strip_blank(printed.text)
    assert all(strip_blank(row.title) in text for row in checks().rows)
    assert text.count("無此情形") == len(RULES) - 1
    assert "貳、一、(一)「綜合櫃檯」：尚有2則。" in text
    assert f"共檢核{len(RULES)}項：必須改正0處、請留意2處。" in text
    assert_dressed(printed)


def test_the_table_of_responses_prints_every_remark_with_its_answer() -> None:
    sheet = responses(9)
    printed = Document(render_responses(sheet))

    text = strip_blank(printed.text)
    for line in sheet.rounds[0].lines:
        assert strip_blank(line.remark) in text
        assert strip_blank("".join(line.paragraphs)) in text
    assert text.count(strip_blank(LONG)) == 14
    assert "（民政課、社會課）" in text
    assert "（尚未回應）" in text
    assert "第1次函報" in text
    assert "府研考字第1150000456號函" in text
    assert "回應機關：臺南市安平區公所115年4月20日" in text
    assert_dressed(printed)
    assert len(printed.pages) > 2
    for number, page in enumerate(printed.pdf.pages):
        left, bottom, right, top = map(float, page.MediaBox)
        assert (round(right - left), round(top - bottom)) == (842, 595)
        furniture = strip_blank(printed.furniture(number))
        assert f"第{number + 1}頁，共{len(printed.pages)}頁" in furniture
        assert number == 0 or all(head in furniture for head in HEADS)


def assert_dressed(printed: Document) -> None:
    assert printed.kinsoku_violations() == []
    assert printed.orphans() == []
    assert printed.irregular_tables() == []
    assert printed.cells_without_heads() == []
    assert printed.open_tables() == []
    assert printed.bookmarks() == printed.headings()
    assert all(printed.fonts().values())


def test_remarks_are_escaped_and_the_same_sheet_gives_the_same_bytes() -> None:
    line = ResponseLine(1, "<b>條</b>", "a & b", waits=False)
    sheet = ResponseSheet("計畫", "公所", 2026, (ResponseRound(1, "核定", lines=(line,)),))

    data = render_responses(sheet)

    assert data == render_responses(ResponseSheet.from_json(sheet.to_json()))
    text = Document(data).text
    assert "<b>條</b>" in text
    assert "a & b" in text
    assert "尚未回應" not in text
