"""A plan in the middle of being written: a round that is open, parts in every state, comments, a version.

Added once, to the plan of 三民區 that is a draft, by the services and in the names of the demonstration's
people; a plan with a round or a comment of its own is left alone.
"""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from accounts.models import Unit, User
from districtplans.demo.guard import PREFIX
from plans.enums import Kind, PartState, PlanStatus
from plans.models import SERIES, Item, Plan
from plans.services import items
from plans.services.comments import add_comment, resolve_comment
from plans.services.rounds import mark_part, open_round, release_part, send_back_part
from plans.services.versions import keep_version

YEAR = 2026
DUE_IN = dt.timedelta(days=12)
NOTE = "請各課室就所屬條目補齊辦理頻率與預定場次，內容以實際可達成者為準。"


def add_desk(now: dt.datetime | None = None) -> int:
    """Return how many plans were put to work: 1, or 0 where nothing was to be added."""
    plan = Plan.objects.filter(
        district__name="三民區", series=SERIES, year=YEAR, status=PlanStatus.DRAFT
    ).first()
    if plan is None or plan.writing_rounds.exists() or plan.comments.exists():
        return 0
    people = {
        user.username.removeprefix(f"{PREFIX}sanmin-"): user
        for user in User.objects.filter(username__startswith=f"{PREFIX}sanmin-")
    }
    needed = {"secretary", "civil-chief", "civil-staff", "welfare-staff", "welfare-chief", "economy-staff"}
    if not needed <= set(people):
        return 0
    _write_together(plan, people, now or timezone.now())
    return 1


def _write_together(plan: Plan, people: dict[str, User], now: dt.datetime) -> None:
    opened, day = now - dt.timedelta(days=6), dt.timedelta(days=1)
    secretary = people["secretary"]
    keep_version(plan.pk, actor=secretary, name="彙整初稿")
    open_round(plan.pk, actor=secretary, due_on=timezone.localdate(now + DUE_IN), at=opened, note=NOTE)
    units = {unit.name: unit for unit in Unit.objects.filter(district=plan.district)}
    civil, welfare = units.get("民政課"), units.get("社會課")
    if civil is None or welfare is None:
        return
    _add_words(plan, civil, people["civil-staff"], "並於次月公布辦理情形。")
    mark_part(plan.pk, civil.pk, PartState.READY, actor=people["civil-staff"], at=opened + 2 * day)
    release_part(plan.pk, civil.pk, actor=people["civil-chief"], at=opened + 3 * day)
    _add_words(plan, welfare, people["welfare-staff"], "服務對象名冊每季更新一次。")
    mark_part(plan.pk, welfare.pk, PartState.READY, actor=people["welfare-staff"], at=opened + 3 * day)
    send_back_part(
        plan.pk,
        welfare.pk,
        actor=secretary,
        reason="關懷訪視的頻率與場次尚未填寫，請補上後再送。",
        at=opened + 4 * day,
    )
    lines = _lines_of(plan, welfare)
    asked = add_comment(
        plan.pk,
        lines[0].uid,
        actor=secretary,
        text="@社會課 這一條去年辦了幾場？請寫出場次。",
        at=opened + 4 * day,
    )
    add_comment(
        plan.pk,
        lines[0].uid,
        actor=people["welfare-staff"],
        text="去年共24場，今年擬同，下週補上。",
        at=opened + 5 * day,
        answers=asked.pk,
    )
    settled = add_comment(
        plan.pk,
        _lines_of(plan, civil)[0].uid,
        actor=people["civil-chief"],
        text="用語已與里辦公處確認。",
        at=opened + 3 * day,
    )
    resolve_comment(plan.pk, settled.pk, actor=secretary, at=opened + 4 * day)


def _lines_of(plan: Plan, unit: Unit) -> list[Item]:
    """Return the lines a unit is named at, and those below them that have words only."""
    named = Item.objects.present().filter(plan=plan, responsibilities__unit=unit)
    below = Item.objects.present().filter(plan=plan, parent__in=named, kind=Kind.ACTION).exclude(text="")
    return list(below.order_by("parent__position", "position", "pk") or named.order_by("position", "pk"))


def _add_words(plan: Plan, unit: Unit, actor: User, words: str) -> None:
    item = _lines_of(plan, unit)[0]
    base = items.values_of(item)
    items.save_item(plan.pk, item.uid, actor=actor, base=base, values={"text": base["text"] + words})
