"""Every page of signing and review in its states: looked at by axe, walked by keyboard, on a phone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.translation import gettext as said
from django.utils.translation import ngettext
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.enums import Role
from accounts.models import Appointment, District, User
from indicators.models import Indicator
from plans.document import Node, UnitName
from plans.models import Plan
from plans.services.steps import Letter
from plans.step_permissions import Standing
from plans.workflow import BY_NAME, CITY
from review.models import DeadlineRule, SigningChain, SigningPlace
from review.services import deadlines, signing
from review.services.remarks import add_remark, answer_remark
from review.services.signing import Outside
from review.services.steps import take
from tests.browser.checks import Watch, check, follow, settled, walk
from tests.browser.conftest import Enter, work
from tests.browser.plans_to_read import LONG, chapters_of
from tests.builders import LONG_AGO, make_district, make_holder, make_plan, make_secretary, make_user, node

LETTER = Letter("府研考字第1150000009號", dt.date(2026, 4, 28))
NARROW = ((1280, "light"), (360, "dark"))


Go = Callable[..., Page]


class Rows:
    """A plan on its way, with all its people and a chain of two consulted units, the chief and the head."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.secretary = make_secretary(district)
        self.chief = make_holder(Role.SECRETARIAT_CHIEF, district)
        self.head = make_holder(Role.DISTRICT_HEAD, district)
        self.deputy = make_user(job_title="主任秘書")
        Appointment.objects.create(
            user=self.deputy,
            role=Role.DISTRICT_HEAD,
            district=district,
            starts_on=LONG_AGO,
            acting_for=self.head,
        )
        self.unit_chief = make_holder(Role.SECTION_CHIEF, district.units.get(name="民政課"))
        self.evaluator = make_holder(Role.EVALUATOR, district.city)
        self.year = timezone.localdate().year + 1  # in its last two months no revision begins
        self.plan = make_plan(district, year=self.year, chapters=self.chapters())
        chain = SigningChain.objects.create(district=district)
        places = (
            {"label": "會辦民政課", "unit": district.units.get(name="民政課")},
            {"label": "會辦社會課", "unit": district.units.get(name="社會課"), "is_required": False},
            {"label": "單位主管", "role": Role.SECRETARIAT_CHIEF},
            {"label": "機關首長", "role": Role.DISTRICT_HEAD},
        )
        for number, place in enumerate(places, 1):
            SigningPlace.objects.create(chain=chain, position=number, **place)

    @staticmethod
    def chapters() -> tuple[Node, ...]:
        """Return lines and a table: remarks are pinned to both."""
        table = node(
            "heading",
            title="便捷服務",
            units=(UnitName("民政課"),),
            children=[node("heading", title="流程", children=[node(text=LONG), node(text="每季檢討。")])],
        )
        return (
            *chapters_of("outline"),
            node("chapter", title="分工", layout="responsibility", children=[table]),
        )

    def take(self, *names: str, **options: object) -> None:
        for name in names:
            step = BY_NAME[name]
            actor, role = (
                (self.evaluator, Role.EVALUATOR) if step.roles == CITY else (self.secretary, Role.SECRETARIAT)
            )
            extra: dict[str, object] = {"comment": "請依審查意見補正。"} if step.needs_comment else {}
            if step.needs_document:
                extra["letter"] = LETTER
            take(
                self.plan.pk,
                step,
                actor=actor,
                standing=Standing(role),
                at=timezone.now(),
                **{**extra, **options},  # type: ignore[arg-type]
            )
        self.plan.refresh_from_db()

    def sign(self, *positions: int) -> None:
        people = {
            1: (self.unit_chief, Standing(Role.SECTION_CHIEF)),
            3: (self.chief, Standing(Role.SECRETARIAT_CHIEF)),
            4: (self.deputy, Standing(Role.DISTRICT_HEAD, self.head)),
        }
        for position in positions:
            person, standing = people[position]
            signing.sign_place(
                self.plan.pk, position, actor=person, standing=standing, at=timezone.now(), note="擬如擬。"
            )
        self.plan.refresh_from_db()

    def file(self) -> None:
        self.take("send_for_signature")
        self.sign(1, 3, 4)
        self.take("file")

    def remark(self, words: str, text: str) -> int:
        item = self.plan.items.get(text=words) if words else None
        remark = add_remark(
            self.plan.pk,
            actor=self.evaluator,
            uid=item.uid if item else None,
            text=text,
            at=timezone.now(),
        )
        return remark.pk

    def path(self, rest: str = "") -> str:
        return f"/plans/{self.plan.pk}/{rest}"

    @property
    def desk(self) -> str:
        return f"/desk/{self.plan.pk}/"


