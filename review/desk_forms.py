"""What the city's lists are searched by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import City, District
from core.forms import form_helper
from core.roc import to_roc


class DeskFilter(forms.Form):
    """One district of the worklist."""

    district = forms.ModelChoiceField(
        District.objects.none(), label=_("District"), empty_label=_("all districts"), required=False
    )
    show = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, cities: Iterable[City], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        districts = District.objects.filter(city__in=list(cities))
        self.fields["district"].queryset = districts  # type: ignore[attr-defined]  # a model choice field
        self.helper = form_helper()
        self.helper.disable_csrf = True
        self.helper.layout = Layout(Div("district"), "show")


class OverviewFilter(forms.Form):
    """City and year of the overview."""

    year = forms.TypedChoiceField(label=_("Year"), coerce=int, required=False)
    city = forms.TypedChoiceField(label=_("City"), coerce=int, required=False)

    def __init__(self, *args: Any, cities: list[City], years: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(year, str(to_roc(year))) for year in years]  # type: ignore[attr-defined]  # a choice field
        self.helper = form_helper()
        self.helper.disable_csrf = True
        if len(cities) > 1:
            self.fields["city"].choices = [(city.pk, city.name) for city in cities]  # type: ignore[attr-defined]  # a choice field
            self.helper.layout = Layout(Div("city"), Div("year"))
        else:
            del self.fields["city"]
            self.helper.layout = Layout(Div("year"))
