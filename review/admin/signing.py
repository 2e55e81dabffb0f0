from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin

from accounts.enums import DISTRICT_ROLES, Role
from accounts.models import Unit
from core.admin import HistoryToRead, ReadOnlyAdmin, RecordedAdmin
from core.audit import Place
from review.models import Signature, SigningChain, SigningPlace, SigningRound
from review.services.chains import PlaceSet, check_places


class PlaceFormSet(BaseInlineFormSet[SigningPlace, SigningChain, Any]):
    """Asks the rules of `services/chains.py`, which pages ask too."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors) or not self.instance.district_id:
            return
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data]
        kept = sorted(
            (row for row in rows if not row.get("DELETE")), key=lambda row: row.get("position") or 0
        )
        check_places(
            self.instance.district,
            [
                PlaceSet(
                    row.get("label", ""),
                    row.get("role", ""),
                    row["unit"].pk if row.get("unit") else None,
                    row.get("is_required", False),
                )
                for row in kept
            ],
        )


class SigningPlaceForm(forms.ModelForm[SigningPlace]):
    role = forms.ChoiceField(
        label=SigningPlace._meta.get_field("role").verbose_name,  # noqa: SLF001 -- Django's own API
        choices=[("", "—"), *((role, role.label) for role in Role if role in DISTRICT_ROLES)],
        required=False,
    )


class SigningPlaceInline(admin.TabularInline[SigningPlace, SigningChain]):
    model = SigningPlace
    form = SigningPlaceForm
    formset = PlaceFormSet
    extra = 2
    fields = ["position", "label", "role", "unit", "is_required"]

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "unit" and request.resolver_match is not None:
            chain = request.resolver_match.kwargs.get("object_id")
            units = Unit.objects.select_related("district").order_by("district", "order")
            kwargs["queryset"] = units.filter(district__signing_chain=chain) if chain else units
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(SigningChain)
class SigningChainAdmin(RecordedAdmin, HistoryToRead, SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history ships no types
    list_display = ["district", "order"]
    list_filter = ["district__city"]
    search_fields = ["district__agency_name"]
    autocomplete_fields = ["district"]
    inlines = [SigningPlaceInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SigningChain]:
        queryset: QuerySet[SigningChain] = super().get_queryset(request)
        return queryset.select_related("district").prefetch_related("places")

    def places_of(self, row: SigningChain) -> list[Place]:
        return [Place(row.district.city_id, row.district_id)]

    @admin.display(description=SigningPlace._meta.verbose_name_plural)  # noqa: SLF001 -- Django's own API
    def order(self, chain: SigningChain) -> str:
        return " → ".join(place.label for place in chain.places.all())


class SignatureInline(ReadOnlyAdmin, admin.TabularInline[Signature, SigningRound]):
    model = Signature
    extra = 0
    fields = ["position", "label", "state", "name", "title", "acting_for", "decided_at", "document_number"]


@admin.register(SigningRound)
class SigningRoundAdmin(ReadOnlyAdmin, admin.ModelAdmin[SigningRound]):
    list_display = ["plan", "sent"]
    list_select_related = ["plan", "sent__plan"]
    search_fields = ["plan__search_text"]
    inlines = [SignatureInline]
