"""A plan's life as its people live it, each in a browser of their own.

It is signed by an acting head, filed, returned, answered, filed again and approved; revised, given up,
revised again and approved. Every version stays as it was.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import gettext as said
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.enums import Role
from accounts.models import Appointment, District, User
from documents.models import FileState, RenderedFile
from plans.models import Plan
from plans.queries.documents import plan_document
from tests.browser.checks import Watch
from tests.browser.conftest import PATIENCE, SignIn, work
from tests.browser.editor import Editor
from tests.builders import LONG_AGO, make_holder, make_plan, make_secretary, make_user

HOURS, CHAIRS = "每週二延長服務時間。", "服務台備有輪椅及老花眼鏡。"
Open = Callable[[User], Page]


@pytest.fixture
def open_browser(browser: Browser, browser_context_args: dict[str, Any], sign_in: SignIn) -> Iterator[Open]:
    """A browser for each person; none may complain of anything."""
    contexts, watches = [], []

    def enter(user: User) -> Page:
        context = browser.new_context(**browser_context_args)
        contexts.append(context)
        sign_in(context, user)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watches.append(Watch(page))
        return page

    yield enter
    for context in contexts:
        context.close()
    assert [complaint for watch in watches for complaint in watch.complaints] == []


class Life:
    """The plan, and a browser for each of its people."""

    def __init__(self, served: LiveServer, open_browser: Open, district: District) -> None:
        self.served, self.district = served, district
        # A year that has not begun: in the last two months of a plan's year no revision begins.
        self.plan = make_plan(district, year=timezone.localdate().year + 1)
        secretary = make_secretary(district)
        head = make_holder(Role.DISTRICT_HEAD, district)
        self.deputy = make_user(job_title="主任秘書")
        Appointment.objects.create(
            user=self.deputy,
            role=Role.DISTRICT_HEAD,
            district=district,
            starts_on=LONG_AGO,
            acting_for=head,
        )
        evaluator = make_holder(Role.EVALUATOR, district.city)
        self.first, self.acting, self.city, self.second = map(
            open_browser, (secretary, self.deputy, evaluator, secretary)
        )

    def path(self, rest: str = "") -> str:
        return f"{self.served.url}/plans/{self.plan.pk}/{rest}"

    def step(self, page: Page, label: str, **fields: str) -> None:
        """Take a step from the plan's page: its button, then the form that explains it."""
        page.goto(self.path())
        page.get_by_role("link", name=label, exact=True).click()
        self.submit(page, label, **fields)

    @staticmethod
    def submit(page: Page, label: str, **fields: str) -> None:
        for name, value in fields.items():
            page.locator(f"[name={name}]").fill(value)
        page.locator("form [name=go]").click()
        expect(page.get_by_text(said("Done: %(step)s.") % {"step": label})).to_be_visible()

    def send_sign_and_file(self, page: Page, **letter: str) -> None:
        self.step(page, said("Send for signature"))
        self.sign()
        self.step(page, said("File to the city"), **letter)

    def sign(self) -> None:
        """The acting head is told, reads and signs."""
        page = self.acting
        page.goto(f"{self.served.url}/notices/")
        page.locator(".notices button").first.click()
        expect(page).to_have_url(self.path("signing/"))
        page.get_by_role("button", name=said("Sign off")).click()
        expect(page.locator(".strip")).to_contain_text(f"代理 {self.deputy.appointments.get().acting_for}")

    def write(self, page: Page, old: str, new: str) -> None:
        """Open a line in the editor and write others words there."""
        editor = Editor(page, self.served, self.plan).go()
        page.locator(".item", has_text=old).locator("a.edit").first.click()
        editor.form.locator("[name=text]").fill(new)
        page.keyboard.press("Escape")
        expect(page.locator(".item", has_text=new)).to_be_visible()
        expect(editor.form).to_have_count(0)
        page.goto(self.path())  # an editor left open asks for a plan that others close

    def take_in_hand(self) -> None:
        """The evaluator is told, and takes the plan from the desk."""
        self.city.goto(f"{self.served.url}/notices/")
        self.city.locator(".notices button").first.click()
        expect(self.city).to_have_url(f"{self.served.url}/desk/{self.plan.pk}/")
        self.city.get_by_role("link", name=said("Take in hand")).click()
        self.submit(self.city, said("Take in hand"))

    def decide(self, label: str, **fields: str) -> None:
        self.city.get_by_role("link", name=label, exact=True).click()
        self.submit(self.city, label, **fields)

    def changes(self) -> list[str]:
        """Return what the desk marks as changed, in words."""
        links = self.city.locator(".outline a, .outline__gone")
        return [" ".join(one.inner_text().split()) for one in links.all()]

    def in_force(self, page: Page) -> str:
        """Return the words of the version in force, as somebody reads it now."""
        page.goto(self.path("in-force/"))
        expect(page.locator(".state--approved")).to_be_visible()
        return page.locator(".sheet").inner_text()


