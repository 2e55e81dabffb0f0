"""A plan on its way between a district and its city, with the people it needs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from accounts.enums import Role
from accounts.models import District, User
from plans.models import Plan, PlanEvent
from plans.services.steps import Letter, take_step
from plans.workflow import BY_NAME, CITY, HEAD
from tests.builders import make_district, make_holder, make_plan, make_secretary

NOW = dt.datetime(2026, 4, 10, 10, tzinfo=dt.UTC)
LETTER = Letter("府研考字第1150001號", dt.date(2026, 4, 28))
FILING = ("send_for_signature", "sign", "file")


@dataclass
class Way:
    plan: Plan
    secretary: User
    head: User
    evaluator: User

    def go(self, *names: str, at: dt.datetime = NOW, by: User | None = None, **options: Any) -> PlanEvent:
        """Take steps one after the other, each by the person whose turn it is."""
        for name in names:
            step = BY_NAME[name]
            if step.roles == CITY:
                actor, role = self.evaluator, Role.EVALUATOR
            elif step.roles & HEAD:
                actor, role = self.head, Role.DISTRICT_HEAD
            else:
                actor, role = self.secretary, Role.SECRETARIAT
            extra = {"comment": "請補正。"} if step.needs_comment and "comment" not in options else {}
            if step.needs_document:
                extra["letter"] = LETTER
            event = take_step(self.plan.pk, step, actor=by or actor, role=role, at=at, **options, **extra)
        self.plan.refresh_from_db()
        return event

    def line(self, words: str) -> Any:
        return next(item for item in self.plan.items.all() if words in (item.title, item.text))


def make_way(
    *steps: str, district: District | None = None, evaluator: User | None = None, **plan: Any
) -> Way:
    """Return a plan that has taken these steps, with secretariat, head and evaluator."""
    district = district or make_district()
    way = Way(
        make_plan(district, **plan),
        make_secretary(district),
        make_holder(Role.DISTRICT_HEAD, district),
        evaluator or make_holder(Role.EVALUATOR, district.city),
    )
    if steps:
        way.go(*steps)
    return way
