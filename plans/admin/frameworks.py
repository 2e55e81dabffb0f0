"""Setting up the frameworks plans are written against."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin

from core.admin import HistoryToRead, RecordedAdmin
from core.audit import Place
from plans.frameworks import CriterionLine, code_problems, parent_code, point_problems, position_of
from plans.models import Criterion, Framework


def show_point_problems(request: HttpRequest, framework: Framework) -> None:
    """Say after a save where the points do not add up. It is no error: a framework is built step by step."""
    lines = [CriterionLine(row.code, row.title, row.points) for row in framework.criteria.all()]
    for problem in point_problems(framework.total_points, lines):
        messages.warning(request, problem)


class CriterionForm(forms.ModelForm[Criterion]):
    class Meta:
        model = Criterion
        fields = ["code", "title", "points", "guidance"]

    def _get_validation_exclusions(self) -> set[str]:
        # Whether codes are unique is judged over all rows of the page, as they will be, and not one by one
        # against the database: there 1 → 2 is refused while the present 2 has not yet become 3.
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # missing from the stubs
        return exclusions | {"framework"}


class CriterionFormSet(BaseInlineFormSet[Criterion, Framework, CriterionForm]):
    def clean(self) -> None:
        super().clean()
        codes = [
            form.cleaned_data["code"]
            for form in self.forms
            if form.cleaned_data.get("code") and not form.cleaned_data.get("DELETE")
        ]
        if problems := code_problems(codes):
            raise ValidationError(problems)


class CriterionInline(admin.TabularInline[Criterion, Framework]):
    """The code says where a criterion stands, so parent and position are never typed."""

    model = Criterion
    form = CriterionForm
    formset = CriterionFormSet  # type: ignore[assignment]  # the stubs allow no form of our own
    extra = 3


@admin.register(Framework)
class FrameworkAdmin(RecordedAdmin, HistoryToRead, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    list_display = ["name", "city", "first_year", "last_year", "total_points", "status"]
    list_filter = ["city", "status"]
    list_select_related = ["city"]
    search_fields = ["name", "city__name"]
    autocomplete_fields = ["city"]
    inlines = [CriterionInline]

    def places_of(self, row: Framework) -> list[Place]:
        return [Place(row.city_id)]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        for formset in formsets:
            loosen(formset)
        super().save_related(request, form, formsets, change)
        place_criteria(form.instance)
        show_point_problems(request, form.instance)


def loosen(formset: Any) -> None:
    """Take code and parent from rows about to change or go, so that two can change places.

    A row that moves must also let go of its parent, or it would go with it when the parent is deleted.
    """
    for form in formset.initial_forms:
        if "code" in form.changed_data or form.cleaned_data.get("DELETE"):
            Criterion.objects.filter(pk=form.instance.pk).update(code=f"~{form.instance.pk}", parent=None)
            form.instance.parent = None
    for form in formset.extra_forms:
        form.instance.position = 0


def place_criteria(framework: Framework) -> None:
    """Write parent and position as the codes say."""
    rows = {row.code: row for row in framework.criteria.all()}
    moved = []
    for row in rows.values():
        above = rows.get(parent_code(row.code))
        place = (above.pk if above else None, position_of(row.code))
        if (row.parent_id, row.position) != place:
            row.parent_id, row.position = place
            moved.append(row)
    Criterion.objects.bulk_update(moved, ["parent", "position"])


@admin.register(Criterion)
class CriterionAdmin(RecordedAdmin, admin.ModelAdmin[Criterion]):
    """Words and points of one criterion; its place and its being there are for the framework's page."""

    list_display = ["code", "title", "points", "framework"]
    list_display_links = ["title"]
    list_filter = ["framework"]
    list_select_related = ["framework"]
    search_fields = ["code", "title", "guidance", "framework__name"]
    readonly_fields = ["framework", "parent", "code", "position"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def places_of(self, row: Criterion) -> list[Place]:
        return [Place(row.framework.city_id)]

    def save_model(self, request: HttpRequest, obj: Criterion, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        show_point_problems(request, obj.framework)
