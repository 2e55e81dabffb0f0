"""Sheets in and out of the admin: the one base of every resource, and the one mixin of every admin.

A resource lists its columns and says how a row is found, created and updated; the writing itself is a
service of its app. Everything else is here: heads in any language, cells read as people type them,
a preview that changes nothing, and complaints that name the row, the column and what to do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, ClassVar

import tablib
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils.functional import Promise
from django.utils.html import escape, format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.resources import Diff, ModelResource
from import_export.results import Error, Result, RowResult

from core.audit import Place, record
from core.cells import every_language, read_amount, read_choice, read_day, read_flag, read_text, read_whole
from core.enums import AuditKind
from core.text import fold

logger = logging.getLogger(__name__)


class Column(Field):  # type: ignore[misc]  # import-export ships no types
    """A column of text. `get` reads it off a row where `attribute`, a path of fields, cannot.

    The head is the label of the last field on the path, or `label`; `also` are more names people use.
    A cell left empty empties the field, but with `blank_keeps` leaves it as it is.
    """

    blank_keeps = False

    def __init__(
        self,
        attribute: str,
        *,
        label: str | Promise = "",
        get: Callable[[Any], Any] | None = None,
        also: Iterable[str] = (),
        is_key: bool = False,
        blank_keeps: bool | None = None,
    ) -> None:
        super().__init__(attribute=attribute)
        self.label = label
        self.get = get
        self.also = tuple(also)
        self.is_key = is_key
        if blank_keeps is not None:
            self.blank_keeps = blank_keeps

    def label_for(self, model: type[models.Model]) -> str | Promise:
        if self.label:
            return self.label
        field: Any = None
        for name in self.attribute.split("__"):
            field = model._meta.get_field(name)  # noqa: SLF001 -- Django's documented API for fields
            model = field.related_model or model
        return field.verbose_name  # type: ignore[no-any-return]  # any field has one

    def heads(self, name: str, model: type[models.Model]) -> set[str]:
        """Return the folded names a sheet may use: the field, its label in each language, synonyms."""
        return {fold(head) for head in (name, *every_language(self.label_for(model)), *self.also)}

    def get_value(self, instance: Any) -> Any:
        return self.get(instance) if self.get else super().get_value(instance)

    def read(self, cell: Any) -> Any:
        return read_text(cell)

    def is_respelt(self, value: Any, current: Any) -> bool:
        """Say whether a program on the way may have made this of what stands."""
        return False

    def show(self, value: Any) -> Any:
        return value

    def export(self, instance: Any, **kwargs: Any) -> Any:
        value = self.get_value(instance)
        return "" if value is None else self.show(value)


class WholeColumn(Column):
    def read(self, cell: Any) -> int | None:
        return read_whole(cell)


class CodeColumn(Column):
    """Digits that are no number: a CSV file that Excel or LibreOffice saved has 9007 for 09007."""

    def is_respelt(self, value: Any, current: Any) -> bool:
        return bool(f"{value}".isdigit() and f"{value}".lstrip("0") == f"{current}".lstrip("0"))


class AmountColumn(Column):
    """A number as exact as it was written; it stands in the sheet as a number."""

    def read(self, cell: Any) -> Decimal | None:
        return read_amount(cell)

    def show(self, value: Decimal) -> int | Decimal:
        return int(value) if value == value.to_integral_value() else value.normalize()


class DayColumn(Column):
    def read(self, cell: Any) -> Any:
        return read_day(cell)


class FlagColumn(Column):
    blank_keeps = True

    def read(self, cell: Any) -> bool | None:
        return read_flag(cell)

    def show(self, value: bool) -> str:
        return _("Yes") if value else _("No")


class ChoiceColumn(Column):
    blank_keeps = True

    def __init__(self, attribute: str, choices: type[models.TextChoices], **options: Any) -> None:
        super().__init__(attribute, **options)
        self.choices = choices

    def read(self, cell: Any) -> str | None:
        return read_choice(cell, self.choices)

    def show(self, value: str) -> str:
        return str(self.choices(value).label) if value in self.choices.values else value


class PlainDiff(Diff):  # type: ignore[misc]  # import-export ships no types
    """Old and new value of a cell as plain <del> and <ins>; the library's has inline styles."""

    def as_html(self) -> list[str]:
        return [self._cell(old, new) for old, new in zip(self.left, self.right, strict=True)]

    def _cell(self, old: Any, new: Any) -> str:
        if self.new or old == new:
            return escape(new)
        return format_html("<del>{}</del> <ins>{}</ins>", old, new)


