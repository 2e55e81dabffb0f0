// Correcting an import: lights up the source of the line in hand, chooses lines, leads from one doubtful
// line to the next. Every step is also a button, and works without JavaScript.
"use strict";
(() => {
  const screen = document.querySelector(".correction");
  if (!screen) return;
  const source = screen.querySelector(".source");
  const box = screen.querySelector(".source__lines");
  const toolbar = screen.querySelector(".toolbar");
  const narrow = window.matchMedia("(max-width: 62rem)");
  const rows = () => [...screen.querySelectorAll(".lines > li[id]")];
  const boxes = () => [...screen.querySelectorAll('.lines input[name="ids"]')];
  const boxOf = (row) => row.querySelector('input[name="ids"]');
  const spanOf = (row) => [Number(row.dataset.first), Number(row.dataset.last)];
  let last = null; // the id of the line last in hand

  if (narrow.matches) source.open = false;

  const count = () => {
    document.getElementById("chosen").textContent = boxes().filter((one) => one.checked).length;
    screen.querySelector(".toolbar__doubtful").hidden = !screen.querySelector(".lines > li.low");
  };

  const light = (row) => {
    box.querySelectorAll(".lit").forEach((line) => line.classList.remove("lit"));
    const [first, end] = spanOf(row);
    for (let number = first; number <= Math.min(end, first + 200); number += 1) {
      const line = document.getElementById(`L${number}`);
      if (line) line.classList.add("lit");
    }
    const line = document.getElementById(`L${first}`);
    if (line && source.open) box.scrollTop = line.offsetTop - box.offsetTop - box.clientHeight / 3;
  };

  const go = (row) => {
    boxOf(row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "center" });
  };

  // On a narrow screen the source is far away, so the lines a row was read from open below it.
  const quote = (row) => {
    const open = row.querySelector(".lines__source");
    if (open) {
      open.remove();
      return;
    }
    const [first, end] = spanOf(row);
    const words = document.createElement("div");
    words.className = "lines__source";
    for (let number = first; number <= Math.min(end, first + 60); number += 1) {
      const line = document.getElementById(`L${number}`);
      if (!line) continue;
      const part = document.createElement("p");
      part.textContent = `${number}　${line.lastElementChild.textContent.trim()}`;
      words.append(part);
    }
    row.querySelector(".lines__words").append(words);
  };

  const below = () => {
    let depth = Infinity;
    rows().forEach((row) => {
      const own = Number(row.dataset.depth);
      if (own > depth) boxOf(row).checked = true;
      else depth = boxOf(row).checked ? own : Infinity;
    });
  };

  const doubtful = (step) => {
    const all = rows();
    const low = all.filter((row) => row.classList.contains("low"));
    if (low.length === 0) return;
    const at = all.findIndex((row) => row.id === last);
    const ahead = low.filter((row) => (step > 0 ? all.indexOf(row) > at : all.indexOf(row) < at));
    const turn = step > 0 ? low[0] : low[low.length - 1];
    go((step > 0 ? ahead[0] : ahead[ahead.length - 1]) || turn);
  };

  toolbar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    const what = button.dataset.do;
    if (what === "below") below();
    if (what === "none") boxes().forEach((one) => (one.checked = false));
    if (what === "next") doubtful(1);
    if (what === "previous") doubtful(-1);
    count();
  });

  screen.addEventListener("change", (event) => event.target.name === "ids" && count());

  let anchor = null; // where a run chosen with Shift begins
  screen.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.closest(".lines")) {
      event.preventDefault();
      const row = link.closest("li");
      if (narrow.matches) quote(row);
      light(row);
      return;
    }
    if (link && link.closest(".source, .doubtful, .leftovers")) {
      const number = Number((link.hash.match(/^#L(\d+)$/) || [0, link.textContent])[1]);
      const row =
        document.getElementById(link.hash.slice(1))?.closest(".lines > li") ||
        rows().find((one) => spanOf(one)[0] <= number && number <= spanOf(one)[1]);
      if (link.hash.startsWith("#item-") && row) {
        event.preventDefault();
        go(row);
      } else if (link.hash.startsWith("#L")) source.open = true;
      return;
    }
    if (event.target.name !== "ids") return;
    const all = boxes();
    const at = all.indexOf(event.target);
    if (event.shiftKey && anchor !== null) {
      const from = all.findIndex((one) => one.id === anchor);
      if (from >= 0) all.slice(Math.min(from, at), Math.max(from, at) + 1).forEach((one) => (one.checked = event.target.checked));
    }
    anchor = event.target.id;
    count();
  });

  screen.addEventListener("focusin", (event) => {
    const row = event.target.closest(".lines > li[id]");
    if (!row) return;
    last = row.id;
    light(row);
  });

  screen.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const row = event.target.closest(".lines > li[id]");
    if (event.key === "Escape") {
      const back = last && document.getElementById(last);
      if (row) toolbar.querySelector("button").focus();
      else if (toolbar.contains(event.target) && back) go(back);
      return;
    }
    if (!row) return;
    const step = { ArrowLeft: "promote", ArrowRight: "demote" }[event.key];
    if (event.altKey && step) {
      event.preventDefault();
      if (!boxes().some((one) => one.checked)) boxOf(row).checked = true;
      count();
      toolbar.querySelector(`button[value="${step}"]`).click();
      return;
    }
    const move = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const all = boxes();
    const next = all[all.indexOf(boxOf(row)) + move];
    if (next) next.focus();
  });

  // A step keeps its lines chosen and the focus where it was, so that it can be repeated.
  let kept = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const lines = event.detail.target;
    if (lines.id !== "lines") return;
    const focused = lines.contains(document.activeElement) ? document.activeElement : null;
    const row = focused && focused.closest(".lines > li[id]");
    kept = {
      chosen: boxes().filter((one) => one.checked).map((one) => one.id),
      focused: focused && focused.id,
      index: row ? rows().indexOf(row) : -1,
      leftover: focused && focused.closest(".leftovers") ? focused.id : "",
    };
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!kept || !document.getElementById("lines")) return;
    const { chosen, focused, index, leftover } = kept;
    kept = null;
    chosen.forEach((id) => {
      const one = document.getElementById(id);
      if (one) one.checked = true;
    });
    count();
    if (focused === null) return;
    const all = rows();
    const near = index >= 0 && all.length ? boxOf(all[Math.min(index, all.length) - (index < all.length ? 0 : 1)]) : null;
    const next = document.getElementById(focused) || near || (leftover && screen.querySelector(".leftovers button:last-of-type"));
    (next || document.getElementById("lines")).focus({ preventScroll: true });
  });

  count();
})();
