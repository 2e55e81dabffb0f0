"""The forms of steps and of the sign-off strip. Each carries what its page has seen, and a token."""

from __future__ import annotations

import uuid
from typing import Any

from crispy_forms.layout import Layout, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext_lazy as _

from core.forms import form_helper
from plans.desk_forms import RocDateField
from plans.models import FACT_LIMIT
from plans.services.steps import Letter
from plans.workflow import Step
from review.models import NOTE_LIMIT
from review.services.signing import MAX_SCAN, Outside
from review.words import LETTER_WELCOME, label_of

SCAN_TYPES = ("pdf", "jpg", "jpeg", "png", "tif", "tiff", "di", "odt", "docx")


class SeenForm(forms.Form):
    """What a decision carries besides its words: the plan's last step its page knew, and a token."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, seen: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = seen
        self.fields["token"].initial = uuid.uuid4
        self.helper = form_helper()
        self.helper.form_tag = True

    def lay_out(self, *names: str, submit: Any) -> None:
        """Put the fields above one button."""
        self.helper.layout = Layout(*names, "seen", "token")
        self.helper.add_input(Submit("go", submit, css_class="btn-primary"))


class LetterFields(forms.Form):
    """Number and date of the official letter behind a step."""

    document_number = forms.CharField(
        label=_("Document number"),
        max_length=60,
        required=False,
        help_text=_("Such as 三區秘字第1150001234號."),
    )
    document_on = RocDateField(
        label=_("Document date"), required=False, help_text=_("In ROC years, such as 115.4.30.")
    )

    @property
    def letter(self) -> Letter:
        values = self.cleaned_data
        return Letter(values.get("document_number", ""), values.get("document_on"))


class StepForm(SeenForm, LetterFields):
    """The words and the letter a step needs or welcomes."""

    comment = forms.CharField(max_length=NOTE_LIMIT, required=False, widget=forms.Textarea(attrs={"rows": 4}))

    subtitle = forms.CharField(
        label=_("Line below the title"),
        max_length=FACT_LIMIT,
        required=False,
        help_text=_("It prints with the revised plan, such as 115年9月修訂. Empty it to print none."),
    )

    def __init__(
        self, *args: Any, step: Step, decision: str, subtitle: str | None = None, **kwargs: Any
    ) -> None:
        """`subtitle` is the line a plan bears while it is revised, None for steps that begin no revision."""
        super().__init__(*args, **kwargs)
        if subtitle is None:
            del self.fields["subtitle"]
        else:
            self.fields["subtitle"].initial = subtitle
        has_letter = step.needs_document or step.name in LETTER_WELCOME
        if has_letter:
            for name in ("document_number", "document_on"):
                self.fields[name].required = step.needs_document
            if step.is_of_city:
                self.fields["document_number"].help_text = _("Such as 府研考字第1150001234號.")
        else:
            del self.fields["document_number"], self.fields["document_on"]
        comment = self.fields["comment"]
        comment.required = step.needs_comment
        comment.label = _("Reason") if step.needs_comment else _("Note")
        comment.help_text = _("It stands in the record of the plan for whoever may see this step.")
        letter = ("document_number", "document_on") if has_letter else ()
        line = ("subtitle",) if "subtitle" in self.fields else ()
        self.lay_out(*letter, "comment", *line, submit=label_of(step, decision))


class SignForm(SeenForm):
    """A signature, with a note or without."""

    note = forms.CharField(
        label=_("Note"), max_length=NOTE_LIMIT, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lay_out("note", submit=_("Sign off"))


class PlaceSendBackForm(SeenForm):
    """Why a place sends the plan back."""

    reason = forms.CharField(
        label=_("What is to be changed?"), max_length=NOTE_LIMIT, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lay_out("reason", submit=_("Send back"))


class OutsideForm(SeenForm, LetterFields):
    """A signature given on paper or in another system."""

    name = forms.CharField(label=_("Who signed"), max_length=60)
    title = forms.CharField(label=_("Job title"), max_length=60, required=False)
    acting_for = forms.CharField(
        label=_("Acting for"),
        max_length=60,
        required=False,
        help_text=_("Empty where the person signed in their own right."),
    )
    scan = forms.FileField(label=_("Scan"), required=False, max_length=200)
    note = forms.CharField(
        label=_("Note"), max_length=NOTE_LIMIT, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("document_number", "document_on"):
            self.fields[name].required = True
        names = ("name", "title", "acting_for", "document_number", "document_on", "scan", "note")
        self.lay_out(*names, submit=_("Record the signature"))

    def clean_scan(self) -> File[bytes] | None:
        scan: File[bytes] | None = self.cleaned_data["scan"]
        if scan is None:
            return None
        ending = (scan.name or "").rsplit(".", 1)[-1].lower()
        if ending not in SCAN_TYPES:
            raise ValidationError(
                _("Files of this kind (.%(ending)s) are not taken. Possible are: %(types)s."),
                params={"ending": ending, "types": "、".join(SCAN_TYPES)},
            )
        if (scan.size or 0) > MAX_SCAN:
            raise ValidationError(_("A file may have at most 20 MB."))
        return scan

    @property
    def outside(self) -> Outside:
        values = self.cleaned_data
        return Outside(
            values["name"], values["title"], values["acting_for"], letter=self.letter, scan=values["scan"]
        )
