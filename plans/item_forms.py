"""The forms of the editor: a line, a place to move to, pasted lines, what stands around the lines."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field
from crispy_forms.layout import Layout as FormLayout
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from core.forms import UploadField, form_helper
from plans.blocks import ALL_UNITS
from plans.document import Node, PlanDocument
from plans.enums import Duty, Kind, Layout, Scheme, Style
from plans.models import FACT_LIMIT, Criterion, Framework, Item, Plan
from plans.services.items import FIELDS, POINTS_TEXT_LIMIT, ROSTER, WORDS_LIMIT, Values, clean_values
from plans.structure import TABLE_LAYOUTS

ROW_MARK = "｜"
MOST_PASTED = 1_000  # lines; they take some three seconds under the plan's lock
NEXT_STYLE = [("", _("as the plan goes on"))]
NO_LAYOUT = [("", _("as lines"))]
TABLES = [choice for choice in Layout.choices if choice[0] in TABLE_LAYOUTS]


class ItemForm(forms.Form):
    """One line. What it was made from travels along (`base`), so that a save can merge and never overwrite.

    `is_whole` shows what only the secretariat sets: kind, numbering, layout, points, who answers for it.
    """

    # Before the others: rows of the roster and the order of units are told by what they were made from.
    base = forms.CharField(widget=forms.HiddenInput, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        label=_("Title"),
        required=False,
        max_length=WORDS_LIMIT,
        widget=forms.Textarea(attrs={"rows": 1}),
    )
    text = forms.CharField(
        label=_("Text"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    numbered = forms.BooleanField(label=_("Has a number"), required=False)
    child_style = forms.ChoiceField(
        label=_("Numbers of the lines below"), required=False, choices=[*NEXT_STYLE, *Style.choices]
    )
    layout = forms.ChoiceField(
        label=_("Layout of this part"),
        required=False,
        choices=[
            *NO_LAYOUT,
            *(choice for choice in Layout.choices if choice[0] not in {"outline", "roster"}),
        ],
    )
    points = forms.CharField(label=_("Points"), required=False, max_length=12)
    points_text = forms.CharField(
        label=_("Points as printed, such as (400 分)"), required=False, max_length=POINTS_TEXT_LIMIT
    )
    criterion = forms.ChoiceField(label=_("Criterion"), required=False)
    leads = forms.TypedMultipleChoiceField(
        label=_("Lead"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    assists = forms.TypedMultipleChoiceField(
        label=_("Assisting"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    all_units = forms.BooleanField(label=ALL_UNITS, required=False)
    roster = forms.CharField(
        label=_("Rows of the roster"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("One row a line: title ｜ member ｜ duty ｜ remark."),
    )

    def __init__(
        self,
        *args: Any,
        item: Item,
        current: Values,
        units: Sequence[Unit],
        criteria: Sequence[Criterion],
        is_whole: bool,
        token: str = "",
        **kwargs: Any,
    ) -> None:
        self.item, self.is_whole = item, is_whole
        self.order = [row["unit"] for row in current["units"]]
        kwargs["initial"] = initial_of(current) | {"base": json.dumps(current), "token": token}
        kwargs["auto_id"] = f"f-{item.uid}-%s"
        super().__init__(*args, **kwargs)
        self._choices(units, criteria)
        if item.kind != Kind.TABLE and not current["roster"]:
            del self.fields["roster"]
        if not is_whole:
            for name in ("kind", "numbered", "child_style", "layout", "points", "points_text", "criterion"):
                self.fields.pop(name, None)
            for name in ("leads", "assists", "all_units"):
                self.fields.pop(name, None)
        self.helper = self._helper()

    def _choices(self, units: Sequence[Unit], criteria: Sequence[Criterion]) -> None:
        named: Any = [(unit.pk, unit.name) for unit in units]
        kinds = [
            choice for choice in Kind.choices if (choice[0] == Kind.CHAPTER) == (self.item.parent_id is None)
        ]
        choices: Mapping[str, Any] = {
            "leads": named,
            "assists": named,
            "kind": kinds,
            "criterion": [("", _("none")), *((row.code, f"{row.code} {row.title}") for row in criteria)],
        }
        for name, options in choices.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]  # a ChoiceField
        if not criteria:
            del self.fields["criterion"]

    def _helper(self) -> FormHelper:
        helper = form_helper()
        words = [
            Field("title", rows=1, css_class="editing__title", autocomplete="off"),
            Field("text", rows=3),
        ]
        if "roster" in self.fields:
            words.append(Field("roster"))
        if not self.is_whole:
            helper.layout = FormLayout(*words, "base", "token")
            return helper
        criterion = ["criterion"] if "criterion" in self.fields else []
        helper.layout = FormLayout(
            *words,
            HTML('<details class="editing__more"><summary>'),
            HTML(_("Responsible units:")),
            HTML(' <span class="editing__named" data-none="{{ form.nobody_named }}">'),
            HTML("{{ form.named_units }}</span></summary>"),
            Div(
                Field("leads", template="plans/_chips.html"),
                Field("assists", template="plans/_chips.html"),
                "all_units",
                css_class="editing__units",
            ),
            HTML("</details>"),
            HTML('<details class="editing__more"><summary>'),
            HTML(_("Kind, number, layout, points")),
            HTML("</summary>"),
            Div(
                "kind",
                "child_style",
                "layout",
                *criterion,
                "points",
                "points_text",
                css_class="editing__grid",
            ),
            "numbered",
            HTML("</details>"),
            "base",
            "token",
        )
        return helper

    def named_units(self) -> str:
        """Return who answers for the line by its own words, for the closed part of the form."""
        if "leads" not in self.fields:
            return ""
        names = dict(self.fields["leads"].choices)  # type: ignore[attr-defined]  # a ChoiceField
        chosen = [names[key] for key in self.order if key in names]
        if self.initial["all_units"]:
            chosen.append(ALL_UNITS)
        return "、".join(chosen) or self.nobody_named()

    def nobody_named(self) -> str:
        """Return who answers for a line that names no unit: those of the line above, where there is one."""
        return str(_("as the line above it") if self.item.parent_id else _("none named"))

    def clean_roster(self) -> list[dict[str, str]]:
        # A line that was left as it is shown is the row it was made from, whatever stands in its cells.
        known = {_row_of(row): row for row in self.cleaned_data.get("base", {}).get("roster", ())}
        rows = []
        for number, line in enumerate(self.cleaned_data["roster"].splitlines(), 1):
            if not line.strip():
                continue
            if line.rstrip() in known:
                rows.append(known[line.rstrip()])
                continue
            marked = line.replace("|", ROW_MARK).replace("\t", ROW_MARK)
            cells = [cell.strip() for cell in marked.split(ROW_MARK)]
            if len(cells) > len(ROSTER):
                raise forms.ValidationError(
                    _("Row %(number)d has %(cells)d cells; a roster has four."),
                    params={"number": number, "cells": len(cells)},
                )
            rows.append(dict(zip(ROSTER, (cells + [""] * 4)[:4], strict=True)))
        return rows

    def clean_base(self) -> dict[str, Any]:
        """Return the values the page was made from. Without them nothing could be merged."""
        base = read_base(self.cleaned_data["base"], FIELDS)
        try:
            return clean_values(base)
        except (TypeError, ValueError, KeyError, AttributeError, forms.ValidationError) as error:
            raise _damaged() from error

    @property
    def values(self) -> dict[str, Any]:
        """The values of the fields on the page, as `save_item` takes them."""
        data = {name: value for name, value in self.cleaned_data.items() if name not in _OWN}
        if self.is_whole:
            data["units"] = self._units()
        # The form of a new line, once it is stored, has but few of the fields.
        there = self.data.get("fields")
        return {name: data[name] for name in there.split(",") if name in data} if there else data

    def _units(self) -> list[dict[str, Any]]:
        leads, assists = set(self.cleaned_data["leads"]), set(self.cleaned_data["assists"])
        chosen = leads | assists
        # As they stood when the page was made; what is new comes behind.
        order = [row["unit"] for row in self.cleaned_data["base"]["units"] if row["unit"] in chosen]
        order += [
            key
            for key, _name in self.fields["leads"].choices  # type: ignore[attr-defined]  # a ChoiceField
            if key in chosen and key not in order
        ]
        return [{"unit": key, "duty": Duty.LEAD if key in leads else Duty.ASSISTING} for key in order]


_OWN = {"base", "token", "leads", "assists"}
_MARKS = re.compile(r"\s*[\n\t]\s*|[|｜]")


def _row_of(row: Mapping[str, str]) -> str:
    """Return a row of a roster as one line, without marks of its own in the cells."""
    cells = (_MARKS.sub(lambda found: " " if found[0].isspace() else "／", row[name]) for name in ROSTER)
    return ROW_MARK.join(cells).rstrip()


def initial_of(values: Values) -> dict[str, Any]:
    """Return what the fields of an ItemForm show for a line's values."""
    return {
        **{name: values[name] for name in ("title", "text", "kind", "numbered", "child_style", "layout")},
        **{name: values[name] for name in ("points_text", "criterion", "all_units")},
        "points": values["points"] or "",
        "leads": [row["unit"] for row in values["units"] if row["duty"] == Duty.LEAD],
        "assists": [row["unit"] for row in values["units"] if row["duty"] == Duty.ASSISTING],
        "roster": "\n".join(map(_row_of, values["roster"])),
    }


