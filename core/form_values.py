"""Forms whose values others may change meanwhile, and numbers as officials write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Self

from django import forms
from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext as _

from core.forms import form_helper
from core.numerals import parse_entry


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
        number = parse_entry(text)
        if number is None or number < 0:
            raise forms.ValidationError(_("Write a number, such as 12, 3,380, 12.5 or 20萬4千."))
        return number

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class BasedForm(forms.Form):
    """A form that carries the values it was made from, so that what others changed meanwhile can be told."""

    own: tuple[str, ...] = ("base",)  # fields that are no values

    base = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, values: Mapping[str, Any], hidden: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {**values, **(hidden or {}), "base": _packed(values)}
        super().__init__(*args, **kwargs)
        self.helper = form_helper()

    @classmethod
    def rebased(cls, data: QueryDict, *, values: Mapping[str, Any], **options: Any) -> Self:
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
        told = field.prepare_value(value)
        return _("nothing") if told in {None, ""} else str(told)

    @property
    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in self.own}

    @property
    def base_values(self) -> dict[str, Any]:
        """The values the page was made from. Without them every field counts as changed."""
        try:
            base = json.loads(self.cleaned_data["base"])
            return {
                name: _unpacked(field, base[name])
                for name, field in self.fields.items()
                if name not in self.own and name in base
            }
        except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError):
            return {}


def _packed(values: Mapping[str, Any]) -> str:
    def plain(value: Any) -> str | None:
        return None if value is None else str(value.pk if isinstance(value, Model) else value)

    return json.dumps({name: plain(value) for name, value in values.items()})


def _unpacked(field: forms.Field, text: str | None) -> Any:
    """Return a value as the form cleans it. Raises ValueError for what no page of ours has sent."""
    if text is None:
        return None
    if not isinstance(text, str):
        raise TypeError(text)
    if isinstance(field, AmountField):
        amount = Decimal(text)
        if not amount.is_finite():
            raise ValueError(text)
        return amount
    if isinstance(field, forms.ModelChoiceField):
        model = field.queryset.model  # type: ignore[union-attr]  # every one here has one
        return model._default_manager.filter(pk=int(text)).first()  # noqa: SLF001 -- Django's documented API
    return int(text) if isinstance(field, forms.IntegerField) else text
