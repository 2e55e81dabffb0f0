"""What the admins of several apps share: sheets in and out, looking without touching, the audit log."""

# ruff: noqa: SLF001 -- `_meta` is Django's documented API for models
from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.forms.models import ModelChoiceField, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ImportExportMixin
from import_export.forms import ConfirmImportForm, ExportForm, ImportForm
from import_export.results import Result
from import_export.tmp_storages import BaseStorage
from simple_history.template_utils import HistoricalRecordContextHelper

from core.audit import NOWHERE, Place, Subject, record
from core.enums import AuditKind
from core.models import AuditEvent, AuditSeal
from core.roc import roc_stamp
from core.sheet_files import MAX_BYTES, AnySheet, CsvSheet, OdsSheet, XlsxSheet

admin.site.site_header = "DistrictPlans"
admin.site.site_title = "DistrictPlans"
admin.site.index_title = gettext_lazy("Set-up and support")


class WordsOfChanges(HistoricalRecordContextHelper):  # type: ignore[misc]  # simple-history ships no types
    """Tells what was chosen as pages call it, not as the column holds it."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        prepared = super().prepare_delta_change_value(change, value)
        words = dict(getattr(self.model._meta.get_field(change.field), "flatchoices", ()))
        return words.get(value, prepared) if words else prepared


class HistoryToRead:
    """Row history to look at. Whoever wants an old state back enters it on the row's own page.

    simple-history saves what is posted to its form as it comes, from anyone who may look: past the right
    to change, past fields that are read-only, past the services.
    """

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_historical_record_context_helper(
        self, request: HttpRequest, historical_record: Any
    ) -> WordsOfChanges:
        return WordsOfChanges(self.model, historical_record)  # type: ignore[attr-defined]  # a mixin

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


class RecordedAdmin:
    """Tells the audit log of every row entered, changed or deleted here, in the transaction of the write."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]  # a mixin
        changes = changes_in(form) if change else {}
        rows = counted_rows(formsets)
        if changes or rows or not change:
            self.record_row(request, form.instance, "changed" if change else "added", changes, rows)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.record_row(request, obj, "deleted")
        super().delete_model(request, obj)  # type: ignore[misc]  # a mixin

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            self.record_row(request, row, "deleted")
        super().delete_queryset(request, queryset)  # type: ignore[misc]  # a mixin

    def record_row(
        self,
        request: HttpRequest,
        row: Any,
        change: str,
        changes: Mapping[str, tuple[Any, Any]] | None = None,
        rows: Mapping[str, int] | None = None,
    ) -> None:
        """Tell of one row; `rows` says how many of which kind were written with it on its page."""
        details: dict[str, Any] = {"change": change}
        details |= {"changes": {name: list(values) for name, values in changes.items()}} if changes else {}
        details |= {"rows": rows} if rows else {}
        subject = Subject(row._meta.label_lower, row.pk, str(row))
        record(
            AuditKind.SETTING,
            actor=actor_of(request),
            places=self.places_of(row),
            subject=subject,
            details=details,
        )

    def places_of(self, row: Any) -> Iterable[Place]:
        """Whose row it is; of the whole site where a class does not say."""
        return (NOWHERE,)


def actor_of(request: HttpRequest) -> Any:
    """Return who asks; the admin lets nobody in who is not signed in."""
    return request.user


def changes_in(form: Any) -> dict[str, tuple[Any, Any]]:
    """Return what a form of the admin changed of its row, from what to what, by the field's name."""
    fields = {field.name for field in form.instance._meta.get_fields()} - {"password"}
    return {
        name: (_named(form.fields[name], form.initial.get(name)), form.cleaned_data.get(name))
        for name in form.changed_data
        if name in fields
    }


def _named(field: Any, value: Any) -> Any:
    """Return the row a form's first value names by its key; other values as they are."""
    if isinstance(field, ModelMultipleChoiceField):
        return list(value or [])
    if isinstance(field, ModelChoiceField) and value is not None and not isinstance(value, models.Model):
        return field.queryset.model._base_manager.filter(pk=value).first()  # type: ignore[union-attr]  # a form is made
    return value


def counted_rows(formsets: Any) -> dict[str, int]:
    """Return how many rows of the parts of a page were written or deleted, by their model's label."""
    found: dict[str, int] = {}
    for formset in formsets:
        count = len(formset.new_objects) + len(formset.changed_objects) + len(formset.deleted_objects)
        if count:
            found[formset.model._meta.label_lower] = count
    return found


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

    export_formats = [XlsxSheet, OdsSheet, CsvSheet]
    import_form_class = SheetImportForm
    confirm_form_class = SheetConfirmForm
    export_form_class = ExportForm  # the one with a box per column needs inline script
    import_template_name = "admin/sheets/import.html"
    tmp_storage_class = SheetStorage
    # Where a row's city is found, for the audit log: an export is told to the auditors of all it names.
    city_paths: ClassVar[tuple[str, ...]] = ()

    def get_import_formats(self) -> list[Any]:
        """Return the one way in, which finds the table by the heads it has here."""
        (resource,) = self.resource_classes
        return [partial(AnySheet, has_heads=resource().has_heads)]

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """All of a sheet or nothing."""
        return {"rollback_on_validation_errors": True}

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any) -> bytes:
        sheet = self.get_data_for_export(request, queryset, **kwargs)
        data: bytes = file_format.export_data(sheet)
        rows = queryset.order_by().values_list(*self.city_paths).distinct() if self.city_paths else []
        cities = {city for row in rows for city in row if city is not None}
        details = {
            "what": "rows",
            "of": self.model._meta.label_lower,
            "format": file_format.get_extension(),
            "count": len(sheet),
        }
        places = [Place(city) for city in cities]
        record(AuditKind.EXPORT, actor=actor_of(request), places=places, details=details)
        return data

    def get_export_filename(self, request: HttpRequest, queryset: Any, file_format: Any) -> str:
        name = self.model._meta.model_name
        return f"{name}-{roc_stamp(timezone.localdate())}.{file_format.get_extension()}"

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


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin, admin.ModelAdmin[AuditEvent]):
    """The whole log, of all cities and of none; what auditors see of theirs is the site's own page."""

    list_display = ["at", "kind", "username", "name", "label", "client"]
    list_display_links = ["at"]
    list_filter = ["kind"]
    ordering = ["-pk"]
    show_full_result_count = False  # there may be millions

    search_fields = ["search_text"]
    search_help_text = gettext_lazy("Words of a person, of what an event concerns, or an address")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.matching(search_term), False


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnlyAdmin, admin.ModelAdmin[AuditSeal]):
    list_display = ["number", "first", "last", "count", "made_at", "sha256"]
