"""Plans in force whose years are followed: two past ones and the present, filed unevenly as units do.

Written by the services and in the names of the demonstration's people, at days of the plan's own year. What
is told and counted follows from district and year alone, so that two runs on new databases give the same.
"""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notice, Unit, User
from districtplans.demo.guard import PREFIX
from indicators.enums import Aggregation, Comparator, ProgressState
from plans.enums import PlanStatus
from plans.models import SERIES, Plan
from plans.services.steps import Letter, take_step
from plans.workflow import BY_NAME
from progress.enums import ReportStep
from progress.models import CountedTarget, FindingOrigin, Period, ProgressReport, TrackedLine
from progress.queries.reports import targets_of, values_of, what_lacks
from progress.services.counting import recount
from progress.services.findings import add_finding, take_finding_step
from progress.services.layout import lay_out_plan
from progress.services.reports import lock_report, save_report
from progress.services.steps import take_step as take_report_step
from progress.services.tracking import Choice, choose_lines

TAIPEI = ZoneInfo("Asia/Taipei")
FOLLOWED = (("安平區", "anping", (2024, 2025, 2026)), ("阿蓮區", "alian", (2026,)))
STEPS = (
    ("send_for_signature", "secretary", Role.SECRETARIAT, 3, 18),
    ("sign", "head", Role.DISTRICT_HEAD, 3, 24),
    ("file", "secretary", Role.SECRETARIAT, 3, 31),
    ("take_in_hand", "evaluator", Role.EVALUATOR, 4, 7),
    ("approve", "evaluator", Role.EVALUATOR, 4, 21),
)
DONE = (
    "依計畫如期辦理，本期重點為櫃檯輪值與現場引導，民眾意見已於課務會議檢討。",
    "已完成本期預定工作，並將辦理情形公布於公所網站。",
    "配合里鄰活動擴大辦理，參與人數較上期增加。",
    "持續辦理中，相關紀錄均已建檔備查。",
    "已與協辦單位開會確認分工，下期起納入例行作業。",
)
WHY = (
    "承辦人異動，交接期間進度暫緩。",
    "採購流標一次，開工時間順延。",
    "颱風停班及災後復原，原訂場次取消。",
)
# Whose check it was, how many days ago, how long the unit has, what was found, what is to be done.
LATELY = (
    (
        FindingOrigin.DISTRICT, 26, 21,
        "里活動中心借用登記簿漏載三筆，收費收據與登記簿日期不符。",
        "補登借用紀錄並逐筆核對收據，自次月起由課長每月抽核。",
    ),
    (
        FindingOrigin.CITY, 12, 30,
        "洽公動線指標仍標示舊樓層配置，民眾須多次詢問。",
        "更新各樓層指標及電子看板內容，並檢附前後照片。",
    ),
)  # fmt: skip
REMEDY = ("調派同仁支援，並增加場次補足。", "修正規格重新公告，並與廠商議定趕工期程。", "改於下期合併辦理。")


def add_years(now: dt.datetime | None = None) -> int:
    """Return how many plans were brought into force and followed; those that are in force are left alone."""
    now = now or timezone.now()
    added = 0
    for district, slug, years in FOLLOWED:
        people = {
            user.username.removeprefix(f"{PREFIX}{slug}-"): user
            for user in User.objects.filter(username__startswith=f"{PREFIX}{slug}-")
        }
        for year in years:
            plan = (
                Plan.objects.filter(
                    district__name=district, series=SERIES, year=year, status=PlanStatus.DRAFT
                )
                .select_related("district__city")
                .first()
            )
            evaluator = _evaluator(plan) if plan else None
            if plan is None or evaluator is None or not {"secretary", "head"} <= set(people):
                continue
            if moment(year, 4, 21) > now:
                continue
            _approve(plan, people | {"evaluator": evaluator})
            _follow(plan, people, now)
            recount(plan.counted_targets.present(), on=timezone.localdate(now))
            added += 1
    if added:
        # People have read what they were told more than a month ago.
        told = Notice.objects.unread().filter(recipient__username__startswith=PREFIX)
        told.filter(sent_at__lt=now - dt.timedelta(days=30)).update(read_at=F("sent_at"))
    return added


