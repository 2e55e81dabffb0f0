from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from django import forms
from django.db.models import Model
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import District
from core.forms import form_helper
from core.roc import from_roc, to_roc
from plans.models import SERIES, SERIES_LIMIT, Framework, Plan
from plans.skeletons import CHAPTERS, USUAL

LAST_ROC_YEAR = 289  # the last a plan's row takes


def _offer(form: forms.Form, name: str, rows: Sequence[Model], labels: Sequence[str] = ()) -> None:
    """Let the field offer these rows, which are loaded already, and give the chosen one."""
    by_key = {str(row.pk): row for row in rows}
    field = cast("forms.TypedChoiceField", form.fields[name])
    field.choices = list(zip(by_key, labels or map(str, rows), strict=True))
    field.coerce = by_key.__getitem__


class YearForm(forms.Form):
    """A plan's year, ROC on the page and Western behind it, and its series. Always bound."""

    year = forms.IntegerField(label=_("ROC year"), min_value=1, max_value=LAST_ROC_YEAR)
    series = forms.CharField(label=_("Series"), max_length=SERIES_LIMIT)

    def clean_year(self) -> int:
        year: int = self.cleaned_data["year"]
        return from_roc(year)


class PlaceForm(YearForm):
    """For which district, year and series a plan is begun.

    What is not given is proposed: the first district, the year most likely there, the usual series.
    """

    district = forms.TypedChoiceField(label=_("District"))
    field_order = ("district", "year", "series")

    def __init__(
        self,
        given: Mapping[str, str],
        *,
        districts: list[District],
        likely_year: Callable[[District], int],
    ) -> None:
        data = {name: given[name] for name in ("district", "year", "series") if name in given}
        named = [district for district in districts if str(district.pk) == data.get("district")]
        data.setdefault("district", str(districts[0].pk))
        data.setdefault("series", SERIES)
        if "year" not in data:
            data["year"] = str(to_roc(likely_year((named or districts)[0])))
        super().__init__(data)
        _offer(self, "district", districts)
        self.helper = form_helper()
        self.helper.disable_csrf = True


class CopyForm(YearForm):
    """Of which year and series the plan made from `source` shall be; else the next and the same."""

    def __init__(self, given: Mapping[str, str], *, source: Plan) -> None:
        data = {"year": str(to_roc(source.year + 1)), "series": source.series}
        super().__init__(data | {name: given[name] for name in data if name in given})
        self.source = source
        self.helper = form_helper()
        self.helper.disable_csrf = True

    def clean_year(self) -> int:
        year = super().clean_year()
        if year <= self.source.year:
            raise forms.ValidationError(
                gettext("A plan is made from one of an earlier year; that of %(year)s is not earlier.")
                % {"year": to_roc(self.source.year)}
            )
        return year


class WayForm(forms.Form):
    """One way to begin. It carries the place chosen above it, for each is a form of its own."""

    way = ""
    submit: Any = ""

    def __init__(self, data: Any = None, *, place: Mapping[str, Any]) -> None:
        initial = {"way": self.way, "district": place["district"].pk, "series": place["series"]}
        super().__init__(
            data if data and data.get("way") == self.way else None,
            initial=initial | {"year": to_roc(place["year"])},
            auto_id=f"{self.way}_%s",
        )
        for name in ("way", "district", "year", "series"):
            self.fields[name] = forms.CharField(widget=forms.HiddenInput)
        # The names are the buttons' identities on a page that has several of these.
        self.helper = form_helper(submit=self.submit, name=f"begin-{self.way}")
        self.helper.attrs = {}  # would stand on the group of boxes as well; nothing here can be left out


class EarlierForm(WayForm):
    """From which of the district's earlier plans."""

    way, submit = "earlier", _("See what will change")
    source = forms.TypedChoiceField(label=_("Plan"))

    def __init__(self, data: Any = None, *, place: Mapping[str, Any], plans: list[Plan]) -> None:
        super().__init__(data, place=place)
        labels = [
            gettext("%(year)s: %(series)s") % {"year": plan.roc_year, "series": plan.series} for plan in plans
        ]
        _offer(self, "source", plans, labels)


class ChaptersForm(WayForm):
    """With which chapters."""

    chapters = forms.MultipleChoiceField(
        label=_("Chapters"),
        choices=[(title, title) for title in CHAPTERS],
        initial=USUAL,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They can be renamed, moved and deleted later. None ticked: none are made."),
    )


class FrameworkForm(ChaptersForm):
    """From which framework of the city."""

    way, submit = "framework", _("Begin with these headings")
    framework = forms.TypedChoiceField(label=_("Framework"))
    field_order = ("framework", "chapters")

    def __init__(self, data: Any = None, *, place: Mapping[str, Any], frameworks: list[Framework]) -> None:
        super().__init__(data, place=place)
        _offer(self, "framework", frameworks)
        self.fields["chapters"].help_text = _(
            "The criteria stand in 計畫內容. None ticked: they are all there is."
        )


class EmptyForm(ChaptersForm):
    way, submit = "empty", _("Begin with these chapters")
