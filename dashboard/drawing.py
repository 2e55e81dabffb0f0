"""The charts of dashboards: which figures each of them draws, and how it is named. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dashboard import charts
from dashboard.figures import KINDS, OPEN, Group, Span, Tally, TargetRow, TargetTally
from indicators.enums import ProgressState

State = ProgressState
MOST_GAUGES = 10


def state_names() -> dict[str, str]:
    """Return the parts of a bar of reports by name: what was released by its state, then the rest."""
    return {str(kind): str(kind.label) for kind in KINDS} | {OPEN: _("Not released yet")}


def target_kinds(tally: TargetTally) -> dict[str, int]:
    """Return the parts of a bar of targets, named as those of reports are."""
    return {
        State.DONE: tally.reached,
        State.ON_SCHEDULE: tally.on_schedule,
        State.NOT_STARTED: tally.not_started,
        State.STOPPED: tally.other,
        State.BEHIND: tally.behind,
    }


def target_names() -> dict[str, str]:
    return {
        State.DONE: _("Reached"),
        State.ON_SCHEDULE: _("On schedule or ahead"),
        State.NOT_STARTED: str(State.NOT_STARTED.label),
        State.STOPPED: _("Stopped, or no state yet"),
        State.BEHIND: str(State.BEHIND.label),
    }


def states_by_unit(groups: Iterable[Group], span: Span) -> charts.Bars:
    return charts.stacked_bars(
        "units",
        _("States of the lines of each unit, %(period)s") % {"period": span.words},
        [(group.name, group.tally.kinds) for group in groups],
        state_names(),
        description=_("One bar for each unit, as long as its number of reports; the table has the numbers."),
    )


def states_by_period(trend: Iterable[tuple[Span, Tally]], *, key: str = "periods") -> charts.Bars:
    return charts.stacked_bars(
        key,
        _("States of the lines in each period"),
        [(span.words, tally.kinds) for span, tally in trend],
        state_names(),
        description=_(
            "One bar for each period, as long as its number of reports; the table has the numbers."
        ),
    )


def targets_by_group(rows: Sequence[tuple[str, TargetTally]]) -> charts.Bars:
    return charts.stacked_bars(
        "groups",
        _("Where the targets stand"),
        [(name, target_kinds(tally)) for name, tally in rows],
        target_names(),
        description=_("One bar for each group, as long as its number of targets; the table has the numbers."),
    )


def measurable(targets: Iterable[TargetRow]) -> list[TargetRow]:
    """Return the targets a percentage can be told of."""
    return [row for row in targets if row.attainment is not None]


def attainment(targets: Iterable[TargetRow]) -> charts.Gauges | None:
    """Return the bars of the targets with the least attained, None where no percentage can be told."""
    shown = measurable(targets)[:MOST_GAUGES]
    if not shown:
        return None
    rows = [
        (row.label, row.attainment_words, row.attainment or Decimal(0), row.pace, row.state) for row in shown
    ]
    return charts.attainment_bars(
        "attainment",
        _("How much of the targets is attained, and how much is expected by now"),
        rows,
        state_names() | {"": _("without a state")},
        mark=_("Expected by now"),
        description=_(
            "One bar for each target on an axis of percent; a mark shows what is expected by now. The table "
            "has the numbers."
        ),
    )


def filing_trend(trend: Sequence[tuple[Span, Tally]]) -> charts.Trend:
    return charts.trend(
        "trend",
        _("Released reports and lines on schedule, from period to period"),
        [period_name(span) for span, _tally in trend],
        [
            (_("Released of those owed"), [tally.counted_share for _span, tally in trend]),
            (_("On schedule or better, of those released"), [tally.good_share for _span, tally in trend]),
        ],
        top=charts.HUNDRED,
        measure="%",
        description=_("Two lines of percentages over the periods; the table has the numbers."),
    )


def progress_trend(
    spans: Sequence[Span], planned: Sequence[Decimal | None], actual: Sequence[Decimal | None]
) -> charts.Trend:
    return charts.trend(
        "progress",
        _("Planned and actual progress from period to period"),
        [period_name(span) for span in spans],
        [(_("Planned"), planned), (_("Actual"), actual)],
        top=charts.HUNDRED,
        measure="%",
        description=_("Two lines of percentages over the periods; the table has the numbers."),
    )


def results_by_year(
    years: Sequence[str],
    results: Sequence[Decimal | None],
    targets: Sequence[Decimal | None],
    counted_in: str,
) -> charts.Trend:
    return charts.trend(
        "years",
        _("Results and targets from year to year"),
        years,
        [(pgettext("of a target", "Result"), results), (pgettext("of a year", "Target"), targets)],
        measure="%" if counted_in == "%" else "",
        description=_("Two lines over the years, counted in %(measure)s; the table has the numbers.")
        % {"measure": counted_in or "—"},
    )


def results_by_period(
    spans: Sequence[Span], results: Sequence[Decimal | None], counted_in: str, *, adds_up: bool
) -> charts.Trend:
    return charts.trend(
        "periods",
        _("Results so far, from period to period") if adds_up else _("Results of each period"),
        [period_name(span) for span in spans],
        [(pgettext("of a target", "Result"), results)],
        measure="%" if counted_in == "%" else "",
        description=_("One line over the periods, counted in %(measure)s; the table has the numbers.")
        % {"measure": counted_in or "—"},
    )


def period_name(span: Span) -> str:
    """Return a short name of a period for an axis: 3月, 1-3月."""
    first, last = span.starts_on.month, span.ends_on.month
    return f"{first}月" if first == last else f"{first}-{last}月"
