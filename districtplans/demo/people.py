"""The people of the demonstration, all invented; some bear characters that fonts stumble on."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.enums import Role
from districtplans.demo.guard import PREFIX

# Shown to everybody who runs the command: worth nothing, which is why guard.py exists.
PASSWORD = "kapok-lantern-115"  # noqa: S105 -- see above


@dataclass(frozen=True)
class DemoPerson:
    """Who holds `role` at `place`: a city's name, a district's slug, or (slug, unit)."""

    name: str
    full_name: str
    job_title: str
    role: Role
    place: str | tuple[str, str]

    @property
    def username(self) -> str:
        return PREFIX + self.name


def _district(slug: str, secretary: tuple[str, str], head: tuple[str, str]) -> tuple[DemoPerson, ...]:
    return (
        DemoPerson(f"{slug}-secretary", *secretary, Role.SECRETARIAT, slug),
        DemoPerson(f"{slug}-head", *head, Role.DISTRICT_HEAD, slug),
    )


def _city(slug: str, city: str, evaluator: str, admin: str, auditor: str) -> tuple[DemoPerson, ...]:
    return (
        DemoPerson(f"{slug}-evaluator", evaluator, "研究員", Role.EVALUATOR, city),
        DemoPerson(f"{slug}-admin", admin, "系統管理師", Role.CITY_ADMIN, city),
        DemoPerson(f"{slug}-auditor", auditor, "稽核", Role.AUDITOR, city),
    )


PEOPLE = (
    *_district("sanmin", ("林妤瑄", "課員"), ("陳世堃", "區長")),
    DemoPerson("sanmin-chief", "黃喆文", "主任", Role.SECRETARIAT_CHIEF, "sanmin"),
    DemoPerson("sanmin-civil-chief", "吳瑠璃", "課長", Role.SECTION_CHIEF, ("sanmin", "民政課")),
    DemoPerson("sanmin-welfare-chief", "張琬婷", "課長", Role.SECTION_CHIEF, ("sanmin", "社會課")),
    DemoPerson("sanmin-economy-chief", "蔡秉燊", "課長", Role.SECTION_CHIEF, ("sanmin", "經建課")),
    DemoPerson("sanmin-service-chief", "劉家瑋", "課長", Role.SECTION_CHIEF, ("sanmin", "役政災防課")),
    DemoPerson("sanmin-civil-staff", "許芷瑜", "里幹事", Role.UNIT_STAFF, ("sanmin", "民政課")),
    DemoPerson("sanmin-welfare-staff", "鄭凱翔", "辦事員", Role.UNIT_STAFF, ("sanmin", "社會課")),
    DemoPerson("sanmin-economy-staff", "洪棻方", "技士", Role.UNIT_STAFF, ("sanmin", "經建課")),
    *_district("alian", ("蘇郁淳", "課員"), ("方振焜", "區長")),
    DemoPerson("alian-chief", "邱嫈雅", "主任", Role.SECRETARIAT_CHIEF, "alian"),
    DemoPerson("alian-civil-chief", "鍾岳霖", "課長", Role.SECTION_CHIEF, ("alian", "民政課")),
    *_district("anping", ("謝宛庭", "課員"), ("曾煥昇", "區長")),
    DemoPerson("anping-chief", "洪毓珊", "主任", Role.SECRETARIAT_CHIEF, "anping"),
    DemoPerson("anping-culture-chief", "郭峯銘", "課長", Role.SECTION_CHIEF, ("anping", "人文課")),
    *_district("yanshui", ("葉思妤", "辦事員"), ("賴邨生", "區長")),
    *_district("daan", ("高梓涵", "研考"), ("周令頤", "區長")),
    DemoPerson("daan-welfare-chief", "簡佩玟", "課長", Role.SECTION_CHIEF, ("daan", "社會課")),
    *_city("kaohsiung", "高雄市", "潘昱廷", "董若薇", "石文珺"),
    *_city("tainan", "臺南市", "柯宥綸", "施雅珮", "顏宏叡"),
    *_city("taipei", "臺北市", "姚牧謙", "温采潔", "藍仲𤦌"),
)
