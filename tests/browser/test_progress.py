"""Filing a quarter on a phone, checking it, mending one line; every page of progress looked at."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.utils import timezone
from django.utils.translation import gettext as said
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.enums import Role
from plans.document import UnitName
from plans.models import Plan
from progress.models import Period, ProgressReport
from progress.queries.reports import values_of
from progress.services.findings import add_finding
from progress.services.reports import save_report
from tests.browser.checks import Watch, check, focused, still
from tests.browser.conftest import Enter
from tests.builders import make_city, make_district, make_holder, make_plan, make_secretary, make_unit, node
from tests.progress.rows import Year, counted, put_in_force

SEAL = Path(__file__).resolve().parents[2] / "docs/img/plan.png"
MOST = 45  # taps and filled fields for eight lines, two numbers, one of them behind, and a photo


@pytest.fixture
def year() -> Year:
    """Eight lines of one unit, the first two with a number, in a plan that came into force this morning."""
    district = make_district(make_city("試驗市"), "甲乙區")
    units = {name: make_unit(district, name) for name in ("民政課", "社會課")}
    units["秘書室"] = make_unit(district, "秘書室", is_secretariat=True)
    unit = (UnitName("民政課"),)
    lines = [
        node(
            "heading",
            title=f"為民服務第{place}項",
            units=unit,
            children=[
                node(text="依預定期程辦理，並公布辦理情形。"),
                counted(f"全年辦理活動{place}{place}場次。", f"活動{place}", f"{place}{place}", "場次")
                if place < 3
                else node("target", "提升洽公環境的舒適程度。"),
            ],
        )
        for place in range(1, 9)
    ]
    this_year = timezone.localdate().year
    plan = make_plan(district, year=this_year, chapters=(node("chapter", title="計畫內容", children=lines),))
    secretary = make_secretary(district)
    put_in_force(plan, actor=secretary, at=timezone.now() - dt.timedelta(hours=1))
    return Year(plan, district, units, secretary)


class Hand:
    """Taps and fills fields on a phone, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def tap(self, name: str, *, within: str = "main") -> None:
        self.count += 1
        self.page.locator(within).get_by_role("button", name=name).or_(
            self.page.locator(within).get_by_role("link", name=name)
        ).first.click()

    def fill(self, selector: str, text: str) -> None:
        self.count += 1
        self.page.locator(selector).fill(text)


def period_of(plan: Plan) -> Period:
    """The period that is open today and ends last."""
    today = timezone.localdate()
    return plan.periods.filter(opens_on__lte=today).order_by("number").first()


