// What the editor says: how saving stands, what happened and can be undone, what went wrong. What matters is
// spoken to screen readers as well; that something is being saved is not.
"use strict";
(() => {
  const desk = document.getElementById("desk");
  if (!desk) return;
  const STAYS = 8000; // a notice that asks for nothing goes again
  // The worst comes first: it is what is shown while several lines are open.
  const STATES = ["other", "expired", "closed", "gone", "conflict", "refused", "offline", "slow", "away", "saving", "unsaved", "saved", ""];
  const SILENT = new Set(["", "saving", "unsaved"]);
  const NAMES = { other: "otherPerson", closed: "closedPlan" };
  const OVER = { state: "", text: "" };

  const $ = (id) => document.getElementById(id);
  const words = (name) => (name && $("words").dataset[name]) || "";

  const button = (text, act, look = "outline-primary") => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = `btn btn-${look} btn-sm`;
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  };

  let speaking = 0;
  const announce = (text) => {
    // Emptied first: a region that is told the same words again says nothing.
    $("spoken").textContent = "";
    clearTimeout(speaking);
    speaking = setTimeout(() => ($("spoken").textContent = text), 60);
  };

  // How saving stands, of each form that is open and of the page itself.
  const states = new Map();
  let shown = OVER;

  const rank = ({ state }) => STATES.indexOf(state);
  const worst = () => [...states.values()].sort((one, other) => rank(one) - rank(other))[0];

  const signIn = () => {
    const link = document.createElement("a");
    link.href = `/accounts/login/?next=${encodeURIComponent(location.pathname)}`;
    link.textContent = words("signin");
    // What was typed lies in this browser: leaving for the sign-in asks nothing.
    link.addEventListener("click", () => (dp.isLeaving = true));
    return link;
  };

  const show = () => {
    const now = worst() || (shown.state === "saved" ? shown : OVER);
    if (now.state === shown.state && now.text === shown.text) return;
    shown = now;
    const box = $("save-state");
    box.dataset.state = now.state;
    box.replaceChildren(now.text, ...(now.state === "expired" ? [" ", signIn()] : []));
    if (!SILENT.has(now.state)) announce(now.text);
  };

  const say = (who, state, text = words(NAMES[state] || state)) => {
    states.set(who, { state, text });
    show();
    return text;
  };

  const said = (who) => states.get(who)?.text || "";

  const hush = (who) => {
    states.delete(who);
    show();
  };

  let passing = 0;
  const put = (box, text, rest) => {
    const close = button("×", () => box.replaceChildren(), "link");
    close.className = "desk__hide";
    close.setAttribute("aria-label", words("hide"));
    box.replaceChildren(...(text || rest.length ? [text, " ", ...rest, close] : []));
  };

  // Says what happened. What has a button to it stays until something else happens, or it is put away.
  const notice = (text, ...rest) => {
    clearTimeout(passing);
    put($("notice"), text, rest);
    if (text && !rest.length) passing = setTimeout(() => put($("notice"), "", []), STAYS);
  };

  const problem = (text, ...rest) => put($("problem"), text || "", rest);

  // What is told above the sheet sticks to the top; what has the focus is scrolled clear of it.
  new ResizeObserver(([{ target }]) => {
    document.documentElement.style.setProperty("--dp-said", `${target.offsetHeight}px`);
  }).observe($("said"));

  const dp = { desk, words, button, announce, say, said, hush, notice, problem, isLeaving: false };
  window.districtplans = dp;
})();
