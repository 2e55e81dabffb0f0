"""The forms of progress: a report, a reason, which lines are followed, the days of a period."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from crispy_forms.helper import FormHelper
from django import forms
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from core.forms import UploadsField, form_helper, what_is_taken
from core.roc import to_roc
from indicators.enums import ProgressState
from plans.desk_forms import RocDateField
from progress.enums import Rhythm
from progress.models import Period, TrackedLine
from progress.models.reports import TEXT_LIMIT
from progress.queries.filing import Card, TargetCard
from progress.queries.milestones import Standing
from progress.services.evidence import CAPTION_LIMIT, LINK_LIMIT
from progress.services.reports import Values
from progress.services.tracking import Choice

NO_STATE = [("", _("as computed"))]
NUMBER = {"inputmode": "decimal", "autocomplete": "off", "maxlength": "20"}
UNKNOWN_STATE = [("", "—")]
AS_THE_LINE = [("", _("As the line stands"))]


def lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


_OF_TARGET = re.compile(r"(?:value|numerator|denominator|state|reached|reached_on)-\d{1,18}")


class Part(NamedTuple):
    """What the form asks of one target."""

    target: TargetCard
    fields: list[forms.BoundField]
    milestones: list[tuple[Standing, forms.BoundField, forms.BoundField]]


class ReportForm(forms.Form):
    """One report. What it was made from travels along (`base`), so that a save merges and never overwrites.

    Numbers and days are plain text here: what cannot be read is refused by the service, in words.
    """

    base = forms.CharField(widget=forms.HiddenInput, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    person = forms.CharField(widget=forms.HiddenInput, required=False)
    narrative = forms.CharField(
        label=_("What was done"), required=False, max_length=TEXT_LIMIT, strip=False, widget=lines(3)
    )
    is_unchanged = forms.BooleanField(
        label=_("Nothing new since last time (無異動); the text says why"), required=False
    )
    planned = forms.CharField(
        label=_("Planned progress (%)"), required=False, widget=forms.TextInput(attrs=NUMBER)
    )
    actual = forms.CharField(
        label=_("Actual progress (%)"), required=False, widget=forms.TextInput(attrs=NUMBER)
    )
    reason = forms.CharField(
        label=_("Why it is behind"), required=False, max_length=TEXT_LIMIT, strip=False, widget=lines(2)
    )
    countermeasure = forms.CharField(
        label=_("What is done about it"), required=False, max_length=TEXT_LIMIT, strip=False, widget=lines(2)
    )
    catch_up_on = forms.CharField(
        label=_("Caught up by"),
        required=False,
        help_text=_("In ROC years, such as 115.4.30."),
        widget=forms.TextInput(attrs={"maxlength": 20, "autocomplete": "off"}),
    )
    state_given = forms.ChoiceField(
        label=_("State"), required=False, choices=[*NO_STATE, *ProgressState.choices]
    )
    state_reason = forms.CharField(
        label=_("Why another state than the computed one"),
        required=False,
        max_length=TEXT_LIMIT,
        strip=False,
        widget=lines(2),
    )

    def __init__(
        self, *args: Any, card: Card, current: Values, person: int, token: str, **kwargs: Any
    ) -> None:
        report = card.report
        kwargs["initial"] = initial_of(current) | {
            "base": json.dumps(dict(current)),
            "token": token,
            "person": person,
        }
        kwargs["auto_id"] = f"r{report.pk}-%s"
        super().__init__(*args, **kwargs)
        self.card, self.targets = card, card.targets
        for one in card.targets:
            self._add_target(one)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def _add_target(self, one: TargetCard) -> None:
        pk, target = one.target.pk, one.target
        counted_in = f"（{target.result_in}）" if target.result_in else ""
        for standing in one.milestones:
            self._add_milestone(standing)
        if one.is_stated:
            self.fields[f"state-{pk}"] = forms.ChoiceField(
                label=_("State of this target"),
                required=False,
                choices=[*(AS_THE_LINE if one.follows_line else UNKNOWN_STATE), *ProgressState.choices],
            )
        if one.is_measured:
            names = {"value": gettext("Result of this period") + counted_in}
            if one.is_ratio:
                indicator = target.indicator
                names = {
                    "numerator": (indicator and indicator.numerator_name) or gettext("Of these"),
                    "denominator": (indicator and indicator.denominator_name) or gettext("In all"),
                }
            for name, label in names.items():
                self.fields[f"{name}-{pk}"] = forms.CharField(
                    label=label, required=False, widget=forms.TextInput(attrs=NUMBER)
                )
            if self._is_unusual(pk):
                self.fields[f"confirmed-{pk}"] = forms.BooleanField(
                    label=_("The value is right though it is unusual"), required=False
                )

    def _add_milestone(self, one: Standing) -> None:
        pk, title = one.milestone.pk, one.milestone.title
        self.fields[f"reached-{pk}"] = forms.BooleanField(label=title, required=False)
        self.fields[f"reached_on-{pk}"] = forms.CharField(
            label=format_html('{}<span class="visually-hidden"> {}</span>', gettext("Reached on"), title),
            required=False,
            widget=forms.TextInput(
                attrs={"maxlength": 20, "autocomplete": "off", "placeholder": gettext("such as 115.4.30")}
            ),
        )

    def milestones_of(self, one: TargetCard) -> list[tuple[Standing, forms.BoundField, forms.BoundField]]:
        """The milestones of a target, each with its tick and its day."""
        return [
            (standing, self[f"reached-{standing.milestone.pk}"], self[f"reached_on-{standing.milestone.pk}"])
            for standing in one.milestones
        ]

    def _is_unusual(self, pk: int) -> bool:
        """Say whether there is something to confirm, or to take the confirmation back from."""
        return bool(self.initial.get(f"confirmed-{pk}")) or f"value-{pk}" in self.card.lacks

    @property
    def parts(self) -> list[Part]:
        """The targets, each with its fields and its milestones."""
        names = ("value", "numerator", "denominator", "state", "confirmed")
        return [
            Part(
                one,
                [
                    self[f"{name}-{one.target.pk}"]
                    for name in names
                    if f"{name}-{one.target.pk}" in self.fields
                ],
                self.milestones_of(one),
            )
            for one in self.targets
        ]

    def label_of(self, name: str) -> str:
        """Return a field's label as it stands by itself, away from its milestone."""
        stem, _dash, key = name.partition("-")
        if stem == "reached_on" and f"reached-{key}" in self.fields:
            return f"{self.fields[f'reached-{key}'].label}：{gettext('Reached on')}"
        return str(self.fields[name].label) if name in self.fields else name

    @property
    def values(self) -> dict[str, Any]:
        """What was sent, as the service takes it; a field that was not on the page is left as it is."""
        own, base = {"base", "token", "person"}, self.cleaned_data["base"]
        # Of a tick that is not there only the base says whether it was on the page.
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in own and (name in self.data or name in base)
        }

    @property
    def left_out(self) -> dict[str, str]:
        """What was written in fields that are gone: a revision came into force while the page was open."""
        base = {name: "on" if value is True else value for name, value in self.cleaned_data["base"].items()}
        return {
            name: str(value).strip()
            for name, value in self.data.items()
            if _OF_TARGET.fullmatch(name)
            and name not in self.fields
            and str(value).strip() not in {"", str(base.get(name, "")), short_day_of(base.get(name))}
        }

    def clean_base(self) -> dict[str, Any]:
        try:
            base = json.loads(self.cleaned_data["base"] or "{}")
        except ValueError:
            base = None
        if not isinstance(base, dict):
            raise forms.ValidationError(
                _("This page is damaged or out of date. Copy your text, then load it again.")
            )
        return base


