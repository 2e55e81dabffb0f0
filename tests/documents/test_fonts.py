from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from pytest_django import Settings

from core import glyphs
from documents import checks
from documents.render import font_building, fonts, weasy

SQUARE = [(0, 0), (0, 1000), (1000, 1000), (1000, 0)]  # clockwise, as filled outlines run
HOLE = [(300, 300), (700, 300), (700, 700), (300, 700)]


def make_font(
    path: Path, *, characters: str = "國", contours: list[list[tuple[int, int]]] | None = None
) -> None:
    names = [".notdef", *(f"g{ord(char):x}" for char in characters)]
    pen = TTGlyphPen(None)
    for contour in contours or [SQUARE, HOLE]:
        pen.moveTo(contour[0])
        for point in contour[1:]:
            pen.lineTo(point)
        pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(char): f"g{ord(char):x}" for char in characters})
    builder.setupGlyf(dict.fromkeys(names, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Source", "styleName": "Regular", "copyright": "Somebody"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    make_font(folder / fonts.KAI_SOURCE)
    make_font(folder / fonts.RARE_SOURCE, characters="a\U00020000")
    return folder


@pytest.fixture
def empty_font_dir(tmp_path: Path, settings: Settings):
    settings.FONT_DIR = tmp_path / "fonts"
    fonts.forget()
    yield settings.FONT_DIR
    fonts.forget()


def test_embolden_moves_outlines_out_and_holes_in(tmp_path: Path) -> None:
    make_font(tmp_path / "a.ttf")
    font = TTFont(tmp_path / "a.ttf")

    font_building.embolden(font, 0.04)

    points = [tuple(point) for point in font["glyf"]["g570b"].coordinates]
    assert points == [
        *((-20, -20), (-20, 1020), (1020, 1020), (1020, -20)),
        *((320, 320), (680, 320), (680, 680), (320, 680)),
    ]
    assert font["hmtx"]["g570b"] == (1000, 0)


def test_embolden_knows_outlines_drawn_the_other_way_round(tmp_path: Path) -> None:
    make_font(tmp_path / "a.ttf", contours=[SQUARE[::-1]])
    font = TTFont(tmp_path / "a.ttf")

    font_building.embolden(font, 0.04)

    assert sorted(map(tuple, font["glyf"]["g570b"].coordinates)) == [
        *((-20, -20), (-20, 1020), (1020, -20), (1020, 1020)),
    ]


def test_fonts_are_derived_once_and_again_when_their_source_changes(sources: Path, tmp_path: Path) -> None:
    target, said = tmp_path / "target", []

    assert font_building.derive_fonts(sources, target, report=said.append) is True
    assert font_building.derive_fonts(sources, target, report=said.append) is False
    make_font(sources / fonts.KAI_SOURCE, characters="國家")
    assert font_building.derive_fonts(sources, target, report=said.append) is True

    assert [line.split(":")[0] for line in said] == [fonts.REGULAR, fonts.BOLD, fonts.RARE] * 2
    assert fonts.read_manifest(target) == font_building.describe_sources(sources)


def test_faces_have_their_names_weights_and_characters(sources: Path, tmp_path: Path) -> None:
    font_building.derive_fonts(sources, tmp_path / "target", report=lambda _line: None)

    found = {}
    for name in (fonts.REGULAR, fonts.BOLD, fonts.RARE):
        font = TTFont(tmp_path / "target" / name)
        found[name] = (
            font["name"].getDebugName(1),
            font["OS/2"].usWeightClass,
            "".join(map(chr, font.getBestCmap())),
            font["name"].getDebugName(0),
            {"GSUB", "GPOS", "GDEF"} & set(font.keys()),
        )
    assert found == {
        fonts.REGULAR: ("PlanKai", 400, "國", "Somebody", set()),
        fonts.BOLD: ("PlanKai", 700, "國", "Somebody", set()),
        fonts.RARE: ("PlanKai Rare", 400, "\U00020000", "Somebody", set()),
    }


def test_a_folder_left_half_made_does_not_count(sources: Path, tmp_path: Path) -> None:
    font_building.derive_fonts(sources, tmp_path / "target", report=lambda _line: None)
    (tmp_path / "target" / fonts.BOLD).unlink()

    assert fonts.read_manifest(tmp_path / "target") is None


def test_without_a_face_a_document_is_refused_in_words(
    empty_font_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glyphs, "FALLBACK_DIRS", ())

    with pytest.raises(weasy.RenderError, match=str(fonts.NO_FONT)):
        weasy.html_to_pdf("<p>字</p>", title="字", identifier=b"0")


def test_checks_name_what_is_missing(
    empty_font_dir: Path, sources: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "SOURCE_DIRS", ())
    installed = bool(fonts.font_files())
    assert [check.id for check in checks.check_fonts()] == [
        "documents.W001" if installed else "documents.E001"
    ]

    settings.FONT_SOURCE_DIRS = [str(sources)]
    assert [check.id for check in checks.check_fonts()] == [
        "documents.W002" if installed else "documents.E001"
    ]

    font_building.derive_fonts(sources, empty_font_dir, report=lambda _line: None)
    fonts.forget()
    assert checks.check_fonts() == []


def test_font_version_changes_with_the_source(empty_font_dir: Path, sources: Path) -> None:
    versions = {fonts.font_version()}
    for characters in ("國", "國家"):
        make_font(sources / fonts.KAI_SOURCE, characters=characters)
        font_building.derive_fonts(sources, empty_font_dir, report=lambda _line: None)
        fonts.forget()
        versions.add(fonts.font_version())
    assert len(versions) == 3


def test_missing_glyphs_are_those_no_face_has(empty_font_dir: Path, sources: Path, monkeypatch) -> None:
    monkeypatch.setattr(glyphs, "FALLBACK_DIRS", ())
    font_building.derive_fonts(sources, empty_font_dir, report=lambda _line: None)
    fonts.forget()

    assert fonts.missing_glyphs("國 \n\u3000\u200d\ufe0f\U00020000a家\x07") == {"a", "家", "\x07"}


@pytest.mark.skipif(not fonts.is_built(), reason="the fonts of documents are not built")
def test_names_and_places_can_be_printed() -> None:
    assert fonts.missing_glyphs("堃喆珉煊瑠磘☐☑①⑳（）「」％𠮷") == set()
    assert fonts.missing_glyphs("國\U0010fffd") == {"\U0010fffd"}
