"""What the admins of several apps share: sheets in and out, and looking without touching."""

from __future__ import annotations

import os
import re
import tempfile
import time
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ImportExportMixin
from import_export.forms import ConfirmImportForm, ExportForm, ImportForm
from import_export.results import Result
from import_export.tmp_storages import BaseStorage

from core.sheet_files import MAX_BYTES, AnySheet, CsvSheet, OdsSheet, XlsxSheet

admin.site.site_header = "DistrictPlans"
admin.site.site_title = "DistrictPlans"
admin.site.index_title = gettext_lazy("Set-up and support")


class HistoryToRead:
    """Row history to look at. Whoever wants an old state back enters it on the row's own page.

    simple-history saves what is posted to its form as it comes, from anyone who may look: past the right
    to change, past fields that are read-only, past the services.
    """

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied
        response: HttpResponse = super().history_form_view(  # type: ignore[misc]  # a mixin
            request, object_id, version_id, extra_context
        )
        return response


class ReadOnlyAdmin(HistoryToRead):
    """Support may look: what a plan holds changes on its own pages, with their rules, or not at all."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SheetStorage(BaseStorage):  # type: ignore[misc]  # import-export ships no types
    """Keeps an uploaded sheet from preview to confirmation: readable by the site alone, a day at most.

    The name comes back from the browser, so nothing but our own files is opened by it.
    """

    PREFIX = "districtplans-sheet-"
    NAME = re.compile(re.escape(PREFIX) + r"\w{4,16}")
    LIFETIME = 24 * 60 * 60

    def save(self, data: bytes) -> None:
        for path in Path(tempfile.gettempdir()).glob(f"{self.PREFIX}*"):
            if path.stat().st_mtime < time.time() - self.LIFETIME:
                path.unlink(missing_ok=True)
        handle, path_name = tempfile.mkstemp(prefix=self.PREFIX)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        self.name = Path(path_name).name

    def read(self) -> bytes:
        return self._path().read_bytes()

    def remove(self) -> None:
        self._path().unlink(missing_ok=True)

    def _path(self) -> Path:
        name: str = self.name or ""
        if not self.NAME.fullmatch(name):
            raise FileNotFoundError(name)
        return Path(tempfile.gettempdir()) / name


class SheetImportForm(ImportForm):  # type: ignore[misc]  # import-export ships no types
    def clean_import_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["import_file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(
                _("This file is larger than %(limit)s MB. Split it into several.")
                % {"limit": MAX_BYTES // 1024**2}
            )
        return file


class SheetConfirmForm(ConfirmImportForm):  # type: ignore[misc]  # import-export ships no types
    # One format in, and the library takes the number from the browser unchecked.
    format = forms.ChoiceField(choices=[("0", "0")], widget=forms.HiddenInput())


class SheetAdmin(HistoryToRead, ImportExportMixin):  # type: ignore[misc]  # import-export ships no types
    """Sheets in and out of a model's admin. The class names its resource in `resource_classes`."""

    import_formats = [AnySheet]
    export_formats = [XlsxSheet, OdsSheet, CsvSheet]
    import_form_class = SheetImportForm
    confirm_form_class = SheetConfirmForm
    export_form_class = ExportForm  # the one with a box per column needs inline script
    import_template_name = "admin/sheets/import.html"
    tmp_storage_class = SheetStorage

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """All of a sheet or nothing."""
        return {"rollback_on_validation_errors": True}

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any) -> bytes:
        data: bytes = file_format.export_data(self.get_data_for_export(request, queryset, **kwargs))
        return data

    def get_export_filename(self, request: HttpRequest, queryset: Any, file_format: Any) -> str:
        name = self.model._meta.model_name  # noqa: SLF001 -- Django's documented API for models
        return f"{name}-{timezone.localdate().isoformat()}.{file_format.get_extension()}"

    def add_data_read_fail_error_to_form(self, form: forms.Form, e: Exception) -> None:
        form.add_error("import_file", e if isinstance(e, ValidationError) else str(e))

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().import_action(request, **kwargs)
        context = getattr(response, "context_data", None) or {}
        file = request.FILES.get("import_file")
        if isinstance(name := getattr(file, "tmp_storage_name", None), str) and "confirm_form" not in context:
            SheetStorage(name=name).remove()  # refused: nobody will confirm it, and it may name people
        return response

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            response: HttpResponse = super().process_import(request, **kwargs)
        except FileNotFoundError:
            messages.error(request, _("This preview is no longer there: confirmed already, or too old."))
            return redirect("../import/")
        return response

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """Report what the preview could not know: since then someone changed the same rows."""
        if not (result.has_errors() or result.has_validation_errors()):
            response: HttpResponse = super().process_result(result, request)
            return response
        errors = [error.error for error in result.base_errors]
        errors += [error.error for _number, found in result.row_errors() for error in found]
        errors += [row.error for row in result.invalid_rows]
        messages.error(request, _("Nothing was imported: since the preview something has changed."))
        for sentence in [words for error in errors for words in error.messages][:10]:
            messages.error(request, sentence)
        return redirect("../import/")
