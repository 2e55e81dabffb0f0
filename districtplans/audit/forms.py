"""What the audit log is searched by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import City
from core.enums import AuditKind
from core.forms import form_helper
from districtplans.audit.queries import Search
from plans.desk_forms import RocDateField


class AuditFilter(forms.Form):
    """Words, person, kind, district, days; and the city for whoever audits several."""

    city = forms.TypedChoiceField(label=_("City"), coerce=int, required=False)
    q = forms.CharField(label=_("Words"), required=False, max_length=200, strip=True)
    person = forms.CharField(label=_("Person"), required=False, max_length=150)
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("all kinds")), *AuditKind.choices]
    )
    district = forms.TypedChoiceField(label=_("District"), coerce=int, required=False)
    since = RocDateField(label=_("From day"), required=False)
    until = RocDateField(label=_("Until day"), required=False)

    def __init__(
        self, *args: Any, cities: list[City], city: City, districts: Mapping[int, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.chosen = city
        self.fields["city"].choices = [(one.pk, one.name) for one in cities]  # type: ignore[attr-defined]  # a choice field
        choices = [("", _("all districts")), *districts.items()]
        self.fields["district"].choices = choices  # type: ignore[attr-defined]  # a choice field
        for name in ("q", "person"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        for name in ("since", "until"):
            self.fields[name].widget.attrs["placeholder"] = "115.4.30"
        names = ["person", "kind", "district", "since", "until"]
        if len(cities) > 1:
            names.insert(0, "city")
        else:
            del self.fields["city"]
        self.helper = form_helper()
        self.helper.disable_csrf = True
        self.helper.layout = Layout(Div("q", css_class="filters__words"), *(Div(name) for name in names))

    @property
    def search(self) -> Search:
        """What a valid form asks for."""
        data = self.cleaned_data
        return Search(
            self.chosen,
            words=data["q"],
            person=data["person"],
            kind=data["kind"],
            district=data["district"] or None,
            since=data["since"],
            until=data["until"],
        )
