"""How the fields of forms become HTML: as Django's own templates do, a choice among many faster.

Django renders each option by a template of its own, which for the 158 districts of a filter takes a third of
the page's time.
"""

from __future__ import annotations

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe

SELECT = "django/forms/widgets/select.html"
OPTION = "django/forms/widgets/select_option.html"


class Renderer(DjangoTemplates):
    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> SafeString:
        if template_name == SELECT and _is_plain(context["widget"]):
            return _select(context["widget"])
        return mark_safe(super().render(template_name, context, request))  # noqa: S308 -- a template's output


def _is_plain(widget: dict[str, Any]) -> bool:
    """Say whether no option has a template of its own."""
    return all(
        option["template_name"] == OPTION
        for _name, options, _place in widget["optgroups"]
        for option in options
    )


def _select(widget: dict[str, Any]) -> SafeString:
    """Return what Django's select.html makes of a widget, to the letter."""
    parts = [f'<select name="{escape(widget["name"])}"{_attributes(widget["attrs"])}>']
    for name, options, _place in widget["optgroups"]:
        if name:
            parts.append(f'\n  <optgroup label="{conditional_escape(name)}">')
        parts += map(_option, options)
        if name:
            parts.append("\n  </optgroup>")
    parts.append("\n</select>\n")
    return mark_safe("".join(parts))  # noqa: S308 -- escaped above


def _option(one: dict[str, Any]) -> str:
    label, attributes = conditional_escape(one["label"]), _attributes(one["attrs"])
    return f'\n  <option value="{escape(str(one["value"]))}"{attributes}>{label}</option>\n'


def _attributes(values: dict[str, Any]) -> str:
    return "".join(
        f" {escape(name)}" if value is True else f' {escape(name)}="{escape(str(value))}"'
        for name, value in values.items()
        if value is not False
    )
