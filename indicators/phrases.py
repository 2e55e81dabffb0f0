"""Numbers and promises in words, the same on every page.

Pure. What is counted (場次, 人次, %) stays as it was written whatever the language of the site.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from indicators.enums import Aggregation, Baseline, Comparator, Direction, Frequency, Per

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MOST_DECIMALS = 4  # what the columns hold
LONGEST_SHOWN = 12
_ROOMY = Context(prec=80)  # longer than any sum
_CLOSE = frozenset(("", "%", "‰"))  # written close to the number

_BOUNDS: dict[str, _StrPromise] = {
    Comparator.AT_LEAST: gettext_lazy("at least %(amount)s"),
    Comparator.MORE_THAN: gettext_lazy("more than %(amount)s"),
    Comparator.EQUAL: gettext_lazy("exactly %(amount)s"),
    Comparator.LESS_THAN: gettext_lazy("less than %(amount)s"),
    Comparator.AT_MOST: gettext_lazy("at most %(amount)s"),
    Comparator.BETWEEN: gettext_lazy("between %(amount)s"),
}
_TOWARDS_LAST_YEAR: dict[str, _StrPromise] = {
    Comparator.AT_LEAST: gettext_lazy("not below last year"),
    Comparator.MORE_THAN: gettext_lazy("above last year"),
    Comparator.EQUAL: gettext_lazy("as last year"),
    Comparator.LESS_THAN: gettext_lazy("below last year"),
    Comparator.AT_MOST: gettext_lazy("not above last year"),
}
_MANNERS: dict[str, _StrPromise] = {
    Aggregation.RATIO: pgettext_lazy("how results are put together", "ratio"),
    Aggregation.MEAN: pgettext_lazy("how results are put together", "mean"),
    Aggregation.LATEST: pgettext_lazy("how results are put together", "latest value"),
}
# These are periods, which `Frequency` names as well.
_PERIODS = frozenset(Frequency.values) - {""}


def number(value: Decimal, decimals: int | None = None) -> str:
    """Return 3,380 or 92.5: rounded half up to so many decimals, zeros at the end left out."""
    if decimals is not None:
        value = _at(value, decimals)
    return f"{value.normalize(_ROOMY) if value else Decimal(0):,f}"


def rounded(value: Decimal, decimals: int, *, beside: Iterable[Decimal | None] = ()) -> str:
    """Return the number rounded for display, with more decimals where rounding would tell a lie.

    89.96 beside a target of 90 is shown as 89.96 even where one decimal is usual: 90.0 would look reached.
    """
    others = [other for other in beside if other is not None]
    for places in range(decimals, LONGEST_SHOWN):
        near = _at(value, places)
        if all((near > other) - (near < other) == (value > other) - (value < other) for other in others):
            return number(near)
    return number(value, LONGEST_SHOWN)


def _at(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _ROOMY)


def amount(
    value: Decimal | None,
    value_max: Decimal | None,
    counted_in: str,
    decimals: int | None = None,
    *,
    beside: Iterable[Decimal | None] = (),
) -> str:
    """Return 3,380 小時, 12–15 天, 20%, "" without a value; `beside` what it is compared with (`rounded`)."""
    if value is None:
        return ""
    shown = number(value, decimals) if decimals is None else rounded(value, decimals, beside=beside)
    if value_max is not None:
        shown += f"–{number(value_max, decimals)}"
    return counted(shown, counted_in)


def counted(shown: str, counted_in: str) -> str:
    """Return a number that is written already with what it counts."""
    return f"{shown}{'' if counted_in in _CLOSE else ' '}{counted_in}"


def result_measure(counted_in: str, *, baseline: str = Baseline.NONE, aggregation: str = "") -> str:
    """Return what a result is counted in, where that is not what the target speaks of.

    Measured against last year it is the amount itself, of which growth by per cent says no measure; of
    milestones it is their weight. A change that is promised for each period is filed as that change.
    """
    if aggregation == Aggregation.MILESTONES:
        return "%"
    if baseline != Baseline.LAST_YEAR or aggregation == Aggregation.EACH_PERIOD:
        return counted_in
    return {"%": "", "百分點": "%"}.get(counted_in, counted_in)


def bound(
    comparator: str,
    value: Decimal | None,
    value_max: Decimal | None,
    counted_in: str,
    *,
    baseline: str = Baseline.NONE,
    direction: str = Direction.NONE,
) -> str:
    """Return what is promised of one value: at least 90%, up by at least 5% against last year."""
    if comparator == Comparator.DONE:
        return str(Comparator.DONE.label)
    against_last_year = baseline == Baseline.LAST_YEAR
    if value is None:
        towards = _TOWARDS_LAST_YEAR.get(comparator) if against_last_year else None
        return str(towards) if towards else _("without a number")
    words = str(_BOUNDS[Comparator(comparator)]) % {"amount": amount(value, value_max, counted_in)}
    if not against_last_year:
        return words
    if is_reduction(comparator, direction):
        return _("down by %(amount)s against last year") % {"amount": words}
    return _("up by %(amount)s against last year") % {"amount": words}


def promise(
    comparator: str,
    value: Decimal | None,
    value_max: Decimal | None,
    counted_in: str,
    *,
    aggregation: str = "",
    per: str = Per.WHOLE,
    frequency: str = Frequency.NONE,
    baseline: str = Baseline.NONE,
    direction: str = Direction.NONE,
    start: Decimal | None = None,
) -> str:
    """Return a target in words: 每季至少 2 場次, 每人至少 80 小時（平均）, 較前一年增加至少 5%.

    Of a level its `start` is told too: 不超過 8 小時（最新值），原為 16 小時.
    """
    if aggregation == Aggregation.MILESTONES:
        return _of_milestones(comparator, value)
    words = bound(comparator, value, value_max, counted_in, baseline=baseline, direction=direction)
    if value is not None and (manner := _MANNERS.get(aggregation)):
        words = _("%(promise)s (%(manner)s)") % {"promise": words, "manner": manner}
    if value is not None and start is not None and aggregation == Aggregation.LATEST and not baseline:
        words = _("%(promise)s, from %(start)s") % {
            "promise": words,
            "start": amount(start, None, counted_in),
        }
    scope = scope_of(per, frequency)
    return _("%(scope)s: %(promise)s") % {"scope": scope, "promise": words} if scope else words


def scope_of(per: str, frequency: str) -> str:
    """Return for whom and how often one value is promised: 每課每季; "" for the whole year of the whole."""
    body = "" if per in _PERIODS else per
    often = frequency or (per if per in _PERIODS else "")
    # A plan lasts a year: what is promised each year is simply promised.
    often = "" if often == Frequency.YEAR else often
    parts = [str(choice.label) for choice in (Per(body), Frequency(often)) if choice]
    return (
        pgettext("for whom, how often", "%(whom)s, %(often)s")
        % {
            "whom": parts[0],
            "often": parts[1].lower(),
        }
        if len(parts) == 2
        else "".join(parts)
    )


def _of_milestones(comparator: str, value: Decimal | None) -> str:
    if value is None or comparator == Comparator.DONE:
        return _("all milestones")
    return _("milestones of %(bound)s") % {"bound": bound(comparator, value, None, "%")}


def is_reduction(comparator: str, direction: str) -> bool:
    """Say whether a change against last year is one downwards.

    Where less is better, at least two points are two points less. A limit (at most two points) limits what
    is added.
    """
    return direction == Direction.LESS and comparator not in {Comparator.AT_MOST, Comparator.LESS_THAN}
