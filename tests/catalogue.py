"""The Chinese catalogue as tests read it: the entries of a .po file, and words as a person sees a page."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SILENT = {"script", "style", "template", "code"}
SPOKEN = ("aria-label", "title", "alt", "placeholder", "data-label", "data-words")
SUBMITS = {"submit", "button", "reset"}


@dataclass
class Entry:
    msgid: str = ""
    context: str = ""
    plural: str = ""
    words: list[str] = field(default_factory=list)
    is_fuzzy: bool = False
    is_obsolete: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return (self.context, self.msgid)


def read_entries(path: Path) -> list[Entry]:
    """Return every entry of a .po file but its head."""
    found = [_entry(block) for block in path.read_text(encoding="utf-8").split("\n\n")]
    return [entry for entry in found if entry.msgid]


def _entry(block: str) -> Entry:
    entry, texts, name = Entry(), {}, ""
    for line in block.splitlines():
        entry.is_fuzzy |= line.startswith("#,") and "fuzzy" in line
        entry.is_obsolete |= line.startswith("#~ ")
        if match := re.fullmatch(r'(?:#~ )?(msg\w+(?:\[\d\])?)? ?(".*")', line):
            name = match[1] or name
            texts[name] = texts.get(name, "") + ast.literal_eval(match[2])
    entry.msgid, entry.context = texts.get("msgid", ""), texts.get("msgctxt", "")
    entry.plural = texts.get("msgid_plural", "")
    entry.words = [text for key, text in texts.items() if key.startswith("msgstr")]
    return entry


class Spoken(HTMLParser):
    """What a page says to its reader: text, labels, buttons. Parts in English (lang="en") are left out."""

    def __init__(self, page: str, *, without: Collection[str] = ()) -> None:
        super().__init__()
        self.attributes = [name for name in SPOKEN if name not in without]
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(page)

    @property
    def is_silent(self) -> bool:
        return any(silent for _tag, silent in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        silent = tag in SILENT or given.get("lang") == "en"
        if not (silent or self.is_silent):
            self.texts += [given[name] or "" for name in self.attributes if name in given]
            if tag == "input" and given.get("type") in SUBMITS:
                self.texts.append(given.get("value") or "")
        if tag not in VOID:
            self._open.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        while self._open and tag in {name for name, _silent in self._open}:
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if not self.is_silent and data.strip():
            self.texts.append(" ".join(data.split()))


def foreign(texts: list[str], allowed: re.Pattern[str]) -> Iterator[str]:
    """Yield the texts that still hold a word of Latin script once what is allowed is taken out."""
    for text in dict.fromkeys(texts):
        if re.search(r"[A-Za-z]{2,}", allowed.sub("", text)):
            yield text
