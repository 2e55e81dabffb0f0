"""The official PDF of whole plans: nothing lost, nothing added, readable by people and by machines."""

from __future__ import annotations

import re
import subprocess
from functools import cache

import pytest

from core.text import strip_blank
from districtplans.demo.builder import demo_document
from districtplans.demo.places import DISTRICTS
from documents.ingest.propose import propose
from documents.render.pdf import plan_html, render_pdf
from plans.document import Node, PlanDocument
from plans.layout import entries, plain_text
from tests.documents.pdf_tools import Document

DEMOS = {f"{demo.slug}-{plan.year}": (demo, plan) for demo in DISTRICTS for plan in demo.plans}


@cache
def demo(name: str) -> PlanDocument:
    return demo_document(*DEMOS[name])


@cache
def pdf(name: str) -> bytes:
    return render_pdf(demo(name), is_draft=True)


@cache
def read(name: str) -> Document:
    return Document(pdf(name))


@pytest.mark.parametrize("name", DEMOS)
def test_the_pdf_holds_the_text_of_the_plan_and_nothing_else(name: str) -> None:
    document = demo(name)
    printed = strip_blank(read(name).text)
    contents = "".join(
        re.escape(f"{entry.number}{entry.text}") + r"\d+" for entry in entries(document, levels=2)
    )

    printed = re.sub(f"目錄{strip_blank(contents)}", "", printed, count=1)

    assert printed == strip_blank("".join(plain_text(document)))


@pytest.mark.parametrize("name", DEMOS)
def test_the_pdf_is_dressed(name: str) -> None:
    made = read(name)

    assert made.kinsoku_violations() == []
    assert made.orphans() == []
    assert made.irregular_tables() == []
    assert made.cells_without_heads() == []
    assert made.open_tables() == []
    assert made.bookmarks() == made.headings()
    assert made.fonts()
    assert all(made.fonts().values())


@pytest.mark.parametrize("name", [name for name in DEMOS if name.startswith(("anping", "daan"))])
def test_the_text_of_an_outline_imports_as_the_same_tree(name: str, tmp_path) -> None:
    path = tmp_path / "plan.pdf"
    path.write_bytes(pdf(name))
    command = ["pdftotext", str(path), "-"]
    text = subprocess.run(command, check=True, capture_output=True).stdout.decode()  # noqa: S603 -- our own file

    proposal = propose(text.split("\n"))

    document = demo(name)
    assert proposal.plan.title == document.facts.title
    depth: dict[int | None, int] = {None: 0}
    found = []
    for item in proposal.items:
        depth[item.id] = depth[item.parent] + 1
        found.append((depth[item.id], item.kind == "target", strip_blank(f"{item.title}|{item.text}")))
    assert found == list(tree(document))


def tree(document: PlanDocument) -> list[tuple[int, bool, str]]:
    found = []

    def walk(node: Node, level: int) -> None:
        found.append((level, node.kind == "target", strip_blank(f"{node.title}|{node.text}")))
        for child in node.children:
            walk(child, level + 1)

    for chapter in document.chapters:
        walk(chapter, 1)
    return found


def test_the_html_escapes_what_people_write() -> None:
    document = demo("daan-2026")
    chapter = Node("u", "chapter", title="<b>粗</b>", text="a & b")

    html = plan_html(PlanDocument(document.facts, (chapter,)), is_draft=True)

    assert "&lt;b&gt;粗" in html
    assert "a &amp; b" in html
