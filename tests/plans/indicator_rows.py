"""Indicators of a district with what stands around them, for tests."""

from __future__ import annotations

from decimal import Decimal

from accounts.models import District
from indicators.models import Indicator
from indicators.services import create_indicator, set_target
from plans.models import Item, Plan
from tests.builders import make_plan, make_user, node


def make_indicator(district: District, name: str = "法律諮詢", **values) -> Indicator:
    defaults = {"counted_in": "場次"}
    return create_indicator(district, actor=make_user(), name=name, **(defaults | values))


def promise(indicator: Indicator, year: int, value: str | None, **values) -> None:
    number = None if value is None else Decimal(value)
    set_target(indicator, year, actor=make_user(), value=number, **({"quote": ""} | values))


def show_in_plan(
    indicator: Indicator, year: int, *, status: str = "draft", series: str = "", units=()
) -> Plan:
    """Return a plan of the year in which a line shows the indicator."""
    line = node("target", "全年辦理。")
    heading = node("heading", title="便民", units=units, children=[line])
    chapters = (node("chapter", title="內容", children=[heading]),)
    values = {"series": series} if series else {}
    plan = make_plan(indicator.district, year=year, chapters=chapters, status=status, **values)
    Item.objects.get(uid=line.uid).indicators.add(indicator)
    return plan
