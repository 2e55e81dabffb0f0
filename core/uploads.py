"""Files from outside: what the site keeps, told from the bytes and not from the name alone.

A stream and a name in, what is known of the file out, or a refusal in words. Nothing is unpacked, nothing is
believed of what the browser said of the type.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

import filetype
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.archives import check_open_document, check_open_xml
from core.pictures import size_of_picture

OPEN_XML = "application/vnd.openxmlformats-officedocument"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
# Every ending that is taken, with the type under which such a file is handed out again.
TYPES = {
    "pdf": "application/pdf",
    "odt": f"{OPEN_DOCUMENT}.text",
    "ods": f"{OPEN_DOCUMENT}.spreadsheet",
    "odp": f"{OPEN_DOCUMENT}.presentation",
    "docx": f"{OPEN_XML}.wordprocessingml.document",
    "xlsx": f"{OPEN_XML}.spreadsheetml.sheet",
    "pptx": f"{OPEN_XML}.presentationml.presentation",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "heic": "image/heic",
    "webp": "image/webp",
    "txt": "text/plain",
    "csv": "text/csv",
}
# What every browser shows, and what filetype calls it.
PICTURES = {"image/jpeg": {"jpg"}, "image/png": {"png", "apng"}, "image/webp": {"webp"}}
ACCEPT = ",".join(f".{ending}" for ending in TYPES)  # for <input type="file">
MOST_POINTS = 120_000_000  # of a picture: more brings the browser of whoever looks at it down
NAME_CHARACTERS, NAME_BYTES = 200, 240  # file systems hold 255 bytes
HEAD = 8192  # bytes a type is told from
PIECE = 64 * 1024

# Names of devices: Windows opens the device and not the file, whatever the ending.
_DEVICE = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?")
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
# filetype takes an office file whose parts stand in another order for a plain zip: which of them it is,
# archives.py reads from the file.
_OFFICE = frozenset({"odt", "ods", "odp", "docx", "xlsx", "pptx"})
_TEXTS = frozenset({"txt", "csv"})
_TEXTS_OF_THEIR_OWN = frozenset({"pdf", "rtf", "ps"})  # clean text, and something else
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # also around office files that ask for a password
# What a browser would run as a page. A list of addresses or an essay on web pages has none of these.
_PAGE = re.compile(
    r"<\s*(?:!doctype\s+(?:html|svg)|html|head|body|script|svg|iframe|frameset|object|embed|math)[\s/>]",
    re.IGNORECASE,
)
# What people bring that is not taken, and what they can do about it.
_REMEDIES = {
    ("svg", "svgz", "html", "htm", "mht", "mhtml"): gettext_lazy(
        "Files of this kind (.%(ending)s) may run a program when they are opened, so they are not taken. "
        "Print it to a PDF, and choose that."
    ),
    ("docm", "xlsm", "pptm", "dotm", "xltm"): gettext_lazy(
        "Files with macros (.%(ending)s) are not taken. Save it without macros, as .docx, .xlsx or .pptx."
    ),
    ("doc", "xls", "ppt"): gettext_lazy(
        "Files of the old kind (.%(ending)s) are not taken, for nobody can tell what is in them. "
        "Save it as .docx, .xlsx, .pptx or PDF."
    ),
    ("zip", "rar", "7z", "gz", "tar"): gettext_lazy(
        "Archives (.%(ending)s) are not taken. Unpack it, and choose the files one by one."
    ),
}
_BEGINS_AS_MARKUP = re.compile(r"\s*<[a-z!?]", re.IGNORECASE)
_OVERLAP = 40  # characters that may belong to a tag cut in two by reading in pieces
_CONTROLS = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")


@dataclass(frozen=True)
class Upload:
    """What is known of a file that may be kept. `name` is fit for any computer it is taken to."""

    name: str
    content_type: str
    size: int
    sha256: str


def check_upload(stream: IO[bytes], name: str, *, most: int) -> Upload:
    """Return what is known of a file of at most that many bytes, or raise ValidationError in words.

    The stream is left at its beginning.
    """
    name = tidy_name(name)
    ending = ending_of(name)
    content_type = TYPES.get(ending)
    if content_type is None:
        raise _of_no_kind(ending)
    size, sha256 = _measure(stream, most)
    head = _head(stream)
    _check_kind(ending, head)
    if ending in _OFFICE:
        check = check_open_document if content_type.startswith(OPEN_DOCUMENT) else check_open_xml
        check(stream, content_type)
    elif ending in _TEXTS:
        _check_text(stream)
    elif content_type in PICTURES:
        _check_picture(stream)
    stream.seek(0)
    return Upload(name, content_type, size, sha256)


def is_picture_to_show(stream: IO[bytes], content_type: str) -> bool:
    """Say whether these bytes still are a picture of that type, one that every browser shows."""
    return _guess(_head(stream)) in PICTURES.get(content_type, set())


def digest_of_file(stream: IO[bytes]) -> str:
    """Return the sha256 of all bytes; the stream is left at its beginning."""
    stream.seek(0)
    digest = hashlib.sha256()
    while piece := stream.read(PIECE):
        digest.update(piece)
    stream.seek(0)
    return digest.hexdigest()


# Names


def tidy_name(name: str) -> str:
    """Return a file's name without places, invisible marks and what some system takes for a command.

    A name that is too long loses the end of its stem and keeps its ending.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    # Cf are marks that turn the direction of writing: they make gpj.exe of exe.jpg.
    shown = (char for char in name if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    name = " ".join(_NOT_IN_NAMES.sub("_", "".join(shown)).split())
    name = name.lstrip(". ").rstrip(". ")
    if _DEVICE.fullmatch(name):
        name = f"_{name}"
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return _cut(name, "")
    return _cut(stem.rstrip(". "), f".{ending[:20]}")


def ending_of(name: str) -> str:
    _stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot else ""


def _cut(stem: str, rest: str) -> str:
    while len(stem + rest) > NAME_CHARACTERS or len((stem + rest).encode()) > NAME_BYTES:
        stem = stem[:-1]
    return stem + rest


def _of_no_kind(ending: str) -> ValidationError:
    kinds = "、".join(TYPES)
    if remedy := next((words for endings, words in _REMEDIES.items() if ending in endings), None):
        return ValidationError(remedy, params={"ending": ending})
    if not ending:
        return ValidationError(
            _("The name of this file has no ending. Give it one of these: %(types)s."),
            params={"types": kinds},
        )
    return ValidationError(
        _("Files of this kind (.%(ending)s) are not taken. Possible are: %(types)s."),
        params={"ending": ending, "types": kinds},
    )


# Bytes


def _measure(stream: IO[bytes], most: int) -> tuple[int, str]:
    stream.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(PIECE):
        size += len(piece)
        if size > most:
            raise ValidationError(
                _("This file is larger than %(limit)s MB. Make it smaller, or give a link to it."),
                params={"limit": f"{most / 1024**2:g}"},
            )
        digest.update(piece)
    if not size:
        raise ValidationError(
            _("This file is empty (0 bytes). Check it on your computer, then choose it again.")
        )
    return size, digest.hexdigest()


def _head(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return stream.read(HEAD)


def _guess(head: bytes) -> str:
    kind = filetype.guess(head)
    return str(kind.extension) if kind else ""


def _is_such(ending: str, guess: str) -> bool:
    if ending in _TEXTS:
        return guess not in _TEXTS_OF_THEIR_OWN  # the text itself is read later
    if ending in _OFFICE:
        return guess == "zip" or guess in _OFFICE
    return guess in PICTURES.get(TYPES[ending], {ending})


def _check_kind(ending: str, head: bytes) -> None:
    guess = _guess(head)
    if _is_such(ending, guess):
        return
    if ending in _OFFICE and head.startswith(_OLD_OFFICE):
        raise ValidationError(
            _(
                "This file asks for a password, or is of an old Office format. Save it without a password as "
                ".%(ending)s and choose it again."
            ),
            params={"ending": ending},
        )
    if guess in TYPES:
        raise ValidationError(
            _("The name says .%(ending)s, but the content is .%(guess)s. Give the file its right ending."),
            params={"ending": ending, "guess": guess},
        )
    raise ValidationError(
        _("The name says .%(ending)s, but the content is something else. Open the file and save it anew."),
        params={"ending": ending},
    )


def _check_picture(stream: IO[bytes]) -> None:
    size = size_of_picture(stream)
    if size is None:
        raise ValidationError(_("This picture is damaged. Open it on your computer, then save it anew."))
    if size[0] * size[1] > MOST_POINTS:
        raise ValidationError(
            _("This picture has too many points (%(width)s × %(height)s). Make it smaller."),
            params={"width": size[0], "height": size[1]},
        )


def _check_text(stream: IO[bytes]) -> None:
    """Refuse what is no text in a coding people use here, and text that is a page or a picture in SVG."""
    head = _head(stream)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        codings: tuple[str, ...] = ("utf-16",)
    else:
        codings = ("utf-8-sig", "cp950", "big5hkscs")
    for coding in codings:
        try:
            is_page = _is_page(_pieces(stream, codecs.getincrementaldecoder(coding)().decode))
        except UnicodeDecodeError:
            continue
        if is_page:
            raise ValidationError(
                _("This is a web page or a drawing with another ending. Print it as PDF and choose that.")
            )
        return
    raise ValidationError(
        _("This is no text that can be read. Save it as “CSV UTF-8” or as plain text, and choose it again.")
    )


def _pieces(stream: IO[bytes], decode: Callable[..., str]) -> Iterator[str]:
    stream.seek(0)
    while piece := stream.read(PIECE):
        yield decode(piece)
    yield decode(b"", True)


def _is_page(pieces: Iterator[str]) -> bool:
    """Say whether a text holds a page. Raises ValidationError for what holds bytes that are no text."""
    before, is_first = "", True
    for piece in pieces:
        text = before + piece
        if _CONTROLS.search(piece):
            raise ValidationError(_("This is no text, though its name says so. Choose another file."))
        if is_first and _BEGINS_AS_MARKUP.match(text):
            return True
        if _PAGE.search(text):
            return True
        is_first = is_first and not text.strip()
        before = text[-_OVERLAP:]
    return False