@pytest.fixture
def rows(district: District) -> Rows:
    return Rows(district)


@pytest.fixture
def go(served: LiveServer, enter: Enter) -> Go:
    """Open a page as somebody, and look at it and walk through it."""

    def look(user: User, path: str, *, walks: bool = False) -> Page:
        page = enter(user)
        page.goto(f"{served.url}{path}")
        settled(page)
        check(page, looks=NARROW)
        if walks:
            walk(page)
        return page

    return look


def test_the_pages_of_signing_from_the_chain_to_the_filing(rows: Rows, go: Go, watch: Watch) -> None:
    page = go(rows.secretary, f"/districts/{rows.district.pk}/signing-chain/", walks=True)
    page.locator("[name=places-3-who]").select_option("")
    page.get_by_role("button", name=said("Save")).click()
    expect(page.get_by_role("alert")).to_contain_text(said("The district head signs last."))
    watch.forget("422")
    check(page, looks=NARROW)

    go(rows.secretary, rows.path("signing/"))  # not sent yet
    go(rows.secretary, rows.path("events/"))  # no step yet
    go(rows.secretary, rows.path("standing/"))
    go(rows.secretary, rows.path("steps/send_for_signature/"), walks=True)
    rows.take("send_for_signature", comment="請核閱。")
    for person in (rows.secretary, rows.unit_chief, rows.head):
        go(person, rows.path("signing/"))
        go(person, rows.path("standing/"))
    go(rows.head, rows.path("steps/sign/"))  # waits for others

    page = go(rows.secretary, rows.path("signing/2/record/"), walks=True)
    page.locator("[name=go]").click()
    expect(page.locator(".invalid-feedback").first).to_be_visible()
    watch.forget("422")
    check(page, looks=NARROW)
    signing.record_outside(
        rows.plan.pk,
        2,
        Outside("李課長", "課長", letter=LETTER, scan=ContentFile(b"%PDF-", "簽稿.pdf")),
        actor=rows.secretary,
        standing=Standing(Role.SECRETARIAT),
        at=timezone.now(),
        note="紙本簽核。",
    )
    rows.sign(1, 3)
    page = go(rows.deputy, rows.path("signing/"), walks=True)
    expect(page.locator(".strip")).to_contain_text(f"代理 {rows.head}")

    Indicator.objects.filter(items__plan=rows.plan).update(name="別的計畫改過的名稱")
    page = go(rows.deputy, rows.path("signing/"))
    expect(page.get_by_role("link", name=said("What is different"))).to_be_visible()
    page = go(rows.deputy, rows.path("signing/4/send-back/"), walks=True)
    page.locator("[name=reason]").fill("請再確認指標名稱。")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{page.url.split('/plans')[0]}{rows.path()}")
    go(rows.secretary, rows.path("signing/"))  # sent back
    go(rows.secretary, rows.path("events/"))

    rows.take("send_for_signature")
    rows.sign(1, 3, 4)
    go(rows.secretary, rows.path("steps/recall/"))
    page = go(rows.secretary, rows.path("steps/file/"), walks=True)
    page.locator("[name=document_on]").fill("某日")
    page.locator("[name=go]").click()
    expect(page.locator(".invalid-feedback")).to_be_visible()
    watch.forget("422")
    check(page, looks=NARROW)
    Indicator.objects.filter(items__plan=rows.plan).update(name="又改過的名稱")
    page = go(rows.secretary, rows.path("steps/file/"))
    expect(page.get_by_role("link", name=said("What is different"))).to_be_visible()