class NewLineForm(forms.Form):
    """A line to be, at a place: below `parent`, behind `after`. It is stored when it has words."""

    title = forms.CharField(
        label=_("Title"),
        required=False,
        max_length=WORDS_LIMIT,
        widget=forms.Textarea(attrs={"rows": 1}),
    )
    text = forms.CharField(
        label=_("Text"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    kind = forms.ChoiceField(label=_("Kind"))
    parent = forms.UUIDField(widget=forms.HiddenInput, required=False)
    after = forms.UUIDField(widget=forms.HiddenInput, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    base = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, at_top: bool | None = None, **kwargs: Any) -> None:
        """`at_top` says whether it will be a chapter; None makes a form in which the page decides that."""
        kwargs["auto_id"] = "f-new-%s"
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            choice for choice in Kind.choices if at_top is None or (choice[0] == Kind.CHAPTER) == at_top
        ]
        self.helper = form_helper()
        self.helper.layout = FormLayout(
            Field("title", rows=1, css_class="editing__title", autocomplete="off"),
            Field("text", rows=3),
            "kind",
            HTML('<input type="hidden" name="fields" value="title,text,kind">'),
            "parent",
            "after",
            "token",
            "base",
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not (data.get("title") or "").strip() and not (data.get("text") or "").strip():
            raise forms.ValidationError(_("Write a title or a text first."))
        return data


class PasteForm(forms.Form):
    lines = forms.CharField(
        label=_("Lines"),
        widget=forms.Textarea(attrs={"rows": 10}),
        max_length=200_000,
        help_text=_("Each line becomes a line of the plan. Numbers such as 一、 (一) 1. become levels."),
    )
    parent = forms.UUIDField(widget=forms.HiddenInput, required=False)
    after = forms.UUIDField(widget=forms.HiddenInput, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper()

    def clean_lines(self) -> str:
        """Refuse so many lines that nobody else could write while they are stored."""
        lines: str = self.cleaned_data["lines"]
        if sum(1 for line in lines.splitlines() if line.strip()) > MOST_PASTED:
            raise forms.ValidationError(
                _("At most %(most)d lines can be pasted at once."), params={"most": MOST_PASTED}
            )
        return lines


class MoveForm(forms.Form):
    """Where a line goes to: behind another, or below it as its first."""

    place = forms.UUIDField(label=_("Line"), widget=forms.Select(attrs={"size": 12}))
    how = forms.ChoiceField(
        label=_("Where"),
        choices=[
            ("after", _("behind it, on its level")),
            ("first", _("below it, as the first")),
            ("below", _("below it, as the last")),
        ],
        widget=forms.RadioSelect,
        initial="after",
    )
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, item: Item, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.item = item
        self.helper = form_helper()

    def offer(self, document: PlanDocument) -> None:
        """Fill the list of places. A form that is only to be read does without: it is as long as the plan."""
        places = places_to_move_to(document, str(self.item.uid))
        self.fields["place"].widget.choices = places

    def clean_place(self) -> Item:
        place = Item.objects.present().filter(plan=self.item.plan_id, uid=self.cleaned_data["place"])
        found = place.select_related("parent").first()
        if found is None:
            raise forms.ValidationError(_("This line is no longer in the plan; somebody deleted it."))
        return found


def places_to_move_to(document: PlanDocument, uid: str) -> list[tuple[str, str]]:
    """Return (uid, words) of every line but the one to be moved and those below it, indented by level."""
    found: list[tuple[str, str]] = []
    stack: list[tuple[Node, int]] = [(chapter, 0) for chapter in reversed(document.chapters)]
    while stack:
        node, level = stack.pop()
        if node.uid == uid:
            continue
        words = node.title or node.text or "…"
        found.append((node.uid, f"{'　' * level}{node.number}{words[:40]}"))
        stack.extend((child, level + 1) for child in reversed(node.children))
    return found


class FactsForm(forms.ModelForm[Plan]):
    """What stands on the title page and at the foot; `base` as with a line."""

    base = forms.CharField(widget=forms.HiddenInput, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Plan
        fields = ["title", "subtitle", "attribute", "note", "sign_off", "scheme", "framework"]
        widgets = {
            "note": forms.Textarea(attrs={"rows": 3}),
            "sign_off": forms.Textarea(attrs={"rows": 3}),
            "scheme": forms.Select(choices=Scheme.choices),
        }

    def __init__(self, *args: Any, token: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        city = self.instance.district.city_id
        self.fields["framework"].queryset = Framework.objects.filter(city=city)  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["framework"].empty_label = _("none")  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["title"].max_length = FACT_LIMIT  # type: ignore[attr-defined]  # a CharField
        self.initial["base"] = json.dumps(facts_of(self.instance))
        self.initial["token"] = token
        self.helper = form_helper(submit=_("Save"))

    @property
    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        framework = data["framework"]
        return {name: data[name] for name in self.Meta.fields if name != "framework"} | {
            "framework": framework.pk if framework else None
        }

    def clean_base(self) -> dict[str, Any]:
        return read_base(self.cleaned_data["base"], [*self.Meta.fields])

    def made_from(self, theirs: Mapping[str, Any]) -> QueryDict:
        """Return what was sent, as if made from what others stored meanwhile."""
        data = QueryDict(mutable=True)
        data.update({name: str(self.data.get(name, "")) for name in self.data})
        data["base"] = json.dumps(self.cleaned_data["base"] | dict(theirs))
        data["token"] = str(uuid.uuid4())
        return data


def read_base(text: str, names: Sequence[str]) -> dict[str, Any]:
    """Return the values a page was made from. Raises ValidationError where one is missing."""
    try:
        base = json.loads(text)
        complete = isinstance(base, dict) and set(names) <= set(base)
    except (ValueError, RecursionError):
        complete = False
    if not complete:
        raise _damaged()
    return {name: base[name] for name in names}


def _damaged() -> forms.ValidationError:
    return forms.ValidationError(
        _("This page is damaged or out of date. Copy your text, then load it again.")
    )


class AttachmentForm(forms.Form):
    file = UploadField(label=_("File"))
    title = forms.CharField(
        label=_("Title"),
        max_length=FACT_LIMIT,
        required=False,
        help_text=_("As it prints behind 附件一. Without one the name of the file stands there."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper()


def facts_of(plan: Plan) -> dict[str, Any]:
    """Return the facts a FactsForm writes, as `save_facts` compares them."""
    return {
        name: getattr(plan, name) for name in ("title", "subtitle", "attribute", "note", "sign_off", "scheme")
    } | {"framework": plan.framework_id}
