"""The faces documents are set in: where they are, which characters they have, how the renderer finds them."""

from __future__ import annotations

import json
import os
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from fontTools.ttLib import TTCollection, TTFont

FAMILY = "PlanKai"
RARE_FAMILY = "PlanKai Rare"
REGULAR, BOLD, RARE = "PlanKai-Regular.ttf", "PlanKai-Bold.ttf", "PlanKaiRare-Regular.ttf"
KAI_SOURCE, RARE_SOURCE = "TW-Kai-98_1.ttf", "TW-Kai-Ext-B-98_1.ttf"
MANIFEST = "manifest.json"
# Raised whenever the faces made from the same sources change; part of every document's key.
RECIPE = 1

# What stands in for PlanKai where TW-Kai cannot be had: the Traditional Chinese serif of Noto CJK.
FALLBACK_FAMILY = "Noto Serif CJK TC"
FALLBACK_DIRS = (Path("/usr/share/fonts/opentype/noto"), Path("/usr/share/fonts/noto-cjk"))
FALLBACK_FILES = ("NotoSerifCJK-Regular.ttc", "NotoSerifCJK-Bold.ttc")
SOURCE_DIRS = (Path("/usr/share/fonts/truetype/cns11643"), Path("/usr/share/fonts/cns11643"))

FONTCONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
{dirs}
  <cachedir>{cache}</cachedir>
  <config><rescan><int>0</int></rescan></config>
</fontconfig>
"""


def font_dir() -> Path:
    return Path(getattr(settings, "FONT_DIR", settings.BASE_DIR / "var" / "fonts"))


def source_dir() -> Path | None:
    """Return the folder that holds TW-Kai as its publisher ships it, None where there is none."""
    given: list[str] = getattr(settings, "FONT_SOURCE_DIRS", [])
    folders = [*map(Path, given), *SOURCE_DIRS]
    return next((folder for folder in folders if (folder / KAI_SOURCE).exists()), None)


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


@lru_cache(maxsize=1)
def font_version() -> str:
    """Return what a document's key needs to know about the faces: equal if and only if they print alike."""
    manifest = read_manifest(font_dir())
    if manifest is None or not is_built():
        sizes = (f"{path.name}:{path.stat().st_size}" for path in font_files())
        return "fallback " + " ".join(sizes)
    digests = (digest[:12] for _, digest in sorted(manifest["sources"].items()))
    return f"kai {manifest['recipe']} " + " ".join(digests)


def configure_fontconfig() -> Path:
    """Let Pango see the faces of documents and no others; return the configuration file written.

    What else is installed on a machine must not change a document. Fontconfig reads the variable each
    time a font map is made, so this works even where WeasyPrint was imported before.
    """
    folder = font_dir()
    folder.mkdir(parents=True, exist_ok=True)
    dirs = dict.fromkeys(path.parent for path in font_files())
    lines = "\n".join(f"  <dir>{path}</dir>" for path in dirs)
    text = FONTCONFIG.format(dirs=lines, cache=folder / "cache")
    path = folder / "fonts.conf"
    if not path.exists() or path.read_text() != text:
        # Several workers may start at once: each writes its own and moves it into place.
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(text)
        part.replace(path)
    os.environ["FONTCONFIG_FILE"] = str(path)
    return path


def missing_glyphs(text: str) -> set[str]:
    """Return the characters of the text that no face can print.

    White space and characters that direct the setting without being set (joiners, variation selectors)
    are never missing; control characters always are.
    """
    covered = _coverage()
    return {char for char in set(text) if ord(char) not in covered and not _is_invisible(char)}


def forget() -> None:
    """Drop what was read from the font folder, after it has been filled anew."""
    for cached in (is_built, font_files, font_version, _coverage):
        cached.cache_clear()


def _is_invisible(char: str) -> bool:
    if char in "\t\n\r\f" or char.isspace():
        return True
    return unicodedata.category(char) == "Cf" or "\ufe00" <= char <= "\ufe0f"


@lru_cache(maxsize=1)
def _coverage() -> frozenset[int]:
    codes: set[int] = set()
    for path in font_files():
        # A bold face has the characters of its regular one.
        if "Bold" not in path.name:
            codes.update(_character_map(path))
    return frozenset(codes)


def _character_map(path: Path) -> dict[int, Any]:
    if path.suffix == ".ttc":
        faces = TTCollection(str(path), lazy=True).fonts
        font = next(face for face in faces if face["name"].getDebugName(1) == FALLBACK_FAMILY)
    else:
        font = TTFont(path, lazy=True)
    cmap: dict[int, Any] = font.getBestCmap()
    return cmap
