"""What waits for whom on a day: parts of units, plans to sign, to file, to judge, requests to decide."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import Exists, Max, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.enums import SECRETARIAT_ROLES, UNIT_ROLES, Role
from accounts.models import District, User
from core.roc import roc_date, to_roc
from plans.enums import EDITABLE, PartState, PlanStatus
from plans.models import Plan, UnitPart
from review.models import DeadlineKind, Digest, Extension, Signature
from review.queries.deadlines import deadlines_of, deadlines_of_districts
from review.queries.progress_reminders import findings_due, reports_due
from review.queries.signing import USUAL_PLACES, Strip
from review.queries.waiting import Found, Holders, Line

# Shown in the reader's language, so they are only marked here.
PART_DUE = gettext_noop("%(plan)s: the part of %(unit)s is due on %(due)s.")
TO_SIGN = gettext_noop("%(plan)s waits for your signature.")
TO_FILE = gettext_noop("%(plan)s is signed and waits to be filed to the city.")
TO_TAKE = gettext_noop("%(plan)s was filed and waits for an evaluator.")
IN_HAND = gettext_noop("%(plan)s is in your hand and waits for a decision.")
TO_DECIDE = gettext_noop("%(plan)s: a request for an extension waits for a decision.")
PLAN_DUE = gettext_noop("%(plan)s is to be filed to the city by %(due)s.")
NO_PLAN = gettext_noop("%(district)s has no plan for %(year)s yet; it is to be filed by %(due)s.")


@dataclass
class Reminder:
    """All that waits for a person. `reached_on` is the day of the last digest that came to them."""

    person: User
    on: dt.date
    reached_on: dt.date | None
    lines: list[Line] = field(default_factory=list)

    @property
    def fresh(self) -> list[Line]:
        return [line for line in self.lines if line.is_fresh(on=self.on, since=self.reached_on)]


def reminders(on: dt.date) -> list[Reminder]:
    """Return those who are to be reminded on that day, each with everything that waits for them.

    The number of queries does not depend on how much waits. Who was reminded that day already is left out.
    """
    holders = Holders(on)
    lines: dict[int, list[Line]] = defaultdict(list)
    parts: tuple[Callable[[Holders, dt.date], Found], ...] = (
        _parts,
        _plans_under_way,
        _extensions,
        _plans_due,
        reports_due,
        findings_due,
    )
    for part in parts:
        for people, line in part(holders, on):
            for person in people:
                lines[person].append(line)
    reached = dict(
        Digest.objects.filter(Q(mail__isnull=True) | Q(mail__sent_at__isnull=False), on__lt=on)
        .order_by()
        .values_list("recipient_id")
        .annotate(last=Max("on"))
    )
    today = Digest.objects.filter(recipient=OuterRef("pk"), on=on)
    told = User.objects.filter(~Exists(today), pk__in=lines).order_by("pk")
    found = [Reminder(person, on, reached.get(person.pk), lines[person.pk]) for person in told]
    return [reminder for reminder in found if reminder.fresh]


def _parts(holders: Holders, on: dt.date) -> Found:
    rows = (
        UnitPart.objects.filter(round__closed_at__isnull=True, round__plan__status__in=EDITABLE)
        .exclude(state=PartState.RELEASED)
        .select_related("unit", "round__plan")
        .order_by("round__due_on", "pk")
    )
    for part in rows:
        plan, due_on = part.round.plan, part.round.due_on
        yield (
            holders.of_unit(part.unit, *UNIT_ROLES),
            Line(
                PART_DUE,
                {"plan": plan.title, "unit": part.unit.name, "due": roc_date(due_on)},
                reverse("plans:round-part", args=[plan.pk, part.unit_id]),
                due_on,
                has_due_date=True,
            ),
        )


def _plans_under_way(holders: Holders, on: dt.date) -> Found:
    """Plans to sign, to file, to take in hand, to decide about."""
    under_way = (PlanStatus.SIGNING, PlanStatus.SUBMITTED)
    plans = list(Plan.objects.filter(status__in=under_way).select_related("district").order_by("pk"))
    signatures = _signatures()
    for plan in plans:
        named = {"plan": plan.title}
        if plan.status == PlanStatus.SUBMITTED:
            evaluators = holders.of(plan.district.city_id, Role.EVALUATOR)
            # One who is no evaluator any more has let go of the plan (plans/queries/steps.py).
            if plan.taken_by_id is not None and plan.taken_by_id in evaluators:
                people, words, since = {plan.taken_by_id}, IN_HAND, plan.taken_at
            else:
                people, words, since = evaluators, TO_TAKE, plan.filed_at
            address = reverse("review:desk-plan", args=[plan.pk])
        elif plan.signed_at is not None:
            people, words = holders.of(plan.district_id, *SECRETARIAT_ROLES), TO_FILE
            since, address = plan.signed_at, plan.get_absolute_url()
        else:
            strip = _strip(plan, signatures.get(plan.pk, ()))
            people = set().union(*(holders.of_signing_place(plan, place) for place in strip.turn))
            words, since, address = TO_SIGN, strip.since, reverse("review:signing", args=[plan.pk])
        yield people, Line(words, named, address, timezone.localdate(since or plan.updated_at))


def _signatures() -> dict[int, tuple[Signature, ...]]:
    """Return the places of the present round of each plan in signing, by the plan's key; one query."""
    rows = (
        Signature.objects.filter(round__plan__status=PlanStatus.SIGNING, round__plan__signed_at__isnull=True)
        .select_related("round__sent", "unit")
        .order_by("round__sent__number", "position")
    )
    rounds: dict[int, dict[int, list[Signature]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        rounds[row.round.plan_id][row.round_id].append(row)
    return {plan: tuple(list(found.values())[-1]) for plan, found in rounds.items()}


def _strip(plan: Plan, signatures: tuple[Signature, ...]) -> Strip:
    """Return the strip as `strip_of` does; where a command sent the plan round, with the usual places."""
    if signatures:
        return Strip(plan, signatures[0].round.sent, signatures)
    sent = plan.events.order_by("-number").first()
    usual = tuple(
        Signature(position=number, label=label, role=role)
        for number, (label, role) in enumerate(USUAL_PLACES, start=1)
    )
    return Strip(plan, sent, usual)


def _extensions(holders: Holders, on: dt.date) -> Found:
    for extension in Extension.objects.waiting().select_related("plan__district").order_by("pk"):
        yield (
            holders.of(extension.plan.district.city_id, Role.EVALUATOR, Role.CITY_ADMIN),
            Line(
                TO_DECIDE,
                {"plan": extension.plan.title},
                reverse("review:extension-detail", args=[extension.pk]),
                timezone.localdate(extension.asked_at),
            ),
        )


def _plans_due(holders: Holders, on: dt.date) -> Found:
    """Plans of the year that are still to be filed, and districts that have not begun one."""
    year = on.year
    plans = list(
        Plan.objects.filter(
            year=year, in_force__isnull=True, status__in=(*EDITABLE, PlanStatus.SIGNING)
        ).order_by("pk")
    )
    deadlines = deadlines_of(plans, on=on)
    for plan in plans:
        deadline = deadlines.get(plan.pk)
        if deadline is None:
            continue
        yield (
            holders.of(plan.district_id, *SECRETARIAT_ROLES),
            Line(
                PLAN_DUE,
                {"plan": plan.title, "due": roc_date(deadline.due_on)},
                plan.get_absolute_url(),
                deadline.due_on,
                has_due_date=True,
            ),
        )
    begun = Plan.objects.filter(district=OuterRef("pk"), year=year)
    ruled = Q(city__deadline_rules__kind=DeadlineKind.PLAN_FILING)
    missing = {row.pk: row for row in District.objects.filter(ruled, ~Exists(begun)).order_by("pk")}
    for pk, filing in deadlines_of_districts(missing, year, on=on).items():
        due = roc_date(filing.due_on)
        yield (
            holders.of(pk, *SECRETARIAT_ROLES),
            Line(
                NO_PLAN,
                {"district": str(missing[pk]), "year": str(to_roc(year)), "due": due},
                reverse("plans:plan-new"),
                filing.due_on,
                has_due_date=True,
            ),
        )
