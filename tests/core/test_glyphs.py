from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from pytest_django import Settings

from core import glyphs


def make_face(path: Path, characters: str) -> None:
    names = [".notdef", *(f"g{ord(char):x}" for char in characters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(char): f"g{ord(char):x}" for char in characters})
    builder.setupGlyf(dict.fromkeys(names, TTGlyphPen(None).glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Face", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


@pytest.fixture
def faces(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """Return the folder of faces, which a test fills; nothing else is installed."""
    settings.FONT_DIR = tmp_path
    monkeypatch.setattr(glyphs, "FALLBACK_DIRS", ())
    glyphs.forget()
    yield tmp_path
    glyphs.forget()


def fill(folder: Path, regular: str, rare: str) -> None:
    make_face(folder / glyphs.REGULAR, regular)
    make_face(folder / glyphs.BOLD, regular)
    make_face(folder / glyphs.RARE, rare)
    (folder / glyphs.MANIFEST).write_text(f'{{"recipe": 1, "sources": {{"{glyphs.RARE_SOURCE}": "x"}}}}')
    glyphs.forget()


def test_a_character_is_missing_when_no_face_has_it(faces: Path) -> None:
    fill(faces, "國家", "\U00020bb7")

    assert glyphs.missing_glyphs("國家𠮷") == set()
    assert glyphs.missing_glyphs("國民𠮷𪚥") == {"民", "𪚥"}


def test_white_space_and_joiners_are_never_missing_and_control_characters_always(faces: Path) -> None:
    fill(faces, "國", "𠮷")

    assert glyphs.missing_glyphs("國 \n\t\u3000\u200d\ufe0f\ufeff") == set()
    assert glyphs.missing_glyphs("國\x07\ufffd") == {"\x07", "\ufffd"}


def test_nothing_is_said_of_characters_where_no_face_is_installed(faces: Path) -> None:
    assert glyphs.font_files() == ()
    assert glyphs.missing_glyphs("國\U0010fffd") == set()


def test_a_character_map_is_read_as_fonttools_reads_it(tmp_path: Path) -> None:
    for name, characters in (("short", "CADBFZ國家、。"), ("long", "Aa國\U00020bb7\U00020bb8\U0002a6a5")):
        make_face(tmp_path / name, characters)
        font = TTFont(tmp_path / name)

        read = {code for codes in glyphs.character_ranges(font.reader["cmap"]) for code in codes}

        assert read == set(font.getBestCmap()) == set(map(ord, characters))


@pytest.mark.skipif(not glyphs.is_built(), reason="the faces of documents are not built")
@pytest.mark.parametrize("name", [glyphs.REGULAR, glyphs.RARE])
def test_the_built_faces_are_read_as_fonttools_reads_them(name: str) -> None:
    font = TTFont(glyphs.font_dir() / name, lazy=True)

    read = {code for codes in glyphs.character_ranges(font.reader["cmap"]) for code in codes}

    assert read == set(font.getBestCmap())
    assert len(read) > 30_000


def test_faces_left_half_made_are_not_drawn_on(faces: Path) -> None:
    fill(faces, "國", "𠮷")
    (faces / glyphs.BOLD).unlink()
    glyphs.forget()

    assert not glyphs.is_built()
    assert glyphs.font_files() == ()


@pytest.mark.skipif(not glyphs.is_built(), reason="the faces of documents are not built")
def test_names_and_places_of_the_built_faces_can_be_printed() -> None:
    assert glyphs.missing_glyphs("堃喆珉煊瑠磘𤦌☐①⑳（）「」％臺") == set()
    assert glyphs.missing_glyphs("國\U0010fffd") == {"\U0010fffd"}
