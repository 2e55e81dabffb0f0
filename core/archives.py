"""Office files are zips: what is in them, by their directory. Nothing is unpacked but two small parts."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable
from typing import IO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]  # ships no types
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # ships no types
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST_ENTRIES = 5_000
MOST_DIRECTORY = 1024 * 1024  # bytes of the directory itself, which is read whole
MOST_UNPACKED = 400 * 1024 * 1024
PLAIN_UNPACKED = 20 * 1024 * 1024  # up to here the ratio says nothing: a small sheet packs well
MOST_RATIO = 100
MOST_PART = 1024 * 1024  # bytes read of the part that says what the file is

_END, _END64, _FINDER64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_LONGEST_END = 22 + 0xFFFF + 20 + 56  # the end, its comment, and before it what large archives have
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
# Parts and types of parts that run when the file is opened, or are programs carried along.
_MACRO_PARTS = frozenset({"vbaproject.bin", "vbadata.xml"})
_MACRO_FOLDERS = frozenset({"macrosheets", "activex", "basic", "scripts"})
_MACRO_TYPES = ("macroenabled", "vbaproject", "macrosheet", "activex")
_PROGRAMS = (
    *(".exe", ".dll", ".com", ".scr", ".msi", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse"),
    *(".wsf", ".hta", ".lnk", ".jar"),
    *(".docm", ".dotm", ".xlsm", ".xltm", ".xlsb", ".xlam", ".pptm", ".potm", ".ppsm"),
)
_BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError),
    *(NotImplementedError, RuntimeError, ValueError, OSError),
)


def check_open_xml(stream: IO[bytes], content_type: str) -> None:
    """Refuse what is no DOCX, XLSX or PPTX of that type, or not one to be opened without a thought."""
    with _open(stream) as archive:
        kinds = {kind.lower() for kind in _attributes(_part(archive, "[Content_Types].xml"), "ContentType")}
        if any(word in kind for kind in kinds for word in _MACRO_TYPES):
            raise _has_macros()
        if f"{content_type}.main+xml".lower() not in kinds:
            raise _is_other()


def check_open_document(stream: IO[bytes], content_type: str) -> None:
    """Refuse what is no ODT, ODS or ODP of that type, or not one to be opened without a thought."""
    with _open(stream) as archive:
        if b"encryption-data" in _part(archive, "META-INF/manifest.xml"):
            raise _asks_for_password()
        if _part(archive, "mimetype").strip() != content_type.encode():
            raise _is_other()


def _open(stream: IO[bytes]) -> zipfile.ZipFile:
    """Return the archive once its directory is known to be of a size and content that can be borne."""
    _check_directory(stream)
    stream.seek(0)
    try:
        archive = zipfile.ZipFile(stream)
        entries = archive.infolist()
    except _BROKEN as error:
        raise _is_damaged() from error
    packed, unpacked = (sum(sizes) for sizes in _sizes(entries))
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED:
        raise _is_bomb()
    if unpacked > PLAIN_UNPACKED and unpacked > packed * MOST_RATIO:
        raise _is_bomb()
    # Parts that share their bytes unpack to more than any sum of honest ones.
    if packed > stream.seek(0, 2):
        raise _is_bomb()
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise _asks_for_password()
    if any(entry.compress_type not in _METHODS for entry in entries):
        raise _is_damaged()
    _check_names(entry.filename for entry in entries)
    return archive


def _sizes(entries: Iterable[zipfile.ZipInfo]) -> tuple[list[int], list[int]]:
    return [entry.compress_size for entry in entries], [entry.file_size for entry in entries]


def _check_directory(stream: IO[bytes]) -> None:
    """Refuse a directory that alone would fill the memory, before anything reads it."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _LONGEST_END))
    tail = stream.read(_LONGEST_END)
    at = len(tail) - 22 if tail[-22:].startswith(_END) else tail.rfind(_END)
    if at < 0:
        raise _is_damaged()
    try:
        entries, directory = struct.unpack_from("<HI", tail, at + 10)
        if at >= 76 and tail[at - 20 :].startswith(_FINDER64) and tail[at - 76 :].startswith(_END64):
            entries, directory = struct.unpack_from("<QQ", tail, at - 76 + 32)
    except struct.error as error:
        raise _is_damaged() from error
    if entries > MOST_ENTRIES or directory > MOST_DIRECTORY:
        raise _is_bomb()


def _check_names(names: Iterable[str]) -> None:
    seen: Counter[str] = Counter()
    for name in names:
        parts = name.replace("\\", "/").casefold().split("/")
        seen["/".join(parts)] += 1
        if ".." in parts or not parts[0]:
            raise _is_damaged()
        if parts[-1] in _MACRO_PARTS or parts[-1].endswith(_PROGRAMS):
            raise _has_macros()
        # A folder alone, without anything in it, is left by some programs.
        if parts[-1] and not _MACRO_FOLDERS.isdisjoint(parts[:-1]):
            raise _has_macros()
    # Of two parts of one name each program takes the one it likes: what was looked at may be the other.
    if any(times > 1 for times in seen.values()):
        raise _is_damaged()


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as part:
            content = part.read(MOST_PART + 1)
    except KeyError as error:
        raise _is_other() from error
    except _BROKEN as error:
        raise _is_damaged() from error
    if len(content) > MOST_PART:
        raise _is_bomb()
    return content


def _attributes(content: bytes, name: str) -> list[str]:
    """Return an attribute of every element; written in whatever coding, and with whatever escapes."""
    try:
        return [element.get(name, "") for element in fromstring(content).iter()]
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise _is_damaged() from error


def _is_other() -> ValidationError:
    return ValidationError(
        _("The content of this file is not what its ending says. Open it in Office and save it anew.")
    )


def _is_damaged() -> ValidationError:
    return ValidationError(_("This file is damaged. Open it in Office and save it anew."))


def _is_bomb() -> ValidationError:
    return ValidationError(
        _("This file unpacks to far more than it seems. Save it as PDF and choose that file.")
    )


def _has_macros() -> ValidationError:
    return ValidationError(
        _("This file holds macros or programs. Save it without them, or as PDF, and choose that file.")
    )


def _asks_for_password() -> ValidationError:
    return ValidationError(_("This file asks for a password. Save it without one and choose it again."))
