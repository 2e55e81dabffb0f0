"""What the numbers in a line's words, and the targets the line is linked to, say of each other.

Pure: lines and targets go in as values, from rows or from a document; nothing is looked up.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from core.text import fold
from indicators.enums import Origin
from indicators.extraction import Reading, aggregation_of, decimals_of, read_targets
from indicators.phrases import amount
from indicators.phrases import promise as promise_words
from plans.document import Target
from plans.enums import Kind

LONGEST_READ = 4000  # a text longer than this is no sentence; no numbers are looked for in it
READ_KINDS = (Kind.HEADING, Kind.ACTION, Kind.TARGET)

# 場 and 場次 count the same; 人 and 人次 do not.
_SAME_COUNT = {"場": "場次"}
_NUMBER = re.compile(r"[\d０-９.,零〇一二兩三四五六七八九十百千萬億兆]+")

# How much speaks for a reading being what a target became.
_SAME_WORDS, _SAME_NAME, _COUNTS_ALIKE = 4, 3, 1
_ALIKE = 0.35  # of two names

Key = TypeVar("Key")


class ReadingState(StrEnum):
    NEW = "new"
    LINKED = "linked"
    BECAME = "became"  # what a target of the line most likely turned into
    REFUSED = "refused"


class Standing(StrEnum):
    """Where a linked target stands towards the sentence."""

    IN_STEP = "in_step"
    DRIFTED = "drifted"
    LOST = "lost"  # no number of it is in the sentence any more
    ELSEWHERE = "elsewhere"  # nor need be: it is in step with another line
    QUALITATIVE = "qualitative"
    UNSET = "unset"  # the indicator has no target for this year yet


@dataclass(frozen=True)
class Promise:
    """A target a line is linked to, as it stands for one year. `key` tells indicators apart."""

    key: int
    name: str
    comparator: str
    value: Decimal | None
    value_max: Decimal | None
    counted_in: str
    quote: str
    aggregation: str = ""
    per: str = ""
    frequency: str = ""
    baseline: str = ""
    direction: str = ""
    is_set: bool = True
    is_proposal: bool = False

    @property
    def amount(self) -> str:
        return amount(self.value, self.value_max, self.counted_in)

    @property
    def words(self) -> str:
        return promise_words(
            self.comparator,
            self.value,
            self.value_max,
            self.counted_in,
            aggregation=self.aggregation,
            per=self.per,
            frequency=self.frequency,
            baseline=self.baseline,
            direction=self.direction,
        )


@dataclass(frozen=True)
class Found:
    """A reading of the line, by its digest, and what became of it."""

    reading: Reading
    digest: str
    state: ReadingState

    @property
    def is_promised(self) -> bool:
        return self.reading.origin is Origin.TARGET

    @property
    def is_open(self) -> bool:
        """Say whether a promise still waits for a person to take it up or to refuse it."""
        return self.state is ReadingState.NEW and self.is_promised

    @property
    def amount(self) -> str:
        return amount(self.reading.value, self.reading.value_max, self.reading.counted_in)

    @property
    def words(self) -> str:
        reading = self.reading
        return promise_words(
            reading.comparator,
            reading.value,
            reading.value_max,
            reading.counted_in,
            aggregation=aggregation_of(reading),
            per=reading.per,
            frequency=reading.frequency,
            baseline=reading.baseline,
            direction=reading.direction,
        )


@dataclass(frozen=True)
class Pairing:
    """A target with the reading it is in step with or most likely became, and what differs between them."""

    promise: Promise
    standing: Standing
    found: Found | None = None
    differences: tuple[str, ...] = ()
    likeness: int = 0

    @property
    def is_open(self) -> bool:
        return self.standing in {Standing.DRIFTED, Standing.LOST, Standing.UNSET}

    @property
    def said(self) -> str:
        """What the sentence says now; the comparison only where it is what changed."""
        if self.found is None:
            return ""
        return self.found.words if "comparator" in self.differences else self.found.amount

    @property
    def kept(self) -> str:
        """What the target is, told in the way of `said`."""
        return self.promise.words if "comparator" in self.differences else self.promise.amount


@dataclass(frozen=True)
class Match:
    """A line's readings in the order of its words, and its targets in the order given."""

    found: tuple[Found, ...] = ()
    pairings: tuple[Pairing, ...] = ()

    @property
    def open_points(self) -> int:
        """How many readings and targets of the line a person should look at."""
        return sum(found.is_open for found in self.found) + sum(pair.is_open for pair in self.pairings)


def sentence_of(title: str, text: str) -> str:
    return "\n".join(part for part in (title, text) if part)


