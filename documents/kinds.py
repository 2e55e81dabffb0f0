"""Kinds of files that apps above this one have made in the background: what prints them, and from what.

A kind's content is text from which alone its bytes are made, so that a file is made once and kept by key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileKind:
    """`name` is the format of its rows, `suffix_of` its content follows the plan's label in names of files.

    `render` runs in the worker: content in, bytes out; it raises RenderError as documents/render/pdf.py does.
    `sources` are the project's files its look depends on, besides those every document depends on.
    """

    name: str
    suffix_of: Callable[[str], str]
    render: Callable[[str], bytes]
    sources: tuple[str, ...] = ()


_kinds: dict[str, FileKind] = {}


def provide(kind: FileKind) -> None:
    """Have files of this kind made from now on."""
    _kinds[kind.name] = kind


def kind_of(name: str) -> FileKind | None:
    return _kinds.get(name)
