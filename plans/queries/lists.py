"""What lists of plans and the pages around a plan show."""

from __future__ import annotations

from django.http import QueryDict

from plans.enums import Removal
from plans.models import Item, Plan


def was_replaced(plan: Plan) -> bool:
    """Say whether an import put other items in the place of earlier ones, which can be brought back."""
    return Item.objects.filter(plan=plan, removed_as=Removal.REPLACED).exists()


def without_page(parameters: QueryDict) -> str:
    """Return the query string of a search, to which a page number is added."""
    kept = parameters.copy()
    kept.pop("page", None)
    return kept.urlencode()
