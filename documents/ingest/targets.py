"""The targets an item's own words promise, as proposals."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from documents.ingest.proposal import Origin, ProposedItem, ProposedTarget
from indicators.extraction import Reading, read_targets

LONGEST_READ = 4000  # a text longer than this is no sentence; no numbers are looked for in it


def read_item(item: ProposedItem) -> list[ProposedTarget]:
    """Return what `indicators.extraction` reads in the item; nothing for chapters, notes and rosters."""
    return [
        ProposedTarget(
            item=item.id,
            quote=reading.quote,
            name=reading.name,
            comparator=reading.comparator.value,  # type: ignore[arg-type]  # the enum's values are the literals
            value=_decimal(reading.value),
            value_max=_decimal(reading.value_max),
            counted_in=reading.counted_in,
            aggregation=reading.aggregation.value,
            per=reading.per.value,
            origin=cast("Origin", reading.origin.value),
        )
        for reading in _readings(item)
    ]


def reading_of(item: ProposedItem, target: ProposedTarget) -> Reading | None:
    """Return the reading a proposed target was made of, which says more; None where the words changed."""
    said = (target.quote, target.value, target.value_max, target.counted_in)
    for one in _readings(item):
        if (one.quote, _decimal(one.value), _decimal(one.value_max), one.counted_in) == said:
            return one
    return None


def _readings(item: ProposedItem) -> list[Reading]:
    text = item.text or item.title
    if item.kind in ("chapter", "note", "table") or len(text) > LONGEST_READ:
        return []
    return read_targets(text, kind="target" if item.kind == "target" else "action")


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
