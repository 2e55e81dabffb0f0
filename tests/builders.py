"""Rows for tests, each with just what it needs. Numbers in names keep unique fields apart."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from typing import Any

from accounts.enums import CITY_ROLES, UNIT_ROLES, Role
from accounts.models import Appointment, City, District, Unit, User
from plans.document import Facts, Member, Node, PlanDocument, Target, UnitName
from plans.enums import PlanStatus
from plans.models import SERIES, Plan
from plans.services.plans import create_plan

_numbers = itertools.count(1)
LONG_AGO = dt.date(2020, 1, 1)


def make_city(name: str = "") -> City:
    number = next(_numbers)
    return City.objects.create(name=name or f"試驗市{number}", code=f"T{number}")


def make_district(city: City | None = None, name: str = "") -> District:
    number = next(_numbers)
    city = city or make_city()
    name = name or f"某{number}區"
    return District.objects.create(
        city=city, name=name, code=f"D{number:05}", agency_name=f"{city.name}{name}公所"
    )


def make_unit(district: District, name: str = "", **values: Any) -> Unit:
    return Unit.objects.create(district=district, name=name or f"第{next(_numbers)}課", **values)


def make_user(**values: Any) -> User:
    number = next(_numbers)
    return User.objects.create_user(
        username=f"person{number}", password="right-password", full_name=f"王{number}", **values
    )


def make_holder(
    role: str, place: City | District | Unit, *, since: dt.date = LONG_AGO, until: dt.date | None = None
) -> User:
    """Return a new person who holds the role at the place."""
    user = make_user()
    field = "city" if role in CITY_ROLES else "unit" if role in UNIT_ROLES else "district"
    Appointment.objects.create(user=user, role=role, starts_on=since, ends_on=until, **{field: place})
    return user


def make_secretary(district: District) -> User:
    return make_holder(Role.SECRETARIAT, district)


def node(kind: str = "action", text: str = "", **values: Any) -> Node:
    """Return a node with an identity of its own; `children` may be a list."""
    values["children"] = tuple(values.get("children", ()))
    return Node(uid=str(uuid.uuid4()), kind=kind, text=text, **values)


def make_document(
    district: District, *, year: int = 2026, chapters: tuple[Node, ...] | None = None, **facts: Any
) -> PlanDocument:
    if chapters is None:
        chapters = (
            node("chapter", title="計畫依據", children=[node(text="依本市年度服務規定辦理。")]),
            node("chapter", title="計畫內容", children=[sample_group()]),
        )
    values = {
        "title": f"{district.agency_name}{year - 1911}年度{SERIES}",
        "agency": district.agency_name,
        "city": district.city.name,
        "district": district.name,
        "series": SERIES,
        "year": year,
    } | facts
    return PlanDocument(Facts(**values), chapters).numbered()


def sample_group() -> Node:
    """Return a heading with two actions, a target that has a number, and a unit."""
    sentence = "全年辦理法律諮詢12場次。"
    reading = Target(sentence, "法律諮詢", ">=", "12", None, "場次", "sum")
    return node(
        "heading",
        title="便民服務",
        units=(UnitName("民政課"),),
        children=[
            node(text="服務台備有輪椅及老花眼鏡。"),
            node(text="每週二延長服務時間。"),
            node("target", sentence, targets=(reading,)),
        ],
    )


def sample_roster() -> Node:
    rows = (Member("召集人", "區長", "綜理"), Member("委員", "秘書", "協助", "兼辦"))
    return node("table", title="推動小組編組表", numbered=False, roster=rows)


def make_plan(district: District | None = None, *, status: str = PlanStatus.DRAFT, **values: Any) -> Plan:
    """Return a plan written through the service; its status is set as later steps will set it."""
    district = district or make_district()
    plan = create_plan(make_document(district, **values), district=district, actor=make_user())
    if status != PlanStatus.DRAFT:
        Plan.objects.filter(pk=plan.pk).update(status=status)
        plan.refresh_from_db()
    return plan
