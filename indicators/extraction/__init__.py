"""Quantified targets in the Chinese prose of service plans, read with their quotes.

Pure: no rows, no clock. A text goes through `folding` (width, blanks), `exclusions` (dates, telephones,
idioms are hidden), `amounts` (numbers with the `measures` they count), `linking` (ranges and changes
join), `judging` (which are values at all), `wording` (comparator, period, direction) and `naming`
(quote and name); `reader` puts the readings together. `manner` says how results are put together that a
reading is held against.
"""

from __future__ import annotations

from indicators.extraction.manner import aggregation_of, decimals_of
from indicators.extraction.reader import LONGEST_TEXT, read_directions, read_targets
from indicators.extraction.reading import Reading

__all__ = ["LONGEST_TEXT", "Reading", "aggregation_of", "decimals_of", "read_directions", "read_targets"]
