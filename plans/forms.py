from __future__ import annotations

from typing import Any

import django_filters
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.models import District
from core.roc import to_roc
from plans.enums import PlanStatus
from plans.models import Plan, PlanQuerySet
from plans.sight_permissions import matching, of_status


class PlanFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """The list's search: words in title or agency, year, district, status."""

    q = django_filters.CharFilter(method="by_words", label=_("Words in the title or agency"))
    year = django_filters.ChoiceFilter(label=_("Year"), empty_label=_("all years"))
    district = django_filters.ChoiceFilter(label=_("District"), empty_label=_("all districts"))
    status = django_filters.ChoiceFilter(
        method="by_status", choices=PlanStatus.choices, label=_("Status"), empty_label=_("all states")
    )

    class Meta:
        model = Plan
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plans: PlanQuerySet = self.queryset
        # How many there are of each year, the latest first; of the year, for an index has all that is asked.
        self.years = list(plans.order_by("-year").values_list("year").annotate(Count("year")))
        self.filters["year"].extra["choices"] = [(year, str(to_roc(year))) for year, _plans in self.years]
        # One plan of a district is looked for, not all of its plans: lists of many years stay quick.
        has_plans = Exists(plans.filter(district=OuterRef("pk")))
        districts = District.objects.filter(has_plans).values_list("pk", "agency_name")
        self.filters["district"].extra["choices"] = list(districts)
        self.form.helper = self.helper()

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is searched for, and all plans are found."""
        return self.form.is_valid() and not any(self.form.cleaned_data.values())

    def by_words(self, plans: PlanQuerySet, name: str, words: str) -> PlanQuerySet:
        return matching(plans, words)

    def by_status(self, plans: PlanQuerySet, name: str, status: str) -> PlanQuerySet:
        return of_status(plans, status)

    @staticmethod
    def helper() -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.layout = Layout(
            Div("q", css_class="filters__words"), Div("year"), Div("district"), Div("status"),
        )  # fmt: skip
        return helper
