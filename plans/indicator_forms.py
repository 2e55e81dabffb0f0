"""Forms about a district's indicators: how one is read, a year's target, milestones, the list's search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from crispy_forms.layout import Div, Fieldset
from crispy_forms.layout import Layout as FormLayout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import District, Unit, UnitQuerySet
from core.form_values import AmountField, BasedForm
from core.forms import form_helper
from core.roc import to_roc
from indicators.enums import Aggregation, Baseline, Comparator, Direction, Frequency
from indicators.models import Indicator, Milestone
from indicators.phrases import MOST_DECIMALS
from indicators.services import (
    COUNTED_IN_LIMIT,
    NAME_LIMIT,
    PART_LIMIT,
    Step,
    check_manner,
    check_value,
)
from plans.desk_forms import RocDateField
from plans.queries.indicators import Use
from plans.services.readings import QUOTE_LIMIT
from plans.target_forms import PER_CHOICES

SPARE_MILESTONES = 3


class IndicatorForm(BasedForm):
    """How an indicator is read, in all years."""

    name = forms.CharField(
        label=_("Indicator"), max_length=NAME_LIMIT, help_text=_("What is counted, such as 法律諮詢.")
    )
    counted_in = forms.CharField(
        label=_("Counted in"),
        required=False,
        max_length=COUNTED_IN_LIMIT,
        help_text=_("Such as 場次, 人次, %. Points of a share are 百分點."),
    )
    comparator = forms.ChoiceField(
        label=_("Comparison"),
        choices=Comparator.choices,
        help_text=_("How the result has to stand towards the value of the year."),
    )
    aggregation = forms.ChoiceField(
        label=_("Result of the year"),
        choices=Aggregation.choices,
        help_text=_("How the results of the periods and units make that of the year."),
    )
    frequency = forms.ChoiceField(
        label=_("How often"),
        choices=Frequency.choices,
        required=False,
        help_text=_("Of what is reached in each period: how often it comes round, whenever it is filed."),
    )
    per = forms.ChoiceField(
        label=_("Per"),
        choices=PER_CHOICES,
        required=False,
        help_text=_("What one value is for: the whole office, each person, each unit …"),
    )
    baseline = forms.ChoiceField(
        label=_("Measured against"),
        choices=Baseline.choices,
        required=False,
        help_text=_("Against last year, the value is the change: 5% more, 2 points less, 3 sessions more."),
    )
    direction = forms.ChoiceField(
        label=_("Better is"),
        choices=Direction.choices,
        help_text=_("Where less is better, a change against last year is a reduction."),
    )
    numerator_name = forms.CharField(
        label=_("Numerator"),
        required=False,
        max_length=PART_LIMIT,
        help_text=_("For a share or a mean: what is counted, such as 如期結案件數."),
    )
    denominator_name = forms.CharField(
        label=_("Denominator"),
        required=False,
        max_length=PART_LIMIT,
        help_text=_("… and of how many, such as 應結案件數."),
    )
    decimals = forms.IntegerField(
        label=_("Decimals"),
        min_value=0,
        max_value=MOST_DECIMALS,
        help_text=_("With how many results are told. Nothing is rounded when it is judged."),
    )
    unit = forms.ModelChoiceField(
        label=_("Responsible unit"), queryset=Unit.objects.none(), required=False, empty_label=_("none")
    )

    def __init__(self, *args: Any, units: UnitQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]  # a ModelChoiceField
        self.helper = form_helper()
        self.helper.layout = FormLayout(
            Div("name", "counted_in", "unit", css_class="indicator-form__row"),
            Fieldset(
                _("What is promised"),
                Div("comparator", "per", "baseline", "direction", css_class="indicator-form__row"),
            ),
            Fieldset(
                _("How results are put together"),
                Div("aggregation", "frequency", "decimals", css_class="indicator-form__row"),
                Div("numerator_name", "denominator_name", css_class="indicator-form__row"),
            ),
            "base",
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not {"comparator", "aggregation"} - set(data):
            check_manner(data)
        return data


class YearForm(BasedForm):
    """The target of one year, with the fields that go with how the indicator is read."""

    value = AmountField(label=_("Value"))
    value_max = AmountField(label=_("Highest value"))
    baseline = AmountField(
        label=_("Last year’s result, or where it starts"),
        help_text=_("May still be filled in when a plan holds the target already."),
    )
    quote = forms.CharField(
        label=_("Sentence it is promised in"),
        required=False,
        max_length=QUOTE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3, "lang": "zh-Hant-TW"}),
    )

    def __init__(self, *args: Any, indicator: Indicator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.indicator = indicator
        if indicator.comparator == Comparator.DONE:
            del self.fields["value"]
        if indicator.comparator != Comparator.BETWEEN:
            del self.fields["value_max"]
        else:
            self.fields["value"].label = _("Lowest value")
        measure = indicator.counted_in
        if "value" in self.fields and measure:
            self.fields["value"].help_text = _("In %(measure)s; empty for a target without a number.") % {
                "measure": measure
            }
        self.helper.layout = FormLayout(
            Div(
                *(name for name in ("value", "value_max") if name in self.fields), css_class="year-form__row"
            ),
            "baseline",
            "quote",
            "base",
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "value" in data and ("value_max" in data or "value_max" not in self.fields):
            check_value(self.indicator.comparator, data["value"], data.get("value_max"))
        return data


class MilestoneForm(forms.Form):
    """One milestone; a row left empty is none."""

    key = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(label=_("Milestone"), required=False, max_length=NAME_LIMIT)
    due_on = RocDateField(label=_("Due"), required=False, help_text=_("Such as 115.6.30."))
    weight = AmountField(label=_("Weight (%)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper()
        self.helper.disable_csrf = True

    @property
    def is_empty(self) -> bool:
        return not any(self.cleaned_data.get(name) for name in ("title", "due_on", "weight"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        filled = [name for name in ("title", "due_on", "weight") if data.get(name)]
        missing = {"title", "due_on", "weight"} - set(filled) - set(self.errors)
        if filled and not self.is_taken_away:
            for name in sorted(missing):
                self.add_error(name, gettext("This cell is empty. Fill it in."))
        return data

    @property
    def is_taken_away(self) -> bool:
        return bool(self.cleaned_data.get("DELETE"))

    @property
    def step(self) -> Step:
        data = self.cleaned_data
        return Step(data["title"], data["due_on"], data["weight"], data.get("key"))


MilestoneFormSet = forms.formset_factory(MilestoneForm, extra=SPARE_MILESTONES, can_delete=True)


def milestone_forms(data: Any, milestones: Iterable[Milestone]) -> Any:
    """Return the rows of a target's milestones, with empty ones to fill in."""
    initial = [
        {"key": one.pk, "title": one.title, "due_on": one.due_on, "weight": one.weight} for one in milestones
    ]
    return MilestoneFormSet(data, initial=initial, prefix="m")


