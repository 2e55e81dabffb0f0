"""Bytes or pasted text in, lines out: encodings, ends of lines, and a clear no to what is not text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import filetype
from django.utils.translation import gettext as _

from documents.ingest.proposal import ReadingWarning

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_LINES: Final = 15_000  # with text: some 400 pages; more is no plan, and would hold the worker up
MAX_BLANK_LINES: Final = 100_000
_SAMPLE = 200_000

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_TYPES: Final = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word (.docx)",
    "application/msword": "Word (.doc)",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel (.xlsx)",
    "application/vnd.ms-excel": "Excel (.xls)",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint (.pptx)",
    "application/vnd.oasis.opendocument.text": "OpenDocument (.odt)",
    "application/vnd.oasis.opendocument.spreadsheet": "OpenDocument (.ods)",
    "application/pdf": "PDF",
    "application/rtf": "RTF",
    "application/zip": "ZIP",
}
_ZIP_PARTS: Final = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
    (
        b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.spreadsheet",
    ),
)
_NEWLINES = re.compile("\r\n?|[\v\x85\u2028\u2029]")
# What no editor shows and neither XML nor PostgreSQL keeps; half of a surrogate pair comes with pasted text.
_CONTROLS = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_EXPECTED = re.compile(
    "[\t\n\r\f -~\u00a0-\u00ff\u2010-\u203b\u2100-\u22ff\u2460-\u24ff\u2500-\u27bf\u3000-\u30ff\u3200-\u33ff"
    "\u4e00-\u9fff\uff00-\uffee]"
)
_FREQUENT = re.compile("[\n ，。、：；「」（）0-9的一二三及之為服務計畫民各與]")


class UnreadableFile(Exception):  # noqa: N818 -- named for what it says
    """The file cannot be imported; the message is for the person who chose it."""


@dataclass(frozen=True)
class SourceText:
    """The lines as an editor would number them. `encoding` is "" for pasted text."""

    lines: list[str]
    encoding: str = ""
    warnings: list[ReadingWarning] = field(default_factory=list)


def read_file(data: bytes) -> SourceText:
    """Decode a file. Raises UnreadableFile, saying why, for what holds no text."""
    if len(data) > MAX_BYTES:
        message = _("The file is larger than %(limit)d MB.") % {"limit": MAX_BYTES // 1024 // 1024}
        raise UnreadableFile(message)
    if not data.strip():
        raise UnreadableFile(_("The file is empty."))
    _refuse_other_types(data)
    text, encoding = _decode(data)
    source = read_text(text)
    return SourceText(source.lines, encoding, source.warnings)


def read_text(text: str) -> SourceText:
    """Cut pasted or decoded text into lines. Raises UnreadableFile for what holds no text."""
    if len(text) > MAX_BYTES:
        message = _("The file is larger than %(limit)d MB.") % {"limit": MAX_BYTES // 1024 // 1024}
        raise UnreadableFile(message)
    if "\x00" in text:
        raise UnreadableFile(_("The file is not a text file: it contains binary data."))
    text = _NEWLINES.sub("\n", text.removeprefix("\ufeff"))
    warnings = []
    text, removed = _CONTROLS.subn("", text)
    if removed > max(20, len(text) // 50):
        raise UnreadableFile(_("The file is not a text file: it contains binary data."))
    if removed:
        message = _("%(count)d invisible control characters were left out.") % {"count": removed}
        warnings.append(ReadingWarning(1, "control_characters", message))
    lines = text.split("\n")
    filled = sum(bool(line) and not line.isspace() for line in lines)
    if not filled:
        raise UnreadableFile(_("The file is empty."))
    if filled > MAX_LINES or len(lines) - filled > MAX_BLANK_LINES:
        message = _("The file has more than %(limit)d lines; a plan has not.") % {"limit": MAX_LINES}
        raise UnreadableFile(message)
    warnings += _unreadable_characters(lines)
    return SourceText(lines, "", warnings)


def _unreadable_characters(lines: Sequence[str]) -> list[ReadingWarning]:
    message = _("Some characters of this line could not be read.")
    return [
        ReadingWarning(number, "unreadable_characters", message)
        for number, line in enumerate(lines, 1)
        if "\ufffd" in line
    ]


def _refuse_other_types(data: bytes) -> None:
    kind = filetype.guess(data[:8192])
    mime = kind.mime if kind is not None else ""
    if data.startswith(b"PK\x03\x04"):
        mime = next((known for part, known in _ZIP_PARTS if part in data[:20_000]), mime or "application/zip")
    elif data.lstrip()[:5] == b"{\\rtf":
        mime = "application/rtf"
    if not mime:
        return
    name = _TYPES.get(mime, mime)
    message = _("This is a file of type %(type)s. Only plain text can be imported for now.") % {"type": name}
    raise UnreadableFile(message)


def _decode(data: bytes) -> tuple[str, str]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _believe(data[len(mark) :].decode(encoding, "replace"), encoding)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    candidates = ["utf-8", "cp950", "big5hkscs"]
    if len(data) > 3:
        candidates += ["utf-16-le", "utf-16-be"]
    # The first that loses least: for plain Big5, cp950 and big5hkscs come out alike.
    best = max(candidates, key=lambda name: _likeness(data[:_SAMPLE].decode(name, "replace")))
    return _believe(data.decode(best, "replace"), best)


def _believe(text: str, encoding: str) -> tuple[str, str]:
    if "\x00" in text or _likeness(text[:_SAMPLE]) < 0.6:
        raise UnreadableFile(_("The file is not a text file: it contains binary data."))
    return text, encoding


def _likeness(text: str) -> float:
    """How much `text` looks like a Chinese document, about 1; what decoded wrongly is far below."""
    if not text:
        return 0.0
    expected = len(_EXPECTED.findall(text)) / len(text)
    frequent = min(0.3, len(_FREQUENT.findall(text)) / len(text))
    return expected + frequent - 3 * text.count("\ufffd") / len(text)