class SheetResource(ModelResource):  # type: ignore[misc]  # import-export ships no types
    """What every sheet does. A subclass declares its columns and says how a row is found and written."""

    fields: dict[str, Column]
    # For select_related when exporting, so that no row asks for its own.
    related: ClassVar[tuple[str, ...]] = ()

    class Meta:
        # A subclass names its columns in `fields`, in the order they are written.
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = False  # the services validate, with rules the model alone does not know

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for column in self.fields.values():
            column.column_name = capfirst(str(column.label_for(self._meta.model)))
        self.actor: Any = None
        self.values: dict[str, Any] = {}
        self.problems: dict[str, list[ValidationError]] = {}
        self._row_numbers: list[int] = []
        self._seen: dict[Any, int] = {}
        self._places: set[Place] = set()

    # What a subclass says

    def prepare(self) -> None:
        """Load what rows are matched against, in a number of queries that does not grow with the rows."""

    def resolve(self) -> None:
        """Turn names in `values` into rows, complaining by `problem`; take out what is no field."""

    def find(self) -> models.Model | None:
        """Return the existing row that `values` names."""
        raise NotImplementedError

    def create(self) -> models.Model:
        raise NotImplementedError

    def update(self, row: models.Model) -> None:
        raise NotImplementedError

    def places_of(self, row: Any) -> Iterable[Place]:
        """Say whose row it is, for the audit log."""
        return ()

    # Out

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.select_related(*self.related) if self.related else queryset

    # In: the whole sheet

    def get_import_id_fields(self) -> list[str]:
        return [name for name, column in self.fields.items() if column.is_key]

    @classmethod
    def get_diff_class(cls) -> type[PlainDiff]:
        return PlainDiff

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        self.actor = kwargs.get("user")
        self._row_numbers = getattr(dataset, "row_numbers", None) or list(range(2, dataset.height + 2))
        heads = dataset.headers or []
        names, problems = self._match_heads(heads)
        if problems:
            # The library goes on to the rows after a complaint about the whole: leave it none.
            dataset.wipe()
            raise ValidationError(problems)
        dataset.headers = [self.fields[names[head]].column_name for head in heads]
        self.prepare()

    def has_heads(self, cells: list[Any]) -> bool:
        """Say whether a row of a file holds the heads: all those without which no row can be told."""
        said = {fold(cell) for cell in cells if type(cell) is str}
        model = self._meta.model
        return all(said & column.heads(name, model) for name, column in self.fields.items() if column.is_key)

    def _match_heads(self, heads: list[str]) -> tuple[dict[str, str], list[str]]:
        """Return the column each head means, and what is wrong with the heads."""
        known = {
            head: name
            for name, column in self.fields.items()
            for head in column.heads(name, self._meta.model)
        }
        names: dict[str, str] = {}
        problems = []
        for head in heads:
            name = known.get(fold(head))
            if name is None:
                problems.append(
                    _("The column “%(head)s” is not known. Remove it, or name it one of these: %(names)s.")
                    % {"head": head, "names": _(", ").join(c.column_name for c in self.fields.values())}
                )
            elif name in names.values():
                problems.append(
                    _("The column “%(head)s” is there twice. Remove one of them.") % {"head": head}
                )
            else:
                names[head] = name
        problems += [
            _("The column “%(head)s” is missing. Without it no row can be told from another.")
            % {"head": column.column_name}
            for name, column in self.fields.items()
            if column.is_key and name not in names.values()
        ]
        return names, problems

    # In: one row

    def import_row(self, row: dict[str, Any], instance_loader: Any, **kwargs: Any) -> RowResult:
        result = super().import_row(row, instance_loader, **kwargs)
        number = self._row_numbers[kwargs["row_number"] - 1]
        if result.validation_error:
            result.validation_error = ValidationError(self._sentences(number, result.validation_error))
        for error in result.errors:
            logger.error("Row %s of a sheet could not be saved", number, exc_info=error.error)
        if result.errors:
            words = _(
                "Row %(row)s: it could not be saved. Someone may just have changed the same; try again."
            )
            result.errors = [Error(ValidationError(words % {"row": number}))]
        return result

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        self.values, self.problems = {}, {}
        for name, column in self.fields.items():
            if column.column_name not in row:
                continue
            try:
                value = column.read(row[column.column_name])
            except ValidationError as error:
                self.problem(name, error)
                continue
            if column.is_key and value in {None, ""} and not column.blank_keeps:
                self.problem(name, _("This cell is empty. Fill it in."))
            elif not (column.blank_keeps and value in {None, ""}):
                self.values[name] = value
        self.resolve()

    def problem(self, name: str, error: ValidationError | str) -> None:
        self.problems.setdefault(name, []).append(
            error if isinstance(error, ValidationError) else ValidationError(error)
        )

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> models.Model | None:
        return None if self.problems else self.find()

    def import_instance(self, instance: Any, row: dict[str, Any], **kwargs: Any) -> None:
        if self.problems:
            raise ValidationError(self.problems)
        if instance.pk:
            # The key told which row is meant. Its spelling there (臺 for 台) is not changed by the way.
            for name, column in self.fields.items():
                is_there = name in self.values
                if column.is_key or (
                    is_there and column.is_respelt(self.values[name], getattr(instance, name))
                ):
                    self.values.pop(name, None)
        for name, value in self.values.items():
            setattr(instance, name, value)
        self._refuse_second(instance, self._row_numbers[kwargs["row_number"] - 1])

    def key_of(self, instance: Any) -> Any:
        """Return what tells rows apart, for finding one that is in the sheet twice."""
        return tuple(
            fold(str(column.get_value(instance))) for column in self.fields.values() if column.is_key
        )

    def _refuse_second(self, instance: Any, number: int) -> None:
        first = self._seen.setdefault(self.key_of(instance), number)
        if first != number:
            raise ValidationError(
                _("This row means the same as row %(first)s. Remove one of them."), params={"first": first}
            )

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        if is_create:
            instance.pk = self.create().pk
        else:
            self.update(instance)
        self._places.update(self.places_of(instance))

    def after_import(self, dataset: tablib.Dataset, result: Result, **kwargs: Any) -> None:
        if not (result.has_errors() or result.has_validation_errors() or kwargs.get("dry_run")):
            self.record_import(result)

    def record_import(self, result: Result) -> None:
        """Tell the audit log of a sheet that was written, besides what the services tell of its rows."""
        added = result.totals[RowResult.IMPORT_TYPE_NEW]
        changed = result.totals[RowResult.IMPORT_TYPE_UPDATE]
        if added or changed:
            label = self._meta.model._meta.label_lower  # noqa: SLF001 -- Django's documented API for models
            details = {"what": "rows", "of": label, "added": added, "changed": changed}
            record(AuditKind.IMPORT, actor=self.actor, places=self._places, details=details)

    def _sentences(self, number: int, error: ValidationError) -> list[str]:
        """Say of each complaint where it belongs, as the person who holds the sheet sees it."""
        if not hasattr(error, "error_dict"):
            return [_("Row %(row)s: %(problem)s") % {"row": number, "problem": p} for p in error.messages]
        sentences = []
        for name, problems in error.message_dict.items():
            column = self.fields.get(name)
            for problem in problems:
                if column is None or name == NON_FIELD_ERRORS:
                    sentences.append(_("Row %(row)s: %(problem)s") % {"row": number, "problem": problem})
                else:
                    sentences.append(
                        _("Row %(row)s, column “%(column)s”: %(problem)s")
                        % {"row": number, "column": column.column_name, "problem": problem}
                    )
        return sentences
