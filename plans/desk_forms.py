"""The forms of writing together: the round of the units, a reason, comments."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from crispy_forms.layout import HTML, Div, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.forms import form_helper
from core.roc import read_roc_date, to_roc
from core.templatetags.districtplans import roc_datetime
from plans.models import Comment, WritingRound
from plans.queries.comments import Names
from plans.queries.rounds import UnitRow
from plans.services.comments import TEXT_LIMIT
from plans.services.rounds import NOTE_LIMIT

TWO_WEEKS = dt.timedelta(days=14)
SATURDAY = 5


class RocDateField(forms.Field):
    """A day in ROC years, 115.4.30; a browser's own date field would show a Western year."""

    widget = forms.TextInput(attrs={"maxlength": 20, "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dt.date):
            return f"{to_roc(value.year)}.{value.month}.{value.day}"
        return value

    def to_python(self, value: Any) -> dt.date | None:
        words = str(value or "").strip()
        if not words:
            return None
        try:
            return read_roc_date(words[:40])
        except ValueError as error:
            raise ValidationError(_("Give the day in ROC years, such as 115.4.30.")) from error


class RoundForm(forms.Form):
    """Until when the units write, and what they should know."""

    due_on = RocDateField(
        label=_("Due date"),
        help_text=_("In ROC years, such as 115.4.30. A part is due at the end of that day."),
    )
    note = forms.CharField(
        label=_("Note to the units"),
        required=False,
        max_length=NOTE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, on: dt.date, current: WritingRound | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "due_on": current.due_on if current else _proposed_due(on),
            "note": current.note if current else "",
        }
        super().__init__(*args, **kwargs)
        self.helper = form_helper(submit=_("Save") if current else _("Open the writing round"))


def _proposed_due(on: dt.date) -> dt.date:
    """Return the day two weeks later, or the Monday after it: nobody hands in on a weekend."""
    day = on + TWO_WEEKS
    return day + dt.timedelta(days=7 - day.weekday()) if day.weekday() >= SATURDAY else day


class RemindForm(forms.Form):
    """Which units to remind; `again` reminds those too that were reminded today."""

    units = forms.TypedMultipleChoiceField(
        label=_("Units to remind"), coerce=int, widget=forms.CheckboxSelectMultiple, required=False
    )
    again = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, rows: list[UnitRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["units"].choices = [(row.unit.pk, self._label(row)) for row in rows]  # type: ignore[attr-defined]  # a ChoiceField
        self.helper = form_helper(submit=_("Remind these units"))

    @staticmethod
    def _label(row: UnitRow) -> str:
        if row.part is None or row.part.reminded_at is None:
            return row.unit.name
        words = gettext("%(unit)s (reminded %(moment)s)")
        return words % {"unit": row.unit.name, "moment": roc_datetime(row.part.reminded_at)}


class SendBackForm(forms.Form):
    """Why a part goes back to its unit."""

    reason = forms.CharField(
        label=_("What is to be changed?"),
        max_length=NOTE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The people of the unit read this above their lines and in a notice."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper(submit=_("Send back"))


class WrittenForm(forms.Form):
    """A form with words to keep: its tag stands in the template, for it is sent beside the sheet as well.

    `draft` names the words for the browser, which keeps them until they are sent.
    """

    draft = ""
    submit: str | Promise = ""
    look = "btn-primary"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper()
        self.helper.disable_csrf = True
        self.fields["text"].widget.attrs |= {"data-mentions": "mention-names", "lang": "zh-Hant-TW"}


class CommentForm(WrittenForm):
    """What somebody says about a line, and who should hear of it.

    One `token` goes with one page: a request that is sent twice writes one comment.
    """

    text = forms.CharField(
        label=_("Comment"),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Type @ and the name of a person or a unit to tell them."),
    )
    units = forms.TypedMultipleChoiceField(
        label=_("Tell these units"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    people = forms.TypedMultipleChoiceField(
        label=_("Tell these people"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    draft = "new"
    submit = _("Send the comment")

    def __init__(self, *args: Any, names: Names, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["units"].choices = [(unit.pk, unit.name) for unit in names.units]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["people"].choices = [(person.pk, person.label) for person in names.people]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["token"].initial = uuid.uuid4
        is_open = " open" if self["people"].value() else ""
        self.helper.layout = Layout(
            "text",
            Div("units", css_class="choices"),
            HTML(
                format_html(
                    "<details class='choices'{}><summary>{}</summary>", is_open, _("Tell single people")
                )
            ),
            "people",
            HTML("</details>"),
            "token",
        )


class AnswerForm(WrittenForm):
    """An answer to the first comment of a thread, given by its key."""

    text = forms.CharField(
        label=_("Answer"),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Who has written here hears of it. @ and a name tells others."),
    )
    answers = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    submit = _("Send the answer")
    look = "btn-outline-primary"

    def __init__(self, *args: Any, first: int, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"answer{first}_%s", **kwargs)
        self.first = first
        self.fields["answers"].initial = first
        self.fields["token"].initial = uuid.uuid4
        self.draft = f"answer-{first}"


class ChangeCommentForm(WrittenForm):
    """Other words for one's own comment."""

    text = forms.CharField(
        label=_("Comment"), max_length=TEXT_LIMIT, widget=forms.Textarea(attrs={"rows": 4})
    )
    submit = _("Save")

    def __init__(self, *args: Any, comment: Comment, **kwargs: Any) -> None:
        super().__init__(*args, initial={"text": comment.text}, **kwargs)
        self.draft = f"change-{comment.pk}"
