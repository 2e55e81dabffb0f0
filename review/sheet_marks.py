"""Marks on a plan's sheet that is made already: which lines changed, which carry remarks.

The sheet (templates/plans/_sheet.html) gives every line the id `i-<uid>`, once, and its words are escaped, so
that they cannot be taken for one. Marking the finished sheet leaves the one template as lean as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_LINE = re.compile(r'<(?P<tag>\w+)(?P<before>[^<>]*?) id="i-(?P<uid>[0-9a-f-]{36})"(?P<after>[^<>]*)>')


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of one line: how it changed, in a word, and the anchors of remarks with their numbers."""

    kind: str = ""
    word: str = ""
    remarks: tuple[tuple[str, str], ...] = ()


def mark_lines(
    sheet: str, marks: Mapping[str, Mark], *, add: Callable[[str], SafeString] | None = None
) -> SafeString:
    """Return the sheet with its marks. `add` gives what is put into every line, by its uid."""

    def marked(found: re.Match[str]) -> str:
        uid = found["uid"]
        mark = marks.get(uid)
        opened = found[0]
        if mark is not None and mark.kind:
            opened = f'{opened[:-1]} data-change="{mark.kind}">'
        inside = add(uid) if add else ""
        return f"{opened}{_words(mark) if mark else ''}{inside}"

    return mark_safe(_LINE.sub(marked, sheet))  # noqa: S308 -- a rendered template; what is put in is escaped


def _words(mark: Mark) -> SafeString:
    word = format_html('<span class="mark mark--{}">{}</span>', mark.kind, mark.word) if mark.kind else ""
    links = format_html_join("", '<a class="mark mark--remark" href="#{}">{}</a>', mark.remarks)
    return format_html('<span class="marks">{}{}</span>', word, links)
