"""Which words of a text became others, marked as a reader of Chinese would mark them by hand.

Runs of letters and digits are one word, Chinese is compared by character; what is equal between two changes
and too short to hold on to is marked with them, so that a sentence does not fall into confetti.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

EQUAL, REMOVED, ADDED = "equal", "removed", "added"

# (mark, text). Without what is added the old text, without what is removed the new one.
Word = tuple[str, str]
Words = tuple[Word, ...]

_LETTERS = "0-9A-Za-z\u00c0-\u024f\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
_TOKEN = re.compile(rf"[{_LETTERS}]+(?:[.,:/@_+-][{_LETTERS}]+)*[%％‰]?|[^\S\n]+|.", re.DOTALL)
_SENTENCE = re.compile(r"[^。；！？\n]*[。；！？\n]+|[^。；！？\n]+")
_FIGURE = re.compile(r"[\d０-９][\d０-９.,%％]*")

# Products of lengths above which a part is told apart as a whole: comparing takes time by the square.
MOST_TOKENS = 400_000
MOST_SENTENCES = 1_000_000
SWALLOWED = 4  # characters that are equal between two changes and may go under in them
LEAST_COMMON = 0.4  # share of the shorter text below which two texts are mostly others
HELD = 5  # characters from which a run that is equal is kept even then


class _Part(NamedTuple):
    """What is equal, then what stood after it and what stands there now."""

    equal: Sequence[str]
    removed: Sequence[str]
    added: Sequence[str]


def compare_words(before: str, after: str) -> Words:
    """Return the words of both texts, each marked equal, removed or added."""
    if before == after:
        return ((EQUAL, before),) if before else ()
    return _marked(list(_sentences(before, after)), (len(before), len(after)))


def compare_names(before: Sequence[str], after: Sequence[str], *, separator: str) -> Words:
    """Return the words of two lists of names, each name one word, with separators between them."""
    old, new = _separated(before, separator), _separated(after, separator)
    parts: list[_Part] = []
    for part in _tokens(old, new):
        parts = _glued(parts, part, lambda _last, part: list(part.equal) == [separator])
    return tuple(_words(parts))


def old_words(words: Words) -> Words:
    return tuple(word for word in words if word[0] != ADDED)


def new_words(words: Words) -> Words:
    return tuple(word for word in words if word[0] != REMOVED)


def text_of(words: Words) -> str:
    return "".join(text for _mark, text in words)


def _separated(names: Sequence[str], separator: str) -> list[str]:
    return [token for name in names for token in (separator, name)][1:]


def _sentences(before: str, after: str) -> Iterator[_Part]:
    """Yield what changed: first by whole sentences, then by words inside those that are not the same."""
    old, new = _SENTENCE.findall(before), _SENTENCE.findall(after)
    if len(old) == len(new) == 1 or len(old) * len(new) > MOST_SENTENCES:
        yield from _tokens(_TOKEN.findall(before), _TOKEN.findall(after))
        return
    budget = MOST_TOKENS  # of all sentences together
    for part in _tokens(old, new):
        yield _Part(_split(part.equal), (), ())
        removed, added = _split(part.removed), _split(part.added)
        yield from _tokens(removed, added, most=budget)
        budget -= min(budget, len(removed) * len(added))


def _split(sentences: Sequence[str]) -> list[str]:
    return _TOKEN.findall("".join(sentences))


def _tokens(old: Sequence[str], new: Sequence[str], *, most: int = MOST_TOKENS) -> Iterator[_Part]:
    """Yield the parts of two sequences; beginning and end, where they are equal, are found first."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    head, tail = old[:start], old[len(old) - end :]
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    if not old or not new or len(old) * len(new) > most:
        yield _Part(head, old, new)
    else:
        equal: Sequence[str] = head
        for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag == "equal":
                equal = [*equal, *old[i:j]]
            else:
                yield _Part(equal, old[i:j], new[k:m])
                equal = ()
        tail = [*equal, *tail]
    yield _Part(tail, (), ())


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _marked(parts: list[_Part], lengths: tuple[int, int]) -> Words:
    joined: list[_Part] = []
    for part in parts:
        joined = _glued(joined, part, _goes_under)
    kept = sum(len("".join(part.equal)) for part in joined)
    changed = [part for part in joined if part.removed or part.added]
    is_replaced = any(part.removed for part in changed) and any(part.added for part in changed)
    if is_replaced and kept < LEAST_COMMON * min(lengths) and not all(map(_is_figure, changed)):
        return tuple(_words(_coarse(joined)))
    return tuple(_words(list(_slid(joined))))


