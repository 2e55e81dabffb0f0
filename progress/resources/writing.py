"""The sheet a unit takes out to be filled: a row for each report and target, and what they were made from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from core.books import WRITERS, Cell, Column, Page
from progress.forms import short_day
from progress.queries.filing import Card, Filing, TargetCard
from progress.queries.reports import values_of
from progress.resources.columns import KEY, MILESTONE_FIELDS, REPORT_FIELDS, TARGET_FIELDS, Field

SALT = "progress.sheet"
MARK = "DP1:"  # before each piece of what the sheet was made from
PIECE = 30_000  # characters; a cell holds 32,767


def filing_file(filing: Filing, extension: str) -> tuple[bytes, str]:
    """Return what the unit may still write as a file of one of WRITERS, and the type of its content."""
    write, content_type = WRITERS[extension]
    cards = cards_to_fill(filing)
    has_milestones = any(one.milestones for card in cards for one in card.targets)
    told = [_milestones(cards)] if has_milestones else []
    return write([_reports(filing, cards), _targets(cards), *told, _origin(filing, cards)]), content_type


def cards_to_fill(filing: Filing) -> list[Card]:
    return [card for card in filing.cards if card.may_write]


def fields_of(one: TargetCard) -> frozenset[str]:
    """Return which fields are written of a target: a value or the parts of a ratio, a state, or both."""
    stated = {"state"} if one.is_stated else set()
    if not one.is_measured:
        return frozenset(stated)
    parts = {"numerator", "denominator"} if one.is_ratio else {"value"}
    return frozenset({*parts, "confirmed", *stated})


def _reports(filing: Filing, cards: list[Card]) -> Page:
    before = [
        Column(_("Last time: what was done"), 40),
        Column(_("Last time: planned (%)"), 10),
        Column(_("Last time: actual (%)"), 10),
        Column(_("Last time: state"), 12),
    ]
    columns = [_key(), Column(_("Line"), 40), *before, *map(_column, REPORT_FIELDS)]
    page = Page(_("Reports"), _notes(filing), columns)
    for card in cards:
        values, last = values_of(card.report), card.before
        told = [""] * 4
        if last is not None:
            words = f"（{card.unit_before}）{last.narrative}" if card.unit_before else last.narrative
            told = [words, _plain(last.planned), _plain(last.actual), last.get_state_display()]
        page.rows.append(
            [
                Cell(f"R{card.report.pk}.{card.report.version}"),
                Cell(f"{card.report.line.number}{card.report.line.words}"),
                *map(Cell, told),
                *(Cell(field.show(values[field.name]), is_open=True) for field in REPORT_FIELDS),
            ]
        )
    return page


def _targets(cards: list[Card]) -> Page:
    columns = [
        _key(),
        Column(_("Line"), 30),
        Column(_("Target"), 40),
        Column(_("Promised"), 20),
        Column(_("Last time"), 14),
        *map(_column, TARGET_FIELDS),
    ]
    notes = [
        _("Results of the targets"),
        _("Fill in the yellow cells alone. Grey cells are for other kinds of targets."),
    ]
    page = Page(_("Targets"), notes, columns)
    for card in cards:
        values = values_of(card.report)
        for one in card.targets:
            if wanted := fields_of(one):
                page.rows.append([*_target_head(card, one), *_target_cells(one, values, wanted)])
    return page


def _milestones(cards: list[Card]) -> Page:
    columns = [
        _key(),
        Column(_("Line"), 30),
        Column(_("Target"), 40),
        Column(_("Milestone"), 30),
        Column(_("Due"), 14),
        Column(_("Weight (%)"), 10),
        *map(_column, MILESTONE_FIELDS),
    ]
    notes = [
        _("Milestones of the targets"),
        _(
            "What was reported before stands there already. Of a milestone that is reached give both: yes, "
            "and the day, such as 115.4.30."
        ),
    ]
    page = Page(_("Milestones"), notes, columns)
    for card in cards:
        values = values_of(card.report)
        for one in card.targets:
            for standing in one.milestones:
                milestone = standing.milestone
                page.rows.append(
                    [
                        Cell(f"M{card.report.pk}.{milestone.pk}"),
                        Cell(f"{card.report.line.number}{card.report.line.words}"),
                        Cell(one.target.quote),
                        Cell(milestone.title),
                        Cell(short_day(milestone.due_on.isoformat())),
                        Cell(_plain(milestone.weight)),
                        *(
                            Cell(field.show(values[f"{field.name}-{milestone.pk}"]), is_open=True)
                            for field in MILESTONE_FIELDS
                        ),
                    ]
                )
    return page


def _target_head(card: Card, one: TargetCard) -> Iterator[Cell]:
    yield Cell(f"T{card.report.pk}.{one.target.pk}")
    yield Cell(f"{card.report.line.number}{card.report.line.words}")
    yield Cell(one.target.quote)
    yield Cell(one.phrase)
    if one.before is None:
        yield Cell("")
    elif one.is_ratio and one.before.denominator is not None:
        yield Cell(f"{_plain(one.before.numerator)}／{_plain(one.before.denominator)}")
    else:
        yield Cell(_plain(one.before.value) or one.before.get_state_display())


def _target_cells(one: TargetCard, values: dict[str, Any], wanted: frozenset[str]) -> Iterator[Cell]:
    for field in TARGET_FIELDS:
        if field.name in wanted:
            yield Cell(field.show(values[f"{field.name}-{one.target.pk}"]), is_open=True)
        else:
            yield Cell()


def _origin(filing: Filing, cards: list[Card]) -> Page:
    """The sheet nobody sees: what the others were made from, sealed, so that a save merges as in the form."""
    made_from = {
        "period": filing.period.pk,
        "unit": filing.unit.pk,
        "reports": {str(card.report.pk): _values_to_fill(card) for card in cards},
        "milestones": [
            standing.milestone.pk for card in cards for one in card.targets for standing in one.milestones
        ],
        "counted_in": {str(one.target.pk): one.target.result_in for card in cards for one in card.targets},
    }
    sealed = signing.dumps(made_from, salt=SALT, compress=True)
    pieces = [sealed[at : at + PIECE] for at in range(0, len(sealed), PIECE)]
    note = _("From this the site knows which sheet this is. Leave it as it is.")
    rows = [[Cell(MARK + piece)] for piece in pieces]
    return Page(_("Origin"), [note], [Column(_("Origin"), 40)], rows, is_hidden=True)


def _values_to_fill(card: Card) -> dict[str, Any]:
    """Return the values of the fields that have an open cell."""
    names = {field.name for field in REPORT_FIELDS}
    names |= {f"{name}-{one.target.pk}" for one in card.targets for name in fields_of(one)}
    names |= {
        f"{field.name}-{standing.milestone.pk}"
        for one in card.targets
        for standing in one.milestones
        for field in MILESTONE_FIELDS
    }
    return {name: value for name, value in values_of(card.report).items() if name in names}


def _notes(filing: Filing) -> list[str]:
    return [
        _("%(plan)s: what %(unit)s reports of %(period)s")
        % {"plan": filing.period.plan.title, "unit": filing.unit.name, "period": filing.period.span_words},
        _(
            "Fill in the yellow cells alone, here and on the sheet “%(sheet)s”. Give the file back to one "
            "of the unit who has an account: the site shows what it changes before anything is written."
        )
        % {"sheet": _("Targets")},
        _(
            "What you leave as it is stays as it is on the site; a cell you empty is emptied there. Progress "
            "in percent from 0 to 100; days such as 115.4.30; states from the list; no formulas."
        ),
    ]


def _key() -> Column:
    return Column(str(KEY), is_hidden=True)


def _column(field: Field) -> Column:
    choices = tuple(str(choice) for choice in field.choices)
    return Column(str(field.label), field.width, choices, is_number=field.is_number)


def _plain(value: Any) -> str:
    return "" if value is None else f"{value.normalize():f}"
