"""Names of units in a cell: which text is one, names split over lines, 各課室 as all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.text import fold, strip_blank

_STEM = r"[\u4e00-\u9fff]"
_SHAPE = re.compile(
    rf"{_STEM}{{2,9}}(?:課|室|股|隊|科)|{_STEM}{{0,6}}(?:圖書館|清潔隊|托兒所|幼兒園|調解委員會)"
)
# Units of other agencies and posts are believed in a unit cell of their own, not as evidence for one.
_LOOSE_SHAPE = re.compile(
    rf"{_STEM}{{2,10}}(?:課|室|股|隊|科|組|館|所|處|中心|會|園|站|局|人員|幹事|承辦人?)"
)
_ALL = re.compile(
    r"(?:本所|本公所|公所)?(?:各|全體|所有)(?:課室?|課\(室\)|單位|科室|課室隊|課室\(隊\)|業務單位)(?:人員|同仁)?"
)
_SOME_OF_ALL = re.compile(r"(?:各|全體|相關|有關|權責)(?:相關|有關|業務|權責)?(?:課室?|單位|科室)")
_SEPARATOR = re.compile(r"[、，,；;／/\\|]|[ \t\u3000\u00a0]+")
_DUTY = re.compile(r"(?:主辦|協辦|主責|承辦|執行)(?:單位|課室)?[:：]")
_AND = re.compile(r"(?<=[課室股隊科館所])[及與和暨]")
_LONGEST_NAME: Final = 12
_MAX_PIECES: Final = 4
_LONGEST_LINE: Final = 200  # what is longer, or has more lines, names no units
_MOST_LINES: Final = 100


@dataclass
class Units:
    """What a unit cell holds. `doubtful`: a part of it has no unit's shape.

    `labels` are 主辦：, 、, a name printed twice and the like, each with the index of its line.
    """

    names: list[str] = field(default_factory=list)
    all_units: bool = False
    doubtful: bool = False
    labels: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Part:
    """A piece of a cell between separators; one that begins a line may go on with the piece before."""

    text: str
    line: int
    begins_line: bool


def is_all_units(text: str) -> bool:
    return _ALL.fullmatch(fold(text)) is not None


def is_unit(text: str, known: Iterable[str] = ()) -> bool:
    """Has `text` the shape of one unit's name (民政課, 秘書室, 圖書館, 各課室), or is it a known one?"""
    bare = strip_blank(text[:_LONGEST_LINE])
    if not bare or len(bare) > _LONGEST_NAME or len(text) > _LONGEST_LINE:
        return False
    return (
        bare in known
        or is_all_units(bare)
        or bool(_SOME_OF_ALL.fullmatch(bare))
        or bool(_SHAPE.fullmatch(bare))
    )


def is_unit_line(text: str, known: Iterable[str] = ()) -> bool:
    """Is the line nothing but names of units, one or several of them?"""
    if len(text) > _LONGEST_LINE:
        return False
    pieces = [piece for piece, _ in _pieces(text) if piece]
    return bool(pieces) and all(is_unit(piece, known) for piece in pieces)


def read_units(texts: Sequence[str], known: Iterable[str] = ()) -> Units:
    """Read the lines of a unit cell; a name may go on over several lines (役政災 / 防課)."""
    if len(texts) > _MOST_LINES or max(map(len, texts), default=0) > _LONGEST_LINE:
        return Units([text.strip() for text in texts if strip_blank(text)], doubtful=True)
    result = Units()
    known = set(known)
    parts: list[_Part] = []
    for line, text in enumerate(texts):
        result.labels += [(line, strip_blank(duty)) for duty in _DUTY.findall(text)]
        for order, (piece, separator) in enumerate(_pieces(text)):
            if strip_blank(separator):
                result.labels.append((line, separator))
            if strip_blank(piece):
                parts.append(_Part(piece, line, begins_line=order == 0))
    for pieces in _name_parts(parts, known):
        name = "".join(part.text for part in pieces)
        if name in result.names:
            result.labels += [(part.line, part.text) for part in pieces]
            continue
        if is_all_units(name):
            result.all_units = True
        if not is_unit(name, known) and not _LOOSE_SHAPE.fullmatch(name):
            result.doubtful = True
        result.names.append(name)
    return result


def unit_spans(texts: Sequence[str]) -> list[int]:
    """For each line, how many lines (1–3) a unit's name that begins there takes up, 0 where none does.

    Lines that are part of a longer name are not starts of their own.
    """
    spans = [0] * len(texts)
    bare = [strip_blank(text[:_LONGEST_LINE]) for text in texts]
    at = 0
    while at < len(texts):
        length = 1
        if is_unit_line(texts[at]):
            spans[at] = 1
        else:
            for length in (2, 3):
                if _splits_one_name(bare[at : at + length], length):
                    spans[at] = length
                    break
            else:
                length = 1
        at += length
    return spans


def _splits_one_name(parts: Sequence[str], length: int) -> bool:
    if len(parts) < length or not all(0 < len(part) <= 6 for part in parts):
        return False
    if any(is_unit(part) for part in parts[:-1]) or not is_unit("".join(parts)):
        return False
    # 建設課 is a unit by itself; it ends 農業及 / 建設課, but not 便民 / 建設課.
    return not is_unit(parts[-1]) or parts[-2][-1] in "及與和暨"


def _pieces(text: str) -> list[tuple[str, str]]:
    """Cut a line into names, each with what stands before it; the last may be "", after a final separator."""
    pieces: list[tuple[str, str]] = []
    before = ""
    for token in re.split(rf"({_SEPARATOR.pattern})", _DUTY.sub(" ", text)):
        if not token or _SEPARATOR.fullmatch(token):
            before += strip_blank(token)
            continue
        rest = token
        while found := _AND.search(rest):
            # 農業及建設課 is one name: 農業 has no unit's shape. 會計室及人事室 are two.
            if not (is_unit(rest[: found.start()]) and is_unit(rest[found.end() :])):
                break
            pieces.append((rest[: found.start()], before))
            before, rest = found[0], rest[found.end() :]
        pieces.append((rest, before))
        before = ""
    return [*pieces, ("", before)] if before else pieces


def _name_parts(parts: Sequence[_Part], known: set[str]) -> list[Sequence[_Part]]:
    """Join the pieces of names that a line's end cut: the way with the fewest doubtful names and joins."""
    best: list[tuple[float, int]] = [(0.0, 0)]  # for each end, the cost and where the last name begins
    for end in range(1, len(parts) + 1):
        choices: list[tuple[float, int]] = []
        for start in range(end - 1, max(-1, end - 1 - _MAX_PIECES), -1):
            pieces = parts[start:end]
            if len(pieces) > 1 and not pieces[1].begins_line:
                break
            if len(pieces) > 1 and any(is_unit(part.text, known) for part in pieces[:-1]):
                break
            name = "".join(part.text for part in pieces)
            cost = 0.0 if is_unit(name, known) else 2.0 if _LOOSE_SHAPE.fullmatch(name) else 3.0
            choices.append((best[start][0] + cost + 0.1 * (len(pieces) - 1), start))
        best.append(min(choices))
    names: list[Sequence[_Part]] = []
    end = len(parts)
    while end > 0:
        start = best[end][1]
        names.append(parts[start:end])
        end = start
    return names[::-1]
