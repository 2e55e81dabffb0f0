// The outline beside a plan: starts closed on a narrow screen, or the plan would begin a screen further
// down, and marks the part that is being read.
"use strict";
(() => {
  const outline = document.querySelector("details.outline");
  if (!outline) return;
  const narrow = window.matchMedia("(max-width: 62rem)");
  if (narrow.matches) outline.removeAttribute("open");

  const links = new Map();
  outline.querySelectorAll("a").forEach((link) => {
    const part = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (part) links.set(part, link);
  });
  const parts = [...links.keys()];
  let current = null;

  // What was jumped to is being read until the person scrolls: near the end it cannot come to the top.
  let pinned = null;
  outline.addEventListener("click", (event) => {
    pinned = event.target.closest("a");
    mark();
  });
  ["wheel", "touchmove", "keydown"].forEach((kind) => {
    window.addEventListener(kind, () => (pinned = null), { passive: true });
  });

  const below = () => document.documentElement.scrollHeight - window.innerHeight - window.scrollY;

  // The last of the parts above the line of reading, which sinks over the last screen to its foot.
  const read = () => {
    const sunk = Math.max(0, 1 - below() / window.innerHeight);
    const line = 120 + sunk * (window.innerHeight - 120);
    let low = 0;
    let high = parts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (parts[middle].getBoundingClientRect().top <= line) low = middle + 1;
      else high = middle;
    }
    return low ? links.get(parts[low - 1]) : null;
  };

  const mark = () => {
    const link = pinned || read();
    if (link === current) return;
    if (current) current.removeAttribute("aria-current");
    current = link;
    if (!link) return;
    link.setAttribute("aria-current", "true");
    const above = link.offsetTop - outline.scrollTop;
    if (above < 40 || above > outline.clientHeight - 60) outline.scrollTop = link.offsetTop - outline.clientHeight / 3;
  };

  let waiting = false;
  window.addEventListener(
    "scroll",
    () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        mark();
      });
    },
    { passive: true },
  );
  mark();
})();