def moment(year: int, month: int, day: int) -> dt.datetime:
    return dt.datetime(year, month, day, 10, 30, tzinfo=TAIPEI)


def _evaluator(plan: Plan) -> User | None:
    return User.objects.filter(
        username__startswith=PREFIX,
        appointments__role=Role.EVALUATOR,
        appointments__city=plan.district.city_id,
    ).first()


def _approve(plan: Plan, people: dict[str, User]) -> None:
    for name, who, role, month, day in STEPS:
        at = moment(plan.year, month, day)
        letter = (
            Letter(f"府研考字第{plan.year - 1911}0{plan.pk:04d}號", at.date()) if name == "approve" else None
        )
        take_step(plan.pk, BY_NAME[name], actor=people[who], role=role, at=at, letter=letter)
    lay_out_plan(plan.pk, actor=people["secretary"], at=moment(plan.year, 4, 21))


def _follow(plan: Plan, people: dict[str, User], now: dt.datetime) -> None:
    # The dice fall the same way each time: this is no secret.
    dice = random.Random(f"{plan.district.name}{plan.year}")  # noqa: S311
    secretary = people["secretary"]
    _share_out(plan, secretary)
    for period in plan.periods.all():
        opened = max(period.opens_on, period.ends_on - dt.timedelta(days=5))
        at = dt.datetime.combine(opened, dt.time(14), tzinfo=TAIPEI)
        if at > now:
            break
        is_present = period.due_on >= timezone.localdate(now) - dt.timedelta(days=60)
        for report in ProgressReport.objects.owed().filter(period=period).select_related("line", "unit"):
            _file(report, dice, secretary, at=at, is_present=is_present)
    _find(plan, secretary, now)


def _share_out(plan: Plan, secretary: User) -> None:
    """Give lines that name no unit to the units by turns, as a secretariat would."""
    units = list(Unit.objects.filter(district=plan.district_id).order_by("order"))
    lines = [
        line
        for line in TrackedLine.objects.present().filter(plan=plan, is_tracked=True).prefetch_related("units")
        if not line.units.all() and not line.all_units
    ]
    choices = {
        line.pk: Choice(is_tracked=True, collector=units[place % len(units)].pk)
        for place, line in enumerate(lines)
    }
    choose_lines(plan.pk, choices, actor=secretary, at=moment(plan.year, 4, 22))


def _file(
    report: ProgressReport, dice: random.Random, actor: User, *, at: dt.datetime, is_present: bool
) -> None:
    """Write a report, and hand it in as far as units are by now."""
    fate = dice.random()
    if is_present and fate < 0.25:
        return  # nothing yet
    locked = lock_report(report.pk)
    planned = locked.planned or Decimal(100)
    is_behind = fate > 0.88
    actual = max(planned - dice.choice((8, 12, 20)), Decimal(0)) if is_behind else planned
    if fate > 0.6 and not is_behind:
        actual = min(planned + dice.choice((0, 3, 5)), Decimal(100))
    values: dict[str, str] = {"narrative": dice.choice(DONE), "actual": f"{actual}"}
    for target in targets_of(locked):
        values |= _measured(target, locked.period, dice, is_behind=is_behind)
    saved = save_report(locked.pk, actor=actor, base=values_of(locked), values=values, at=at).report
    lacking = what_lacks(saved)
    if "reason" in lacking:
        place = dice.randrange(len(WHY))
        day = at.date() + dt.timedelta(days=45)
        more = {"reason": WHY[place], "countermeasure": REMEDY[place], "catch_up_on": day.isoformat()}
        saved = save_report(saved.pk, actor=actor, base=values_of(saved), values=more, at=at).report
    if what_lacks(saved) or (is_present and fate < 0.4):
        return
    take_report_step(saved.pk, ReportStep.RELEASE, actor=actor, at=at, tells=False)
    if is_present and fate < 0.6:
        return
    if is_present and fate > 0.95:
        comment = "請補充本期實際辦理場次及照片。"
        take_report_step(saved.pk, ReportStep.RETURN, actor=actor, at=at, comment=comment, tells=False)
        return
    take_report_step(saved.pk, ReportStep.ACCEPT, actor=actor, at=at, tells=False)


