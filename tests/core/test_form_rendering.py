"""Choices are rendered as Django renders them, whatever is in them."""

from __future__ import annotations

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from core.form_rendering import Renderer

CHOICES = [
    ("", "全部"),
    ("a&b", '<"quoted">'),
    (1, 1000),
    ("safe", mark_safe("<b>safe</b>")),
    ("lazy", gettext_lazy("Year")),
    (None, "nothing"),
    ("大組", [("x", "甲"), ("y", "乙 & 丙")]),
]
WIDGETS = {
    "plain": forms.Select(choices=CHOICES),
    "with attributes": forms.Select(
        attrs={"class": "form-select", "required": True, "disabled": False, "data-words": 'a "b" <c>'},
        choices=CHOICES,
    ),
    "several": forms.SelectMultiple(choices=CHOICES),
    "of three": forms.NullBooleanSelect(),
    "empty": forms.Select(),
}


def own(widget: forms.Widget, renderer: DjangoTemplates, value: object) -> str:
    return " ".join(widget.render("field", value, {"id": "id_field"}, renderer=renderer).split())


@pytest.mark.parametrize("value", ["", "a&b", 1, ["x", "safe"], None, True])
@pytest.mark.parametrize("name", WIDGETS)
def test_a_choice_is_rendered_as_django_does(name: str, value: object) -> None:
    widget = WIDGETS[name]
    if isinstance(value, list) and name != "several":
        value = value[0]

    assert own(widget, Renderer(), value) == own(widget, DjangoTemplates(), value)


def test_an_option_with_a_template_of_its_own_is_left_to_it() -> None:
    class Ruled(forms.Select):
        option_template_name = "django/forms/widgets/input_option.html"

    widget = Ruled(choices=[("a", "A")])
    assert own(widget, Renderer(), "a") == own(widget, DjangoTemplates(), "a")


def test_the_site_renders_its_forms_so() -> None:
    assert isinstance(get_default_renderer(), Renderer)
