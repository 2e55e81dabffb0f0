"""The sign-off strip as it stands: its places, what was decided there, and whose turn it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Q

from accounts.enums import DISTRICT_ROLES, Role
from accounts.models import Appointment, District, User
from plans.enums import PlanStatus
from plans.models import Plan, PlanEvent, PlanVersion
from plans.step_permissions import Standing
from review.models import Place, Signature, SignatureState, SigningPlace, SigningRound

SENDING = "send_for_signature"
DECIDED = (PlanStatus.APPROVED, PlanStatus.CLOSED)
# On paper and on screen these are names of places, and stay Chinese.
DRAFTER = "承辦"
USUAL_PLACES = (("單位主管", Role.SECRETARIAT_CHIEF), ("機關首長", Role.DISTRICT_HEAD))


@dataclass(frozen=True)
class Strip:
    """The places of one way through the chain; `sent` is None while the plan was never sent for signature."""

    plan: Plan
    sent: PlanEvent | None
    signatures: tuple[Signature, ...]
    number: int = 0  # of the round
    version: PlanVersion | None = None  # the text that was sent round, its content not read; of old, none
    ended: PlanEvent | None = None  # the step that took the plan out of signing without a filing
    # Who holds each place on a day, read once a day however often a page asks.
    held: dict[dt.date, dict[int, list[Holder]]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_open(self) -> bool:
        return self.plan.status == PlanStatus.SIGNING and self.sent is not None

    @cached_property
    def turn(self) -> tuple[Signature, ...]:
        """The places that may decide now: all before them that must sign have signed.

        Units consulted one after the other are asked at the same time.
        """
        if not self.is_open or self.plan.signed_at is not None:
            return ()
        missing = {id(one): self.missing_before(one) for one in self.signatures}
        return tuple(
            one for one in self.signatures if one.state == SignatureState.WAITING and not missing[id(one)]
        )

    def missing_before(self, signature: Signature) -> list[Signature]:
        """Return the places that must sign before this one and have not."""
        groups = _groups(self.signatures)
        return [
            one
            for one in self.signatures
            if one.is_required and not one.is_done and groups[one.position] < groups[signature.position]
        ]

    @property
    def since(self) -> dt.datetime | None:
        """Since when the places whose turn it is have been waiting."""
        moments = [one.decided_at for one in self.signatures if one.is_done and one.decided_at]
        return max(moments, default=self.sent.at if self.sent else None)

    def is_of(self, text: str) -> bool:
        """Say whether the text of that digest is the one that was sent round."""
        return self.version is None or self.version.sha256 == text

    def at(self, position: int) -> Signature | None:
        return next((one for one in self.signatures if one.position == position), None)

    def holders(self, on: dt.date) -> dict[int, list[Holder]]:
        """Return who holds each place that day, by its position."""
        if on not in self.held:
            self.held[on] = holders_of(self.plan, self.signatures, on=on)
        return self.held[on]

    @property
    def last(self) -> Signature:
        """The place of the district head, whose signature is a step of the plan."""
        return self.signatures[-1]


def strip_of(plan: Plan, *, before: int | None = None) -> Strip:
    """Return the strip of the present round, or of the one begun last before the event of that number.

    Of a plan the city has decided about it is the round that led there, and none of a revision that was given
    up since. In at most six queries.
    """
    events = plan.events.filter(step=SENDING)
    if before is None and plan.status in DECIDED:
        approved = plan.events.filter(step="approve", version=plan.in_force_id).order_by("-number")
        before = approved.values_list("number", flat=True).first()
    if before is not None:
        events = events.filter(number__lt=before)
    found = events.select_related("actor", "acting_for", "signing_round__version")
    sent = found.defer("signing_round__version__content").order_by("-number").first()
    if sent is None:
        return Strip(plan, None, places_of(plan.district))
    later = plan.events.filter(number__gt=sent.number, before=PlanStatus.SIGNING)
    if before is not None:
        later = later.filter(number__lt=before)
    inside = [PlanStatus.SIGNING, PlanStatus.SUBMITTED]
    ended = later.exclude(after__in=inside).select_related("actor").order_by("number").first()
    number = plan.events.filter(step=SENDING, number__lte=sent.number).count()
    # A round may be missing where the step was taken by a command; it then has the places of today.
    signing_round = getattr(sent, "signing_round", None)
    if signing_round is None:
        return Strip(plan, sent, places_of(plan.district), number, ended=ended)
    rows = signing_round.signatures.select_related("unit", "person").order_by("position")
    return Strip(plan, sent, tuple(rows), number, signing_round.version, ended)


def version_before(strip: Strip) -> int | None:
    """Return the number of the version that went round before this strip, None where it is the first."""
    if strip.sent is None:
        return None
    earlier = SigningRound.objects.filter(plan=strip.plan, sent__number__lt=strip.sent.number)
    return earlier.order_by("-sent__number").values_list("version__number", flat=True).first()


def places_of(district: District) -> tuple[Signature, ...]:
    """Return the places of the district's chain as signatures nobody has given yet, not stored."""
    places = SigningPlace.objects.filter(chain__district=district).select_related("unit").order_by("position")
    found = [
        Signature(
            position=number,
            label=place.label,
            role=place.role,
            unit=place.unit,
            is_required=place.is_required,
        )
        for number, place in enumerate(places, start=1)
    ]
    if not found or found[-1].role != Role.DISTRICT_HEAD:
        return tuple(
            Signature(position=number, label=label, role=role)
            for number, (label, role) in enumerate(USUAL_PLACES, start=1)
        )
    return tuple(found)


@dataclass(frozen=True)
class Holder:
    """Somebody who holds a place on a day, in their own right or in somebody's stead."""

    user: User
    acting_for: User | None
    role: str

    @property
    def standing(self) -> Standing:
        return Standing(self.role, self.acting_for)


def holders_of(plan: Plan, places: Collection[Place], *, on: dt.date) -> dict[int, list[Holder]]:
    """Return who holds each place that day, by its position, those who stand in last; in one query.

    The secretariat's own unit is led by the chief of the secretariat.
    """
    units = [place.unit_id for place in places if place.unit_id is not None]
    place = Q(district=plan.district_id, role__in=DISTRICT_ROLES) | Q(unit__in=units, role=Role.SECTION_CHIEF)
    held = (
        Appointment.objects.in_force(on)
        .filter(place, user__is_active=True)
        .select_related("user", "acting_for")
        .order_by("pk")
    )
    rows = sorted(held, key=lambda row: row.acting_for_id is not None)
    return {
        place.position: [Holder(row.user, row.acting_for, row.role) for row in rows if _is_of(row, place)]
        for place in places
    }


def _is_of(row: Appointment, place: Place) -> bool:
    if place.unit is None:
        return row.role == place.role
    if row.unit_id == place.unit_id:
        return True
    return place.unit.is_secretariat and row.role == Role.SECRETARIAT_CHIEF


def _groups(signatures: Collection[Signature]) -> dict[int, int]:
    """Number the places by their turn; units that are consulted side by side share one."""
    groups: dict[int, int] = {}
    group, was_unit = 0, False
    for one in signatures:
        is_unit = one.unit_id is not None
        group += 0 if is_unit and was_unit else 1
        groups[one.position], was_unit = group, is_unit
    return groups
