from __future__ import annotations

from decimal import Decimal

import pytest
from django.template.defaultfilters import floatformat, truncatechars

from core.templatetags.districtplans import percent, shortened


@pytest.mark.parametrize("text", ["0", "0.00", "75", "75.00", "4.5", "66.67", "100", "-3.25", "1234.50"])
def test_a_percentage_is_written_as_numbers_with_two_places_are(text: str) -> None:
    assert percent(Decimal(text)) == f"{floatformat(text, '-2')}%"


def test_no_percentage_is_a_dash() -> None:
    assert percent(None) == "—"


@pytest.mark.parametrize("most", [3, 5, 6, 7])
def test_words_are_cut_as_django_cuts_them(most: int) -> None:
    assert shortened("辦理法律諮詢", most) == truncatechars("辦理法律諮詢", most)
