"""The forms of findings: what a check found, and a step in following it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from core.forms import Choices, Narrowing, UploadsField, form_helper, what_is_taken
from plans.desk_forms import RocDateField
from progress.models import TrackedLine
from progress.models.reports import TEXT_LIMIT
from progress.queries.findings import FindingShow
from progress.services.finding_files import MOST_FILES

ROC_HELP = _("In ROC years, such as 115.4.30.")


def lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class WithFiles(forms.Form):
    """A form whose last field takes files along. What they are, the service reads from them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stays = gettext("%(taken)s At most %(most)d at once. What is sent along stays with it.")
        self.fields["file"] = UploadsField(
            label=_("Photos and documents"),
            required=False,
            help_text=stays % {"taken": what_is_taken(), "most": MOST_FILES},
        )

    def ask_for_files_again(self) -> None:
        """Say so where the form comes back: a browser does not keep what was chosen."""
        if self.files and self.errors and "file" not in self.errors:
            self.add_error("file", gettext("Nothing is sent yet. Choose the files again."))


class FindingForm(WithFiles):
    """What a check found at a unit, what is to be done, and by when."""

    unit = forms.TypedChoiceField(label=_("Unit"), coerce=int)
    line = forms.TypedChoiceField(label=_("Line of the plan"), coerce=int, required=False, empty_value=None)
    checked_on = RocDateField(label=_("Checked on"), help_text=ROC_HELP)
    text = forms.CharField(label=_("What was found"), max_length=TEXT_LIMIT, widget=lines(4))
    measure = forms.CharField(label=_("What is to be done"), max_length=TEXT_LIMIT, widget=lines(3))
    due_on = RocDateField(label=_("To be done by"), help_text=ROC_HELP)

    def __init__(
        self,
        *args: Any,
        units: Sequence[Unit],
        tracked: Sequence[TrackedLine],
        on: dt.date,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("initial", {"checked_on": on})
        super().__init__(*args, **kwargs)
        # None is chosen beforehand: a finding at the wrong unit would be told to the wrong people.
        named = [("", _("Choose the unit")), *((unit.pk, unit.name) for unit in units)]
        self.fields["unit"].choices = named  # type: ignore[attr-defined]  # a ChoiceField
        rows = [(line.pk, f"{line.path}　{line.number}{line.words}".strip()[:80]) for line in tracked]
        self.fields["line"].choices = [("", _("none in particular")), *rows]  # type: ignore[attr-defined]  # a ChoiceField
        self.helper = form_helper(submit=_("Enter the finding"))


class FindingFilter(Narrowing):
    """The findings of a plan: which, and at which unit."""

    show = forms.ChoiceField(label=_("State"), required=False)
    unit = forms.ChoiceField(label=_("Unit"), required=False)

    def __init__(self, *args: Any, units: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(
            show=[(show.value, show.label) for show in FindingShow], unit=[("", gettext("all units")), *units]
        )


class FindingStepForm(WithFiles):
    """Words to a finding; where it is still followed, another day."""

    text = forms.CharField(
        label=_("What is said to it"), max_length=TEXT_LIMIT, required=False, widget=lines(3)
    )
    due_on = RocDateField(
        label=_("To be done by"),
        required=False,
        help_text=_("In ROC years, such as 115.4.30. Left empty, the day stays as it is."),
    )

    def __init__(self, *args: Any, submit: str | Promise, asks_day: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_day:
            del self.fields["due_on"]
        self.helper = form_helper(submit=submit)
