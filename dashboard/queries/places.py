"""Where a reader can go from a dashboard: the plans in force of its district."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from core.roc import to_roc
from plans.models import Plan


@dataclass(frozen=True)
class YearLink:
    """A plan in force, as a switch names it: 115, with its series where a year has several."""

    pk: int
    year: int
    series: str
    is_only: bool = True

    @property
    def words(self) -> str:
        return f"{to_roc(self.year)}年度" if self.is_only else f"{to_roc(self.year)}年度{self.series}"


def years_of_district(district: int) -> list[YearLink]:
    """Return the district's plans in force, the latest year first; one query."""
    plans = Plan.objects.filter(district=district, in_force__isnull=False).order_by("-year", "series", "pk")
    rows = list(plans.values_list("pk", "year", "series"))
    years = [year for _pk, year, _series in rows]
    return [YearLink(pk, year, series, years.count(year) == 1) for pk, year, series in rows]


def present_year(links: list[YearLink], *, on: dt.date) -> YearLink | None:
    """Return the plan of this year, else the latest before it, else the first there is."""
    return next((link for link in links if link.year <= on.year), links[-1] if links else None)
