"""A filled sheet that is chosen, and the same again once its preview was looked at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Unit, User
from core.forms import form_helper
from core.sheet_files import MAX_BYTES
from progress.models import Period

SALT = "progress.sheet.preview"
LIFETIME = 24 * 60 * 60  # seconds from the preview to the confirmation


class FilledSheetForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Filled sheet (ODS or XLSX)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ".ods,.xlsx"
        self.helper = form_helper()

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(
                _("This file is larger than %(limit)s MB. Split it into several.")
                % {"limit": MAX_BYTES // 1024**2}
            )
        return file


class FilledSheetConfirmation(forms.Form):
    """Names the stored file and what the site had where both changed, sealed, for one unit and one person.

    A field `take-12:actual` of the value `sheet` says that the sheet's is to stand there.
    """

    token = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, period: Period, unit: Unit, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bound_to = [period.pk, unit.pk, person.pk]
        self.looked_at: dict[str, Any] = {}

    def clean_token(self) -> str:
        gone = forms.ValidationError(_("This preview is no longer there. Choose the sheet again."))
        try:
            name, looked_at, *bound_to = signing.loads(
                self.cleaned_data["token"], salt=SALT, max_age=LIFETIME
            )
        except (signing.BadSignature, ValueError, TypeError) as error:
            raise gone from error
        if bound_to != self.bound_to:
            raise gone
        self.looked_at = looked_at
        return str(name)

    @property
    def chosen(self) -> set[str]:
        return {key for key in self.looked_at if self.data.get(f"take-{key}") == "sheet"}


def seal(name: str, looked_at: dict[str, Any], *, period: Period, unit: Unit, person: User) -> str:
    return signing.dumps([name, looked_at, period.pk, unit.pk, person.pk], salt=SALT)
