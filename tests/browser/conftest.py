"""A real browser, a live server, a worker that works when it is told to. Nothing is replaced."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import District, User
from plans.models import Plan
from tests.browser.checks import Watch
from tests.browser.editor import Editor
from tests.browser.plans_to_read import chapters_to_write
from tests.builders import make_city, make_district, make_plan, make_secretary, make_unit

CHROMIUM = "/usr/bin/chromium"
# Milliseconds until a thing that does not come is missed. Only a test that fails waits so long: it is for
# machines that have other work to do.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
# The browser's client keeps an event loop in the thread of the test, where Django then refuses the
# database; nothing runs concurrently in that thread.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep SQLite in a file: the server's threads and the test must not share one connection."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("browser") / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def database_before_server(django_db_setup: None) -> None:
    """Put the file in place before the server starts, which else takes the connection for one in memory.

    Such a one it shares between its threads, and requests at the same time break it.
    """


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    quiet = ("background-networking", "component-update", "sync")
    return browser_type_launch_args | {
        "executable_path": CHROMIUM,
        "args": ["--no-sandbox", "--disable-gpu", "--no-first-run", *(f"--disable-{what}" for what in quiet)],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    viewport = {"width": 1280, "height": 800}
    return browser_context_args | {"viewport": viewport, "locale": "zh-TW", "reduced_motion": "reduce"}


@pytest.fixture(autouse=True)
def served(live_server: LiveServer, transactional_db: None) -> LiveServer:
    return live_server


@pytest.fixture
def district() -> District:
    district = make_district(make_city("試驗市"), "甲乙區")
    for name in ("民政課", "社會課", "經建課", "秘書室"):
        make_unit(district, name)
    return district


@pytest.fixture
def secretary(district: District) -> User:
    return make_secretary(district)


SignIn = Callable[[BrowserContext, User], None]
Enter = Callable[[User], Page]


@pytest.fixture
def sign_in(served: LiveServer) -> SignIn:
    def enter(context: BrowserContext, user: User) -> None:
        client = Client()
        client.force_login(user)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": served.url}])

    return enter


@pytest.fixture
def watch(page: Page) -> Iterator[Watch]:
    """What the browser complains of; a test that leaves a complaint fails."""
    watch = Watch(page)
    yield watch
    assert watch.complaints == []


@pytest.fixture
def enter(page: Page, watch: Watch, sign_in: SignIn) -> Enter:
    """Hand the page to a person."""
    page.set_default_timeout(PATIENCE)

    def hand(user: User) -> Page:
        sign_in(page.context, user)
        return page

    return hand


@pytest.fixture
def desk(enter: Enter, secretary: User) -> Page:
    """A page in the hands of the secretary."""
    return enter(secretary)


@pytest.fixture
def plan_to_write(district: District) -> Plan:
    """A plan in which every layout has a part, for the tests of the editor."""
    return make_plan(district, chapters=chapters_to_write())


@pytest.fixture
def editor(desk: Page, served: LiveServer, plan_to_write: Plan) -> Editor:
    """That plan in the editor, in the hands of the secretary."""
    return Editor(desk, served, plan_to_write).go()


@pytest.fixture
def drafts() -> Callable[[Editor], list[str]]:
    """Tells the texts that lie in the browser, not yet on the server."""
    script = """async () => (await districtplans.drafts.all())
      .map((draft) => draft.data.filter(([name]) => name === 'text').map(([, text]) => text).join())"""
    return lambda editor: list(editor.page.evaluate(script))


@pytest.fixture
def plain(
    browser: Browser, browser_context_args: dict[str, Any], secretary: User, sign_in: SignIn
) -> Iterator[Page]:
    """The secretary's page in a browser without JavaScript."""
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    sign_in(context, secretary)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    context.close()


def work() -> None:
    """Do all the work that waits, as the worker does."""
    call_command(
        "db_worker", "--batch", "--queue-name", "*", "--interval", "0", "--no-startup-delay", verbosity=0
    )
