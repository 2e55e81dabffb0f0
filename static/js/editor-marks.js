// Beside the lines of the sheet: how many comments are open, how many numbers wait for a decision. Each mark
// opens what it counts at the side.
"use strict";
(() => {
  const desk = document.getElementById("desk");
  const words = document.getElementById("words");
  if (!desk || !words) return;
  let waiting = 0;

  const mark = (uid, kind, count) => {
    const line = document.getElementById(`i-${uid}`);
    const link = line?.querySelector("a.edit") || document.querySelector(`#pieces a.edit[href*="${uid}"]`);
    const place = line?.classList.contains("editing") ? null : link || line?.querySelector("[data-title], [data-body]");
    if (!place) return;
    const one = document.createElement("a");
    one.className = `marks marks--${kind}`;
    one.href = `${desk.dataset.items}${uid}/${kind}/`;
    one.dataset.side = "";
    one.lang = document.documentElement.lang;
    one.textContent = `${words.dataset[kind]} ${count}`;
    const beside = place.nextElementSibling?.classList.contains("marked") ? place.nextElementSibling : document.createElement("span");
    beside.className = "marked";
    beside.append(one);
    if (!beside.isConnected) place.after(beside);
  };

  const show = async () => {
    let answer;
    try {
      const response = await fetch(desk.dataset.marks, { headers: { Accept: "application/json" } });
      if (!response.ok || response.redirected) return;
      answer = await response.json();
    } catch {
      return; // marks are an extra: the sheet is there without them
    }
    const focused = document.activeElement?.closest?.("a.marks")?.getAttribute("href");
    document.querySelectorAll("#pieces .marked").forEach((one) => one.remove());
    for (const kind of ["targets", "comments"]) {
      for (const [uid, count] of Object.entries(answer[kind])) mark(uid, kind, count);
    }
    desk.dataset.marked = "yes";
    if (focused) document.querySelector(`#pieces a.marks[href="${focused}"]`)?.focus({ preventScroll: true });
  };

  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 800);
  };
  ["sheet-changed", "comments-changed", "decided-beside", "decided"].forEach((kind) => document.body.addEventListener(kind, soon));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.requestConfig?.verb === "post") soon();
  });
  show();
})();
