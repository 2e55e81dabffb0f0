"""What lists of plans and the pages around a plan show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Page
from django.http import QueryDict

from core.paging import page_of_parts
from plans.enums import Removal
from plans.models import Item, Plan, PlanQuerySet


def page_of_years(
    plans: PlanQuerySet, years: Iterable[tuple[int, int]], number: str | None, per_page: int
) -> Page[Any]:
    """Return a page of plans that are sorted by year, of which so many are of each, the latest first."""
    found = page_of_parts(years, number, per_page)
    page: Page[Any] = found.page
    page.object_list = list(plans.filter(year__in=found.parts)[found.places])
    return page


def was_replaced(plan: Plan) -> bool:
    """Say whether an import put other items in the place of earlier ones, which can be brought back."""
    return Item.objects.filter(plan=plan, removed_as=Removal.REPLACED).exists()


def without_page(parameters: QueryDict) -> str:
    """Return the query string of a search, to which a page number is added."""
    kept = parameters.copy()
    kept.pop("page", None)
    return kept.urlencode()
