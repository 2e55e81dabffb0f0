"""Looking through a plan's history, and putting an earlier text back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div
from crispy_forms.layout import Layout as FormLayout
from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import form_helper
from plans.changes import About
from plans.queries.history import EarlierText
from plans.queries.traces import Wanted

ABOUT_LABELS = {
    About.WORDS: _("Words"),
    About.ADDED: _("Lines added"),
    About.REMOVED: _("Lines deleted or brought back"),
    About.MOVED: _("Lines moved"),
    About.UNITS: _("Responsible units"),
    About.SETTINGS: _("Kind, numbering, layout, points"),
    About.ROSTER: _("Rosters"),
    About.PLAN: _("Facts of the plan"),
    About.ATTACHMENTS: _("Attachments"),
}


class MomentField(forms.DateTimeField):
    """A moment of an address, within the years in which one can be moved by a time zone or some minutes."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)

    def to_python(self, value: Any) -> dt.datetime | None:
        try:
            moment = super().to_python(value)
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error
        if moment is not None and not dt.MINYEAR < moment.year < dt.MAXYEAR:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return moment


class HistoryFilter(forms.Form):
    """Who, in which lines, about what; and which page of it, by the moment it begins."""

    person = forms.TypedChoiceField(label=_("Person"), required=False, coerce=int, empty_value=None)
    line = forms.CharField(label=_("Words in the line"), required=False, max_length=100)
    about = forms.ChoiceField(
        label=_("What was changed"), required=False, choices=[("", _("anything")), *ABOUT_LABELS.items()]
    )
    before = MomentField()
    cut = MomentField()
    to = MomentField()

    def __init__(self, data: Any = None, *, people: Sequence[tuple[int, str]]) -> None:
        super().__init__(data)
        # `from` is a word of Python, and the one that reads well in an address.
        self.fields["from"] = MomentField()
        self.fields["person"].choices = [("", _("everybody")), *people]  # type: ignore[attr-defined]  # a choice field
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = FormLayout(Div("person"), Div("line", css_class="filters__words"), Div("about"))

    def wanted(self) -> Wanted:
        """Return what is looked for. What was not understood is not looked for."""
        self.is_valid()
        given = self.cleaned_data.get
        first, last = given("from"), given("to")
        return Wanted(
            person=given("person"),
            words=given("line") or "",
            about=given("about") or "",
            until=given("before"),
            cut_at=given("cut"),
            stroke=(first, last) if first and last else None,
        )


class RestoreForm(forms.Form):
    """Which words of a line are put back. The present ones travel along: newer ones are not written over."""

    names = forms.MultipleChoiceField(
        label=_("Put back"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one of them.")},
    )

    def __init__(self, data: Any = None, *, texts: Sequence[EarlierText]) -> None:
        super().__init__(data, initial={"names": [text.name for text in texts]})
        self.texts = {text.name: text for text in texts}
        self.fields["names"].choices = [(text.name, text.label) for text in texts]  # type: ignore[attr-defined]  # a choice field
        for text in texts:
            self.fields[f"base_{text.name}"] = forms.CharField(
                required=False, strip=False, widget=forms.HiddenInput, initial=text.present
            )
        self.helper = form_helper()

    @property
    def base(self) -> dict[str, str]:
        return {name: self.cleaned_data[f"base_{name}"] for name in self.cleaned_data["names"]}

    @property
    def values(self) -> dict[str, str]:
        return {name: self.texts[name].earlier for name in self.cleaned_data["names"]}
