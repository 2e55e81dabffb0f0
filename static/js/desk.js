// The evaluator's desk: from plan to plan by Alt+N and Alt+P, and remarks written beside the sheet.
"use strict";
(() => {
  document.addEventListener("keydown", (event) => {
    // While an input method is composing a key belongs to it.
    if (event.isComposing || event.keyCode === 229) return;
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // By the place of the key: with Alt some layouts type another letter.
    const id = { KeyN: "next-plan", KeyP: "previous-plan" }[event.code];
    if (!id) return;
    event.preventDefault();
    // Words that are being written would be lost with the page.
    const text = document.querySelector("#remark-form textarea");
    if (text && text.value !== text.defaultValue) {
      text.focus();
      return;
    }
    document.getElementById(id)?.click();
  });

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a.pin, a.js-side");
    const box = document.getElementById("remark-form");
    if (!link || !box || !window.htmx) return;
    const text = box.querySelector("textarea");
    event.preventDefault();
    if (text && text.value !== text.defaultValue) {
      text.focus();
      return;
    }
    window.htmx.ajax("GET", link.href, { target: box, swap: "innerHTML" }).then(() => {
      box.scrollIntoView({ block: "nearest" });
      box.querySelector("textarea")?.focus();
    });
  });
})();
