"""Quantified targets in the Chinese prose of service plans, read with their quotes.

Pure: no rows, no clock. A text goes through `folding` (width, blanks), `exclusions` (dates, telephones,
idioms are hidden), `amounts` (numbers with the `measures` they count), `linking` (ranges and changes
join), `judging` (which are values at all), `wording` (comparator, period, direction) and `naming`
(quote and name); `reader` puts the readings together.
"""

from __future__ import annotations

from indicators.extraction.reader import LONGEST_TEXT, read_directions, read_targets
from indicators.extraction.reading import Reading

__all__ = ["LONGEST_TEXT", "Reading", "read_directions", "read_targets"]
