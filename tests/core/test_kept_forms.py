"""The fields that narrow a list are kept as HTML: they must be those that would be made anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from crispy_forms.utils import render_crispy_form
from django.http import QueryDict
from django.utils import translation

from core.forms import Narrowing
from dashboard.forms import CityFindingFilter, CityReportFilter, CityTargetFilter, TargetFilter
from progress.finding_forms import FindingFilter

QUERIES = (
    *("", "state=behind", "state=nope", "state=behind&state=reached", "year=2026&state=", "year=abc"),
    *("group=%3Cb%3E", "unit=1", "unit=2", "until=2026-13-01", "show=overdue"),
)
FORMS: tuple[Callable[[QueryDict], Narrowing], ...] = (
    lambda asked: CityTargetFilter(asked.dict() | {"year": "2026"}),
    lambda asked: CityReportFilter(asked.dict() | {"year": "2026"}),
    lambda asked: TargetFilter(asked, units=[("1", "民政課")], chapters=["壹"]),
    lambda asked: TargetFilter(asked, units=[("1", "社會課"), ("2", "<b>")], chapters=[]),
    lambda asked: FindingFilter(asked, units=[("1", "民政課")]),
    lambda asked: FindingFilter(asked, units=[]),
    lambda asked: FindingFilter(None, units=[]),
    lambda asked: CityFindingFilter(asked, districts=[("1", "甲區")]),
    lambda asked: CityFindingFilter(asked, districts=[("1", "乙區")]),
)


@pytest.mark.parametrize("is_asked_again", [False, True])
def test_they_are_as_if_made_anew(*, is_asked_again: bool) -> None:
    for language in ("zh-hant", "en"):
        with translation.override(language):
            for query in QUERIES:
                for make in FORMS:
                    asked = QueryDict(query)
                    assert str(make(asked).rendered) == str(render_crispy_form(make(asked)))