def test_the_pages_of_the_city_from_the_worklist_to_the_return(rows: Rows, go: Go, watch: Watch) -> None:
    go(rows.evaluator, "/desk/")  # nothing waits
    go(rows.evaluator, "/desk/?show=mine")
    rows.file()
    make_district(rows.district.city)  # one that has filed nothing
    page = go(rows.evaluator, "/desk/", walks=True)
    page.get_by_role("link", name=said("In nobody's hand")).click()
    expect(page.locator(".desk tbody tr")).to_have_count(1)
    go(rows.evaluator, f"/overview/?year={rows.year}", walks=True)
    go(make_holder(Role.AUDITOR, rows.district.city), rows.desk)  # reads, and decides nothing
    page = go(rows.evaluator, rows.desk)
    go(rows.evaluator, rows.path("steps/take_in_hand/"))
    go(rows.secretary, rows.path("steps/withdraw/"))
    rows.take("take_in_hand")
    go(rows.secretary, rows.path("steps/withdraw/"))  # too late
    go(make_holder(Role.EVALUATOR, rows.district.city), rows.desk)  # another has it in hand
    go(rows.evaluator, rows.path("steps/return/"))  # no remark yet

    page = go(rows.evaluator, rows.desk)
    page.locator(".item", has_text="每季檢討。").locator("a.pin").first.focus()
    page.keyboard.press("Enter")
    box = page.locator("#remark-form [name=text]")
    expect(box).to_be_focused()
    check(page, looks=NARROW)
    page.get_by_role("button", name=said("Save the remark")).click()
    expect(page.locator("#remark-form .invalid-feedback")).to_be_visible()
    watch.forget("422")
    settled(page)
    check(page, looks=NARROW)
    box.fill(f"請敘明頻率。\n{LONG}")
    page.get_by_role("button", name=said("Save the remark")).click()
    expect(page.locator(".remarks__list")).to_contain_text("請敘明頻率。")
    rows.remark("", "整體可行。")
    page = go(rows.evaluator, rows.desk, walks=True)
    page.get_by_role("link", name=said("Change remark %(number)s") % {"number": 1}).click()
    expect(page.locator("#remark-form [name=text]")).to_have_value("整體可行。")
    check(page, looks=NARROW)
    go(rows.evaluator, f"{rows.desk}remarks/add/", walks=True)
    go(rows.evaluator, rows.path("steps/put_back/"))
    page = go(rows.evaluator, rows.path("steps/return/"), walks=True)
    words = ngettext("%(counter)s remark goes with it.", "%(counter)s remarks go with it.", 2)
    expect(page.get_by_text(words % {"counter": 2})).to_be_visible()
    go(rows.evaluator, rows.path("steps/approve/"), walks=True)
    rows.take("return")

    go(rows.evaluator, "/desk/")
    go(rows.evaluator, f"/overview/?year={rows.year}")


