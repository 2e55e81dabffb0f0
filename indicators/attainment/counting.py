"""From what was filed to one number: added up, averaged, as a share, or the latest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence
from decimal import Context, Decimal
from enum import Enum, auto
from fractions import Fraction

from indicators.attainment.facts import Filed, Part, Yardstick
from indicators.enums import Aggregation, Comparator, Per
from indicators.extraction.measures import TIMES

# So many of the measure are one whole.
_SCALES = {"%": 100, "‰": 1000, "百分點": 100, "成": 10}
_SCORES = frozenset((*_SCALES, "分"))
_LIMITS = frozenset((Comparator.AT_MOST, Comparator.LESS_THAN))

# Those who are there all year, so that what one of them gets adds up; cases and sessions come and go.
_LASTING = frozenset((Per.PERSON, Per.UNIT, Per.VILLAGE, Per.EACH))
_PASSING = frozenset((Per.CASE, Per.SESSION))
BODIES = _LASTING | _PASSING | {Per.HOUSEHOLD}
_EXACT = Context(prec=50)


class Way(Enum):
    """How the results of several periods and units make one number."""

    ADDED = auto()
    ADDED_MEANS = auto()  # of each period the mean over the bodies, these added up
    MEAN = auto()
    RATIO = auto()
    LATEST = auto()

    @property
    def adds_up(self) -> bool:
        """Say whether the number grows from period to period, so that a part of it is due by now."""
        return self in {Way.ADDED, Way.ADDED_MEANS}


def way_of(yardstick: Yardstick) -> Way:
    """Return how results are put together; within one round, where each period counts for itself."""
    per, is_score = yardstick.per, yardstick.counted_in in _SCORES
    if yardstick.aggregation == Aggregation.RATIO:
        return Way.RATIO
    if yardstick.aggregation == Aggregation.LATEST:
        return Way.LATEST
    if yardstick.aggregation == Aggregation.MEAN:
        is_gained = per in _LASTING and not is_score and yardstick.comparator not in _LIMITS
        return Way.ADDED_MEANS if is_gained else Way.MEAN
    if per in _PASSING or (yardstick.aggregation == Aggregation.EACH_PERIOD and is_held(yardstick)):
        return Way.MEAN
    return Way.ADDED_MEANS if per in BODIES and per != Per.UNIT else Way.ADDED


def is_held(yardstick: Yardstick) -> bool:
    """Say whether the number is a height, of which nothing is gained by adding: %, 分, a time taken."""
    is_time_taken = yardstick.counted_in in TIMES and yardstick.comparator in _LIMITS
    return yardstick.counted_in in _SCORES or is_time_taken


def counting(filed: Iterable[Filed], *, with_waiting: bool) -> tuple[list[Filed], int]:
    """Return what counts of what was filed, and how many results wait to be accepted.

    Of several by one unit for one period the newest counts; one that waits leaves the accepted one in force.
    """
    newest: dict[tuple[int, Hashable], Filed] = {}
    waiting: set[tuple[int, Hashable]] = set()
    rows = sorted(filed, key=lambda one: (one.period, str(one.unit), one.version))
    for row in rows:
        key = (row.period, row.unit)
        if not row.is_accepted and not with_waiting:
            waiting.add(key)
            continue
        before = newest.get(key)
        if before is not None and before.version == row.version:
            message = f"two results of version {row.version} for period {row.period}"
            raise ValueError(message)
        newest[key] = row
        waiting.discard(key)
    return list(newest.values()), len(waiting)


def put_together(yardstick: Yardstick, way: Way, rows: Collection[Filed]) -> Fraction | None:
    """Return the one number of several results, None where there is none."""
    if way is Way.RATIO:
        return _ratio(yardstick, rows)
    if way is Way.MEAN:
        return _mean(yardstick, rows)
    if way is Way.LATEST:
        return _latest(yardstick, rows)
    if way is Way.ADDED:
        return _sum(_number(yardstick, row) for row in rows)
    by_period: dict[int, list[Filed]] = defaultdict(list)
    for row in rows:
        by_period[row.period].append(row)
    return _sum(_mean(yardstick, ones) for ones in by_period.values())


def lacks_parts(rows: Sequence[Filed]) -> list[int]:
    """Return the periods whose shares cannot be put together with others; one alone stands as it is."""
    if len(rows) < 2:
        return []
    return sorted({row.period for row in rows if not row.has_parts})


def parts_of(yardstick: Yardstick, way: Way, rows: Collection[Filed]) -> tuple[Part, ...]:
    """Return what each unit has contributed, in the order in which the units first filed."""
    by_unit: dict[Hashable, list[Filed]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: (one.period, str(one.unit))):
        by_unit[row.unit].append(row)
    return tuple(
        Part(
            unit,
            exact(put_together(yardstick, way, ones)),
            _total(one.numerator for one in ones),
            _total(one.denominator for one in ones),
        )
        for unit, ones in by_unit.items()
    )


def exact(value: Fraction | None) -> Decimal | None:
    """Return the fraction as a decimal: exact where it ends within fifty digits."""
    if value is None:
        return None
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))


def _number(yardstick: Yardstick, row: Filed) -> Fraction | None:
    if row.numerator is not None and row.denominator is not None:
        if not row.denominator:
            return None
        return Fraction(row.numerator) / Fraction(row.denominator) * _SCALES.get(yardstick.counted_in, 1)
    return None if row.value is None else Fraction(row.value)


def _ratio(yardstick: Yardstick, rows: Collection[Filed]) -> Fraction | None:
    if len(rows) == 1:
        return _number(yardstick, *rows)
    if not all(row.has_parts for row in rows):
        return None
    below = sum(Fraction(row.denominator or 0) for row in rows)
    above = sum(Fraction(row.numerator or 0) for row in rows)
    return above / below * _SCALES.get(yardstick.counted_in, 1) if below else None


def _mean(yardstick: Yardstick, rows: Collection[Filed]) -> Fraction | None:
    """Weigh by the denominators where all have them, else count each result once."""
    if all(row.has_parts for row in rows):
        return _ratio(yardstick, rows)
    numbers = [number for row in rows if (number := _number(yardstick, row)) is not None]
    return sum(numbers, Fraction()) / len(numbers) if numbers else None


def _latest(yardstick: Yardstick, rows: Collection[Filed]) -> Fraction | None:
    """Put each unit's latest level together: heights are averaged, what is counted is added."""
    last: dict[Hashable, Filed] = {}
    for row in sorted(rows, key=lambda one: one.period):
        if _number(yardstick, row) is not None:
            last[row.unit] = row
    is_height = is_held(yardstick) or yardstick.counted_in in TIMES or yardstick.per in BODIES
    if is_height:
        return _mean(yardstick, last.values())
    return _sum(_number(yardstick, row) for row in last.values())


def _sum(numbers: Iterable[Fraction | None]) -> Fraction | None:
    known = [number for number in numbers if number is not None]
    return sum(known, Fraction()) if known else None


def _total(numbers: Iterable[Decimal | None]) -> Decimal | None:
    return exact(_sum(None if number is None else Fraction(number) for number in numbers))