@pytest.fixture
def life(served: LiveServer, open_browser: Open, district: District) -> Life:
    return Life(served, open_browser, district)


def test_from_the_first_draft_to_a_second_approval(life: Life) -> None:
    draft_to_filing(life)
    return_and_answers(life)
    second_filing_and_approval(life)
    a_revision_given_up(life)
    a_revision_approved(life)
    every_version_reads_compares_and_prints(life)


def draft_to_filing(life: Life) -> None:
    page = life.first
    day = timezone.localdate()
    today = f"{day.year - 1911}.{day.month}.{day.day}"
    life.send_sign_and_file(page, document_number="甲區秘字第1150000001號", document_on=today)

    page.get_by_role("link", name=said("What was filed to the city")).click()
    work()
    with page.expect_download() as waited:
        page.get_by_role("link", name=said("Download the package")).click()
    stem = f"{life.district.agency_name}{life.plan.roc_year}年度提升服務執行計畫"
    assert waited.value.suggested_filename == f"{stem}函報資料（第1次函報）.zip"
    with zipfile.ZipFile(io.BytesIO(waited.value.path().read_bytes())) as archive:
        assert archive.namelist() == [
            f"{stem}.pdf",
            f"{stem}.json",
            f"{stem}預期目標表.ods",
            f"{stem}檢核表.pdf",
            f"{stem}檔案清單及摘要.txt",
        ]
        assert "甲區秘字第1150000001號函" in archive.read(f"{stem}檔案清單及摘要.txt").decode()


def return_and_answers(life: Life) -> None:
    city = life.city
    life.take_in_hand()
    for line, words in ((HOURS, "請敘明時段。"), (CHAIRS, "請補數量。"), ("", "整體可行。")):
        if line:
            city.locator(".item", has_text=line).locator("a.pin").click()
        else:
            city.get_by_role("link", name=said("Remark on the plan as a whole")).click()
        city.locator("#remark-form [name=text]").fill(words)
        city.get_by_role("button", name=said("Save the remark")).click()
        expect(city.locator(".remarks__list").first).to_contain_text(words)
    life.decide(said("Return to the district"), comment="請依審查意見補正。")

    page = life.first
    page.goto(life.path())
    page.get_by_role("link", name=said("Send for signature"), exact=True).click()
    expect(page.locator("form [name=go]")).to_have_count(0)  # three remarks come first
    page.get_by_role("link", name=said("To the table of remarks and answers")).click()
    for number, adoption in enumerate(("accepted", "partly", "accepted"), 1):
        name = said("Answer remark %(number)s") % {"number": number}
        page.get_by_role("link", name=name, exact=True).click()
        page.locator(f"[name=adoption][value={adoption}]").check()
        page.locator("[name=text]").fill(f"第{number}項已處理。")
        page.get_by_role("button", name=said("Save the answer")).click()
    expect(page.get_by_text(said("Every remark is answered."))).to_be_visible()
    page.get_by_role("button", name=said("Make the PDF")).click()
    expect(page.locator("#pdf-state")).to_have_attribute("data-state", "waiting")
    work()
    expect(page.get_by_role("link", name=said("Download PDF"))).to_be_visible()
    life.write(page, HOURS, "每週二、四延長服務至晚間七時。")


