// Swaps that nobody has to notice: the focus is kept, a state that has not changed is not said again, what
// fails is said, and nothing is sent while an input method is composing.
"use strict";
(() => {
  const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea";
  let held = null; // the id of what had the focus inside the piece that goes; null when nothing there had it

  const trouble = (words) => {
    const box = document.getElementById("trouble");
    if (!box) return;
    box.hidden = !words;
    box.textContent = words;
  };

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr } = event.detail;
    const answer = xhr.responseText;
    if (/^\s*<!doctype/i.test(answer) && target !== document.body) {
      // A whole page came instead of a piece: the sign-in, after a long pause. It leads back here.
      event.detail.shouldSwap = false;
      const mayLeave = document.dispatchEvent(new CustomEvent("led-away", { cancelable: true }));
      if (xhr.status < 400 && mayLeave) window.location.reload();
      return;
    }
    if (xhr.status === 422) {
      // A form comes back with what is wrong beside its fields: an answer like any other.
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
    if (target.dataset.state && answer.includes(`data-state="${target.dataset.state}"`)) {
      event.detail.shouldSwap = false;
      return;
    }
    const focused = document.activeElement;
    held = target.contains(focused) ? focused.id : null;
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const piece = event.target;
    // htmx gives the focus back to what has the same id, which may be the piece as a whole.
    if (held === null || ![document.body, piece].includes(document.activeElement)) return;
    const same = held && held !== piece.id ? document.getElementById(held) : null;
    (same || piece.querySelector(FOCUSABLE) || piece).focus({ preventScroll: true });
    held = null;
  });

  const fail = () => trouble(document.getElementById("trouble").dataset.words);
  document.addEventListener("htmx:sendError", fail);
  document.addEventListener("htmx:responseError", fail);
  document.addEventListener("htmx:afterOnLoad", (event) => event.detail.xhr.status < 400 && trouble(""));

  // Half a syllable is no search word. The word that is chosen in the end is sent once.
  document.addEventListener("input", (event) => event.isComposing && event.stopPropagation(), true);
  document.addEventListener("compositionend", (event) => {
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
