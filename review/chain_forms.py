"""The form of a district's signing chain: a row for each place, the head's last."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import DISTRICT_ROLES, Role
from accounts.models import District
from review.models import LABEL_LIMIT, Place
from review.services.chains import MOST_PLACES, PlaceSet

SPARE_ROWS = 2
HEAD = f"role:{Role.DISTRICT_HEAD}"


class PlaceForm(forms.Form):
    """One place; a row of which nobody is chosen is left out, so a place is taken away by choosing nobody."""

    who = forms.ChoiceField(label=_("Who"), required=False)
    label = forms.CharField(label=_("Label above the box"), max_length=LABEL_LIMIT, required=False)
    order = forms.IntegerField(label=_("Order"), min_value=1, max_value=99, required=False)
    is_required = forms.BooleanField(label=_("Must sign"), required=False)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        for field in self.fields.values():
            is_box = isinstance(field.widget, forms.CheckboxInput)
            is_select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = (
                "form-check-input" if is_box else "form-select" if is_select else "form-control"
            )

    @property
    def place(self) -> PlaceSet | None:
        """The place this row says, None where it says nobody."""
        kind, _colon, key = self.cleaned_data.get("who", "").partition(":")
        if not kind:
            return None
        label = self.cleaned_data.get("label") or dict(self.fields["who"].choices)[f"{kind}:{key}"]  # type: ignore[attr-defined]  # a ChoiceField
        return PlaceSet(
            str(label)[:LABEL_LIMIT],
            key if kind == "role" else "",
            int(key) if kind == "unit" else None,
            self.cleaned_data.get("is_required", False) or f"{kind}:{key}" == HEAD,
        )


class PlaceRows(forms.BaseFormSet[PlaceForm]):
    @property
    def places(self) -> list[PlaceSet]:
        """The places in their order; those of one order as they stand, those without one last."""
        rows = [(form.cleaned_data.get("order") or 99, form.place) for form in self.forms]
        return [place for _order, place in sorted(rows, key=lambda row: row[0]) if place is not None]


def place_rows(data: Any, district: District, places: tuple[Place, ...]) -> PlaceRows:
    """Return the rows of a district's chain, with room for two more places."""
    choices = [("", "—")]
    choices += [(f"role:{role}", str(role.label)) for role in Role if role in DISTRICT_ROLES]
    choices += [(f"unit:{unit.pk}", unit.name) for unit in district.units.order_by("order", "name")]
    initial = [
        {
            "who": f"role:{place.role}" if place.role else f"unit:{place.unit_id}",
            "label": place.label,
            "order": number,
            "is_required": place.is_required,
        }
        for number, place in enumerate(places, start=1)
    ]
    formset = forms.formset_factory(
        PlaceForm, formset=PlaceRows, extra=SPARE_ROWS, max_num=MOST_PLACES, validate_max=True
    )
    rows = formset(data, initial=initial, form_kwargs={"choices": choices}, prefix="places")
    return cast("PlaceRows", rows)
