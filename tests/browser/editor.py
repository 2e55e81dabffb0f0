"""A plan in the editor of one browser: what a person sees of it, does to it and hears of it."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from playwright.sync_api import TimeoutError as LateError
from pytest_django.live_server_helper import LiveServer

from plans.models import Item, Plan
from plans.queries.documents import plan_document

# What screen readers are told: the texts that came into the page's live regions, in order.
HEAR = """() => {
  window.heard = [];
  const listen = () => {
    for (const id of ['spoken', 'notice', 'problem']) {
      const region = document.getElementById(id);
      if (!region) continue;
      new MutationObserver(() => {
        const words = region.textContent.replace('×', '').trim();
        if (words) window.heard.push(words);
      }).observe(region, { childList: true, subtree: true, characterData: true });
    }
  };
  document.addEventListener('DOMContentLoaded', listen, { capture: true });
}"""

SPOT = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return 'body';
  if (one.matches('a.edit')) return `line ${one.textContent.trim()}`;
  const form = one.closest('.editing');
  const words = one.name || one.textContent.trim();
  const number = form?.querySelector('.editing__number')?.textContent.trim();
  if (form) return `${words} of ${number || 'a new line'}`;
  return one.id || words;
}"""


class Held:
    """What is sent to addresses of a pattern is held back, until it is let go."""

    def __init__(self, page: Page, pattern: str) -> None:
        self.routes: list[Route] = []
        self.page, self.is_over = page, False
        page.route(pattern, self._hold)

    def _hold(self, route: Route) -> None:
        if route.request.method == "POST" and not self.is_over:
            self.routes.append(route)
        else:
            route.continue_()

    def wait(self) -> Held:
        """Wait until something is held."""
        for _ in range(600):
            if self.routes:
                return self
            self.page.wait_for_timeout(50)
        raise AssertionError("nothing was sent")

    def go(self) -> None:
        """Let go what is held; the first answers are on their way."""
        routes, self.routes = self.routes, []
        for route in routes:
            route.continue_()

    def end(self) -> None:
        self.is_over = True
        self.go()


class LostAnswers:
    """The first that is sent to addresses of a pattern is done, but its answer never comes."""

    def __init__(self, page: Page, pattern: str) -> None:
        self.tokens: list[str] = []
        page.route(pattern, self._lose)

    def _lose(self, route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        self.tokens.append((route.request.post_data or "").split('name="token"')[1].split()[0])
        if len(self.tokens) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()


class Editor:
    def __init__(self, page: Page, served: LiveServer, plan: Plan) -> None:
        self.page, self.served, self.plan = page, served, plan
        self.address = f"{served.url}/plans/{plan.pk}/edit/"
        page.add_init_script(f"({HEAR})()")

    def go(self) -> Editor:
        self.page.goto(self.address)
        return self.ready()

    def ready(self) -> Editor:
        """Wait until the scripts have taken the page over, and the marks stand beside the lines."""
        self.page.wait_for_function(
            "() => window.districtplans?.showDrafts && document.querySelector('#desk[data-marked]')"
        )
        return self

    def take_time(self) -> None:
        """From here on the clock of the page is at hand: `pass_time` lets seconds go by in an instant."""
        self.page.clock.install()

    def stop_time(self) -> None:
        """From here on no time passes on the page but by `pass_time`, however busy the machine is."""
        now = self.page.evaluate("Date.now()")
        self.page.clock.install(time=now)
        self.page.clock.pause_at(now + 1000)

    def pass_time(self, seconds: float) -> None:
        self.page.clock.run_for(round(seconds * 1000))

    # What is there

    @property
    def form(self) -> Locator:
        return self.page.locator(".editing")

    @property
    def notice(self) -> Locator:
        return self.page.locator("#notice")

    @property
    def problem(self) -> Locator:
        return self.page.locator("#problem")

    @property
    def state(self) -> Locator:
        return self.page.locator("#save-state")

    @property
    def side(self) -> Locator:
        return self.page.locator("#side")

    def line(self, words: str) -> Locator:
        return self.page.locator("#pieces a.edit").filter(
            has_text=re.compile(f"^\\s*{re.escape(words)}\\s*$")
        )

    def piece(self, words: str) -> Locator:
        """What a line stands in on the sheet, outside tables."""
        whole = re.compile(f"^\\s*{re.escape(words)}\\s*$")
        link = self.page.locator("a.edit").filter(has_text=whole)
        return self.page.locator("#pieces > *").filter(has=link)

    def field(self, name: str) -> Locator:
        return self.form.last.locator(f"[name={name}]")

    def button(self, name: str) -> Locator:
        return self.form.last.get_by_role("button", name=name, exact=True)

    def spot(self) -> str:
        """Where the focus is."""
        return str(self.page.evaluate(SPOT))

    def expect_spot(self, spot: str) -> None:
        try:
            self.page.wait_for_function(f"(spot) => ({SPOT})() === spot", arg=spot)
        except LateError:
            pytest.fail(f"the focus is on {self.spot()}, not on {spot}")

    def heard(self, words: str) -> None:
        """Wait until a live region has told these words since the last that were waited for."""
        hear = """(words) => {
          const at = window.heard.findIndex((one) => one.includes(words));
          return at >= 0 && window.heard.splice(0, at + 1);
        }"""
        with suppress(LateError):
            self.page.wait_for_function(hear, arg=words)
            return
        raise AssertionError(f"{words} was not told, but {self.page.evaluate('heard')}")

    def shown(self) -> list[str]:
        """The lines of the sheet outside tables: their numbers and words."""
        return list(
            self.page.locator("#pieces > .chapter, #pieces > .line").evaluate_all(
                "all => all.map((one) => (one.querySelector('.number')?.textContent || '')"
                " + (one.querySelector('a.edit')?.textContent || '').trim())"
            )
        )

    def tree(self) -> list[str]:
        """The plan as it is stored, a line each: its number and its words."""
        return [f"{line.number}{line.title or line.text}" for line in plan_document(self.plan).walk()]

    def stored(self, words: str) -> Item:
        """The line of these words, as it is stored."""
        return next(item for item in self.plan.items.present() if words in {item.title, item.text})

    # What is done

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def open(self, words: str) -> None:
        """Open a line by the keyboard."""
        self.line(words).focus()
        self.press("Enter")
        expect(self.form).to_have_count(1)
        self.page.wait_for_function("() => document.activeElement.closest('.editing')")

    def close(self) -> None:
        self.press("Escape")
        expect(self.form).to_have_count(0)

    def saved(self) -> None:
        expect(self.state).to_have_attribute("data-state", "saved")
