// The editor: which key, click or event does what. Every step is also a form or a link, which work where this
// script does not run. Nothing acts while an input method is composing: its Enter chooses a candidate.
"use strict";
(() => {
  const dp = window.districtplans;
  if (!dp) return;
  const { desk, words, sheet, lines, steps } = dp;
  const side = document.getElementById("side");
  const help = [...side.childNodes];

  // The next line

  const nextLine = (line, then) => {
    if (lines.isBlank(line)) {
      lines.discard(line, { focus: true });
      return;
    }
    const { form, box, isNew } = line;
    if (then === "add" && !isNew && !form.dataset.mayAdd) {
      lines.leave(line, { focus: true });
      return;
    }
    const kind = form.elements.kind?.value || box.dataset.kind || "action";
    const isTop = then === "add" && sheet.depthOf(box) < 0;
    const field = isTop || (then === "add" && form.elements.title?.value.trim()) ? "title" : "text";
    if (then === "below") lines.openNew({ parent: line, kind: ["heading", "table"].includes(kind) ? "action" : kind, field, back: line });
    else lines.openNew({ behind: line, kind: kind === "table" ? "action" : kind, field, isTop });
    lines.leave(line);
  };

  const addChapter = (link) => {
    const last = [...sheet.pieces().querySelectorAll(".chapter, [data-stands='chapter']")].at(-1);
    const uid = last?.dataset.uid || "";
    lines.openNew({ behind: lines.of(uid) || uid, isTop: true, field: "title", back: link });
  };

  // The side

  let opener = null;
  const openSide = async (link) => {
    const { kind, text } = await dp.get(link.href);
    if (kind !== "done") {
      dp.problem(words({ expired: "expired", offline: "away" }[kind] || "trouble"));
      return;
    }
    opener = link.closest("#side") ? opener : link;
    side.replaceChildren(...sheet.parse(text).childNodes);
    window.htmx?.process(side);
    side.querySelector("h2")?.focus();
    if (side.getBoundingClientRect().top > window.innerHeight) side.scrollIntoView({ block: "start" });
  };

  const closeSide = () => {
    const uid = opener && sheet.uidOf(opener);
    side.replaceChildren(...help);
    const line = lines.of(uid);
    if (opener?.isConnected) opener.focus();
    else if (line) lines.focusIn(line);
    else sheet.focusLine(uid);
  };

  const sendSide = async (form) => {
    const values = Object.fromEntries(new FormData(form));
    const uid = sheet.uidIn(form.action);
    if (await (uid ? steps.move(uid, values) : steps.paste(values))) side.replaceChildren(...help);
  };

  // Clicks

  // Where in the words somebody clicked: the field, and the place of the caret in it.
  const aimAt = ({ target, clientX, clientY }) => {
    const title = target.closest("[data-title]");
    const body = target.closest("[data-body]");
    const spot = document.caretPositionFromPoint?.(clientX, clientY);
    if (title) return { field: "title", at: spot && title.contains(spot.offsetNode) ? spot.offset : undefined };
    if (!body) return {};
    const paragraphs = [...body.querySelectorAll("p")];
    const place = spot ? paragraphs.findIndex((one) => one.contains(spot.offsetNode)) : -1;
    const before = paragraphs.slice(0, Math.max(place, 0)).reduce((sum, one) => sum + one.textContent.length + 1, 0);
    return { field: "text", at: place < 0 ? undefined : before + spot.offset };
  };

  const openFrom = (event, link) => lines.openLine(sheet.uidOf(link), event.detail ? aimAt(event) : {});

  const openBeside = (event) => {
    const { target } = event;
    const piece = target.closest("#pieces > .line, #pieces > .chapter, #pieces tbody tr");
    if (!piece || getSelection().toString() || target.closest("button, .editing")) return;
    const link = piece.querySelector("a.edit");
    const writesAll = document.getElementById("add-chapter") !== null;
    if (link && piece.localName !== "tr") openFrom(event, link);
    else if (!link && !writesAll) dp.notice(words("foreign"));
  };

  const isOwnAnchor = (link) => link.pathname === location.pathname && /^#i-./.test(link.hash);

  const follow = (event, link) => {
    if (link.classList.contains("edit")) openFrom(event, link);
    else if ("add" in link.dataset) addChapter(link);
    else if ("remove" in link.dataset) steps.remove(sheet.uidIn(link.href));
    else if ("side" in link.dataset) openSide(link);
    else if ("cancel" in link.dataset && lines.around(link)) lines.cancel(lines.around(link));
    else if ("cancel" in link.dataset && link.closest("#side")) closeSide();
    else if (isOwnAnchor(link)) return sheet.focusLine(link.hash.slice(3));
    else return false;
    return true;
  };

  desk.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a");
    if (!link) openBeside(event);
    else if (follow(event, link)) event.preventDefault();
  });

  desk.addEventListener("submit", (event) => {
    const form = event.target;
    const line = lines.around(form);
    const what = event.submitter?.value;
    if (form.matches(".editing__form") && line) {
      lines.choose(line);
      if (what === "add" || what === "below") nextLine(line, what);
      else lines.leave(line, { focus: true });
    } else if (form.matches(".editing__steps") && line) steps.shift(line, what);
    else if ("step" in form.dataset && form.closest("#side")) sendSide(form);
    else return;
    event.preventDefault();
  });

  // Keys

  const ARROWS = { ArrowLeft: "out", ArrowRight: "in", ArrowUp: "up", ArrowDown: "down" };

  const keyInForm = (event, line) => {
    const { name } = event.target;
    const isEnter = event.key === "Enter";
    if (event.key === "Escape") lines.leave(line, { focus: true });
    else if (line.keeper.isHeld) return false;
    else if (isEnter && name === "title" && !event.shiftKey) nextLine(line, "add");
    else if (isEnter && name === "text" && event.ctrlKey) nextLine(line, "add");
    else return false;
    return true;
  };

  const keyOnLine = (event, link) => {
    const all = sheet.links();
    const next = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.ctrlKey || event.metaKey) {
      if (event.key !== "z") return false;
      steps.undo();
    } else if (next) all[all.indexOf(link) + next]?.focus();
    else return false;
    return true;
  };

  desk.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const link = event.target.closest("a.edit");
    const line = event.target.closest(".editing") && lines.around(event.target);
    let isDone = false;
    if (event.altKey && ARROWS[event.key]) {
      isDone = Boolean(line || link);
      if (isDone) steps.shift(line || sheet.uidOf(link), ARROWS[event.key]);
    } else if (line) isDone = keyInForm(event, line);
    else if (link) isDone = keyOnLine(event, link);
    else if (event.key === "Escape" && event.target.closest("#side")) isDone = !closeSide();
    if (isDone) event.preventDefault();
  });

  // Several lines pasted into a title become several lines of the plan.
  desk.addEventListener("paste", (event) => {
    const line = lines.around(event.target);
    const text = event.clipboardData?.getData("text/plain") || "";
    if (!line || event.target.name !== "title" || text.split(/\r?\n/).filter((one) => one.trim()).length < 2) return;
    event.preventDefault();
    pasteAt(line, text);
  });

  const pasteAt = async (line, text) => {
    const isBlank = lines.isBlank(line);
    await (isBlank ? line.keeper.turn() : line.keeper.save());
    const { parent, after } = line.form.elements;
    const place = isBlank ? { parent: parent.value, after: after.value } : { after: line.uid };
    if (isBlank) lines.discard(line);
    await steps.paste({ ...place, lines: text });
  };

  // Connection, other people, leaving

  const retryAll = (states) => {
    for (const { keeper } of lines.open) if (states.includes(keeper.state)) keeper.retry();
  };

  window.addEventListener("offline", () => dp.say("page", "away"));
  window.addEventListener("online", async () => {
    dp.hush("page");
    retryAll(["offline", "slow", "saving"]);
    if (!lines.open.length && sheet.isBehind) await lines.catchUp();
    tell();
  });
  // The sign-in is over: what is being written stays under the hands of who writes it.
  document.addEventListener("led-away", (event) => {
    event.preventDefault();
    dp.say("page", "expired");
  });
  window.addEventListener("beforeunload", (event) => {
    if (!dp.isLeaving && lines.open.some(({ keeper }) => keeper.isDirty)) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) lines.open.forEach(({ keeper }) => keeper.saveInPassing());
    else {
      retryAll(["expired", "other"]);
      tell();
    }
  });

  const BEAT = 10000;
  const nameOf = ({ name, uid }) => (uid ? [name, words("editing"), sheet.numberOf(uid)].join(" ").trim() : name);

  const showOthers = (others) => {
    const box = document.getElementById("others");
    const text = others.length ? `${words("here")} ${others.map(nameOf).join("、")}` : "";
    if (box.textContent !== text) box.textContent = text;
    document.querySelectorAll(".line--taken").forEach((one) => one.classList.remove("line--taken"));
    for (const { uid } of others) sheet.lineAt(uid)?.classList.add("line--taken");
  };

  // Others changed the plan: it is shown anew, but not under the hands of somebody who writes.
  let isTold = false;
  let renewedAt = 0; // the revision of which the lines that are open were told last
  const followOthers = async (revision) => {
    if (lines.open.length) {
      sheet.isBehind = true;
      if (!isTold) dp.notice(words("others"));
      isTold = true;
      if (revision !== renewedAt) await lines.renewOpen();
      renewedAt = revision;
      return;
    }
    isTold = false;
    await sheet.inTurn(() => (lines.open.length ? null : lines.catchUp()));
  };

  const tell = async () => {
    if (document.hidden) return;
    const { kind, answer } = await dp.send(desk.dataset.presence, [
      ["person", desk.dataset.person],
      ["uid", lines.current()?.uid || ""],
    ]);
    if (["expired", "other"].includes(kind)) dp.say("page", kind);
    if (kind !== "done") return;
    if (navigator.onLine) dp.hush("page");
    showOthers(answer.others);
    if (answer.revision > Number(sheet.root().dataset.revision)) await followOthers(answer.revision);
  };
  setInterval(tell, BEAT);
  document.addEventListener("line-opened", tell);
  tell();

  const anchored = () => sheet.focusLine(location.hash.match(/^#i-([0-9a-f-]{36})$/)?.[1]);
  window.addEventListener("hashchange", anchored);
  // When the page has come whole, the browser takes the focus away from all but what the address names.
  if (document.readyState === "complete") anchored();
  else window.addEventListener("load", () => setTimeout(anchored));
  dp.showDrafts();
})();
