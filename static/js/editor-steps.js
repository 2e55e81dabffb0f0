// Steps: a line moves, goes, comes back, several come at once. A step without an answer is asked for again under
// the same token, so that it is done once; what it changed is swapped in, and said.
"use strict";
(() => {
  const dp = window.districtplans;
  if (!dp) return;
  const { desk, words, sheet, lines } = dp;
  const PAUSES = [1500, 4000]; // before a step is asked for once more
  let undo = null; // brings back what was deleted last

  const pause = (time) => new Promise((done) => setTimeout(done, time));
  const at = (uid, what) => `${desk.dataset.items}${uid}/${what}/`;

  const ask = async (url, values) => {
    const own = { person: desk.dataset.person, token: dp.uuid(), revision: sheet.root().dataset.revision };
    const entries = Object.entries({ ...own, ...values, token: own.token });
    let result = await dp.send(url, entries);
    for (const time of PAUSES) {
      if (!["offline", "trouble"].includes(result.kind)) break;
      dp.say("step", "slow", words("again"));
      await pause(time);
      result = await dp.send(url, entries);
    }
    dp.hush("step");
    return result;
  };

  const whyNot = (kind, answer) => {
    if (kind === "expired") dp.say("page", "expired");
    // It may have been done, and only the answer lost: the sheet shows what stands once it can be fetched.
    if (["offline", "trouble", "gone"].includes(kind)) sheet.isBehind = true;
    const names = { other: "otherPerson", closed: "closedPlan", offline: "unsure", trouble: "unsure" };
    return answer?.message || words(names[kind] || kind);
  };

  // Takes a step and swaps in what it changed. Answers null where it was refused, in words. `settle` is done when
  // the answer is there, before the sheet is touched.
  const step = async (url, values = {}, settle = () => {}) => {
    const { kind, answer } = await ask(url, values);
    settle();
    if (kind !== "done") {
      dp.problem(whyNot(kind, answer));
      if (kind === "gone") await lines.catchUp();
      return null;
    }
    dp.problem("");
    if (answer.reload) await lines.catchUp();
    else sheet.apply(answer);
    return answer;
  };

  const told = (word, uid) => dp.notice([words(word), sheet.numberOf(uid)].join(" ").trim());

  // A line that is open stays open; only where it becomes another kind of line its form is made anew. It may be
  // a new one, which is stored first.
  const shift = (which, way) =>
    sheet.inTurn(async () => {
      const line = lines.open.includes(which) ? which : lines.of(which.uid ?? which);
      if (line && !(await line.keeper.save())) return;
      const uid = (line || which).uid ?? which;
      if (!uid) return;
      const answer = await step(at(uid, "step"), { step: way });
      if (!line) sheet.focusLine(uid);
      if (!answer) return;
      told("moved", uid);
      if (line) await stayOpen(line);
    });

  const stayOpen = async (line) => {
    const { kind, stands } = line.box.dataset;
    const isSame = !stands || (kind === "chapter") === (stands === "chapter");
    const spot = lines.spotIn(line.form);
    if (isSame) line.box.scrollIntoView({ block: "nearest" });
    else if (await lines.leave(line)) lines.openLine(line.uid, spot);
  };

  const move = (uid, values, settle) =>
    sheet.inTurn(async () => {
      if (!(await lines.leaveAll())) return Boolean(settle?.());
      const answer = await step(at(uid, "move"), values, settle);
      if (answer) told("moved", uid);
      sheet.focusLine(uid);
      return Boolean(answer);
    });

  const remove = (uid) =>
    sheet.inTurn(async () => {
      if (!(await lines.leaveAll())) return;
      const place = sheet.links().findIndex((one) => sheet.uidOf(one) === uid);
      if (!(await step(at(uid, "delete")))) return;
      undo = () => bringBack(uid);
      dp.notice(words("deleted"), dp.button(words("undo"), undo));
      const rest = sheet.links();
      (rest[Math.min(Math.max(place, 0), rest.length - 1)] || document.querySelector("#notice button"))?.focus();
    });

  const bringBack = (uid) =>
    sheet.inTurn(async () => {
      undo = null;
      if (!(await step(at(uid, "bring-back")))) return;
      told("back", uid);
      sheet.focusLine(uid);
    });

  // Several lines at once, behind a line or below one; the first of them has the focus.
  const paste = (values) =>
    sheet.inTurn(async () => {
      if (!(await lines.leaveAll())) return false;
      const answer = await step(desk.dataset.paste, values);
      if (!answer) return false;
      dp.notice(words("added"));
      sheet.focusLine(answer.focus);
      return true;
    });

  // Dragging, on top of keys and buttons. What stands below the line goes with it, though only it is dragged.

  const isOf = (piece) => piece && !piece.classList.contains("table-piece");

  // Where a line was dropped: on its own level where that is possible, else on that of what it was dropped between.
  const target = (item, own) => {
    const skip = (one, next) => {
      let found = one;
      while (found && (own.has(found) || found.classList.contains("sortable-ghost"))) found = found[next];
      return found;
    };
    const above = skip(item.previousElementSibling, "previousElementSibling");
    const below = skip(item.nextElementSibling, "nextElementSibling");
    if (!isOf(above)) return null;
    const depth = sheet.depthOf(item);
    const inner = isOf(below) && sheet.depthOf(below) > depth ? sheet.depthOf(below) : depth;
    let place = above;
    while (place && (!isOf(place) || sheet.depthOf(place) > inner)) place = skip(place.previousElementSibling, "previousElementSibling");
    if (!place) return null;
    if (sheet.depthOf(place) === inner) return { place: place.dataset.uid, how: "after" };
    return { place: place.dataset.uid, how: place === above ? "first" : "below" };
  };

  const drag = () => {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    let own = new Set();
    let next = null;
    window.Sortable?.create(sheet.pieces(), {
      draggable: ".piece.line",
      handle: ".number",
      delay: 150,
      delayOnTouchOnly: true,
      animation: still ? 0 : 120,
      // The browser's own dragging begins when it likes, and now and then drops what was never picked up.
      forceFallback: true,
      fallbackTolerance: 4,
      onStart: ({ item }) => {
        next = item.nextElementSibling;
        own = new Set();
        const end = sheet.endOf(item);
        for (let one = item; one !== end; ) own.add((one = one.nextElementSibling));
      },
      onEnd: async ({ item, oldIndex, newIndex }) => {
        if (oldIndex === newIndex) return;
        const where = target(item, own);
        // The answer tells how to get from the sheet as it was to the one that is.
        const putBack = () => sheet.pieces().insertBefore(item, next?.isConnected ? next : null);
        if (where) await move(item.dataset.uid, where, putBack);
        else putBack();
      },
    });
  };
  drag();

  dp.steps = { step, shift, move, remove, paste, undo: () => undo?.() };
})();
