"""What must hold on every page, in every state: see goals.md, "Access"."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Locator, Page, expect
from playwright.sync_api import TimeoutError as LateError

AXE = Axe().axe_script
ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# What may differ between light and dark: every other rule reads the page without its colours.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
LOOKS = ((1280, "light"), (1280, "dark"), (360, "dark"), (360, "light"))

# What is too small to hit. A link inside a sentence may be as high as its line.
SMALL_TARGETS = """() => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .filter((one) => !one.closest('.visually-hidden-focusable'))
  .filter((one) => {
    const { width, height } = one.getBoundingClientRect();
    if (width >= 24 && height >= 24) return false;
    const words = one.parentElement.textContent.trim().length > one.textContent.trim().length;
    return !(getComputedStyle(one).display === 'inline' && words);
  })
  .map((one) => `${one.outerHTML.slice(0, 120)} ${JSON.stringify(one.getBoundingClientRect())}`)"""

# What takes the focus where nobody sees it: cut away with what it stands in, and not shown with the focus.
UNSEEN = """() => [...document.querySelectorAll('a[href], button, select, summary, [tabindex="0"]')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled && one.tabIndex >= 0)
  .filter((one) => one.closest('thead, caption, .visually-hidden'))
  .filter((one) => !one.closest('.visually-hidden-focusable'))
  .filter((one) => {
    for (let around = one.parentElement; around; around = around.parentElement) {
      if (getComputedStyle(around).clipPath !== 'none' && around.offsetWidth <= 1) return true;
    }
    return false;
  })
  .map((one) => one.outerHTML.slice(0, 120))"""

WIDE = """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
  [...document.body.querySelectorAll('*')]
    .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .slice(0, 5).map((one) => one.outerHTML.slice(0, 120))"""

STILL = """async () => {
  let before = -1;
  while (before !== scrollY) {
    before = scrollY;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  }
}"""


class Watch:
    """What the browser complains of: errors of scripts, refused resources, breaches of the policy."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def forget(self, words: str) -> None:
        """Take out the complaints a test brought about on purpose; there must have been one."""
        kept = [one for one in self.complaints if words not in one]
        assert len(kept) < len(self.complaints), f"nothing complained of {words}"
        self.complaints[:] = kept


def violations(page: Page, rules: dict[str, Any]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    run = "(options) => axe.run(options).then((results) => results.violations)"
    found = page.evaluate(run, {"runOnly": rules, "resultTypes": ["violations"]})
    return [
        f"{rule['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for rule in found
        for node in rule["nodes"][:3]
    ]


def check(page: Page, *, looks: tuple[tuple[int, str], ...] = LOOKS) -> None:
    """Hold the page as it stands now to everything, at each width and in light and dark."""
    before = page.viewport_size
    found = []
    seen: set[int] = set()
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{width} {scheme} {one}" for one in violations(page, COLOURS if width in seen else ALL)]
        if width not in seen:
            found += [f"{width} small {one}" for one in page.evaluate(SMALL_TARGETS)]
            found += [f"{width} unseen {one}" for one in page.evaluate(UNSEEN)]
        seen.add(width)
    page.set_viewport_size({"width": 320, "height": 640})
    found += [f"wider than 320: {one}" for one in page.evaluate(WIDE)]
    page.emulate_media(color_scheme="light")
    if before:
        page.set_viewport_size(before)
    assert found == [], f"{page.url}\n" + "\n".join(found)


def follow(link: Locator) -> None:
    """Go where a link leads: right after a mere click the page that goes may still answer."""
    with link.page.expect_navigation():
        link.click()


def settled(page: Page) -> None:
    """Wait until htmx has taken what it swapped in under its care: some 20 ms, less than a person needs."""
    expect(page.locator(".htmx-added, .htmx-settling, .htmx-swapping, .htmx-request")).to_have_count(0)


def still(page: Page) -> None:
    """Wait until the page scrolls no more."""
    page.evaluate(STILL)


def focused(page: Page) -> str:
    """Say what has the focus: its id, else its name and words; "body" when it was lost.

    What a script gives the focus to gets it a moment after it is seen.
    """
    with suppress(LateError):
        page.wait_for_function("() => document.activeElement !== document.body", timeout=5_000)
    return page.evaluate("""() => {
      const one = document.activeElement;
      return one === document.body ? 'body' : one.id || `${one.localName} ${one.textContent.trim()}`;
    }""")


def walk(page: Page, *, most: int = 400) -> list[str]:
    """Press Tab from the first link to the end; each stop must be marked and not stand behind a bar."""
    page.evaluate("() => { document.querySelector('body > a').focus(); scrollTo(0, 0); }")
    stops: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        still(page)
        stop = page.evaluate("""() => {
          const one = document.activeElement;
          if (one === document.body || one === document.documentElement) return null;
          const box = one.getBoundingClientRect();
          const style = getComputedStyle(one);
          const marked = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
          const middle = document.elementFromPoint(
            Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 2),
            Math.min(Math.max(box.top + Math.min(box.height / 2, 20), 1), innerHeight - 2));
          const seen = middle && (one.contains(middle) || middle.contains(one) || middle.closest('label'));
          return { what: one.id || one.name || one.textContent.trim(), marked, seen: Boolean(seen),
            html: one.outerHTML.slice(0, 100) };
        }""")
        if stop is None:
            break
        assert stop["marked"], f"no visible focus on {stop['html']}"
        assert stop["seen"], f"hidden while it has the focus: {stop['html']}"
        stops.append(stop["what"])
    return stops
