"""A field of a form is rendered as the form pack's own template renders it, whatever it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import crispy_bootstrap5
import pytest
from crispy_forms.layout import Layout
from crispy_forms.utils import render_crispy_form
from django import forms
from django.template import engines
from django.template.loader import get_template

from core.forms import UploadField, form_helper

PACK = Path(crispy_bootstrap5.__file__).parent / "templates/bootstrap5/field.html"
OWN = "bootstrap5/field.html"
CHOICES = [("a", "甲"), ("b", '<乙> & "丙"')]


class Sample(forms.Form):
    words = forms.CharField(label="名稱", help_text="寫 <b>清楚</b>。")
    long_words = forms.CharField(label="說明", widget=forms.Textarea, required=False)
    secret = forms.CharField(label="密碼", widget=forms.PasswordInput(attrs={"class": "wide"}))
    number = forms.IntegerField(label="數", min_value=1)
    day = forms.DateField(label="日期", required=False)
    agreed = forms.BooleanField(label="同意", help_text="必須同意。")
    told = forms.BooleanField(label="通知", required=False)
    one = forms.ChoiceField(label="選一", choices=CHOICES)
    some = forms.MultipleChoiceField(label="選幾個", choices=CHOICES, required=False)
    radio = forms.ChoiceField(label="擇一", choices=CHOICES, widget=forms.RadioSelect, help_text="擇其一。")
    boxes = forms.MultipleChoiceField(label="勾選", choices=CHOICES, widget=forms.CheckboxSelectMultiple)
    nameless = forms.MultipleChoiceField(
        label="", choices=CHOICES, widget=forms.CheckboxSelectMultiple, required=False
    )
    file = UploadField(label="檔案", help_text="二十MB以內。")
    bare = forms.CharField(label="", required=False)
    hidden = forms.CharField(widget=forms.HiddenInput, required=False)


WRONG = {"words": "", "number": "0", "day": "昨天", "one": "c", "radio": "c", "boxes": ["c"]}


def rendered(field: str, template: Any, *, data: dict[str, Any] | None, monkeypatch: Any) -> str:
    form = Sample(data)
    form.helper = form_helper(action="/")
    form.helper.layout = Layout(field)
    monkeypatch.setattr("crispy_forms.utils.default_field_template", lambda pack: template)
    page = render_crispy_form(form)
    # Neither spaces between tags nor those inside of them make a difference.
    return re.sub(r"\s+", " ", re.sub(r"\s*([<>])\s*", r"\1", page)).strip()


@pytest.mark.parametrize("data", [None, {}, WRONG], ids=["empty", "nothing sent", "wrong"])
@pytest.mark.parametrize("field", Sample.base_fields)
def test_a_field_is_rendered_as_the_form_pack_does(
    field: str, data: dict[str, Any] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = engines["django"].from_string(PACK.read_text())

    own = rendered(field, get_template(OWN), data=data, monkeypatch=monkeypatch)

    assert f'name="{field}"' in own
    assert own == rendered(field, pack, data=data, monkeypatch=monkeypatch)


def test_the_site_takes_its_own_template() -> None:
    assert Path(get_template(OWN).origin.name).is_relative_to(Path(__file__).parents[2] / "templates")