def test_the_pages_of_answers_and_of_the_second_round(rows: Rows, go: Go, watch: Watch) -> None:
    go(rows.secretary, rows.path("responses/"))  # nothing was remarked
    rows.file()
    rows.take("take_in_hand")
    first = rows.remark("每季檢討。", f"請敘明頻率。{LONG}")
    second = rows.remark("", "整體可行。")
    rows.take("return")
    page = go(rows.secretary, rows.path("standing/"))
    expect(page.locator(".standing__steps .btn-primary")).to_have_count(1)
    go(rows.secretary, rows.path("steps/send_for_signature/"))  # the answers come first
    go(rows.head, rows.path("responses/"))  # reads, and does not answer
    page = go(rows.secretary, rows.path("responses/"), walks=True)
    follow(page.get_by_role("link", name=said("Answer remark %(number)s") % {"number": 1}))
    check(page, looks=NARROW)
    walk(page)
    page.locator("[name=adoption][value=not]").check()
    page.get_by_role("button", name=said("Save the answer")).click()
    expect(page.locator(".invalid-feedback")).to_be_visible()
    watch.forget("422")
    check(page, looks=NARROW)
    unit = rows.district.units.get(name="民政課")
    for key, adoption in ((first, "accepted"), (second, "partly")):
        answer_remark(
            rows.plan.pk,
            key,
            actor=rows.secretary,
            adoption=adoption,
            text=LONG,
            at=timezone.now(),
            units=[unit.pk],
        )
    page = go(rows.secretary, rows.path("responses/"))
    page.get_by_role("button", name=said("Make the PDF")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#pdf-state")).to_have_attribute("data-state", "waiting")
    expect(page.locator("#pdf-state")).to_be_focused()
    check(page, looks=NARROW)
    work()
    link = page.get_by_role("link", name=said("Download PDF"))
    expect(link).to_be_focused()
    with page.expect_download() as waited:
        page.keyboard.press("Enter")
    agency = f"{rows.district.agency_name}{rows.plan.roc_year}年度提升服務執行計畫"
    assert waited.value.suggested_filename == f"{agency}審查意見回應表.pdf"
    go(rows.secretary, rows.path("responses/pdf/"))

    rows.plan.items.filter(text="每季檢討。").update(text="每季首月檢討。")
    rows.file()
    rows.take("take_in_hand")
    page = go(rows.evaluator, rows.desk, walks=True)
    expect(page.locator(".outline a")).to_have_count(1)
    go(rows.evaluator, rows.path("responses/"))


def test_the_pages_of_what_was_filed_and_of_the_version_in_force(rows: Rows, go: Go) -> None:
    rows.file()
    page = go(rows.secretary, rows.path("versions/2/package/"), walks=True)
    expect(page.locator("#pdf-state")).to_have_attribute("data-state", "waiting")
    work()
    link = page.get_by_role("link", name=said("Download the package"))
    expect(link).to_be_visible()
    check(page, looks=NARROW)
    go(rows.evaluator, rows.path("versions/2/package/"))
    rows.take("take_in_hand", "approve")
    for person in (rows.secretary, rows.evaluator):
        go(person, rows.path("standing/"))
        page = go(person, rows.path("in-force/"), walks=person == rows.evaluator)
        expect(page.get_by_role("main")).to_contain_text("府研考字第1150000009號函核定")
        go(person, rows.path("in-force/pdf/"))
        go(person, rows.path("versions/2/"))
        go(person, rows.path("versions/2/pdf/"))
        go(person, rows.path("events/"))
    go(rows.evaluator, rows.desk)  # decided
    go(rows.evaluator, "/desk/?show=all")
    go(rows.secretary, rows.path("versions/"))
    page = go(rows.secretary, rows.path("steps/revise/"), walks=True)
    expect(page.locator("[name=subtitle]")).not_to_have_value("")
    rows.take("revise")
    go(rows.evaluator, rows.path("in-force/"))  # alone
    go(rows.secretary, rows.path("in-force/"))
    go(rows.secretary, rows.path("steps/give_up/"))
    Plan.objects.update(year=timezone.localdate().year - 1)
    rows.take("give_up")
    page = go(rows.secretary, rows.path("steps/revise/"))  # its year is over
    expect(page.locator("form [name=go]")).to_have_count(0)


def test_the_pages_of_deadlines_and_extensions(rows: Rows, go: Go, watch: Watch) -> None:
    go(rows.secretary, "/deadlines/")  # the city has set none
    go(rows.secretary, rows.path("extension/"))
    DeadlineRule.objects.create(city=rows.district.city, month=4, day=None)
    admin = make_holder(Role.CITY_ADMIN, rows.district.city)
    go(admin, "/deadlines/", walks=True)
    page = go(admin, f"/deadlines/{rows.district.city_id}/edit/", walks=True)
    page.locator("[name=month]").fill("13")
    page.get_by_role("button", name=said("Save")).click()
    expect(page.locator(".invalid-feedback")).to_be_visible()
    watch.forget("422")
    check(page, looks=NARROW)
    go(rows.secretary, "/deadlines/", walks=True)
    page = go(rows.secretary, rows.path("extension/"), walks=True)
    page.get_by_role("main").locator("form [type=submit]").click()
    expect(page.locator(".invalid-feedback").first).to_be_visible()
    watch.forget("422")
    check(page, looks=NARROW)
    extension = deadlines.ask_extension(
        rows.plan.pk,
        actor=rows.secretary,
        until=dt.date(rows.year, 5, 29),
        reason="配合組織調整，需重新分工。",
        at=timezone.now(),
    )
    go(rows.secretary, f"/extensions/{extension.pk}/")
    page = go(rows.evaluator, f"/extensions/{extension.pk}/", walks=True)
    deadlines.decide_extension(
        extension.pk,
        actor=rows.evaluator,
        is_granted=True,
        until=dt.date(rows.year, 5, 29),
        comment="同意。",
        at=timezone.now(),
    )
    go(rows.secretary, f"/extensions/{extension.pk}/")
    go(rows.secretary, rows.path("extension/"))
    go(rows.secretary, "/deadlines/")
