"""The text of a PDF this site made, as pdftotext gives it, comes back as the plan it was made from."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from accounts.models import City, District
from documents.conversion import to_document
from documents.ingest.accounting import differences
from documents.ingest.proposal import Proposal
from documents.ingest.propose import propose
from documents.ingest.reading import read_file
from documents.render import fonts
from documents.render.pdf import render_pdf

TWINS = Path(__file__).parent / "twins"

pytestmark = [
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed"),
    pytest.mark.skipif(not fonts.is_built(), reason="the fonts of documents are not built"),
]


def tree(proposal: Proposal) -> list[tuple[str, str, str, bool, str]]:
    words = {item.id: item.title + item.text for item in proposal.items}
    return [
        (item.kind, item.title, item.text, item.numbered, words[item.parent] if item.parent else "")
        for item in proposal.items
    ]


@pytest.fixture(scope="module", params=["daan", "anping"])
def printed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Proposal, Path]:
    proposal = propose(read_file((TWINS / f"{request.param}.txt").read_bytes()).lines)
    district = District(city=City(name="臺北市"), name="文山區", agency_name="臺北市文山區公所")
    document = to_document(proposal, district=district, series="提升服務品質執行計畫", year=2026).document
    path = tmp_path_factory.mktemp("pdf") / "plan.pdf"
    path.write_bytes(render_pdf(document, is_draft=request.param == "daan"))
    return proposal, path


@pytest.mark.parametrize("options", [[], ["-layout"]])
def test_text_of_an_outline_pdf_gives_the_same_tree(
    printed: tuple[Proposal, Path], options: list[str]
) -> None:
    proposal, path = printed
    text = subprocess.run(  # noqa: S603 -- a fixed command on a file of our own
        ["pdftotext", *options, str(path), "-"],  # noqa: S607
        capture_output=True,
        check=True,
    ).stdout

    again = propose(read_file(text).lines)

    assert tree(again) == tree(proposal)
    assert differences(again) == []
    assert again.plan.subtitle == proposal.plan.subtitle
