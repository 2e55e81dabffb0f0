// Lines that are written in: a form opens in the place of its line, and the line comes back when all of it is
// stored. A new line stands there at once, with the caret in it, while the one before it is still on its way.
"use strict";
(() => {
  const dp = window.districtplans;
  if (!dp) return;
  const { desk, words, sheet, seats } = dp;
  const open = []; // { box, form, keeper, uid, isNew, back, isLeaving } of each form, in the order of opening

  const of = (uid) => open.find((one) => one.uid === uid);
  const around = (element) => open.find((one) => one.box.contains(element));
  const current = () => around(document.activeElement) || open.at(-1);
  const hasWords = (form) => Boolean(form.elements.title?.value.trim() || form.elements.text?.value.trim());
  const isBlank = (line) => line.isNew && !line.uid && !hasWords(line.form);
  const address = (uid) => `${desk.dataset.items}${uid}/edit/`;

  // The form

  const grow = (area) => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 4}px`;
  };
  const growAll = (box) => box.querySelectorAll("textarea").forEach(grow);
  window.addEventListener("resize", () => open.forEach(({ box }) => growAll(box)));

  const keep = (line, options = {}) => {
    line.form = line.box.querySelector(".editing__form");
    line.keeper = new dp.Keeper(line.form, {
      name: line.uid || `new-${dp.uuid()}`,
      label: line.label,
      isBlank: () => isBlank(line),
      on: { saved: (answer) => saved(line, answer), stuck: (kind, answer, sent) => stuck(line, kind, answer, sent) },
      ...options,
    });
    growAll(line.box);
    line.box.addEventListener("input", ({ target }) => target.localName === "textarea" && grow(target));
    line.form.addEventListener("change", ({ target }) => target.closest(".editing__units") && nameUnits(line));
    line.box.addEventListener("focusin", () => (line.isLeaving = false));
    line.form.addEventListener("focusout", ({ relatedTarget }) => {
      if (!line.form.contains(relatedTarget)) line.keeper.saveInPassing();
    });
    window.htmx?.process(line.box);
    return line;
  };

  // What the closed part of a form tells of the units that answer for the line.
  const nameUnits = ({ form }) => {
    const told = form.querySelector(".editing__named");
    if (!told) return;
    const chosen = [...form.querySelectorAll(".editing__units :checked")].map((one) => one.labels[0].textContent.trim());
    told.textContent = [...new Set(chosen)].join("、") || told.dataset.none;
  };

  const fieldOf = (form, name) => {
    const { title, text, kind } = form.elements;
    const isHead = ["chapter", "heading", "table"].includes(kind?.value || form.closest(".editing").dataset.kind);
    return form.elements[name] || (title?.value || (isHead && !text?.value) ? title : text) || form.elements[0];
  };

  // The control that has the focus, in words that name it in another form of the same line.
  const spotIn = (form) => {
    const one = document.activeElement;
    return form.contains(one) ? { field: one.name, value: one.value, at: one.selectionStart ?? undefined } : {};
  };

  // Puts the caret into a field: at a place in its words, or at their end.
  const focusIn = (line, { field, value, at } = {}) => {
    const found = fieldOf(line.form, field);
    const control = found instanceof RadioNodeList ? [...found].find((one) => one.value === value) || found[0] : found;
    control.focus({ preventScroll: true });
    if (control.selectionStart !== null && control.setSelectionRange) {
      const place = Math.min(at ?? control.value.length, control.value.length);
      control.setSelectionRange(place, place);
    }
    const { box } = line;
    const seen = window.innerHeight - document.getElementById("said").offsetHeight - 60;
    (box.offsetHeight < seen ? box : control).scrollIntoView({ block: "nearest" });
    return line;
  };

  const forget = (line) => {
    line.keeper.stop();
    open.splice(open.indexOf(line), 1);
  };

  // Opening

  const fetchForm = async (url) => {
    const { kind: how, text } = await dp.get(url);
    const box = how === "done" ? sheet.parse(text).firstElementChild : null;
    const person = box?.querySelector("[name=person]").value ?? desk.dataset.person;
    if (box && person === desk.dataset.person) return box;
    const kind = box ? "other" : how;
    if (kind === "expired") dp.say("page", kind);
    else dp.problem(kind === "gone" ? text : words({ other: "otherPerson", closed: "closedPlan", offline: "away" }[kind] || kind));
    if (kind === "gone") await sheet.reload();
    return null;
  };

  const numbered = (box, number) => {
    const mark = document.createElement("p");
    mark.className = "editing__number number";
    mark.textContent = number;
    box.prepend(mark);
    return box;
  };

  const openLine = (uid, aim = {}) =>
    sheet.inTurn(async () => {
      if (of(uid)) return focusIn(of(uid), aim);
      if (!(await leaveAll())) return null;
      const box = await fetchForm(address(uid));
      const old = box && sheet.lineAt(uid);
      if (!old) return null;
      dp.problem("");
      numbered(box, sheet.numberOf(uid));
      const line = { box, uid, isNew: false, label: sheet.wordsOf(uid).slice(0, 60) };
      seats.settle(old, old.parentElement === sheet.pieces() ? seats.adopt(box, old) : box);
      open.push(keep(line));
      document.dispatchEvent(new CustomEvent("line-opened"));
      return focusIn(line, aim);
    });

  // Others wrote in the plan: a line that is open shows what they made of it where nobody writes here.
  const renewOpen = async () => {
    for (const line of open.filter(({ uid }) => uid)) {
      const { kind, text } = await dp.get(address(line.uid));
      if (kind !== "done" || !open.includes(line)) continue;
      const fresh = sheet.parse(text).querySelector(".editing__form");
      if (!fresh || !line.keeper.renew(fresh)) continue;
      growAll(line.box);
      nameUnits(line);
      dp.notice(words("renewed"));
    }
  };

  let made = 0;
  const blankBox = () => {
    made += 1;
    const { innerHTML } = document.getElementById("new-line");
    return sheet.parse(innerHTML.replaceAll("f-new-", `f-new-${made}-`).trim()).firstElementChild;
  };

  // Where a new form stands: in the cell of the line it follows, or behind all that belongs to that line.
  const place = (box, beside, isBelow) => {
    const table = beside?.closest(".table-piece");
    if (table && table !== beside && !beside.closest("caption")) {
      seats.settleBehind(beside, box);
      return;
    }
    box.classList.add("piece");
    if (!beside) sheet.pieces().append(box);
    else if (table) table.after(box);
    else {
      box.classList.add(`in-${Math.min(sheet.depthOf(beside) + (isBelow ? 1 : 0), 6)}`);
      sheet.endOf(beside).after(box);
    }
  };

  const choices = (select, isTop) => {
    for (const one of [...select.options]) if ((one.value === "chapter") !== isTop) one.remove();
  };

  // A new line behind another (`behind`), or below one as its last (`parent`). Each is a line that is open, or a
  // uid. `back` names the line that has the focus again when nothing comes of it.
  const openNew = ({ behind = null, parent = null, kind = "action", field, back, isTop = false }) => {
    const next = parent || behind;
    const uid = next?.uid ?? next ?? "";
    const beside = next?.box || sheet.lineAt(uid);
    const box = blankBox();
    if (isTop) box.dataset.stands = "chapter";
    place(box, beside, Boolean(parent));
    const line = { box, uid: "", isNew: true, back: back ?? next ?? "", label: words("newline") };
    keep(line, { turn: () => takePlace(line, { behind, parent }) });
    setPlace(line, { behind, parent });
    choices(line.form.elements.kind, isTop);
    line.form.elements.kind.value = isTop ? "chapter" : kind === "chapter" ? "action" : kind;
    line.keeper.clean = dp.valuesOf(line.form);
    open.push(line);
    return focusIn(line, { field });
  };

  // A new line is sent when the one before it is stored and its place has a name. What cannot be stored for
  // another reason than the connection does not hold it up: then it stands behind what is stored before that.
  const takePlace = async (line, { behind, parent }) => {
    const before = parent || behind;
    if (before?.keeper && !(await before.keeper.save()) && ["offline", "slow", "expired"].includes(before.keeper.state)) return false;
    setPlace(line, { behind, parent });
    return true;
  };

  const setPlace = (line, { behind, parent }) => {
    const before = parent || behind;
    const uid = before?.uid ?? before ?? "";
    const { elements } = line.form;
    const { parent: above, after } = (!uid && before?.form?.elements) || {};
    elements.parent.value = parent ? uid || above?.value || "" : above?.value || "";
    elements.after.value = parent ? after?.value || "" : uid || after?.value || "";
    line.box.dataset.behind = parent ? "" : uid;
  };

  // Closing

  // The line as its form has it, for when the server cannot be asked.
  const sketch = (line) => {
    const { title, text } = line.form.elements;
    const piece = document.createElement("div");
    piece.id = `i-${line.uid}`;
    piece.className = ["piece", "line", ...[...line.box.classList].filter((one) => /^in-/.test(one))].join(" ");
    piece.innerHTML = '<div class="item hang"><span class="number"></span><div><a class="edit"></a></div></div>';
    piece.querySelector(".number").textContent = line.box.querySelector(".editing__number")?.textContent || "";
    const link = piece.querySelector("a");
    link.href = address(line.uid);
    for (const words of [title?.value, ...(text?.value || "").split("\n")]) {
      if (words?.trim()) link.append(Object.assign(document.createElement("p"), { textContent: words }));
    }
    return piece;
  };

  // What is to stand instead of the form: its piece, or the rows of its words, or the sheet when more is out of date.
  const fetchFor = async ({ box, uid }) => {
    const isLast = open.length === 1;
    const rows = seats.rowsOf(box);
    const ids = rows.length ? rows : [box.closest(".table-piece")?.id || `i-${uid}`];
    const { page } = await sheet.fetch(sheet.isBehind && isLast ? null : ids);
    return page;
  };

  const close = (line, page) => {
    const { box } = line;
    const isWhole = Boolean(page?.getElementById("sheet"));
    forget(line);
    box.classList.remove("editing"); // closed: it may be swapped now
    if (isWhole) sheet.bring(page);
    else if (page) sheet.renew(page);
    if (isWhole) sheet.isBehind = false;
    if (!box.isConnected) return;
    sheet.isBehind = true;
    sheet.quietly(() => seats.clear(box, sketch(line)));
  };

  // Stores what is in a form and puts its line back. Answers false where that cannot be: the form stays.
  const leave = (line, { focus = false } = {}) => {
    line.closing ||= storeAndClose(line, focus).finally(() => (line.closing = null));
    return line.closing;
  };

  const storeAndClose = async (line, focus) => {
    if (isBlank(line) && !line.keeper.pending) return discard(line, { focus });
    line.isLeaving = true;
    let page = null;
    do {
      if (!(await line.keeper.save())) return stay(line);
      page = await fetchFor(line);
      await line.keeper.composed();
      if (!open.includes(line)) return true;
    } while (line.keeper.isDirty);
    dp.problem("");
    close(line, page);
    if (focus) sheet.focusLine(line.uid);
    if (!open.length && sheet.isBehind) await catchUp();
    return true;
  };

  const catchUp = async () => {
    sheet.isBehind = (await sheet.reload()) !== "done";
  };

  const stay = (line) => {
    if (!open.includes(line)) return true;
    if (line.keeper.isHeld || line.keeper.state === "refused") {
      if (!document.getElementById("problem").textContent) dp.problem(dp.said(line.keeper));
      line.box.scrollIntoView({ block: "nearest" });
    }
    return false;
  };

  const leaveAll = async () => {
    for (const line of [...open]) if (!(await leave(line))) return false;
    return true;
  };

  // Takes a new line away again; the one it was opened from has the focus.
  const discard = (line, { focus = false } = {}) => {
    const { back } = line;
    const had = line.box.contains(document.activeElement);
    forget(line);
    dp.drafts.drop(line.keeper.key);
    seats.clear(line.box);
    if (focus || had) focusBack(back);
    return true;
  };

  const focusBack = (back) => {
    if (open.includes(back)) return focusIn(back);
    if (back instanceof HTMLElement) return back.focus();
    return sheet.focusLine(back?.uid ?? back) || sheet.links()[0]?.focus();
  };

  // Gives a new line up. Its words come back at the press of a button.
  const cancel = async (line) => {
    if (isBlank(line)) return discard(line, { focus: true });
    await line.keeper.busy;
    if (line.uid) return dp.steps.remove(line.uid);
    const draft = line.keeper.draft();
    discard(line, { focus: true });
    return dp.notice(words("dropped"), dp.button(words("undo"), () => dp.putBack(draft)));
  };

  // What came of saving

  const saved = (line, answer) => {
    if (answer.uids && !line.uid) stored(line, answer);
    else if (answer.reload || answer.revision > Number(sheet.root().dataset.revision) + 1) sheet.isBehind = true;
    else sheet.setRevision(answer.revision);
    sheet.revised();
    // It was on its way out when the connection went.
    if (line.isLeaving && !line.closing && !line.box.contains(document.activeElement)) leave(line);
  };

  // A new line is stored: from now on its form writes to it.
  const stored = (line, answer) => {
    [line.uid] = answer.uids;
    line.form.action = address(line.uid);
    line.box.dataset.uid = line.uid;
    line.box.id = `i-${line.uid}`;
    line.keeper.turn = async () => true;
    line.keeper.rename(line.uid);
    if (answer.reload) {
      sheet.isBehind = true;
      return;
    }
    const own = sheet.parse(answer.html).getElementById(`i-${line.uid}`);
    const number = own?.querySelector(".number")?.textContent || "";
    if (!line.box.querySelector(".editing__number")) numbered(line.box, number);
    sheet.apply({ ...answer, put: answer.put.filter(([id]) => id !== `i-${line.uid}` || line.box.parentElement === sheet.pieces()) });
  };

  const stuck = (line, kind, answer, sent) => {
    if (kind === "conflict") showConflict(line, answer, sent);
    else if (kind === "gone") dp.problem(words("gone"), dp.button(words("bringback"), () => bringBack(line)), shelf(line));
    else dp.problem(dp.said(line.keeper), shelf(line));
  };

  const shelf = (line) => dp.button(words("shelve"), () => shelve(line), "outline-secondary");

  // Closes a form that cannot be stored; its text stays in this browser, to be put back or copied.
  const shelve = async (line) => {
    const draft = line.keeper.draft();
    dp.problem("");
    if (line.uid) close(line, null);
    else discard(line);
    await dp.drafts.put(draft);
    await catchUp();
    await dp.showDrafts();
    document.querySelector("#notice button")?.focus();
  };

  const bringBack = async (line) => {
    if (!(await dp.steps.step(`${desk.dataset.items}${line.uid}/bring-back/`))) return;
    line.keeper.isHeld = false;
    await line.keeper.save();
    focusIn(line);
  };

  // Two people wrote in one field

  const showConflict = async (line, answer, sent) => {
    await line.keeper.composed();
    if (!open.includes(line)) return;
    const { form: before, keeper, box } = line;
    const spot = line.isLeaving ? {} : spotIn(before);
    const newer = dp.valuesOf(before);
    keeper.stop();
    const fresh = seats.exchange(box, sheet.parse(answer.html).firstElementChild);
    line.box = fresh;
    keep(line);
    for (const [field, values] of Object.entries(newer)) if (!dp.same(values, sent.seen[field])) dp.fill(line.form, field, values);
    line.keeper.isHeld = true; // nothing is stored before the person chose
    line.keeper.clean = {};
    line.keeper.madeFrom = keeper.madeFrom || before.elements.base.value;
    line.keeper.say("conflict");
    line.keeper.keep();
    listenToChoice(line, answer.theirs);
    growAll(fresh);
    // Who is writing writes on; who wanted to leave is led to the choice.
    if (line.form.elements[spot.field]) focusIn(line, spot);
    else fresh.querySelector(".editing__heading").focus();
  };

  const listenToChoice = ({ form, box }, theirs) => {
    const mine = {};
    const choice = (name) => [...form.querySelectorAll(`[name="keep-${name}"]`)];
    form.addEventListener("change", ({ target }) => {
      const name = target.name?.match(/^keep-(title|text)$/)?.[1];
      if (!name) return;
      mine[name] ??= form.elements[name].value;
      dp.fill(form, name, [target.value === "theirs" ? theirs[name] : mine[name]]);
      growAll(box);
    });
    // Whoever writes in the field wants what is written there.
    form.addEventListener("input", ({ target }) => {
      delete mine[target.name];
      choice(target.name).forEach((one) => (one.checked = one.value === "mine"));
    });
  };

  // The person chose: what stands in the form is sent.
  const choose = (line) => {
    line.keeper.isHeld = false;
    dp.problem("");
  };

  dp.lines = { open, of, around, current, isBlank, hasWords, openLine, renewOpen, openNew, leave, leaveAll, discard, cancel, choose, catchUp, focusIn, spotIn, growAll };
})();
