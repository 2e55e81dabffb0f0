// Correcting an import: lights up the source of the line in hand, and moves lines by Alt and the arrow
// keys. Everything here is also done by the buttons, and works without JavaScript.
"use strict";
(() => {
  const light = (item) => {
    document.querySelectorAll(".source__lines .lit").forEach((line) => line.classList.remove("lit"));
    if (!item) return;
    const first = Number(item.dataset.first);
    const last = Math.min(Number(item.dataset.last), first + 200);
    for (let number = first; number <= last; number += 1) {
      const line = document.getElementById(`L${number}`);
      if (line) line.classList.add("lit");
    }
    const box = document.querySelector(".source__lines");
    const line = document.getElementById(`L${first}`);
    if (box && line) box.scrollTop = line.offsetTop - box.offsetTop - box.clientHeight / 3;
  };

  document.addEventListener("focusin", (event) => {
    const item = event.target.closest(".lines > li");
    if (item) light(item);
  });

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || !event.altKey) return;
    const item = event.target.closest(".lines > li");
    const step = { ArrowLeft: "promote", ArrowRight: "demote" }[event.key];
    if (!item || !step) return;
    event.preventDefault();
    const chosen = document.querySelectorAll('.lines input[name="ids"]:checked');
    if (chosen.length === 0) item.querySelector('input[name="ids"]').checked = true;
    document.querySelector(`.toolbar button[value="${step}"]`).click();
  });

  // A step keeps its lines chosen and the focus where it was, so that it can be repeated.
  let chosen = [];
  let focused = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "lines") return;
    chosen = [...document.querySelectorAll('.lines input[name="ids"]:checked')].map((box) => box.id);
    focused = document.activeElement ? document.activeElement.id : null;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "lines") return;
    chosen.forEach((id) => {
      const box = document.getElementById(id);
      if (box) box.checked = true;
    });
    const target = (focused && document.getElementById(focused)) || document.getElementById(chosen[0]);
    if (target && !document.activeElement.closest(".toolbar")) target.focus({ preventScroll: true });
  });
})();