def _measured(
    target: CountedTarget, period: Period, dice: random.Random, *, is_behind: bool
) -> dict[str, str]:
    """Return what a unit measured of a target in a period: about its share of the year."""
    periods = 4
    if target.value is None or target.comparator == Comparator.DONE:
        state = ProgressState.BEHIND if is_behind else ProgressState.ON_SCHEDULE
        last = ProgressState.DONE if period.number == periods and not is_behind else state
        return {f"state-{target.pk}": str(last)}
    luck = Decimal(str(dice.choice((0.6, 0.8)) if is_behind else dice.choice((0.95, 1.0, 1.05, 1.15))))
    is_limit = target.comparator in {Comparator.AT_MOST, Comparator.LESS_THAN}
    if target.aggregation == Aggregation.RATIO:
        whole = dice.randrange(80, 160)
        share = min(target.value / 100 * (2 - luck if is_limit else luck), Decimal(1))
        part = (share * whole).to_integral_value()
        return {f"numerator-{target.pk}": f"{part}", f"denominator-{target.pk}": f"{whole}"}
    value = target.value * (2 - luck if is_limit else luck)
    if target.aggregation == Aggregation.SUM:
        # Whole numbers that add up: what was due by now less what was due before.
        value = (value * period.number / periods).to_integral_value() - (
            value * (period.number - 1) / periods
        ).to_integral_value()
    return {f"value-{target.pk}": f"{max(value, Decimal(0)).to_integral_value()}"}


def _find(plan: Plan, secretary: User, now: dt.datetime) -> None:
    """Enter what a check found in the second quarter; last year's is released by now."""
    at = moment(plan.year, 6, 12)
    line = plan.tracked_lines.present().filter(is_tracked=True).first()
    unit = Unit.objects.filter(district=plan.district_id).order_by("order").first()
    if at > now or line is None or unit is None:
        return
    finding = add_finding(
        plan,
        actor=secretary,
        origin="district",
        unit=unit,
        line=line,
        checked_on=at.date(),
        text="抽查櫃檯值勤表，有兩個時段未依排班到勤，亦無代理紀錄。",
        measure="訂定代理次序並張貼於櫃檯，值勤表每週陳核。",
        due_on=at.date() + dt.timedelta(days=30),
        at=at,
    )
    answered = at + dt.timedelta(days=20)
    take_finding_step(
        finding.pk, "answer", actor=secretary, text="已訂定代理次序，並自本月起每週陳核值勤表。", at=answered
    )
    if plan.year < timezone.localdate(now).year:
        released = answered + dt.timedelta(days=15)
        take_finding_step(finding.pk, "release", actor=secretary, text="複查兩次均依排班到勤。", at=released)
    else:
        _find_lately(plan, secretary, now)


def _find_lately(plan: Plan, secretary: User, now: dt.datetime) -> None:
    """Enter what was found in these weeks: one past its day and not answered, one of a check by the city."""
    units = list(Unit.objects.filter(district=plan.district_id).order_by("order"))
    for place, (origin, before, days, text, measure) in enumerate(LATELY, start=1):
        at = now - dt.timedelta(days=before)
        actor = secretary if origin == FindingOrigin.DISTRICT else _evaluator(plan)
        if at < moment(plan.year, 5, 1) or actor is None:
            continue
        add_finding(
            plan,
            actor=actor,
            origin=origin,
            unit=units[place % len(units)],
            line=None,
            checked_on=timezone.localdate(at),
            text=text,
            measure=measure,
            due_on=timezone.localdate(at) + dt.timedelta(days=days),
            at=at,
        )