def second_filing_and_approval(life: Life) -> None:
    life.send_sign_and_file(life.second)  # the secretary again, at another computer
    life.take_in_hand()

    assert [line.rpartition(" ")[2] for line in life.changes()] == ["(二)每週二、四延長服務至晚間七時。"]
    marked = life.city.locator(".sheet .mark:not(.mark--remark)")
    expect(marked).to_have_count(1)
    expect(life.city.locator(".remarks")).to_contain_text("第1項已處理。")

    life.decide(said("Approve"), document_number="府研考字第1150000009號", document_on="115.4.30")
    assert "延長服務至晚間七時" in life.in_force(life.city)


def a_revision_given_up(life: Life) -> None:
    page = life.second
    day = timezone.localdate()
    life.plan.refresh_from_db()
    before = plan_document(life.plan).digest()
    page.goto(life.path())
    page.get_by_role("link", name=said("Revise"), exact=True).click()
    expect(page.locator("[name=subtitle]")).to_have_value(f"{day.year - 1911}年{day.month}月修訂")
    life.submit(page, said("Revise"), comment="增列據點。")
    life.write(page, CHAIRS, "服務台備有輪椅。")
    for reader in (life.city, life.acting):
        assert CHAIRS in life.in_force(reader)

    life.step(page, said("Give up the revision"))

    life.plan.refresh_from_db()
    assert plan_document(life.plan).digest() == before


def a_revision_approved(life: Life) -> None:
    page = life.second
    life.step(page, said("Revise"), comment="增列據點。")
    life.write(page, CHAIRS, "服務台備有輪椅、老花眼鏡及拐杖。")
    assert "拐杖" not in life.in_force(life.city)
    life.send_sign_and_file(page)
    assert "拐杖" not in life.in_force(life.city)
    life.take_in_hand()
    assert [line.rpartition(" ")[2] for line in life.changes()][-1] == "(一)服務台備有輪椅、老花眼鏡及拐杖。"

    life.decide(said("Approve"), document_number="府研考字第1150000019號", document_on="115.9.30")

    assert "拐杖" in life.in_force(life.city)
    assert f"{timezone.localdate().month}月修訂" in life.in_force(life.first)


def every_version_reads_compares_and_prints(life: Life) -> None:
    page = life.first
    versions = list(life.plan.versions.order_by("number"))
    names = ["第1次陳核", "第1次函報", "第2次陳核", "第2次函報", "第3次陳核", "第3次函報"]
    assert [version.name for version in versions] == names
    told = [(HOURS, CHAIRS), ("每週二、四延長服務至晚間七時。", CHAIRS)]
    told.append((told[1][0], "服務台備有輪椅、老花眼鏡及拐杖。"))
    for number, version in enumerate(versions):
        page.goto(life.path("versions/"))
        page.get_by_role("link", name=version.name, exact=True).click()
        for words in told[number // 2]:
            expect(page.locator(".sheet")).to_contain_text(words)
        page.get_by_role("button", name=said("Make the PDF")).click()
        expect(page.locator("#pdf-state")).to_have_attribute("data-state", "waiting")
    work()
    expect(page.get_by_role("link", name=said("Download PDF"))).to_be_visible()
    assert set(RenderedFile.objects.values_list("state", flat=True)) == {FileState.READY}

    page.goto(life.path("versions/"))
    page.locator("[name=of][value='version:4']").check()
    page.locator("[name=with][value='version:2']").check()
    page.get_by_role("button", name=said("Compare the two chosen")).click()
    expect(page.locator("ins").first).to_be_visible()

    page.goto(life.path("events/"))
    steps = page.locator(".events tbody tr")
    expect(steps).to_have_count(Plan.objects.get().events.count())
    expect(steps.filter(has_text="府研考字第1150000019號")).to_have_count(1)
    out = io.StringIO()
    call_command("verify_versions", stdout=out)
    assert "all as they were written" in out.getvalue()
