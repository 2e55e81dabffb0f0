"""Which faces documents are set in, and which characters they can print. Loads no renderer.

Whoever writes a plan is told of a character that cannot be printed long before the plan is; so this stands
below the apps that write and those that print.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from struct import iter_unpack, unpack_from
from typing import Any

from django.conf import settings
from fontTools.ttLib import TTCollection, TTFont

REGULAR, BOLD, RARE = "PlanKai-Regular.ttf", "PlanKai-Bold.ttf", "PlanKaiRare-Regular.ttf"
KAI_SOURCE, RARE_SOURCE = "TW-Kai-98_1.ttf", "TW-Kai-Ext-B-98_1.ttf"
MANIFEST = "manifest.json"

# What stands in for PlanKai where TW-Kai cannot be had: the Traditional Chinese serif of Noto CJK.
FALLBACK_FAMILY = "Noto Serif CJK TC"
FALLBACK_DIRS = (Path("/usr/share/fonts/opentype/noto"), Path("/usr/share/fonts/noto-cjk"))
FALLBACK_FILES = ("NotoSerifCJK-Regular.ttc", "NotoSerifCJK-Bold.ttc")

_CODES = 0x110000


def font_dir() -> Path:
    return Path(getattr(settings, "FONT_DIR", settings.BASE_DIR / "var" / "fonts"))


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest beside the built faces, None when they are missing or were left half made."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        faces = [REGULAR, BOLD] + ([RARE] if RARE_SOURCE in manifest["sources"] else [])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return manifest if all((folder / face).exists() for face in faces) else None


@lru_cache(maxsize=1)
def is_built() -> bool:
    """Return whether `build_fonts` has left a complete set of faces."""
    return read_manifest(font_dir()) is not None


@lru_cache(maxsize=1)
def font_files() -> tuple[Path, ...]:
    """Return every file a document may draw on, in the order in which characters are looked for."""
    own = [font_dir() / name for name in (REGULAR, BOLD, RARE)] if is_built() else []
    fallback = [folder / name for folder in FALLBACK_DIRS for name in FALLBACK_FILES]
    return tuple(path for path in [*own, *fallback] if path.exists())


def missing_glyphs(text: str) -> set[str]:
    """Return the characters of the text that no face can print.

    White space and characters that direct the setting without being set (joiners, variation selectors)
    are never missing; control characters always are. Where no face is installed nothing can be said of
    characters, and none is missing: `manage.py check` tells of the faces.
    """
    covered = _coverage()
    if not covered:
        return set()
    return {char for char in set(text) if not covered[ord(char)] and not _is_invisible(char)}


def forget() -> None:
    """Drop what was read from the font folder, after it has been filled anew."""
    for cached in (is_built, font_files, _coverage):
        cached.cache_clear()


def _is_invisible(char: str) -> bool:
    if char in "\t\n\r\f" or char.isspace():
        return True
    return unicodedata.category(char) == "Cf" or "\ufe00" <= char <= "\ufe0f"


@lru_cache(maxsize=1)
def _coverage() -> bytes:
    """Return 1 for every code point some face has, empty where there is no face."""
    # A bold face has the characters of its regular one.
    files = [path for path in font_files() if "Bold" not in path.name]
    if not files:
        return b""
    covered = bytearray(_CODES)
    for path in files:
        for codes in character_ranges(_raw_character_map(path)):
            covered[codes.start : codes.stop] = b"\1" * len(codes)
    return bytes(covered)


def _raw_character_map(path: Path) -> bytes:
    if path.suffix == ".ttc":
        faces = TTCollection(str(path), lazy=True).fonts
        font = next(face for face in faces if face["name"].getDebugName(1) == FALLBACK_FAMILY)
    else:
        font = TTFont(path, lazy=True)
    table: bytes = font.reader["cmap"]
    return table


def character_ranges(table: bytes) -> Iterator[range]:
    """Yield the code points of a `cmap` table, read as it lies in the file.

    fontTools reads it too, but names every glyph on the way: 50 MB more in each web process.
    """
    records = unpack_from(">H", table, 2)[0]
    places = {unpack_from(">HHL", table, 4 + 8 * record)[2] for record in range(records)}
    by_format = {unpack_from(">H", table, place)[0]: place for place in places}
    if 12 in by_format:  # holds all that format 4 does, and what lies beyond its 65,536 code points
        place = by_format[12]
        groups = unpack_from(">L", table, place + 12)[0]
        for first, last, _glyph in iter_unpack(">LLL", table[place + 16 : place + 16 + 12 * groups]):
            yield range(first, last + 1)
    elif 4 in by_format:
        yield from _short_ranges(table, by_format[4])


def _short_ranges(table: bytes, place: int) -> Iterator[range]:
    """Yield the code points of a subtable of format 4: four columns of numbers, one row a segment."""
    count = unpack_from(">H", table, place + 6)[0] // 2
    ends = unpack_from(f">{count}H", table, place + 14)
    starts, deltas, offsets = (
        unpack_from(f">{count}H", table, place + 16 + 2 * count * column) for column in (1, 2, 3)
    )
    at_offsets = place + 16 + 6 * count
    for row, (first, last, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for code in range(first, last + 1):
            glyph = (code + delta) % 0x10000
            if offset:  # counted from where the offset itself lies
                glyph = unpack_from(">H", table, at_offsets + 2 * row + offset + 2 * (code - first))[0]
            if glyph:
                yield range(code, code + 1)
