from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import District
from core.forms import form_helper
from core.roc import from_roc, to_roc
from documents.corrections import Change
from documents.ingest.proposal import PlanFacts, ProposedItem, ProposedMember
from documents.models import ImportDraft
from plans.blocks import ALL_UNITS
from plans.enums import Kind
from plans.models import SERIES

ROW_MARK = "｜"


class ImportForm(forms.Form):
    """A plan to be imported: a file or pasted text, for one district and year."""

    district = forms.ModelChoiceField(District.objects.none(), label=_("District"), empty_label=None)
    year = forms.IntegerField(
        label=_("ROC year"), min_value=1, max_value=289, help_text=_("Such as 115 for the plan of 2026.")
    )
    series = forms.CharField(label=_("Series"), max_length=60, initial=SERIES)
    file = forms.FileField(
        label=_("Text file"),
        required=False,
        help_text=_("A .txt file in UTF-8, Big5 or UTF-16. From Word: save as plain text, or paste below."),
    )
    text = forms.CharField(
        label=_("Or paste the text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "lang": "zh-Hant-TW"}),
    )

    def __init__(self, *args: Any, districts: list[District], year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[District]", self.fields["district"])
        field.queryset = District.objects.filter(pk__in=[district.pk for district in districts])
        self.fields["year"].initial = to_roc(year)
        self.helper = form_helper(submit=_("Read the plan"))
        self.helper.attrs["enctype"] = "multipart/form-data"

    def clean_year(self) -> int:
        year: int = self.cleaned_data["year"]
        return from_roc(year)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        has_file, has_text = bool(data.get("file")), bool((data.get("text") or "").strip())
        if "file" not in self.errors and has_file == has_text:
            words = (
                _("Give a file or paste text, not both.")
                if has_file
                else _("Choose a file or paste the text.")
            )
            self.add_error("file", words)
        return data


class ItemForm(forms.Form):
    """One line of a proposal."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    numbered = forms.BooleanField(label=_("Numbered"), required=False)
    title = forms.CharField(label=_("Title"), required=False, widget=forms.Textarea(attrs={"rows": 1}))
    text = forms.CharField(
        label=_("Text"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "To cut it into several lines, put a line break where to cut and press “Cut at line breaks”."
        ),
    )
    units = forms.CharField(
        label=_("Units"),
        required=False,
        help_text=_(
            "Several with 、 between; 各課室 for all. Empty: the units of the line above it in the tree."
        ),
    )
    points = forms.CharField(label=_("Points"), required=False, max_length=12)

    def __init__(self, *args: Any, item: ProposedItem, **kwargs: Any) -> None:
        units = [ALL_UNITS] if item.all_units else item.units
        kwargs["initial"] = {
            "kind": item.kind,
            "numbered": item.numbered,
            "title": item.title,
            "text": item.text,
            "units": "、".join(units),
            "points": item.points or "",
        }
        super().__init__(*args, **kwargs)
        self.helper = form_helper()
        # Several of these may be open on one page.
        self.auto_id = f"item{item.id}_%s"
        if item.parent is None:
            self.fields["kind"].choices = [(Kind.CHAPTER, Kind.CHAPTER.label)]  # type: ignore[attr-defined]  # a ChoiceField
        else:
            self.fields["kind"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
                choice for choice in Kind.choices if choice[0] != Kind.CHAPTER
            ]

    def clean_points(self) -> str | None:
        text = self.cleaned_data["points"].strip()
        if not text:
            return None
        try:
            points = Decimal(text)
        except InvalidOperation:
            points = Decimal(-1)
        if not points.is_finite() or not 0 <= points < 100_000:
            raise forms.ValidationError(_("Give the points as a number, such as 200."))
        return f"{points:f}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("title", "text"):
            data[name] = (data.get(name) or "").replace("\r\n", "\n").strip("\n")
        return data

    @property
    def change(self) -> Change:
        data = self.cleaned_data
        units = [name.strip() for name in data["units"].replace("，", "、").replace(",", "、").split("、")]
        units = [name for name in units if name]
        return Change(
            kind=data["kind"],
            title=data["title"],
            text=data["text"],
            units=[name for name in units if name != ALL_UNITS],
            all_units=ALL_UNITS in units,
            points=data["points"],
            numbered=data["numbered"],
        )


class RosterForm(forms.Form):
    """The rows of a roster, one a line, the four cells with ｜ between."""

    rows = forms.CharField(
        label=_("Rows"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("One row a line: title ｜ member ｜ duty ｜ remark."),
    )

    def __init__(self, *args: Any, members: list[ProposedMember], **kwargs: Any) -> None:
        rows = [ROW_MARK.join((row.title, row.member, row.duty, row.remark)) for row in members]
        kwargs["initial"] = {"rows": "\n".join(rows)}
        self.members = members
        super().__init__(*args, **kwargs)
        self.helper = form_helper()

    def clean_rows(self) -> list[ProposedMember]:
        found = []
        for number, line in enumerate(self.cleaned_data["rows"].splitlines(), 1):
            if not line.strip():
                continue
            cells = [
                cell.strip() for cell in line.replace("|", ROW_MARK).replace("\t", ROW_MARK).split(ROW_MARK)
            ]
            if len(cells) > 4:
                raise forms.ValidationError(
                    _("Row %(number)d has %(cells)d cells; a roster has four."),
                    params={"number": number, "cells": len(cells)},
                )
            found.append(ProposedMember(0, *(cells + [""] * 4)[:4]))
        return found


class FactsForm(forms.Form):
    """What stands on the title page and at the foot of a plan."""

    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    subtitle = forms.CharField(label=_("Subtitle, revision line"), max_length=200, required=False)
    attribute = forms.CharField(label=_("Agency attribute"), max_length=200, required=False)
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    sign_off = forms.CharField(
        label=_("Sign-off lines"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, facts: PlanFacts, **kwargs: Any) -> None:
        self.facts = facts
        kwargs["initial"] = {
            "title": facts.title,
            "subtitle": facts.subtitle,
            "attribute": facts.attribute,
            "note": facts.note,
            "sign_off": "\n".join(facts.sign_off),
        }
        super().__init__(*args, **kwargs)
        self.helper = form_helper()

    @property
    def values(self) -> PlanFacts:
        data = self.cleaned_data
        return PlanFacts(
            title=data["title"],
            subtitle=data["subtitle"],
            agency=self.facts.agency,
            attribute=data["attribute"],
            note=data["note"].replace("\r\n", "\n"),
            sign_off=[line for line in data["sign_off"].splitlines() if line.strip()],
        )


class CorrectionForm(forms.Form):
    """A step on the tree: which, on which lines, made from which version of the draft."""

    STEPS = (
        ("promote", _("Out")),
        ("demote", _("In")),
        ("merge", _("Join to the line above")),
        ("confirm", _("Read rightly")),
        ("remove", _("Take out")),
        ("undo", _("Undo")),
        ("kind:heading", Kind.HEADING.label),
        ("kind:action", Kind.ACTION.label),
        ("kind:target", Kind.TARGET.label),
        ("kind:note", Kind.NOTE.label),
    )
    step = forms.ChoiceField(choices=STEPS)
    ids = forms.TypedMultipleChoiceField(coerce=int, required=False)
    version = forms.IntegerField()

    def __init__(self, *args: Any, draft: ImportDraft, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        items = (draft.proposal or {}).get("items", [])
        self.fields["ids"].choices = [(str(item["id"]), "") for item in items]  # type: ignore[attr-defined]  # a ChoiceField
