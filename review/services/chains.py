"""Setting the chain of a district: which places its plans pass, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import DISTRICT_ROLES, Role
from accounts.models import District, Unit, User
from core.audit import Place, Subject, record
from core.enums import AuditKind
from core.history import save_as
from review.models import LABEL_LIMIT, SigningChain, SigningPlace

MOST_PLACES = 12  # as many boxes as a strip can print


@dataclass(frozen=True)
class PlaceSet:
    """One place as it is set: of a role, or of a unit given by its key."""

    label: str
    role: str = ""
    unit: int | None = None
    is_required: bool = True


@transaction.atomic
def set_chain(district_pk: int, places: Sequence[PlaceSet], *, actor: User) -> SigningChain:
    """Write the chain of a district; rounds that are under way keep the places they began with."""
    district = District.objects.select_for_update().get(pk=district_pk)
    check_places(district, places)
    chain = SigningChain.objects.filter(district=district).first()
    if chain is None:
        chain = SigningChain(district=district)
        save_as(chain, actor)
    rows = {row.position: row for row in chain.places.all()}
    before = [(row.label, row.role, row.unit_id, row.is_required) for row in rows.values()]
    for position, place in enumerate(places, start=1):
        row = rows.pop(position, None) or SigningPlace(chain=chain, position=position)
        values = (place.label.strip(), place.role, place.unit, place.is_required)
        if row.pk and values == (row.label, row.role, row.unit_id, row.is_required):
            continue
        row.label, row.role, row.unit_id, row.is_required = values
        save_as(row, actor)
    for row in rows.values():
        row._history_user = actor  # type: ignore[attr-defined]  # noqa: SLF001 -- as core.history does
        row.delete()
    after = [(place.label.strip(), place.role, place.unit, place.is_required) for place in places]
    if before != after:
        _record(
            district, chain, [label for label, *_rest in before], [label for label, *_rest in after], actor
        )
    return chain


def _record(
    district: District, chain: SigningChain, before: list[str], after: list[str], actor: User
) -> None:
    details = {"change": "changed" if before else "added", "changes": {"places": [before, after]}}
    subject = Subject("review.signingchain", chain.pk, district.agency_name)
    place = Place(district.city_id, district.pk)
    record(AuditKind.SETTING, actor=actor, places=[place], subject=subject, details=details)


def check_places(district: District, places: Sequence[PlaceSet]) -> None:
    """Raise ValidationError unless these places make a chain: the head, and nobody else, signs last."""
    if not places or places[-1].role != Role.DISTRICT_HEAD:
        raise ValidationError(_("The district head signs last."))
    if len(places) > MOST_PLACES:
        raise ValidationError(_("A strip has at most %(limit)d places."), params={"limit": MOST_PLACES})
    if not places[-1].is_required:
        raise ValidationError(_("The district head must sign."))
    keys = [(place.role, place.unit) for place in places]
    if len(keys) != len(set(keys)):
        raise ValidationError(_("The same role or unit stands in the chain twice."))
    for place in places:
        if not place.label.strip():
            raise ValidationError(_("Every place needs a label, as it prints above its box."))
        if len(place.label.strip()) > LABEL_LIMIT:
            raise ValidationError(
                _("A label may have at most %(limit)d characters."), params={"limit": LABEL_LIMIT}
            )
        if bool(place.role) == (place.unit is not None) or place.role not in {"", *DISTRICT_ROLES}:
            raise ValidationError(_("A place is that of a role or that of a unit: give one of the two."))
    units = {place.unit for place in places if place.unit is not None}
    if Unit.objects.filter(district=district, pk__in=units).count() != len(units):
        raise ValidationError(_("A unit you chose is not one of this district."))
