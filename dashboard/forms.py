"""What lists and boards are narrowed by. A choice that does not exist is passed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import Choices, Narrowing
from core.roc import roc_date, to_roc
from dashboard.figures import Span
from dashboard.queries.lists import INSIDE_ALONE, Show, Standing
from progress.queries.findings import FindingShow


class ReportFilter(Narrowing):
    """The reports of a plan: of which period, where they stand, whose, in which chapter."""

    period = forms.ChoiceField(label=gettext_lazy("Period"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), required=False)
    chapter = forms.ChoiceField(label=gettext_lazy("Chapter"), required=False)

    def __init__(
        self,
        *args: Any,
        spans: Iterable[Span],
        units: Choices,
        chapters: Iterable[str],
        is_inside: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer(
            period=[("", _("all periods")), *((str(span.number), span.words) for span in spans)],
            state=[(show.value, show.label) for show in Show if is_inside or show not in INSIDE_ALONE],
            unit=[("", _("all units")), *units],
            chapter=[("", _("all chapters")), *((name, name) for name in chapters)],
        )


class TargetFilter(Narrowing):
    """The targets of a plan: where they stand, whose, in which chapter."""

    state = forms.ChoiceField(label=gettext_lazy("State"), choices=Standing.choices, required=False)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), required=False)
    chapter = forms.ChoiceField(label=gettext_lazy("Chapter"), required=False)

    def __init__(self, *args: Any, units: Choices, chapters: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(
            unit=[("", _("all units")), *units],
            chapter=[("", _("all chapters")), *((name, name) for name in chapters)],
        )


class CityFilter(Narrowing):
    """A city's board: year, last day of the periods shown, evaluation group, and how it is sorted.

    `sorts` are the columns by name; a head of the table turns the order of one around.
    """

    year = forms.ChoiceField(label=gettext_lazy("Year"), required=False)
    until = forms.ChoiceField(label=gettext_lazy("Periods"), required=False)
    group = forms.ChoiceField(label=gettext_lazy("Evaluation group"), required=False)
    sort = forms.ChoiceField(label=gettext_lazy("Sorted by"), required=False)

    def __init__(
        self,
        *args: Any,
        years: Iterable[int],
        ends: Iterable[dt.date],
        groups: Iterable[str],
        sorts: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        named = self.data.get("sort", "")
        turned = named.removeprefix("-")
        around = (
            [(named, _("%(column)s, turned around") % {"column": sorts[turned]})] if turned in sorts else []
        )
        self.offer(
            year=[(str(year), str(to_roc(year))) for year in years],
            until=[
                ("", _("the last that is over")),
                *((day.isoformat(), _("until %(day)s") % {"day": roc_date(day)}) for day in ends),
            ],
            group=[("", _("all groups")), *((name, name) for name in groups)],
            sort=[*sorts.items(), *(around if named != turned else [])],
        )


class CityReportFilter(Narrowing):
    """Reports of all districts: where they stand; hidden, year, periods and group of the board."""

    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    year = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1912, max_value=2200)
    until = forms.DateField(widget=forms.HiddenInput, required=False)
    group = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(state=[(show.value, show.label) for show in Show if show not in INSIDE_ALONE])


class CityTargetFilter(Narrowing):
    """Targets of all districts: where they stand; hidden, year and group of the board."""

    state = forms.ChoiceField(label=gettext_lazy("State"), choices=Standing.choices, required=False)
    year = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1912, max_value=2200)
    group = forms.CharField(widget=forms.HiddenInput, required=False)


class CityFindingFilter(Narrowing):
    """What checks by the city found: which, and in which district."""

    show = forms.ChoiceField(label=gettext_lazy("State"), choices=FindingShow.choices, required=False)
    district = forms.ChoiceField(label=gettext_lazy("Agency"), required=False)

    def __init__(self, *args: Any, districts: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(district=[("", _("all districts")), *districts])
