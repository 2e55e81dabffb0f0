"""Forms about targets: one target with its indicator, the search for an indicator, the table's filter."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from crispy_forms.layout import Div, Field
from crispy_forms.layout import Layout as FormLayout
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, UnitQuerySet
from core.forms import form_helper
from core.numerals import parse_number
from indicators.enums import Aggregation, Baseline, Comparator, Direction, Frequency, Per
from indicators.services import COUNTED_IN_LIMIT, NAME_LIMIT, check_manner, check_value
from plans.queries.targets import OPEN, PROPOSAL
from plans.readings import ReadingState, Standing

_DIGIT = re.compile(r"[\d０-９零〇一二兩三四五六七八九十百千壹貳參肆伍陸柒捌玖拾佰仟]")
AMOUNTS = ("value", "value_max", "baseline_value")
_OWN = {"base", "digest", "token"}


class AmountField(forms.CharField):
    """A number as officials write it: 3,380, １２, 十二, 20萬4千, 12.5. Empty is None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            max_length=40,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            **kwargs,
        )

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        number = parse_number(text) if _DIGIT.search(text) else None
        if number is None:
            raise forms.ValidationError(_("Write a number, such as 12, 3,380, 12.5 or 20萬4千."))
        return number

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class TargetForm(forms.Form):
    """A target of one year with the indicator it belongs to.

    `base` carries the values the page was made from, `digest` the reading that is taken over.
    """

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
    per = forms.ChoiceField(label=_("Per"), required=False)
    frequency = forms.ChoiceField(label=_("How often"), choices=Frequency.choices, required=False)
    direction = forms.ChoiceField(label=_("Better is"), choices=Direction.choices)
    unit = forms.ModelChoiceField(
        label=_("Responsible unit"), queryset=Unit.objects.none(), required=False, empty_label=_("none")
    )
    baseline = forms.ChoiceField(label=_("Measured against"), choices=Baseline.choices, required=False)
    baseline_value = AmountField(
        label=_("Result it starts from"), help_text=_("Last year’s, where it is measured against that.")
    )
    base = forms.CharField(widget=forms.HiddenInput, required=False)
    digest = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        values: Mapping[str, Any],
        units: UnitQuerySet,
        hidden: Mapping[str, Any],
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {**values, **hidden, "base": _packed(values)}
        kwargs.setdefault("auto_id", "t-%s")
        super().__init__(*args, **kwargs)
        self.fields["per"].choices = [("", _("whole year")), *Per.choices[1:]]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]  # a ModelChoiceField
        self.helper = form_helper()
        self.helper.layout = FormLayout(
            "name",
            Div("comparator", "value", "value_max", "counted_in", css_class="target-form__number"),
            Div("aggregation", "per", "frequency", "direction", "unit", css_class="target-form__manner"),
            Div("baseline", "baseline_value", css_class="target-form__manner"),
            *(Field(name) for name in ("base", "digest", "token")),
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not {"comparator", "value", "value_max"} - set(data):
            check_value(data["comparator"], data["value"], data["value_max"])
        if not {"comparator", "aggregation"} - set(data):
            check_manner(data)
        return data

    @classmethod
    def rebased(cls, data: QueryDict, *, values: Mapping[str, Any], **options: Any) -> TargetForm:
        """Return the form as sent, but made from `values`: sent again, it writes over them knowingly."""
        data = data.copy()
        data["base"] = _packed(values)
        form = cls(data, values=values, **options)
        form.is_valid()
        return form

    def shown(self, name: str) -> str:
        """Return the value the page was made from in words."""
        field, value = self.fields[name], self.initial[name]
        if isinstance(field, forms.ModelChoiceField):
            return str(value or field.empty_label)
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]  # pairs, here
        return str(field.prepare_value(value) or _("nothing"))

    @property
    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in _OWN}

    @property
    def base_values(self) -> dict[str, Any]:
        """The values the page was made from. Without them every field counts as changed."""
        try:
            base = json.loads(self.cleaned_data["base"])
            amounts = {name: None if base[name] is None else Decimal(base[name]) for name in AMOUNTS}
            if any(amount is not None and not amount.is_finite() for amount in amounts.values()):
                return {}
            unit = None if base["unit"] is None else Unit.objects.filter(pk=int(base["unit"])).first()
        except (ValueError, TypeError, KeyError, InvalidOperation, RecursionError):
            return {}
        words = {name: value for name, value in base.items() if value is None or isinstance(value, str)}
        return {**words, **amounts, "unit": unit}


def _packed(values: Mapping[str, Any]) -> str:
    unit = values.get("unit")
    return json.dumps(
        {name: None if value is None else str(value) for name, value in values.items()}
        | {"unit": unit.pk if unit else None}
    )


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
