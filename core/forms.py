from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout, Submit
from crispy_forms.utils import render_crispy_form
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.uploads import ACCEPT, TYPES

Choices = Sequence[tuple[str, Any]]
Offered = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]  # names of fields with their choices in words


def form_helper(
    *, submit: str | Promise = "", action: str = "", method: str = "post", name: str = "submit"
) -> FormHelper:
    """Return the helper every form is rendered by; without `submit` the page has its own form tag."""
    helper = FormHelper()
    helper.form_method = method
    helper.form_action = action
    helper.attrs = {
        "novalidate": ""
    }  # the server says what is wrong, in the page's language and beside the field
    helper.error_text_inline = True
    if submit:
        helper.add_input(Submit(name, submit, css_class="btn-primary"))
    else:
        helper.form_tag = False
    return helper


class Narrowing(forms.Form):
    """Fields of choices, side by side. `chosen` holds what was chosen and exists."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offered: Offered = ()
        self.helper = form_helper(method="get")
        self.helper.disable_csrf = True
        hidden = [name for name, field in self.fields.items() if isinstance(field.widget, forms.HiddenInput)]
        shown = [Div(name) for name in self.fields if name not in hidden]
        self.helper.layout = Layout(*shown, *hidden)

    def offer(self, **choices: Choices) -> None:
        for name, pairs in choices.items():
            self.fields[name].choices = list(pairs)  # type: ignore[attr-defined]  # all are choice fields
            self._offered += ((name, tuple((value, str(words)) for value, words in pairs)),)

    @property
    def rendered(self) -> SafeString:
        """The fields as HTML. People ask the same lists all day, and these fields would take most of some."""
        given = tuple(self.data.get(name) for name in self.fields)
        return _rendered(_Asked(type(self), get_language(), self.is_bound, given, self._offered, self))

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: str(self.cleaned_data.get(name) or "") for name in self.fields}


@dataclass(frozen=True)
class _Asked:
    """All that the HTML of such a form is made of, and one form that has it."""

    kind: type[Narrowing]
    language: str | None
    is_bound: bool
    given: tuple[Any, ...]
    offered: Offered
    form: Narrowing = field(compare=False)


@lru_cache(maxsize=128)
def _rendered(asked: _Asked) -> SafeString:
    html: SafeString = render_crispy_form(asked.form)
    return html


class UploadField(forms.FileField):
    """One file, of the kinds the site takes. Whether it is one `core.uploads` reads from its bytes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            allow_empty_file=True, **options
        )  # what is wrong with an empty one is said there too
        self.widget.attrs["accept"] = ACCEPT


def what_is_taken() -> str:
    """Return the words beside a field of files: which kinds, and how large."""
    return _("%(types)s; at most %(limit)s MB each.") % {
        "types": "、".join(TYPES),
        "limit": settings.UPLOAD_MAX_BYTES // 1024**2,
    }


class UploadsInput(forms.FileInput):
    allow_multiple_selected = True


class UploadsField(forms.FileField):
    """Any number of files at once."""

    widget = UploadsInput

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_empty_file=True, **options)
        self.widget.attrs["accept"] = ACCEPT

    def clean(self, data: Sequence[UploadedFile[Any]] | None, initial: Any = None) -> list[UploadedFile[Any]]:
        if not data:
            super().clean(None, initial)  # says that one is needed, where it is
        return [super(UploadsField, self).clean(one, initial) for one in data or ()]
