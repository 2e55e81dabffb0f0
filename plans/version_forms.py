"""Forms around kept versions: giving one a name, choosing which two plans to compare."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import form_helper
from plans.models import Plan
from plans.queries.comparing import Choice
from plans.services.versions import NAME_LIMIT


class KeepForm(forms.Form):
    """The name of a version to keep."""

    name = forms.CharField(
        label=_("Name of the version"),
        max_length=NAME_LIMIT,
        help_text=_("Such as “before signing” or “as discussed at the meeting of 3 March”."),
    )

    def __init__(self, *args: Any, action: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper(submit=_("Keep the plan as it stands"), action=action)


class SidesForm(forms.Form):
    """The two sides of a comparison, named in the address as `of` and `with`."""

    def __init__(self, choice: Choice) -> None:
        groups = [
            (_group_name(plan), [(side.key, side.label) for side in sides]) for plan, sides in choice.groups
        ]
        super().__init__({"of": choice.new.key, "with": choice.old.key if choice.old else ""})
        for name, label in (("of", _("New text")), ("with", _("Old text"))):
            self.fields[name] = forms.ChoiceField(label=label, choices=groups, required=False)
        self.helper = form_helper()
        self.helper.disable_csrf = True
        self.helper.layout = Layout(Div("of"), Div("with"))


def _group_name(plan: Plan) -> str:
    return _("%(year)s %(series)s") % {"year": plan.roc_year, "series": plan.series}
