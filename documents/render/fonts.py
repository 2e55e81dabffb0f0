"""The faces documents are set in: where they come from, how the renderer finds them.

Where they are, and which characters they have, is known further down, in `core/glyphs.py`.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy

from core import glyphs
from core.glyphs import (
    BOLD,
    FALLBACK_FAMILY,
    KAI_SOURCE,
    MANIFEST,
    RARE,
    RARE_SOURCE,
    REGULAR,
    font_dir,
    font_files,
    is_built,
    missing_glyphs,
    read_manifest,
)

__all__ = [
    "BOLD",
    "FALLBACK_FAMILY",
    "FAMILY",
    "KAI_SOURCE",
    "MANIFEST",
    "NO_FONT",
    "RARE",
    "RARE_FAMILY",
    "RARE_SOURCE",
    "RECIPE",
    "REGULAR",
    "configure_fontconfig",
    "font_dir",
    "font_files",
    "font_version",
    "forget",
    "is_built",
    "missing_glyphs",
    "read_manifest",
    "source_dir",
]

FAMILY = "PlanKai"
RARE_FAMILY = "PlanKai Rare"
# Raised whenever the faces made from the same sources change; part of every document's key.
RECIPE = 1

SOURCE_DIRS = (Path("/usr/share/fonts/truetype/cns11643"), Path("/usr/share/fonts/cns11643"))

# Not a failure in words but the end of the process is what Pango makes of a machine without a face.
NO_FONT = gettext_lazy("No font for documents was found: no PDF file can be made.")

FONTCONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
{dirs}
  <cachedir>{cache}</cachedir>
  <config><rescan><int>0</int></rescan></config>
</fontconfig>
"""


def source_dir() -> Path | None:
    """Return the folder that holds TW-Kai as its publisher ships it, None where there is none."""
    given: list[str] = getattr(settings, "FONT_SOURCE_DIRS", [])
    folders = [*map(Path, given), *SOURCE_DIRS]
    return next((folder for folder in folders if (folder / KAI_SOURCE).exists()), None)


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


def forget() -> None:
    """Drop what was read from the font folder, after it has been filled anew."""
    glyphs.forget()
    font_version.cache_clear()
