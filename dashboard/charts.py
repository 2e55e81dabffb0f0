"""Charts as numbers a template draws: bars of states, attainment against pace, lines over periods.

Pure. Places across are percentages and places downwards pixels, so that a chart takes any width while its
letters keep their size; templates/dashboard/_chart_*.html put them into SVG, for pages and paper alike.
Each part is told by its pattern, mark or dash and by its number, never by its colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

BAR = 20  # pixels a bar is high
ROW = 48  # from one bar to the next, its name above it
TOP = 4
NAME = 16  # from the top of a row to the line its name stands on
KEY = 24  # a row of the legend
NARROW = Decimal(6)  # percent of the width below which a part has no room for its number
LETTER = 9  # pixels a figure takes
MOST_PERCENT = Decimal(150)  # where an axis of attainment ends
HUNDRED = Decimal(100)
MARK = "mark"  # the kind of the legend's entry for what is expected by now
LONGEST_NAME = 24  # characters that fit above a bar on a phone
LONGEST_KEY = 16  # letters for which half of a phone has room, beside the pattern
PLOT = 180  # pixels a plot is high
ROOM = 20  # above it, for the numbers of its highest points
AXIS = 24  # below it, for the names of its points
INSET = Decimal(14)  # percent left free before a plot, for the names of its levels
OUTSET = Decimal(6)  # and after it


def text_of(place: Decimal) -> str:
    """Return a number as SVG takes it: 33.33"""
    return f"{place.quantize(Decimal('0.01')).normalize():f}"


def letters(words: str) -> int:
    """Return how many Latin letters words are as wide as: Chinese characters take two."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in words)


