"""Deriving the faces of printed documents from TW-Kai, the government's own free 標楷體.

The font as shipped cannot be embedded in part: HarfBuzz 6 gives up on its layout tables once a document
uses some 900 different characters, and the whole 50 MB land in every file. Without GDEF, GPOS and GSUB,
which Chinese set horizontally does not need, it is cut down like any other. TW-Kai has one weight; the
bold is made here as FreeType would make it, once, instead of being faked in every document.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from math import hypot
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import GlyphCoordinates

from documents.render.fonts import (
    BOLD,
    FAMILY,
    KAI_SOURCE,
    MANIFEST,
    RARE,
    RARE_FAMILY,
    RARE_SOURCE,
    RECIPE,
    REGULAR,
    read_manifest,
)

# Thickness added to a stem, of the em: what a word processor does to 標楷體 when asked for bold.
BOLD_STRENGTH = 0.032
LAYOUT_TABLES = ("GDEF", "GPOS", "GSUB")
FIRST_RARE = 0x20000

Report = Callable[[str], None]


def derive_fonts(sources: Path, target: Path, *, report: Report, force: bool = False) -> bool:
    """Write the three faces and the manifest into `target`; return False when they were up to date."""
    manifest = describe_sources(sources)
    if not force and manifest is not None and read_manifest(target) == manifest:
        return False
    if manifest is None:
        message = f"{KAI_SOURCE} is not in {sources}"
        raise FileNotFoundError(message)
    target.mkdir(parents=True, exist_ok=True)
    # Without a manifest the folder counts as not built, whatever an interrupted run leaves in it.
    (target / MANIFEST).unlink(missing_ok=True)
    report(f"{REGULAR}: reading {KAI_SOURCE}")
    font = plain_font(sources / KAI_SOURCE)
    rename(font, FAMILY, "Regular")
    save(font, target / REGULAR)
    report(f"{BOLD}: thickening {font['maxp'].numGlyphs} glyphs")
    embolden(font, BOLD_STRENGTH)
    rename(font, FAMILY, "Bold")
    save(font, target / BOLD)
    if (sources / RARE_SOURCE).exists():
        report(f"{RARE}: reading {RARE_SOURCE}")
        rare = plain_font(sources / RARE_SOURCE, first=FIRST_RARE)
        rename(rare, RARE_FAMILY, "Regular")
        save(rare, target / RARE)
    (target / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return True


def describe_sources(sources: Path) -> dict[str, Any] | None:
    """Return what a manifest made from these sources says, None when TW-Kai is not among them."""
    if not (sources / KAI_SOURCE).exists():
        return None
    names = [name for name in (KAI_SOURCE, RARE_SOURCE) if (sources / name).exists()]
    return {"recipe": RECIPE, "sources": {name: _digest(sources / name) for name in names}}


def plain_font(path: Path, *, first: int = 0) -> TTFont:
    """Return the font without hints and layout tables, with its characters from `first` on."""
    options = subset.Options(
        hinting=False,
        layout_features=[],
        glyph_names=False,
        notdef_outline=True,
        name_IDs=["*"],
        ignore_missing_glyphs=True,
    )
    options.drop_tables += ["FFTM", "DSIG", "BASE", *LAYOUT_TABLES]
    font = TTFont(path, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for code in font.getBestCmap() if code >= first])
    subsetter.subset(font)
    for tag in LAYOUT_TABLES:
        if tag in font:
            del font[tag]
    return font


def rename(font: TTFont, family: str, style: str) -> None:
    """Give the font its family name and weight; the copyright and licence records stay."""
    names = font["name"]
    kept = [record for record in names.names if record.nameID in (0, 7, 8, 9, 11, 13, 14)]
    names.names = kept
    postscript = f"{family.replace(' ', '')}-{style}"
    texts = {
        1: family,
        2: style,
        3: postscript,
        4: f"{family} {style}",
        5: f"Version {RECIPE}.0",
        6: postscript,
    }
    for name_id, text in texts.items():
        names.setName(text, name_id, 3, 1, 0x409)
    bold = style == "Bold"
    font["OS/2"].usWeightClass = 700 if bold else 400
    font["OS/2"].fsSelection = 0x20 if bold else 0x40
    font["head"].macStyle = 1 if bold else 0


def save(font: TTFont, path: Path) -> None:
    """Write the font in one move, so that no reader ever meets half of it."""
    part = path.with_suffix(".part")
    font.save(part)
    part.replace(path)


def embolden(font: TTFont, strength: float) -> None:
    """Thicken every outline by `strength` of the em, half of it to each side; widths stay."""
    half = strength / 2 * font["head"].unitsPerEm
    glyphs = font["glyf"]
    for name in font.getGlyphOrder():
        glyph = glyphs[name]
        # A composite is thickened through its parts.
        if glyph.numberOfContours <= 0:
            continue
        points = list(glyph.coordinates)
        contours = list(_contours(points, glyph.endPtsOfContours))
        # Filled outlines run clockwise in TrueType (negative area); some glyphs here do not.
        outward = half if sum(map(_area, contours)) < 0 else -half
        moved = [point for contour in contours for point in _thicken(contour, outward)]
        glyph.coordinates = GlyphCoordinates([(round(x), round(y)) for x, y in moved])
        glyph.recalcBounds(glyphs)


Point = tuple[float, float]


def _contours(points: list[Point], ends: Iterable[int]) -> Iterable[list[Point]]:
    start = 0
    for end in ends:
        yield points[start : end + 1]
        start = end + 1


def _area(contour: list[Point]) -> float:
    """Return twice the signed area."""
    total = 0.0
    x0, y0 = contour[-1]
    for x1, y1 in contour:
        total += x0 * y1 - x1 * y0
        x0, y0 = x1, y1
    return total


def _thicken(contour: list[Point], half: float) -> list[Point]:
    """Move every point outwards along the sum of its two edge normals, as FT_Outline_Embolden does."""
    edges = [_edge(contour[i - 1], contour[i]) for i in range(len(contour))]
    moved: list[Point] = []
    for i, (x, y) in enumerate(contour):
        in_x, in_y, in_length = edges[i]
        out_x, out_y, out_length = edges[(i + 1) % len(contour)]
        # A point that repeats its neighbour has no edge of its own and goes where the other one leads.
        if not in_length:
            in_x, in_y, in_length = out_x, out_y, out_length
        if not out_length:
            out_x, out_y, out_length = in_x, in_y, in_length
        shift_x, shift_y = _shift((in_x, in_y), (out_x, out_y), min(in_length, out_length), half)
        moved.append((x + shift_x, y + shift_y))
    return moved


def _edge(start: Point, end: Point) -> tuple[float, float, float]:
    """Return the unit vector from start to end, and the distance."""
    x, y = end[0] - start[0], end[1] - start[1]
    length = hypot(x, y)
    return (x / length, y / length, length) if length else (0.0, 0.0, 0.0)


def _shift(into: Point, out: Point, shorter: float, half: float) -> Point:
    cosine = into[0] * out[0] + into[1] * out[1]
    # An edge that turns back on itself would fly off: its tip stays where it is.
    if cosine <= -0.9375:
        return 0.0, 0.0
    normal_x, normal_y = -(into[1] + out[1]), into[0] + out[0]
    sine = out[0] * into[1] - out[1] * into[0]
    if half * sine <= shorter * (1 + cosine) and -half * sine <= shorter * (1 + cosine):
        scale = half / (1 + cosine)
    else:
        # No further than the shorter edge is long, or neighbouring points would cross.
        scale = (shorter if half > 0 else -shorter) / abs(sine)
    return normal_x * scale, normal_y * scale


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