def _coarse(parts: list[_Part]) -> list[_Part]:
    """Return the parts of two texts that have little in common: only long runs still count as equal."""
    found = [_Part((), (), ())]
    for part in parts:
        if len("".join(part.equal)) >= HELD:
            found.append(part)
        else:
            equal, removed, added = found.pop()
            found.append(
                _Part(
                    equal,
                    [*removed, *part.equal, *part.removed],
                    [*added, *part.equal, *part.added],
                )
            )
    return found


def _glued(parts: list[_Part], part: _Part, goes_under: Callable[[_Part, _Part], bool]) -> list[_Part]:
    """Return the parts with one more behind them, joined to those before where too little parts them."""
    while parts:
        last = parts[-1]
        if not (last.removed or last.added):  # nothing changed between two equal runs
            part = _Part([*last.equal, *part.equal], part.removed, part.added)
        elif not part.equal or ((part.removed or part.added) and goes_under(last, part)):
            part = _Part(
                last.equal,
                [*last.removed, *part.equal, *part.removed],
                [*last.added, *part.equal, *part.added],
            )
        else:
            break
        parts = parts[:-1]
    return [*parts, part]


def _goes_under(last: _Part, part: _Part) -> bool:
    """Say whether what is equal between two changes is too short to be worth keeping apart."""
    equal = "".join(part.equal)
    if len(equal) > SWALLOWED or "\n" in equal or (_is_figure(last) and _is_figure(part)):
        return False
    is_mixed = (last.removed or part.removed) and (last.added or part.added)
    return len(equal) < 2 or (bool(is_mixed) and len(equal) <= min(_size(last), _size(part)))


def _size(part: _Part) -> int:
    return max(len("".join(part.removed)), len("".join(part.added)))


def _is_figure(part: _Part) -> bool:
    """Say whether one number became another: 12場20人 to 15場30人 are two such changes."""
    return all(_FIGURE.fullmatch("".join(tokens)) for tokens in (part.removed, part.added))


def _slid(parts: list[_Part]) -> Iterator[_Part]:
    """Move what was only added or only removed to where a clause begins, if the same may be said there.

    「、社會課」 is what was put in, not 「課、社會」, though both give the same text.
    """
    part, *rest = parts
    for after in rest:
        inserted = part.removed or part.added
        if inserted and not (part.removed and part.added):
            left, middle, right = _best_place(list(part.equal), list(inserted), list(after.equal))
            yield _Part(left, middle if part.removed else (), middle if part.added else ())
            part = _Part(right, after.removed, after.added)
        else:
            yield part
            part = after
    yield part


def _best_place(left: list[str], middle: list[str], right: list[str]) -> tuple[list[str], ...]:
    while left and left[-1] == middle[-1]:  # as far to the left as it goes
        token = left.pop()
        middle = [token, *middle[:-1]]
        right = [token, *right]
    best = (left[:], middle, right[:])
    most = _rank(left, middle, right)
    while right and middle[0] == right[0]:
        token = right.pop(0)
        left.append(token)
        middle = [*middle[1:], token]
        if (rank := _rank(left, middle, right)) > most:
            best, most = (left[:], middle, right[:]), rank
    return best


def _rank(left: Sequence[str], middle: Sequence[str], right: Sequence[str]) -> int:
    return _seam(left[-1:], middle[0]) + _seam(middle[-1:], right[0] if right else "")


def _seam(before: Sequence[str], after: str) -> int:
    """Return how good a place this is to begin or end a change: the higher, the better."""
    if not before or not after:
        return 5
    for rank, ends, begins in (
        (5, "\n", ""),
        (4, "。；！？", "\n"),
        (3, "，、：", "，、"),
        (2, "）」", "（「。；"),
    ):
        if before[-1] in ends or (begins and after in begins):
            return rank
    return 0


def _words(parts: list[_Part]) -> Iterator[Word]:
    for part in parts:
        for mark, tokens in ((EQUAL, part.equal), (REMOVED, part.removed), (ADDED, part.added)):
            if tokens:
                yield mark, "".join(tokens)