def cut(name: str, most: int = LONGEST_NAME) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of the legend: what a pattern, a mark or a dash stands for. `x` is a percentage."""

    kind: str
    words: str
    x: str
    y: int

    @property
    def text_y(self) -> int:
        return self.y + 13


def legend(names: Iterable[tuple[str, str]], *, columns: int = 2) -> tuple[tuple[Key, ...], int]:
    """Return the entries, side by side where all are short, and how high they are together."""
    names = list(names)
    if any(letters(words) > LONGEST_KEY for _kind, words in names):
        columns = 1
    keys = [
        Key(kind, words, text_of(HUNDRED / columns * (place % columns)), TOP + place // columns * KEY)
        for place, (kind, words) in enumerate(names)
    ]
    rows = -(-len(keys) // columns)
    return tuple(keys), rows * KEY + TOP if rows else 0


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar. `label` is its number where there is room; it stands on a plate, `plate` wide."""

    kind: str
    x: str
    width: str
    count: int
    middle: str
    label: str = ""

    @property
    def plate(self) -> int:
        return len(self.label) * LETTER + 7

    @property
    def shift(self) -> str:
        return text_of(Decimal(-self.plate) / 2)


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    note: str
    y: int
    parts: tuple[Part, ...]

    @property
    def name_y(self) -> int:
        return self.y - ROW + BAR + NAME + TOP

    @property
    def label_y(self) -> int:
        return self.y + BAR - 5

    @property
    def plate_y(self) -> int:
        return self.y + 3


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars as long as their number of things, cut into kinds. `legend` names those there are."""

    key: str
    title: str
    description: str
    height: int
    bars: tuple[Bar, ...]
    legend: tuple[Key, ...]


def stacked_bars(
    key: str,
    title: str,
    rows: Sequence[tuple[str, Mapping[str, int]]],
    kinds: Mapping[str, str],
    *,
    description: str = "",
) -> Bars:
    """Return a bar for each row; the longest fills the width. `kinds` gives the names of parts in order."""
    longest = max((sum(counts.values()) for _name, counts in rows), default=0)
    there = {kind for _name, counts in rows for kind, count in counts.items() if count}
    keys, below = legend((kind, words) for kind, words in kinds.items() if kind in there)
    bars = []
    for place, (name, counts) in enumerate(rows):
        parts: list[Part] = []
        x = Decimal(0)
        for kind in kinds:
            count = counts.get(kind, 0)
            if not count:
                continue
            width = Decimal(count) * HUNDRED / longest
            label = str(count) if width >= NARROW else ""
            parts.append(Part(kind, text_of(x), text_of(width), count, text_of(x + width / 2), label))
            x += width
        bars.append(Bar(cut(name), str(sum(counts.values())), below + _bar_y(place), tuple(parts)))
    return Bars(key, title, description, below + _height(len(bars)), tuple(bars), keys)


@dataclass(frozen=True, slots=True)
class Gauge:
    """How much of a target is attained, `width` of the axis, and by `pace` how much is expected by now."""

    name: str
    note: str
    y: int
    width: str
    kind: str
    pace: str = ""
    is_cut: bool = False  # more than the axis has room for

    @property
    def name_y(self) -> int:
        return self.y - ROW + BAR + NAME + TOP

    @property
    def tip_y(self) -> int:
        return self.y - 4

    @property
    def foot_y(self) -> int:
        return self.y + BAR + 4

    @property
    def arrow_y(self) -> int:
        return self.y + BAR - 5


@dataclass(frozen=True, slots=True)
class Gauges:
    """Bars of attainment on one axis; `whole` is where 100% stands on it."""

    key: str
    title: str
    description: str
    height: int
    gauges: tuple[Gauge, ...]
    whole: str
    legend: tuple[Key, ...]

    @property
    def axis_y(self) -> int:
        return self.height - 6

    @property
    def line_start(self) -> int:
        return self.gauges[0].y - 6 if self.gauges else 0

    @property
    def line_end(self) -> int:
        return self.height - AXIS + 4


def attainment_bars(
    key: str,
    title: str,
    rows: Sequence[tuple[str, str, Decimal, Decimal | None, str]],
    kinds: Mapping[str, str],
    *,
    mark: str,
    description: str = "",
) -> Gauges:
    """Return a bar for each row of name, note, percent attained, percent expected by now, and kind.

    `mark` says what the mark of what is expected stands for.
    """
    there = {row[4] for row in rows}
    names = [(kind, words) for kind, words in kinds.items() if kind in there]
    keys, below = legend([*names, *([(MARK, mark)] if any(row[3] is not None for row in rows) else [])])
    highest = max([HUNDRED, *(max(row[2], row[3] or HUNDRED) for row in rows)])
    end = min(highest, MOST_PERCENT)
    gauges = tuple(
        Gauge(
            name=cut(name),
            note=note,
            y=below + _bar_y(place),
            width=text_of(_on_axis(percent, end)),
            kind=kind,
            pace="" if pace is None else text_of(_on_axis(pace, end)),
            is_cut=percent > end,
        )
        for place, (name, note, percent, pace, kind) in enumerate(rows)
    )
    height = below + _height(len(gauges)) + AXIS
    return Gauges(key, title, description, height, gauges, text_of(_on_axis(HUNDRED, end)), keys)


@dataclass(frozen=True, slots=True)
class Point:
    x: str
    y: str
    label: str
    label_y: str


@dataclass(frozen=True, slots=True)
class Segment:
    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True, slots=True)
class Line:
    """One series: `place` chooses its dash and its mark. A gap in the values is a gap in the line."""

    name: str
    place: int
    points: tuple[Point, ...]
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    label: str
    at: str


@dataclass(frozen=True, slots=True)
class Trend:
    """Lines over the same points in time, on one axis from nothing upwards."""

    key: str
    title: str
    description: str
    height: int
    lines: tuple[Line, ...]
    columns: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    legend: tuple[Key, ...]

    @property
    def names_y(self) -> int:
        return self.height - 6


Series = tuple[str, Sequence[Decimal | None]]


def trend(
    key: str,
    title: str,
    columns: Sequence[str],
    series: Iterable[Series],
    *,
    top: Decimal | None = None,
    measure: str = "",
    description: str = "",
) -> Trend:
    """Return a line for each series of one value a column, None where there is none.

    The axis ends at `top`, else at a round number above the highest value.
    """
    series = list(series)
    values = [value for _name, values in series for value in values if value is not None]
    keys, below = legend(((str(number), name) for number, (name, _values) in enumerate(series)), columns=1)
    plot = _Plot(floor=below + ROOM + PLOT, end=top or rounded_up(max(values, default=Decimal(0))))
    places = [_column(place, len(columns)) for place in range(len(columns))]
    highest = [_highest(column) for column in zip(*(told for _name, told in series), strict=True)]
    return Trend(
        key,
        title,
        description,
        plot.floor + AXIS,
        tuple(
            _line(name, number, zip(places, values, highest, strict=True), plot, measure)
            for number, (name, values) in enumerate(series)
        ),
        tuple(Tick(name, text_of(place)) for name, place in zip(columns, places, strict=True)),
        tuple(
            Tick(f"{_short(plot.end * step / 4)}{measure}", text_of(plot.level(plot.end * step / 4)))
            for step in range(5)
        ),
        keys,
    )


@dataclass(frozen=True, slots=True)
class _Plot:
    floor: int  # the pixel nothing stands on
    end: Decimal  # the value the axis ends at

    def level(self, value: Decimal) -> Decimal:
        return self.floor - min(max(value, Decimal(0)), self.end) / self.end * PLOT


def rounded_up(value: Decimal) -> Decimal:
    """Return the next of 1, 2, 4, 8 and 10 times a power of ten: all of them have round quarters."""
    if value <= 0:
        return Decimal(4)
    scale = Decimal(10) ** value.adjusted()
    return next((scale * step for step in (1, 2, 4, 8) if value <= scale * step), scale * 10)


def _highest(values: Sequence[Decimal | None]) -> int:
    """Return the place of the highest value of a column, the first of those that are alike."""
    return max(range(len(values)), key=lambda place: (values[place] is not None, values[place] or 0, -place))


def _line(
    name: str,
    number: int,
    values: Iterable[tuple[Decimal, Decimal | None, int]],
    plot: _Plot,
    measure: str,
) -> Line:
    points: list[Point] = []
    segments: list[Segment] = []
    last: Point | None = None
    for x, value, highest in values:
        if value is None:
            last = None
            continue
        y = plot.level(value)
        # The number of the highest point stands above it, the others below theirs, so that they stay apart.
        label_y = y - 9 if number == highest else y + 18
        point = Point(text_of(x), text_of(y), f"{_short(value)}{measure}", text_of(label_y))
        if last is not None:
            segments.append(Segment(last.x, last.y, point.x, point.y))
        points.append(point)
        last = point
    return Line(name, number, tuple(points), tuple(segments))


def _short(value: Decimal) -> str:
    """Return a number as an axis shows it: to one decimal, none where it has none."""
    return f"{value.quantize(Decimal('0.1')).normalize():,f}"


def _column(place: int, count: int) -> Decimal:
    if count == 1:
        return HUNDRED / 2
    return INSET + (HUNDRED - INSET - OUTSET) * place / (count - 1)


def _on_axis(percent: Decimal, end: Decimal) -> Decimal:
    return min(max(percent, Decimal(0)), end) * HUNDRED / end


def _bar_y(place: int) -> int:
    return TOP + place * ROW + ROW - BAR


def _height(rows: int) -> int:
    return TOP + rows * ROW + TOP