def steps_of(formset: Any) -> list[Step]:
    """Return the milestones as the rows say them, by their days."""
    steps = [form.step for form in formset.forms if not form.is_taken_away and not form.is_empty]
    return sorted(steps, key=lambda step: step.due_on)


class IndicatorFilter(forms.Form):
    """The list's search: words, year, unit, and what is asked of the year."""

    USES = (
        (Use.IN_USE, _("all in use")),
        (Use.UNSET, _("without a target this year")),
        (Use.PROPOSAL, _("carried over, to confirm")),
        (Use.NUMBER, _("with a number")),
        (Use.STATE, _("done or not, or without a number")),
        (Use.RETIRED, _("retired")),
    )

    q = forms.CharField(label=_("Words in the indicator"), required=False, max_length=100)
    year = forms.TypedChoiceField(label=_("Year"), coerce=int, required=False)
    unit = forms.TypedChoiceField(label=_("Responsible unit"), coerce=int, required=False)
    use = forms.ChoiceField(label=_("Which"), choices=USES, required=False)
    district = forms.ChoiceField(label=_("District"), required=False)

    def __init__(
        self,
        *args: Any,
        districts: Sequence[District],
        years: Sequence[int],
        units: Sequence[Unit] | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["district"].choices = [(one.pk, one.agency_name) for one in districts]  # type: ignore[attr-defined]  # a ChoiceField
        if len(districts) == 1:
            self.fields["district"].widget = forms.HiddenInput()
        self.fields["year"].choices = [(year, str(to_roc(year))) for year in years]  # type: ignore[attr-defined]  # a ChoiceField
        if units is None:  # what is read from versions in force knows no rows
            del self.fields["unit"], self.fields["use"]
        else:
            choices = [("", _("all units")), *((unit.pk, unit.name) for unit in units)]
            self.fields["unit"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        self.helper = form_helper(method="get")
        self.helper.disable_csrf = True
        names = [name for name in ("district", "year", "unit", "use") if name in self.fields]
        self.helper.layout = FormLayout(
            Div("q", css_class="filters__words"),
            *(name if self.fields[name].widget.is_hidden else Div(name) for name in names),
        )

    def chosen(self, name: str, default: Any = None) -> Any:
        """Return what was chosen, or the default where nothing was, or nonsense."""
        self.is_valid()
        return self.cleaned_data.get(name) or default


def add_errors(form: forms.Form, error: ValidationError) -> None:
    """Show each complaint at its field, or above the form where it has none."""
    if hasattr(error, "error_dict"):
        for name, errors in error.error_dict.items():
            form.add_error(name if name in form.fields else None, errors)
    else:
        form.add_error(None, error)
