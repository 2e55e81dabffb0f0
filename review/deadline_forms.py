"""The forms of deadlines: a city's rule, a request for more time, its decision."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import City
from core.forms import form_helper
from plans.desk_forms import RocDateField
from review.models import DeadlineRule, Extension
from review.models.deadlines import REASON_LIMIT
from review.queries.deadlines import Deadline


class DeadlineRuleForm(forms.ModelForm[DeadlineRule]):
    class Meta:
        model = DeadlineRule
        fields = ["month", "day", "units_days", "check_days", "signing_days"]

    allows_late_revision = forms.BooleanField(
        label=_("Plans may still be revised in the last two months of their year"), required=False
    )

    def __init__(self, *args: Any, city: City, **kwargs: Any) -> None:
        kwargs["initial"] = {"allows_late_revision": city.allows_late_revision}
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name == "allows_late_revision":
                continue
            field.widget.attrs |= {"inputmode": "numeric", "class": "short"}
            if name.endswith("_days"):
                field.min_value = 0  # type: ignore[attr-defined]  # a whole number
        self.helper = form_helper(submit=_("Save"))


class ExtensionForm(forms.Form):
    """Until when, and why."""

    until = RocDateField(label=_("Extend until"), help_text=_("In ROC years, such as 115.5.29."))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The city reads this when it decides."),
    )

    def __init__(self, *args: Any, deadline: Deadline | None, **kwargs: Any) -> None:
        if deadline:
            kwargs["initial"] = {"until": deadline.due_on + dt.timedelta(days=14)}
        super().__init__(*args, **kwargs)
        self.helper = form_helper(submit=_("Ask for the extension"))


class DecisionForm(forms.Form):
    """Grant a day, which need not be the one asked for, or refuse."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("grant", _("Grant")), ("refuse", _("Refuse"))],
        widget=forms.RadioSelect,
    )
    until = RocDateField(
        label=_("Granted until"),
        required=False,
        help_text=_("In ROC years. Counts only where the extension is granted."),
    )
    comment = forms.CharField(
        label=_("Words to the district"),
        required=False,
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed where the extension is refused."),
    )

    def __init__(self, *args: Any, extension: Extension, **kwargs: Any) -> None:
        kwargs["initial"] = {"until": extension.asked_until}
        super().__init__(*args, **kwargs)
        self.helper = form_helper(
            submit=_("Decide"), action=reverse("review:extension-decide", args=[extension.pk])
        )
