"""Which line of one plan is which line of another, where nothing says so but the words.

Two imported years have no links. Lines that say the same, then lines under the same heading that say nearly
the same, then headings that stand over the same lines are one line. In doubt they are two: a line deleted
and another added is read correctly, a wrong pair is not.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from core.text import fold
from plans.document import Node, PlanDocument

ROOT = ""  # what stands above the chapters
ALIKE_BESIDE = 0.4  # share of common pairs of characters, for lines under the same heading
ALIKE_ANYWHERE = 0.8  # and for lines anywhere in the plan
SAME_CHILDREN = 0.6  # share of common lines that makes two headings one
DISTINCT = 8  # characters from which the same words in two places are no accident
LONG = 12
MOST_COMMON = 40  # a pair of characters in more lines than this tells none of them apart
LEAST_SHARED = 2  # rare pairs of characters that make a line worth a closer look
MOST_CANDIDATES = 10  # lines with words in common that are looked at closely
NEAR = 2  # lines at nearly the same place are always looked at

_FIGURES = re.compile(r"[0-9]+(?:[.,][0-9]+)*")


class Tree:
    """The lines of a document by uid, with what stands above and below each."""

    def __init__(self, document: PlanDocument) -> None:
        self.nodes: dict[str, Node] = {}
        self.parents: dict[str, str] = {}
        self.children: dict[str, tuple[str, ...]] = {}
        self._words: dict[str, tuple[str, ...]] = {}
        self._take(ROOT, document.chapters)

    def _take(self, parent: str, children: tuple[Node, ...]) -> None:
        self.children[parent] = tuple(child.uid for child in children)
        for child in children:
            self.nodes[child.uid] = child
            self.parents[child.uid] = parent
            self._take(child.uid, child.children)

    def exact(self, uid: str) -> tuple[str, ...]:
        node = self.nodes[uid]
        return (node.title, node.text, *(row.title for row in node.roster))

    def title(self, uid: str) -> tuple[str, ...]:
        return self.words(uid)[:1]

    def words(self, uid: str) -> tuple[str, ...]:
        """Return what the line says, as it is compared: folded, figures masked."""
        words = self._words.get(uid)
        if words is None:
            words = self._words[uid] = tuple(map(_masked, self.exact(uid)))
        return words

    def length(self, uid: str) -> int:
        return sum(map(len, self.words(uid)))

    def bigrams(self, uid: str) -> frozenset[str]:
        words = "\n".join(self.words(uid))
        return frozenset(map("".join, pairwise(words)))


Key = Callable[[Tree, str], tuple[str, ...]]


class Pairs:
    """Which line of the new document was which of the old one: each stands in one pair at most."""

    def __init__(self, before: Tree, after: Tree) -> None:
        self.before, self.after = before, after
        self.before_of: dict[str, str] = {ROOT: ROOT}
        self.after_of: dict[str, str] = {ROOT: ROOT}

    def add(self, before: str, after: str) -> None:
        if before not in self.after_of and after not in self.before_of:
            self.before_of[after] = before
            self.after_of[before] = after

    def old_left(self, uids: Iterable[str]) -> list[str]:
        return [uid for uid in uids if uid not in self.after_of]

    def new_left(self, uids: Iterable[str]) -> list[str]:
        return [uid for uid in uids if uid not in self.before_of]


def pair_alike(pairs: Pairs) -> None:
    """Add the lines that are not in a pair yet and are alike in both documents."""
    for key in (Tree.exact, Tree.words):
        _pair_twins(pairs, key)
    known = -1
    tried: dict[str, tuple[int, int]] = {}
    while known != len(pairs.after_of):
        known = len(pairs.after_of)
        for parent in (ROOT, *pairs.after.nodes):  # from above, so that new pairs are gone into at once
            if parent in pairs.before_of:
                _pair_children(pairs, parent, tried)
        _pair_headings(pairs)
    _pair_strays(pairs)


def _pair_twins(pairs: Pairs, key: Key) -> None:
    """Pair what stands once in each plan in the same words, wherever it stands."""
    old = _once(pairs.before, pairs.old_left(pairs.before.nodes), key)
    new = _once(pairs.after, pairs.new_left(pairs.after.nodes), key)
    for words, uid in new.items():
        if words in old:
            pairs.add(old[words], uid)


def _once(tree: Tree, uids: Iterable[str], key: Key) -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for uid in uids:
        if tree.length(uid) >= DISTINCT:
            found[key(tree, uid)].append(uid)
    return {words: same[0] for words, same in found.items() if len(same) == 1}


def _pair_children(pairs: Pairs, parent: str, tried: dict[str, tuple[int, int]]) -> None:
    """Pair what is left below one heading: the same words, the same title, then the most alike.

    `tried` remembers what was left below it: as many as last time are the same ones.
    """
    below = pairs.before.children[pairs.before_of[parent]], pairs.after.children[parent]
    for key in (Tree.exact, Tree.words, Tree.title):
        old, new = pairs.old_left(below[0]), pairs.new_left(below[1])
        if not old or not new or tried.get(parent) == (len(old), len(new)):
            return
        places: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for uid in reversed(old):
            places[key(pairs.before, uid)].append(uid)
        for uid in new:
            words = key(pairs.after, uid)
            if any(words) and places[words]:
                pairs.add(places[words].pop(), uid)
    _pair_best(pairs, pairs.old_left(below[0]), pairs.new_left(below[1]), ALIKE_BESIDE)
    tried[parent] = (len(pairs.old_left(below[0])), len(pairs.new_left(below[1])))


def _pair_headings(pairs: Pairs) -> None:
    """Pair headings most of whose lines are the same, innermost first: they got another name."""
    for uid in reversed(pairs.new_left(pairs.after.nodes)):
        children = pairs.after.children[uid]
        known = [pairs.before_of[child] for child in children if child in pairs.before_of]
        for other, common in Counter(map(pairs.before.parents.__getitem__, known)).most_common(1):
            lines = len(children) + len(pairs.before.children[other])
            if common >= 2 and 2 * common >= SAME_CHILDREN * lines:
                pairs.add(other, uid)


def _pair_strays(pairs: Pairs) -> None:
    """Pair long lines that were moved and reworded a little."""
    old = [uid for uid in pairs.old_left(pairs.before.nodes) if pairs.before.length(uid) >= LONG]
    new = [uid for uid in pairs.new_left(pairs.after.nodes) if pairs.after.length(uid) >= LONG]
    _pair_best(pairs, old, new, ALIKE_ANYWHERE)


def _pair_best(pairs: Pairs, old: Sequence[str], new: Sequence[str], least: float) -> None:
    """Pair the most alike first, the nearest among those that are equally alike."""
    if not old or not new:
        return
    scored = []
    bigrams = [pairs.before.bigrams(uid) for uid in old]
    lines_with: dict[str, list[int]] = defaultdict(list)
    for place, found in enumerate(bigrams):
        for bigram in found:
            lines_with[bigram].append(place)
    for place, uid in enumerate(new):
        own = pairs.after.bigrams(uid)
        for other in _candidates(own, lines_with, place, len(old)):
            alike = _share(bigrams[other], own)
            if alike >= least:
                scored.append((-alike, abs(place - other), place, other))
    for _alike, _distance, place, other in sorted(scored):
        pairs.add(old[other], new[place])


def _candidates(
    own: frozenset[str], lines_with: Mapping[str, list[int]], place: int, count: int
) -> Iterator[int]:
    """Yield lines that may be alike: those with some rare words in common, and the neighbours."""
    shared: Counter[int] = Counter()
    for bigram in own:
        others = lines_with.get(bigram, ())
        if len(others) <= MOST_COMMON:
            shared.update(others)
    best = {other for other, common in shared.most_common(MOST_CANDIDATES) if common >= LEAST_SHARED}
    yield from best | set(range(max(0, place - NEAR), min(count, place + NEAR + 1)))


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    size = len(one) + len(other)
    return 2 * len(one & other) / size if size else 0.0


def _masked(text: str) -> str:
    """Return the text with its figures masked: of two years the same sentence names other numbers."""
    return _FIGURES.sub("#", fold(text))
