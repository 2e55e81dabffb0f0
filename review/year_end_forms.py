"""The forms of a year's results: the letter they go with, their receipt, what is written of a line."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import form_helper
from plans.desk_forms import RocDateField
from plans.services.steps import Letter
from progress.models.reports import TEXT_LIMIT

ROC_HELP = _("In ROC years, such as 115.4.30.")


class FileYearEndForm(forms.Form):
    """Number and date of the letter with which the results go to the city."""

    document_number = forms.CharField(label=_("Number of the letter"), max_length=60)
    document_on = RocDateField(label=_("Date of the letter"), help_text=ROC_HELP)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper(submit=_("File the results to the city"))

    @property
    def letter(self) -> Letter:
        return Letter(self.cleaned_data["document_number"], self.cleaned_data["document_on"])


class ReceiveForm(forms.Form):
    """The day on which the city received the results, or why it sends them back."""

    received_on = RocDateField(label=_("Received on"), help_text=ROC_HELP, required=False)
    comment = forms.CharField(
        label=_("Reason, where they are returned"),
        required=False,
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, on: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {"received_on": on}
        super().__init__(*args, **kwargs)
        self.helper = form_helper()


class SummaryForm(forms.Form):
    """What came of a line in the year. Left empty, the units' own words stand."""

    base = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    text = forms.CharField(
        label=_("Results of the year"),
        required=False,
        strip=False,
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Left empty, the units' last reports stand here."),
    )

    def __init__(self, *args: Any, text: str, reported: str, **kwargs: Any) -> None:
        kwargs["initial"] = {"base": text, "text": text or reported}
        super().__init__(*args, **kwargs)
        self.reported = reported
        self.helper = form_helper(submit=_("Save"))

    @property
    def words(self) -> str:
        """What is to be kept: nothing, where the units' own words were left as they are."""
        text: str = self.cleaned_data["text"].replace("\r\n", "\n").strip()
        return "" if text == self.reported.strip() else text
