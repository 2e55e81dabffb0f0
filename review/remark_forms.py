"""The forms of the city's remarks and of the district's answers."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from core.forms import form_helper
from review.models import Adoption, Answer, Remark
from review.services.remarks import TEXT_LIMIT


class RemarkForm(forms.Form):
    """A remark on a line, or on the plan as a whole. The token lets a repeated press write one."""

    text = forms.CharField(
        label=_("Remark"),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The district reads it when you return or approve the plan."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, remark: Remark | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {"text": remark.text if remark else "", "token": uuid.uuid4()}
        super().__init__(*args, **kwargs)
        self.helper = form_helper()


class AnswerForm(forms.Form):
    """What the district does about a remark, why, and which units see to it."""

    adoption = forms.ChoiceField(label=_("What is done"), choices=Adoption.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Explanation"),
        required=False,
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What was changed and where, or why not. Needed unless the remark is accepted."),
    )
    units = forms.TypedMultipleChoiceField(
        label=_("Units that see to it"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Their people get a notice."),
    )

    def __init__(
        self, *args: Any, answer: Answer | None, units: list[Unit], named: Collection[int] = (), **kwargs: Any
    ) -> None:
        """Propose the units `named`, who answer for the line, until something is answered."""
        if answer is None:
            kwargs["initial"] = {"units": list(named)}
        else:
            kwargs["initial"] = {
                "adoption": answer.adoption,
                "text": answer.text,
                "units": [unit.pk for unit in answer.units.all()],
            }
        super().__init__(*args, **kwargs)
        self.fields["units"].choices = [(unit.pk, unit.name) for unit in units]  # type: ignore[attr-defined]  # a choice field
        self.helper = form_helper()
