from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.template.defaultfilters import floatformat, truncatechars

from core.templatetags.districtplans import percent, roc_day, shortened


@pytest.mark.parametrize("text", ["0", "0.00", "75", "75.00", "4.5", "66.67", "100", "-3.25", "1234.50"])
def test_a_percentage_is_written_as_numbers_with_two_places_are(text: str) -> None:
    assert percent(Decimal(text)) == f"{floatformat(text, '-2')}%"


def test_no_percentage_is_a_dash() -> None:
    assert percent(None) == "—"


@pytest.mark.parametrize("most", [3, 5, 6, 7])
def test_words_are_cut_as_django_cuts_them(most: int) -> None:
    assert shortened("辦理法律諮詢", most) == truncatechars("辦理法律諮詢", most)


def test_the_day_of_a_moment_is_that_in_taipei() -> None:
    before_breakfast = dt.datetime(2026, 11, 29, 21, 52, tzinfo=dt.UTC)
    assert roc_day(before_breakfast) == roc_day(dt.date(2026, 11, 30)) == "115年11月30日"
    assert roc_day(None) == ""
