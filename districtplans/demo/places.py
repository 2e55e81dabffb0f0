"""The five districts of the demonstration, their units, and the plans they have."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoUnit:
    name: str
    short_names: str = ""
    is_secretariat: bool = False


@dataclass(frozen=True)
class DemoPlan:
    """`year` is Western; the framework is named only where it was in force that year."""

    year: int
    framework: str = ""


@dataclass(frozen=True)
class DemoDistrict:
    """`slug` names its content file and stands in the sign-in names of its people."""

    slug: str
    city: str
    name: str
    units: tuple[DemoUnit, ...]
    plans: tuple[DemoPlan, ...]


CIVIL = DemoUnit("民政課", "民政")
WELFARE = DemoUnit("社會課", "社會")
ECONOMY = DemoUnit("經建課", "經建,經濟建設課")
FARMING = DemoUnit("農業及建設課", "農建課,農業建設課")
CONSCRIPTION = DemoUnit("役政災防課", "役政,災防")
CULTURE = DemoUnit("人文課", "人文")
OFFICES = (
    DemoUnit("秘書室", "秘書,研考", is_secretariat=True),
    DemoUnit("人事室", "人事"),
    DemoUnit("會計室", "會計"),
    DemoUnit("政風室", "政風"),
)
THREE_DIMENSIONS = "提升服務品質三構面（不配分）"
THOUSAND_POINTS = "提升服務品質三構面（配分一千分）"
SIX_THEMES = "政府服務躍升執行要項"

DISTRICTS = (
    DemoDistrict(
        "anping",
        "臺南市",
        "安平區",
        (CIVIL, WELFARE, FARMING, CULTURE, *OFFICES),
        tuple(DemoPlan(year, THREE_DIMENSIONS) for year in (2026, 2025, 2024, 2023)),
    ),
    DemoDistrict(
        "daan",
        "臺北市",
        "大安區",
        (CIVIL, WELFARE, ECONOMY, CONSCRIPTION, CULTURE, *OFFICES),
        (DemoPlan(2026),),
    ),
    DemoDistrict(
        "yanshui",
        "臺南市",
        "鹽水區",
        (CIVIL, WELFARE, FARMING, CULTURE, *OFFICES),
        (DemoPlan(2026, THOUSAND_POINTS),),
    ),
    DemoDistrict(
        "alian",
        "高雄市",
        "阿蓮區",
        (CIVIL, WELFARE, ECONOMY, CONSCRIPTION, *OFFICES),
        (DemoPlan(2026, SIX_THEMES),),
    ),
    DemoDistrict(
        "sanmin",
        "高雄市",
        "三民區",
        (CIVIL, WELFARE, ECONOMY, CONSCRIPTION, *OFFICES),
        (DemoPlan(2026, SIX_THEMES), DemoPlan(2023)),
    ),
)
