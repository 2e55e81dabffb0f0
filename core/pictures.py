"""How large a picture is, from the first bytes of JPEG, PNG and WebP. Nothing is decoded."""

from __future__ import annotations

import struct
from typing import IO

_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # start of frame; the three are tables
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
MOST_SEGMENTS = 2_000


def size_of_picture(stream: IO[bytes]) -> tuple[int, int] | None:
    """Return width and height, None where the bytes are no such picture or are damaged at the beginning."""
    stream.seek(0)
    head = stream.read(32)
    try:
        if head.startswith(b"\x89PNG\r\n\x1a\n"):
            size = _png(head)
        elif head.startswith(b"RIFF") and head[8:12] == b"WEBP":
            size = _webp(head)
        elif head.startswith(b"\xff\xd8\xff"):
            size = _jpeg(stream)
        else:
            size = None
    except (struct.error, IndexError):
        return None
    return size if size and all(size) else None


def _png(head: bytes) -> tuple[int, int] | None:
    if head[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def _webp(head: bytes) -> tuple[int, int] | None:
    kind = head[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L" and head[20] == 0x2F:
        bits = int.from_bytes(head[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = (size & 0x3FFF for size in struct.unpack("<HH", head[26:30]))
    else:
        return None
    return width, height


def _jpeg(stream: IO[bytes]) -> tuple[int, int] | None:
    """Walk the segments to the frame: before it stand the camera's notes, and its small picture."""
    stream.seek(2)
    for _segment in range(MOST_SEGMENTS):
        if stream.read(1) != b"\xff":
            return None
        marker = 0xFF
        while marker == 0xFF:  # any number of them may stand before a marker
            marker = stream.read(1)[0]
        if marker in _ALONE:
            continue
        (length,) = struct.unpack(">H", stream.read(2))
        if marker in _FRAMES:
            height, width = struct.unpack(">xHH", stream.read(5))
            return width, height
        if marker == 0xDA or length < 2:
            return None
        stream.seek(length - 2, 1)
    return None