def initial_of(values: Values) -> dict[str, Any]:
    """Return values as the fields of a form show them."""
    days = {name: short_day(value) for name, value in values.items() if is_day(name)}
    return dict(values) | days


def is_day(name: str) -> bool:
    return name.partition("-")[0] in {"catch_up_on", "reached_on"}


def short_day(day: str) -> str:
    """Return a stored day as people type it: 115.4.30."""
    if not day:
        return ""
    date = dt.date.fromisoformat(day)
    return f"{to_roc(date.year)}.{date.month}.{date.day}"


def short_day_of(value: object) -> str:
    """Return what may be a stored day as people type it, "" for anything else."""
    try:
        return short_day(str(value))
    except ValueError:
        return ""


class FilesForm(forms.Form):
    """Files to stand behind a report, and what they show. What they are, the service reads from them."""

    file = UploadsField(label=_("Files"))
    caption = forms.CharField(
        label=_("What they show"), required=False, widget=forms.TextInput(attrs={"maxlength": CAPTION_LIMIT})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = what_is_taken()
        self.helper = form_helper()


class LinkForm(forms.Form):
    """A page or a large file elsewhere that stands behind a report."""

    link = forms.CharField(
        label=_("Address of a page"),
        widget=forms.URLInput(attrs={"maxlength": LINK_LIMIT, "placeholder": "https://"}),
    )
    caption = forms.CharField(
        label=_("What it shows"), required=False, widget=forms.TextInput(attrs={"maxlength": CAPTION_LIMIT})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "link-%s")
        super().__init__(*args, **kwargs)
        self.helper = form_helper()


class CommentForm(forms.Form):
    """A reason that others read."""

    comment = forms.CharField(label=_("Reason"), required=False, max_length=TEXT_LIMIT, widget=lines(3))

    def __init__(self, *args: Any, submit: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper(submit=submit)


class ReportsForm(forms.Form):
    """Several reports at once, and why."""

    reports = forms.TypedMultipleChoiceField(coerce=int, required=False)
    comment = forms.CharField(label=_("Reason"), required=False, max_length=TEXT_LIMIT, widget=lines(2))

    def __init__(self, *args: Any, known: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = frozenset(known)
        self.fields["reports"].choices = [(pk, str(pk)) for pk in self.known]  # type: ignore[attr-defined]  # a ChoiceField
        self.helper = form_helper()

    @property
    def left_out(self) -> frozenset[int]:
        """The known reports that were not ticked."""
        chosen = set(self.data.getlist("reports")) if isinstance(self.data, QueryDict) else set()
        return frozenset(pk for pk in self.known if str(pk) not in chosen)


class PeriodForm(forms.Form):
    """When a period opens and is due."""

    opens_on = RocDateField(label=_("Filing opens"))
    due_on = RocDateField(label=_("Filing due"), help_text=_("In ROC years, such as 115.4.30."))

    def __init__(self, *args: Any, period: Period, **kwargs: Any) -> None:
        kwargs["initial"] = {"opens_on": period.opens_on, "due_on": period.due_on}
        super().__init__(*args, **kwargs)
        self.helper = form_helper(submit=_("Save"))


class AllowForm(forms.Form):
    """Until when one unit may file, and why."""

    unit = forms.TypedChoiceField(label=_("Unit"), coerce=int)
    due_on = RocDateField(label=_("Until"), help_text=_("In ROC years, such as 115.4.30."))
    reason = forms.CharField(label=_("Reason"), max_length=TEXT_LIMIT, widget=lines(2))

    def __init__(self, *args: Any, units: Sequence[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [(unit.pk, unit.name) for unit in units]  # type: ignore[attr-defined]  # a ChoiceField
        self.helper = form_helper(submit=_("Let this unit file"))


class RhythmForm(forms.Form):
    """How often the units file."""

    rhythm = forms.ChoiceField(label=_("Progress is filed"), choices=Rhythm.choices)

    def __init__(self, *args: Any, rhythm: str, **kwargs: Any) -> None:
        kwargs["initial"] = {"rhythm": rhythm}
        super().__init__(*args, **kwargs)
        self.helper = form_helper(submit=_("Change"))


class TrackedForm(forms.Form):
    """Which lines are followed, and who files for them: `t-7`, `c-7` and `e-7` for the line 7."""

    EACH = "each"

    def __init__(
        self, *args: Any, lines: Sequence[TrackedLine], units: Sequence[Unit], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            who = [(str(unit.pk), unit.name) for unit in units]
            is_named = not line.all_units and bool(line.units.all())
            usual = gettext("the units named") if is_named else gettext("the secretariat's unit")
            usual = gettext("%(who)s (as usual)") % {"who": usual}
            choices = [("", usual), *([(self.EACH, gettext("each unit"))] if line.all_units else []), *who]
            self.fields[f"t-{line.pk}"] = forms.BooleanField(
                label=f"{line.number}{line.words}", required=False, initial=line.is_tracked
            )
            self.fields[f"c-{line.pk}"] = forms.ChoiceField(
                label=gettext("Who files for %(line)s") % {"line": f"{line.number}{line.words[:30]}"},
                required=False,
                choices=choices,
                initial=self.EACH if line.each_unit_files else str(line.collector_id or ""),
            )
        self.helper = form_helper()

    @property
    def rows(self) -> list[tuple[TrackedLine, forms.BoundField, forms.BoundField]]:
        return [(line, self[f"t-{line.pk}"], self[f"c-{line.pk}"]) for line in self.lines]

    @property
    def choices(self) -> Mapping[int, Choice]:
        data = self.cleaned_data
        return {
            line.pk: Choice(
                is_tracked=data[f"t-{line.pk}"],
                collector=int(who) if (who := data[f"c-{line.pk}"]) and who != self.EACH else None,
                each_unit_files=data[f"c-{line.pk}"] == self.EACH,
            )
            for line in self.lines
        }