def test_a_chief_files_a_quarter_on_a_phone_and_mends_what_is_returned(
    enter: Enter, watch: Watch, served: LiveServer, year: Year
) -> None:
    period, unit = period_of(year.plan), year.units["民政課"]
    page = enter(year.chief())
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{served.url}/periods/{period.pk}/units/{unit.pk}/")
    page.wait_for_selector("#desk[data-ready]")
    check(page)
    hand = Hand(page)
    reports = list(ProgressReport.objects.filter(period=period, unit=unit).order_by("line__position"))
    targets = {one.line_id: one.pk for one in year.plan.counted_targets.filter(value__isnull=False)}
    assert len(reports) == 8
    for place, report in enumerate(reports):
        form = f"#r{report.pk}-"
        if report.line_id in targets:
            hand.fill(f"{form}value-{targets[report.line_id]}", "20" if place else "1")
        hand.fill(f"{form}narrative", "依期程辦理完成，民眾反應良好。")
        hand.fill(f"{form}actual", "5" if place == 1 else str(report.planned))
    behind = f"#r{reports[1].pk}-"
    expect(page.locator(f"{behind}reason")).to_be_visible()
    hand.fill(f"{behind}reason", "場地整修。")
    hand.fill(f"{behind}countermeasure", "改於鄰里活動中心辦理。")
    hand.fill(f"{behind}catch_up_on", "120.1.31")
    card = page.locator(f"#r-{reports[0].pk}")
    hand.count += 1
    card.locator(".evidence__camera input").set_input_files(SEAL)
    expect(card.locator(".evidence__piece")).to_have_count(1)
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")
    expect(page.locator(".report__title .state")).to_have_text(["草稿"] * 8)
    check(page)
    for report in reports:  # a target behind its pace asks for reasons too
        report.refresh_from_db()
        if report.state == "behind" and not report.reason:
            hand.fill(f"#r{report.pk}-reason", "集中於下半年。")
            hand.fill(f"#r{report.pk}-countermeasure", "增加場次。")
            hand.fill(f"#r{report.pk}-catch_up_on", "120.1.31")
    hand.tap(said("Check and hand in"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(said("Hand in"))
    check(page)
    hand.tap(said("Hand in"), within="form.panel")
    expect(page.get_by_text("已送秘書室審核 8 項")).to_be_visible()
    assert hand.count <= MOST
    check(page)
    return_one(enter, served, year, reports[2])
    watch.forget("422")  # a return without its reason
    mend_it(enter, served, year, reports[2])


def return_one(enter: Enter, served: LiveServer, year: Year, report: ProgressReport) -> None:
    """The secretariat reads what was filed and returns one line."""
    page = enter(year.secretary)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{served.url}/periods/{report.period_id}/check/")
    check(page)
    page.locator(f"#r-{report.pk}").get_by_role("link", name=said("Return…")).click()
    page.locator("main form button[type=submit]").click()
    expect(page.get_by_text(said("Give the reason: the unit reads it."))).to_be_visible()
    check(page)
    page.get_by_label(said("Reason")).fill("請補充辦理日期。")
    page.locator("main form button[type=submit]").click()
    expect(page.locator(f"#r-{report.pk}")).to_contain_text("請補充辦理日期。")


def mend_it(enter: Enter, served: LiveServer, year: Year, report: ProgressReport) -> None:
    """The chief mends the line and hands it in again."""
    page = enter(year.chief())
    page.goto(f"{served.url}/periods/{report.period_id}/units/{report.unit_id}/")
    page.wait_for_selector("#desk[data-ready]")
    page.locator(f"#r{report.pk}-narrative").fill("三月五日、四月九日各辦理一次。")
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")
    page.get_by_role("link", name=said("Check and hand in")).click()
    page.locator("form.panel").get_by_role("button", name=said("Hand in")).click()
    expect(page.get_by_text("已送秘書室審核 1 項")).to_be_visible()
    report.refresh_from_db()
    assert (report.status, report.narrative) == ("released", "三月五日、四月九日各辦理一次。")


def test_pages_of_the_secretariat(enter: Enter, served: LiveServer, year: Year) -> None:
    today = timezone.localdate()
    finding = add_finding(
        year.plan,
        actor=year.secretary,
        origin="district",
        unit=year.units["民政課"],
        line=None,
        checked_on=today,
        text="抽查發現櫃檯無人值勤，亦未張貼代理人姓名。",
        measure="排定輪值並張貼於櫃檯。",
        due_on=today,
        at=timezone.now(),
    )
    page, plan, period = enter(year.secretary), year.plan.pk, period_of(year.plan).pk
    line = year.plan.tracked_lines.filter(is_tracked=True).first().pk
    for path in (
        f"/plans/{plan}/progress/",
        f"/plans/{plan}/progress/lines/",
        f"/plans/{plan}/progress/periods/",
        f"/periods/{period}/edit/",
        f"/periods/{period}/allow/",
        f"/plans/{plan}/findings/",
        f"/plans/{plan}/findings/new/",
        f"/findings/{finding.pk}/",
        f"/findings/{finding.pk}/follow/",
        f"/plans/{plan}/year-end/",
        f"/plans/{plan}/year-end/file/",
        f"/lines/{line}/summary/",
    ):
        page.goto(served.url + path)
        check(page)


def test_what_is_refused_is_marked_and_led_to(
    enter: Enter, watch: Watch, served: LiveServer, year: Year
) -> None:
    page, report = enter(year.chief()), year.report("為民服務第8項", period_of(year.plan).number, "民政課")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{served.url}/periods/{report.period_id}/units/{report.unit_id}/")
    page.wait_for_selector("#desk[data-ready]")
    card, field = page.locator(f"#r-{report.pk}"), page.locator(f"#r{report.pk}-actual")
    field.fill("很多")
    page.locator(f"#r{report.pk}-narrative").fill("已辦理。")
    page.get_by_role("link", name=said("Check and hand in")).click()

    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(card.locator(".invalid-feedback")).to_have_text("「很多」不是數字。")
    expect(card).to_contain_text("本條尚未儲存")
    expect(page.locator("#save-state")).to_contain_text("為民服務第8項 實際進度（%）：「很多」不是數字。")
    watch.forget("422")
    check(page)
    report.refresh_from_db()
    assert report.narrative == ""

    # What is asked of a line that is behind alone stays to be seen while it is refused.
    catch_up = page.locator(f"#r{report.pk}-catch_up_on")
    field.fill("1")
    catch_up.fill("下月")
    field.fill("25")
    page.get_by_role("link", name=said("Check and hand in")).click()
    expect(catch_up).to_be_focused()
    watch.forget("422")
    catch_up.fill("")
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")
    expect(catch_up).to_be_hidden()
    expect(card.locator("[aria-invalid], .invalid-feedback")).to_have_count(0)
    report.refresh_from_db()
    assert (report.narrative, report.actual) == ("已辦理。", 25)


def test_two_people_at_one_field_choose(enter: Enter, watch: Watch, served: LiveServer, year: Year) -> None:
    period, unit = period_of(year.plan), year.units["民政課"]
    report = ProgressReport.objects.filter(period=period, unit=unit).order_by("line__position").first()
    page = enter(make_holder(Role.UNIT_STAFF, unit))
    page.goto(f"{served.url}/periods/{period.pk}/units/{unit.pk}/")
    page.wait_for_selector("#desk[data-ready]")
    save_report(
        report.pk,
        actor=year.chief(),
        base=values_of(report),
        values={"narrative": "課長寫的。"},
        at=timezone.now(),
    )

    page.locator(f"#r{report.pk}-narrative").fill("同仁寫的。")

    conflict = page.locator(".conflict")
    expect(conflict).to_contain_text("課長寫的。")
    check(page)
    conflict.get_by_role("radio", name=said("Theirs")).check()
    conflict.get_by_role("button", name=said("Save what I chose")).click()
    expect(conflict).to_have_count(0)
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")
    expect(page.locator(f"#r{report.pk}-narrative")).to_have_value("課長寫的。")
    report.refresh_from_db()
    assert report.narrative == "課長寫的。"
    watch.forget("409")


# A tall field may reach below the bar; where one begins to write is seen.
HIDDEN = """() => {
  const [field, bar] = [document.activeElement, document.querySelector(".hand-in .btn")];
  const [seen, over] = [field, bar].map((one) => one.getBoundingClientRect());
  return Boolean(field.closest(".reports")) && seen.top + 24 > over.top && seen.left < over.right;
}"""


@pytest.mark.parametrize("height", [740, 900])
def test_what_is_tabbed_to_is_not_hidden_below_the_bar(
    enter: Enter, served: LiveServer, year: Year, height: int
) -> None:
    page = enter(year.chief())
    page.set_viewport_size({"width": 1280, "height": height})
    page.goto(f"{served.url}/periods/{period_of(year.plan).pk}/units/{year.units['民政課'].pk}/")
    page.wait_for_selector("#desk[data-ready]")
    hidden = []
    for _ in range(40):
        page.keyboard.press("Tab")
        still(page)
        if page.evaluate(HIDDEN):
            hidden.append(focused(page))
    assert hidden == []