def readings_of(kind: str, title: str, text: str) -> list[Reading]:
    """Read the words of a line of that kind; places are those in its `sentence_of`."""
    if kind not in READ_KINDS:
        return []
    found: list[Reading] = []
    start = 0
    for part in (title, text):
        if part:
            found += (
                replace(reading, start=reading.start + start, end=reading.end + start) if start else reading
                for reading in _read(part, kind == Kind.TARGET)
            )
            start += len(part) + 1
    return found


def digest_of(reading: Reading) -> str:
    """Return what names a reading wherever in the sentence it stands: its name, value and measure."""
    told = [
        fold(reading.name),
        *(
            None if value is None else f"{value.normalize():f}"
            for value in (reading.value, reading.value_max)
        ),
        _count(reading.counted_in),
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def from_document(key: int, target: Target) -> Promise:
    """Return a target of a document's node as a promise."""
    return Promise(
        key=key,
        name=target.name,
        comparator=target.comparator,
        value=None if target.value is None else Decimal(target.value),
        value_max=None if target.value_max is None else Decimal(target.value_max),
        counted_in=target.counted_in,
        quote=target.quote,
        aggregation=target.aggregation,
        per=target.per,
        frequency=target.frequency,
        baseline=target.baseline,
        direction=target.direction,
    )


def target_of(reading: Reading) -> Target:
    """Return what a reading says as a target of a document."""
    return Target(
        quote=reading.quote,
        name=reading.name,
        comparator=reading.comparator.value,
        value=_text(reading.value),
        value_max=_text(reading.value_max),
        counted_in=reading.counted_in,
        aggregation=aggregation_of(reading).value,
        per=reading.per.value,
        frequency=reading.frequency.value,
        baseline=reading.baseline.value,
        direction=reading.direction.value,
        decimals=decimals_of(reading),
        start=None if reading.baseline else _text(reading.baseline_value),
    )


def match(
    readings: Sequence[Reading], promises: Sequence[Promise], refused: Collection[str] = frozenset()
) -> Match:
    """Say what each reading is, and how each target stands towards the sentence.

    A target is in step with a reading of the same number, measure and comparison. One that is in step with
    none is paired with the reading it most likely became, where one is left that looks like it.
    """
    if not readings and not promises:
        return Match()
    found = [Found(reading, digest_of(reading), ReadingState.NEW) for reading in readings]
    pairings: dict[int, Pairing] = {}
    _pair_equals(found, promises, pairings)
    for at, one in enumerate(found):
        if one.state is ReadingState.NEW and one.digest in refused:
            found[at] = replace(one, state=ReadingState.REFUSED)
    _pair_changed(found, promises, pairings)
    for at, promise in enumerate(promises):
        pairings.setdefault(at, Pairing(promise, _standing_alone(promise)))
    return Match(tuple(found), tuple(pairings[at] for at in range(len(promises))))


def settle(matches: Mapping[Key, Match]) -> dict[Key, Match]:
    """Let targets be missing from one line that are in step with another of the same plan."""
    kept = {
        pair.promise.key
        for one in matches.values()
        for pair in one.pairings
        if pair.standing is Standing.IN_STEP
    }
    return {key: _settled(one, kept) for key, one in matches.items()}


def _pair_equals(found: list[Found], promises: Sequence[Promise], pairings: dict[int, Pairing]) -> None:
    equals = [
        (-_closeness(promise.name, one.reading.name), at, place)
        for at, promise in enumerate(promises)
        for place, one in enumerate(found)
        if promise.is_set and _is_equal(promise, one.reading)
    ]
    for _closest, at, place in sorted(equals):
        if at not in pairings and found[place].state is ReadingState.NEW:
            found[place] = replace(found[place], state=ReadingState.LINKED)
            pairings[at] = Pairing(promises[at], Standing.IN_STEP, found[place])
    # What a sentence says twice is one promise.
    linked = {one.digest for one in found if one.state is ReadingState.LINKED}
    for place, one in enumerate(found):
        if one.state is ReadingState.NEW and one.digest in linked:
            found[place] = replace(one, state=ReadingState.LINKED)


def _pair_changed(found: list[Found], promises: Sequence[Promise], pairings: dict[int, Pairing]) -> None:
    left = [at for at in range(len(promises)) if at not in pairings]
    free = [place for place, one in enumerate(found) if one.state is ReadingState.NEW]
    is_only_choice = len(left) == len(free) == 1
    likely = []
    for at in left:
        for place in free:
            likeness = _likeness(promises[at], found[place].reading, is_only_choice=is_only_choice)
            if likeness:
                closeness = _closeness(promises[at].name, found[place].reading.name)
                likely.append((-likeness, -closeness, at, place))
    for likeness, _closest, at, place in sorted(likely):
        if at in pairings or found[place].state is not ReadingState.NEW:
            continue
        found[place] = replace(found[place], state=ReadingState.BECAME)
        promise = promises[at]
        pairings[at] = Pairing(
            promise,
            Standing.DRIFTED if promise.is_set else Standing.UNSET,
            found[place],
            differences(promise, found[place].reading),
            -likeness,
        )


def differences(promise: Promise, reading: Reading) -> tuple[str, ...]:
    """Name the fields in which the sentence says something else than the target.

    Where a person set another comparison or measure than the sentence had when the target was made from
    it, that is no drift: the sentence must say something else than it did then.
    """
    changed = []
    if (promise.value, promise.value_max) != (reading.value, reading.value_max):
        changed.append("value")
    said = None
    if promise.comparator != reading.comparator:
        said = _said(promise)
        if said is None or said.comparator != reading.comparator:
            changed.append("comparator")
    if not counts_alike(promise.counted_in, reading.counted_in):
        said = said or _said(promise)
        if said is None or not counts_alike(said.counted_in, reading.counted_in):
            changed.append("counted_in")
    return tuple(changed)


def _is_equal(promise: Promise, reading: Reading) -> bool:
    if (promise.value, promise.value_max) != (reading.value, reading.value_max):
        return False
    if promise.value is None:
        # Two marks to be obtained are told apart by what they are called.
        return promise.comparator == reading.comparator and _is_alike(promise, reading)
    return not differences(promise, reading)


def _likeness(promise: Promise, reading: Reading, *, is_only_choice: bool) -> int:
    """Say how much speaks for the reading being what the promise became; 0 for too little."""
    likeness = 0
    if promise.quote and _masked(promise.quote) == _masked(reading.quote):
        likeness += _SAME_WORDS
    if fold(promise.name) == fold(reading.name):
        likeness += _SAME_NAME
    if counts_alike(promise.counted_in, reading.counted_in) and (
        promise.value is not None or not promise.is_set
    ):
        is_near = is_only_choice or likeness or _closeness(promise.name, reading.name) >= _ALIKE
        likeness += _COUNTS_ALIKE if is_near else 0
    if reading.origin is Origin.FREQUENCY and likeness < _SAME_NAME:
        return 0
    return likeness


def _is_alike(promise: Promise, reading: Reading) -> bool:
    return (
        _masked(promise.quote) == _masked(reading.quote) or _closeness(promise.name, reading.name) >= _ALIKE
    )


def _standing_alone(promise: Promise) -> Standing:
    if not promise.is_set:
        return Standing.UNSET
    return Standing.QUALITATIVE if promise.value is None else Standing.LOST


def _settled(one: Match, kept: Collection[int]) -> Match:
    freed = set()
    pairings = []
    for pair in one.pairings:
        is_weak = pair.standing is Standing.DRIFTED and pair.likeness < _SAME_NAME
        if pair.promise.key in kept and (pair.standing is Standing.LOST or is_weak):
            freed.add(pair.found.digest if pair.found else "")
            pairings.append(Pairing(pair.promise, Standing.ELSEWHERE))
        else:
            pairings.append(pair)
    found = (
        replace(item, state=ReadingState.NEW)
        if item.state is ReadingState.BECAME and item.digest in freed
        else item
        for item in one.found
    )
    return Match(tuple(found), tuple(pairings))


def _said(promise: Promise) -> Reading | None:
    """Return what the target's own quote reads as: what the sentence said when it was taken over."""
    said = _read(promise.quote, True)
    same = [reading for reading in said if reading.value == promise.value]
    return max(same or said, key=lambda reading: _closeness(promise.name, reading.name), default=None)


# Pages read all lines of a plan again and again, and most have not changed since.
@lru_cache(maxsize=8192)
def _read(text: str, is_target: bool) -> tuple[Reading, ...]:
    if len(text) > LONGEST_READ:
        return ()
    return tuple(read_targets(text, kind="target" if is_target else "action"))


@lru_cache(maxsize=8192)
def _masked(quote: str) -> str:
    return _NUMBER.sub("#", fold(quote)).rstrip("。,;")


def _closeness(name: str, other: str) -> float:
    name, other = fold(name), fold(other)
    return 1.0 if name == other else SequenceMatcher(None, name, other, autojunk=False).ratio()


def counts_alike(counted_in: str, other: str) -> bool:
    """Say whether two measures count the same thing: 場 and 場次 do, 人 and 人次 do not."""
    return _count(counted_in) == _count(other)


def _count(counted_in: str) -> str:
    folded = fold(counted_in)
    return _SAME_COUNT.get(folded, folded)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
