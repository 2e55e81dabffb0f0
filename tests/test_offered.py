"""Pages offer what their reader may do, all of it and nothing else: every link and form is tried."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import Resolver404, resolve

from accounts.enums import Role
from accounts.models import User
from tests.builders import make_holder
from tests.permission_table import ENDPOINTS, Case
from tests.test_permission_table import case, make_person  # noqa: F401 -- the first is a fixture

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="what pages offer does not hang on it"),
]

# Those of the table, whose unit has no line of the plan, and the people of the unit that has.
PEOPLE = (
    *("secretariat", "district_head", "section_chief", "evaluator", "city_admin", "auditor"),
    *("no_appointment", "own section_chief", "own unit_staff"),
)
# What no page of the table's rows offers, and why.
BY_SCRIPT = ("plans:item-offers", "plans:plan-marks", "plans:presence-tell")
BY_MAIL = ("account_inactive", "account_reset_password_done", "account_reset_password_from_key")
BY_MAIL = (*BY_MAIL, "account_reset_password_from_key_done")
SIGNED_OUT = ("account_login", "account_signup")
BY_MACHINES = ("health-live", "health-ready", "admin-change-password")
ELSEWHERE_IN_STATE = (
    *("documents:file-download", "documents:import-unplaced"),  # no file yet, every line has its place
    *("indicators:milestones-edit", "indicators:year-remove"),  # none, and the one year is promised
    *("plans:comment-reopen", "plans:item-bring-back", "plans:item-restore"),  # nothing is settled or gone
    *("plans:round-open", "plans:round-send-back"),  # the round is open, and no part is released
    *("plans:plan-restore", "plans:target-confirm"),  # nothing was replaced, every target is confirmed
    *("indicators:indicator-remove", "progress:report-step"),  # lines show it, no report waits
    *("dashboard:city-reports", "dashboard:city-targets"),  # of this year nothing is in force
    *("progress:filing-release", "progress:period-decide", "progress:evidence-list"),  # nothing waits
    *("review:extension-ask", "review:place-record", "review:place-send-back", "review:response-table"),
)
OF_NO_USE = ("documents:import-list",)  # to who imports nothing, an empty list
WITHOUT_PLACE = ("dashboard:home", "review:deadline-list")  # pages that say why they are empty
NOT_OFFERED = {*OF_NO_USE, *BY_SCRIPT, *BY_MAIL, *SIGNED_OUT, *BY_MACHINES, *ELSEWHERE_IN_STATE}
OF_EACH = 4  # addresses of one kind that are tried for a person
OF_PATH = 3  # and what is asked at one of them
CHOICES = {"radio", "checkbox"}
# What ends the walk, another site, and what was filed: the table's plan in force never was.
LEFT = ("account_logout", "admin:index", "review:filing-package")
REFUSED = {403, 404, 405, 500}


@dataclass(frozen=True)
class Offer:
    """A link or a form: where it leads and how, on which page it stands, what it sends unfilled."""

    address: str
    method: str
    page: str
    data: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def asked(self) -> str:
        """The address a browser asks for, with what a form says unfilled where that is part of it."""
        is_said = self.data and self.method == "GET"
        return f"{self.address.partition('?')[0]}?{urlencode(self.data)}" if is_said else self.address

    @property
    def view(self) -> str:
        try:
            return resolve(urlsplit(self.address).path).view_name
        except Resolver404:
            return ""


class Offers(HTMLParser):
    """Collects the links and forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.found: list[Offer] = []
        self.form: Offer | None = None
        self.is_pattern = False  # of what a script makes there

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.is_pattern |= tag == "template"
        if self.is_pattern:
            return
        if tag == "form":
            self.form = self.add(given.get("action") or self.page, given.get("method", "get").upper())
        if tag == "a":
            self.add(given.get("href", ""), "GET")
        self.add(given.get("hx-get", ""), "GET")
        self.add(given.get("hx-post", ""), "POST")
        self.add(given.get("formaction", ""), "POST")
        is_sent = "checked" in given if given.get("type") in CHOICES else tag in {"input", "button"}
        if self.form and is_sent and given.get("name"):
            self.form.data.setdefault(given["name"], given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        if tag == "template":
            self.is_pattern = False

    def add(self, address: str, method: str) -> Offer | None:
        full = urljoin(f"http://testserver{self.page}", address)
        if not address or address.startswith("#") or not full.startswith("http://testserver/"):
            return None
        where = urlsplit(full)
        self.found.append(Offer(f"{where.path}?{where.query}".rstrip("?"), method, self.page))
        return self.found[-1]


def person_of(who: str, case: Case) -> User | None:  # noqa: F811 -- no fixture here
    if who.startswith("own "):
        return make_holder(Role(who.removeprefix("own ")), case.district.units.get(name="民政課"))
    return make_person(who, case)


def walk(client: Client) -> tuple[set[str], list[str]]:
    """Go from the first page on to all that is offered, a few of each kind, and send every form unfilled.

    Returns the views that were come to, and in words what was offered and refused. Nothing done stays.
    """
    found, refused, waiting, known = {"home"}, [], deque([Offer("/", "GET", "")]), {"/"}
    paths: dict[tuple[str, str], set[str]] = defaultdict(set)
    while waiting:
        offer = waiting.popleft()
        with transaction.atomic():
            sent = offer.data if offer.method == "POST" else None
            response = getattr(client, offer.method.lower())(offer.asked, sent)
            transaction.set_rollback(True)
        if response.status_code in REFUSED:
            refused.append(f"{response.status_code} {offer.method} {offer.asked} on {offer.page}")
        if response.status_code != 200 or not response.get("Content-Type", "").startswith("text/html"):
            continue
        reader = Offers(offer.asked)
        reader.feed(response.content.decode())
        for more in reader.found:
            found.add(more.view)
            of_view, path = paths[more.view, more.method], urlsplit(more.asked).path
            of_path = sum(one.partition("?")[0] == path for one in known)
            is_new = more.asked not in known if more.method == "GET" else path not in of_view
            if not more.view or more.view in LEFT or not is_new or of_path > OF_PATH:
                continue
            if path in of_view or len(of_view) < OF_EACH:
                of_view.add(path)
                known.add(more.asked)
                waiting.append(more)
    return found, refused


@pytest.mark.parametrize("who", PEOPLE)
def test_each_page_offers_all_its_reader_may_do_and_nothing_else(case: Case, who: str) -> None:  # noqa: F811
    person, role = person_of(who, case), who.removeprefix("own ")
    client = Client(raise_request_exception=False)
    client.force_login(person)
    kept_back = {*NOT_OFFERED, *(WITHOUT_PLACE if who == "no_appointment" else ())}

    found, refused = walk(client)

    assert not refused, "\n".join(refused)
    may = {name for name, endpoint in ENDPOINTS.items() if endpoint.expected(role) in {200, 302}}
    assert not may - found - kept_back


def test_what_is_told_not_to_be_offered_is_there() -> None:
    assert set(ENDPOINTS) >= {*NOT_OFFERED, *WITHOUT_PLACE}
