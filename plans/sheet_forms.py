"""A sheet chosen for a plan or a district, and the same again once its preview was looked at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.forms import form_helper
from core.sheet_files import MAX_BYTES

SALT = "plans.sheet"
LIFETIME = 24 * 60 * 60  # seconds from the preview to the confirmation


class SheetForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Sheet (XLSX, ODS or CSV)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ".xlsx,.ods,.csv"
        self.helper = form_helper()

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(
                _("This file is larger than %(limit)s MB. Split it into several.")
                % {"limit": MAX_BYTES // 1024**2}
            )
        return file


class SheetConfirmation(forms.Form):
    """Names the stored file, sealed: nobody confirms what another looked at, or for another place."""

    token = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, place: Model, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bound_to = _bound_to(place, person)

    def clean_token(self) -> str:
        try:
            name, *bound_to = signing.loads(self.cleaned_data["token"], salt=SALT, max_age=LIFETIME)
        except (signing.BadSignature, ValueError, TypeError) as error:
            raise forms.ValidationError(
                _("This preview is no longer there. Choose the sheet again.")
            ) from error
        if bound_to != self.bound_to:
            raise forms.ValidationError(_("This preview is no longer there. Choose the sheet again."))
        return str(name)


def seal(name: str, *, place: Model, person: User) -> str:
    """Return the name of a stored file for the confirmation of that person at that plan or district."""
    return signing.dumps([name, *_bound_to(place, person)], salt=SALT)


def _bound_to(place: Model, person: User) -> list[str | int]:
    return [place._meta.label_lower, place.pk, person.pk]  # noqa: SLF001 -- Django's documented API
