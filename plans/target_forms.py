"""Forms about targets: one target with its indicator, the search for an indicator, the table's filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crispy_forms.layout import Div, Field
from crispy_forms.layout import Layout as FormLayout
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, UnitQuerySet
from core.form_values import AmountField, BasedForm
from core.forms import form_helper
from indicators.enums import Aggregation, Baseline, Comparator, Direction, Frequency, Per
from indicators.services import COUNTED_IN_LIMIT, NAME_LIMIT, check_manner, check_value
from plans.queries.targets import OPEN, PROPOSAL
from plans.readings import ReadingState, Standing

PER_CHOICES = [("", _("whole year")), *Per.choices[1:]]


class TargetForm(BasedForm):
    """A target of one year with its indicator. `digest` carries the reading that is taken over."""

    own = (*BasedForm.own, "digest", "token")

    name = forms.CharField(label=_("Indicator"), max_length=NAME_LIMIT)
    comparator = forms.ChoiceField(label=_("Comparison"), choices=Comparator.choices)
    value = AmountField(label=_("Value"))
    value_max = AmountField(label=_("Highest value"), help_text=_("For “between” only."))
    counted_in = forms.CharField(
        label=_("Counted in"),
        required=False,
        max_length=COUNTED_IN_LIMIT,
        help_text=_("Such as 場次, 人次, %."),
    )
    aggregation = forms.ChoiceField(label=_("Result of the year"), choices=Aggregation.choices)
    per = forms.ChoiceField(label=_("Per"), choices=PER_CHOICES, required=False)
    frequency = forms.ChoiceField(label=_("How often"), choices=Frequency.choices, required=False)
    direction = forms.ChoiceField(label=_("Better is"), choices=Direction.choices)
    unit = forms.ModelChoiceField(
        label=_("Responsible unit"), queryset=Unit.objects.none(), required=False, empty_label=_("none")
    )
    baseline = forms.ChoiceField(label=_("Measured against"), choices=Baseline.choices, required=False)
    baseline_value = AmountField(
        label=_("Result it starts from"), help_text=_("Last year’s, where it is measured against that.")
    )
    digest = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, units: UnitQuerySet, hidden: Mapping[str, Any], **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "t-%s")
        super().__init__(*args, hidden=hidden, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]  # a ModelChoiceField
        self.helper.layout = FormLayout(
            "name",
            Div("comparator", "value", "value_max", "counted_in", css_class="target-form__number"),
            Div("aggregation", "per", "frequency", "direction", "unit", css_class="target-form__manner"),
            Div("baseline", "baseline_value", css_class="target-form__manner"),
            *(Field(name) for name in self.own),
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not {"comparator", "value", "value_max"} - set(data):
            check_value(data["comparator"], data["value"], data["value_max"])
        if not {"comparator", "aggregation"} - set(data):
            check_manner(data)
        return data


class IndicatorSearch(forms.Form):
    q = forms.CharField(label=_("Words in the name"), required=False, max_length=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper(method="get")
        self.helper.disable_csrf = True


class TargetFilter(forms.Form):
    """The table's search: words, a state, and for a unit's people what they may change."""

    STATES = (
        ("", _("all states")),
        (OPEN, _("to be looked at")),
        (PROPOSAL, _("carried over, to confirm")),
        (Standing.DRIFTED, _("differs from the sentence")),
        (Standing.LOST, _("no longer in the sentence")),
        (ReadingState.NEW, _("not taken up yet")),
        (Standing.UNSET, _("no target this year")),
        (Standing.IN_STEP, _("in step")),
        (Standing.QUALITATIVE, _("without a number")),
    )

    q = forms.CharField(label=_("Words in line or indicator"), required=False, max_length=100)
    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)
    own = forms.BooleanField(label=_("Only what I may change"), required=False)

    def __init__(self, *args: Any, is_whole: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_whole:
            del self.fields["own"]
        self.helper = form_helper(method="get")
        self.helper.disable_csrf = True
        self.helper.layout = FormLayout(
            Div("q", css_class="filters__words"),
            Div("state"),
            *([] if is_whole else [Div("own")]),
        )
