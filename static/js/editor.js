// The editor: a line opens in its place, keys and buttons move it, steps change the sheet without losing the
// focus. Every step is also a form or a link, which work where this script does not run.
"use strict";
(() => {
  const dp = window.districtplans;
  const desk = document.getElementById("desk");
  if (!desk || !dp) return;
  const { words, sheet } = dp;
  const side = document.getElementById("side");
  const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value || JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  let open = null; // { box, keeper, uid, stale, before } of the form that is open

  const notice = (text, ...rest) => {
    const box = document.getElementById("notice");
    box.replaceChildren(text ? document.createTextNode(text) : "", ...rest);
  };
  const problem = (text) => {
    document.getElementById("problem").textContent = text || "";
  };
  const lineOf = (uid) => document.getElementById(`i-${uid}`);
  const linkOf = (uid) => lineOf(uid)?.querySelector("a.edit");
  const links = () => [...document.querySelectorAll("#pieces a.edit")].filter((one) => one.checkVisibility());
  const uidOf = (link) => link.getAttribute("href").match(/items\/([0-9a-f-]{36})\//)[1];
  const tableAround = (element) => element.closest(".table-piece");

  const focusLine = (uid) => {
    const link = linkOf(uid) || document.querySelector(`#pieces a.edit[href*="${uid}"]`);
    if (link) {
      link.focus({ preventScroll: true });
      link.scrollIntoView({ block: "nearest" });
    } else (document.getElementById(`i-${uid}`) || side).focus?.();
    return Boolean(link);
  };

  const get = async (url) => {
    try {
      const response = await fetch(url, { headers: { "HX-Request": "true" } });
      if (response.redirected) {
        location.href = `/accounts/login/?next=${encodeURIComponent(location.pathname)}`;
        return null;
      }
      if (response.status === 410) {
        problem(await response.text());
        await sheet.reload();
        return null;
      }
      if (!response.ok) throw new Error(response.status);
      return await response.text();
    } catch {
      problem(words("trouble"));
      return null;
    }
  };

  // Opening and closing

  const grow = (area) => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 4}px`;
  };

  const prepare = (box, { uid, isNew, before }) => {
    const form = box.querySelector(".editing__form");
    form.dataset.label = before || "";
    const name = uid || `new-${form.elements.token.value}`;
    const keeper = new dp.Keeper(form, { desk, name, on: { saved, conflict, gone } });
    open = { box, form, keeper, uid, isNew, stale: false, before };
    box.querySelectorAll("textarea").forEach((area) => {
      grow(area);
      area.addEventListener("input", () => grow(area));
    });
    window.htmx?.process(box);
    return form;
  };

  const first = (form, field) => {
    const { title, text } = form.elements;
    const wanted = field && form.elements[field];
    const control = wanted || (title?.value || !text?.value ? title : text);
    control.focus();
    control.setSelectionRange?.(control.value.length, control.value.length);
    const box = form.closest(".editing");
    (box.offsetHeight < window.innerHeight - 120 ? box : control).scrollIntoView({ block: "nearest" });
  };

  const openLine = async (url, { field } = {}) => {
    const uid = url.match(/items\/([0-9a-f-]{36})\//)[1];
    if (open?.uid === uid) return first(open.form, field);
    if (!(await close())) return undefined;
    const html = await get(url);
    if (html === null) return undefined;
    const box = sheet.parse(html).firstElementChild;
    const old = lineOf(uid);
    if (!old) return undefined;
    problem("");
    const number = old.querySelector(".number")?.textContent || "";
    if (old.classList.contains("piece")) box.classList.add("piece", ...[...old.classList].filter((one) => /^in-/.test(one)));
    const mark = document.createElement("p");
    mark.className = "editing__number number";
    mark.textContent = number;
    box.prepend(mark);
    const label = old.textContent.trim().slice(0, 60);
    old.replaceWith(box);
    first(prepare(box, { uid, before: label }), field);
    tell();
    return true;
  };

  // Where a new line is written: behind a line and all that stands further in.
  const endOf = (piece) => {
    const depth = (one) => (one.classList.contains("chapter") ? -1 : Number((one.className.match(/in-(\d+)/) || [0, 99])[1]));
    const own = depth(piece);
    let last = piece;
    for (let next = piece.nextElementSibling; next && depth(next) > own; next = next.nextElementSibling) last = next;
    return last;
  };

  const openNew = async ({ parent = "", after = "", kind = "action", beside, field }) => {
    if (!(await close())) return;
    const query = new URLSearchParams({ parent, after, kind });
    const html = await get(`${desk.dataset.add}?${query}`);
    if (html === null) return;
    const box = sheet.parse(html).firstElementChild;
    const place = beside && document.getElementById(beside);
    if (!place) document.getElementById("pieces").append(box);
    else if (place.classList.contains("piece") && !place.classList.contains("table-piece")) {
      const depth = [...place.classList].filter((one) => /^in-/.test(one));
      endOf(place).after(box);
      box.classList.add(...depth);
    } else place.after(box);
    first(prepare(box, { isNew: true, before: words("newline") }), field);
  };

  // Puts the line back where its form was. Answers false while its words are not on the server.
  const close = async ({ focus = false } = {}) => {
    if (!open) return true;
    const mine = open;
    if (!(await mine.keeper.save())) {
      if (mine.isNew && !mine.uid && !hasWords(mine.form)) return drop(mine);
      problem(document.getElementById("save-state").textContent);
      mine.box.scrollIntoView({ block: "nearest" });
      return false;
    }
    if (mine.isNew && !mine.uid) return drop(mine);
    problem("");
    mine.keeper.stop();
    open = null;
    await restore(mine);
    if (focus) focusLine(mine.uid);
    return true;
  };

  const hasWords = (form) => Boolean(form.elements.title?.value.trim() || form.elements.text?.value.trim());

  const drop = (mine) => {
    mine.keeper.stop();
    dp.store.drop(mine.keeper.key);
    mine.box.remove();
    open = null;
    return true;
  };

  const restore = async (mine) => {
    mine.box.classList.add("editing--done"); // no longer open: it may be swapped
    mine.box.classList.remove("editing");
    const table = tableAround(mine.box);
    if (mine.stale || mine.isNew) await sheet.reload();
    else if (table) await sheet.refresh([table.id]);
    else await sheet.refresh([`i-${mine.uid}`]);
    if (mine.box.isConnected) await sheet.reload();
    if (mine.box.isConnected) mine.box.remove();
  };

  function saved(answer) {
    if (!open) return;
    const known = Number(sheet.root().dataset.revision);
    if (answer.uids && open.isNew && !open.uid) {
      // The new line is stored: from now on its form writes to it.
      [open.uid] = answer.uids;
      open.form.action = `${desk.dataset.items}${open.uid}/edit/`;
      open.box.dataset.uid = open.uid;
      dp.store.drop(open.keeper.key);
      open.keeper.key = dp.store.key(desk, open.uid);
      if (answer.reload) open.stale = true;
      else sheet.apply({ ...answer, put: answer.put.filter(([id]) => !id.startsWith("t-") && id !== `i-${open.uid}`) });
      if (!answer.reload) open.stale = true; // its own piece comes when it closes
      return;
    }
    if (answer.reload || answer.revision > known + 1) open.stale = true;
    else sheet.setRevision(answer.revision);
    sheet.revised();
  }

  function conflict(answer) {
    const mine = open;
    const box = sheet.parse(answer.html).firstElementChild;
    box.classList.add(...[...mine.box.classList].filter((one) => /^(in-|piece)/.test(one)));
    mine.keeper.stop();
    mine.box.replaceWith(box);
    const form = prepare(box, { uid: mine.uid, before: mine.before });
    open.stale = true;
    open.keeper.clean = ""; // it differs from what is stored: the next save sends it
    open.keeper.blocked = true;
    form.addEventListener("change", (event) => {
      const side = event.target.name?.match(/^keep-(title|text)$/);
      if (!side) return;
      const shown = event.target.closest(".conflict").querySelector(`[data-side="${event.target.value}"]`);
      form.elements[side[1]].value = shown.innerText === "—" ? "" : shown.innerText;
      grow(form.elements.text);
    });
    // Nothing is saved before the person chose.
    open.keeper.typed = () => open.keeper.keep();
    box.querySelector(".editing__heading").focus();
  }

  function gone() {
    problem(words("gone"));
  }

  // Steps

  const step = async (url, values = {}, { uid, reopen, field } = {}) => {
    const body = new FormData();
    const all = { csrfmiddlewaretoken: csrf(), person: desk.dataset.person, token: dp.uuid(), revision: sheet.root().dataset.revision, ...values };
    for (const [name, value] of Object.entries(all)) body.append(name, value);
    const { kind, answer } = await dp.send(url, body);
    if (kind !== "done") {
      problem(answer?.message || words(kind === "offline" ? "offline" : kind === "expired" ? "expired" : "trouble"));
      if (kind === "gone") await sheet.reload();
      return null;
    }
    problem("");
    if (answer.reload) await sheet.reload();
    else sheet.apply(answer);
    if (reopen) await openLine(`${desk.dataset.items}${uid}/edit/`, { field });
    else if (answer.focus) focusLine(answer.focus);
    return answer;
  };

  const shift = async (uid, where) => {
    const wasOpen = open?.uid === uid;
    const field = wasOpen ? document.activeElement?.name : "";
    if (wasOpen && !(await close())) return;
    const answer = await step(`${desk.dataset.items}${uid}/step/`, { step: where }, { uid, reopen: wasOpen, field });
    if (answer) notice(words("moved"));
    else if (wasOpen) await openLine(`${desk.dataset.items}${uid}/edit/`, { field });
    else focusLine(uid);
  };

  const remove = async (uid) => {
    if (open?.uid === uid && !(await close())) return;
    const at = links().findIndex((one) => uidOf(one) === uid);
    const answer = await step(`${desk.dataset.items}${uid}/delete/`, {}, {});
    if (!answer) return;
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "btn btn-outline-primary btn-sm";
    undo.textContent = words("undo");
    undo.addEventListener("click", async () => {
      if (await step(`${desk.dataset.items}${uid}/bring-back/`, {}, {})) notice(words("back"));
    });
    notice(`${words("deleted")} `, undo);
    const rest = links();
    const next = rest[Math.min(Math.max(at, 0), rest.length - 1)];
    if (next) next.focus();
    else undo.focus();
  };

  const nextLine = async (then) => {
    const mine = open;
    const { title, text } = mine.form.elements;
    if (mine.isNew && !mine.uid && !hasWords(mine.form)) {
      drop(mine);
      return;
    }
    if (!mine.form.dataset.mayAdd && !mine.isNew && then === "add") {
      await close({ focus: true });
      return;
    }
    const field = title?.value.trim() ? "title" : "text";
    const kind = mine.form.elements.kind?.value || mine.box.dataset.kind || "action";
    const parent = mine.isNew ? mine.form.elements.parent.value : mine.box.dataset.parent;
    if (!(await close())) return;
    const { uid } = mine;
    if (then === "below") await openNew({ parent: uid, kind: kind === "chapter" || kind === "heading" ? "action" : kind, beside: `i-${uid}`, field: "text" });
    else await openNew({ parent, after: uid, kind, beside: `i-${uid}`, field: text ? field : "title" });
  };

  // Clicks

  const openSide = async (url) => {
    const html = await get(url);
    if (html === null) return;
    side.replaceChildren(...sheet.parse(html).childNodes);
    window.htmx?.process(side);
    side.querySelector("h2")?.focus();
    if (side.getBoundingClientRect().top > window.innerHeight) side.scrollIntoView({ block: "start" });
  };

  desk.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a");
    if (!link) {
      const piece = event.target.closest("#pieces .piece.line, #pieces .piece.chapter");
      const edit = piece && !getSelection().toString() && piece.querySelector("a.edit");
      if (edit && !event.target.closest("button, .marks, .drag")) openLine(edit.href);
      return;
    }
    const handled = { edit: () => openLine(link.href), add: () => openNew({ after: "last", kind: "chapter", field: "title" }) };
    if (link.classList.contains("edit")) handled.edit();
    else if ("add" in link.dataset) handled.add();
    else if ("remove" in link.dataset) remove(link.href.match(/items\/([0-9a-f-]{36})\//)[1]);
    else if ("side" in link.dataset) openSide(link.href);
    else if ("cancel" in link.dataset && link.closest(".editing--new")) drop(open);
    else if ("cancel" in link.dataset && link.closest("#side")) side.replaceChildren();
    else return;
    event.preventDefault();
  });

  desk.addEventListener("submit", async (event) => {
    const form = event.target;
    const button = event.submitter;
    if (form.matches(".editing__form")) {
      event.preventDefault();
      if (open) open.keeper.blocked = false;
      const then = button?.value || "close";
      if (then === "close") await close({ focus: true });
      else await nextLine(then);
    } else if (form.matches(".editing__steps")) {
      event.preventDefault();
      shift(form.closest(".editing").dataset.uid, button.value);
    } else if ("step" in form.dataset && form.closest("#side")) {
      event.preventDefault();
      if (!(await close())) return;
      const values = Object.fromEntries([...new FormData(form)]);
      if (await step(form.action, values, {})) {
        side.replaceChildren();
        notice(words("moved"));
      }
    }
  });

  // Keys. Nothing acts while an input method is composing: its Enter chooses a candidate.

  const ARROWS = { ArrowLeft: "out", ArrowRight: "in", ArrowUp: "up", ArrowDown: "down" };

  desk.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const inForm = event.target.closest(".editing__form");
    const link = event.target.closest("a.edit");
    if (event.altKey && ARROWS[event.key] && (inForm || link)) {
      const uid = inForm ? open?.uid : uidOf(link);
      if (!uid) return;
      event.preventDefault();
      shift(uid, ARROWS[event.key]);
      return;
    }
    if (inForm && event.key === "Escape") {
      event.preventDefault();
      if (open?.isNew && !open.uid && !hasWords(open.form)) {
        const back = links().at(-1);
        drop(open);
        back?.focus();
      } else close({ focus: true });
      return;
    }
    if (inForm && event.key === "Enter" && !inForm.hasAttribute("data-conflict")) {
      const isTitle = event.target.name === "title";
      if ((isTitle && !event.shiftKey) || (event.ctrlKey && event.target.name === "text")) {
        event.preventDefault();
        nextLine("add");
      }
      return;
    }
    if (link && ["ArrowUp", "ArrowDown"].includes(event.key) && !event.ctrlKey && !event.metaKey) {
      const all = links();
      const next = all[all.indexOf(link) + (event.key === "ArrowUp" ? -1 : 1)];
      if (next) {
        event.preventDefault();
        next.focus();
      }
    }
  });

  // Several lines pasted into a title become several lines of the plan.
  desk.addEventListener("paste", async (event) => {
    if (event.target.name !== "title" || !open) return;
    const text = event.clipboardData?.getData("text/plain") || "";
    const lines = text.split(/\r?\n/).filter((line) => line.trim());
    if (lines.length < 2) return;
    event.preventDefault();
    const mine = open;
    const parent = mine.isNew ? mine.form.elements.parent.value : mine.box.dataset.parent;
    const empty = !hasWords(mine.form);
    const after = mine.uid || mine.form.elements.after?.value || "";
    if (empty && mine.isNew && !mine.uid) drop(mine);
    else if (!(await close())) return;
    const answer = await step(desk.dataset.paste, { parent, after, lines: text }, {});
    if (answer) notice(words("added"));
  });

  document.addEventListener("focusout", (event) => {
    const form = event.target.closest?.(".editing__form");
    if (form && open?.form === form && !open.keeper.blocked && !form.contains(event.relatedTarget)) open.keeper.save();
  });

  // Connection, other people, leaving

  window.addEventListener("offline", () => open?.keeper.isDirty ? dp.say("offline", words("offline")) : dp.say("offline", words("offline").split("：")[0].split(":")[0]));
  window.addEventListener("online", async () => {
    if (open?.keeper.isDirty && !open.keeper.blocked) await open.keeper.save();
    else if (!open) dp.say("", "");
    tell();
  });
  window.addEventListener("beforeunload", (event) => {
    if (open?.keeper.isDirty) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && open && !open.keeper.blocked) open.keeper.save();
  });

  const BEAT = 10000;
  const tell = async () => {
    if (document.hidden) return;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", csrf());
    body.append("uid", open?.uid || "");
    const { kind, answer } = await dp.send(desk.dataset.presence, body);
    if (kind === "expired" && !open) dp.say("expired", words("expired"));
    if (kind !== "done") return;
    const box = document.getElementById("others");
    const people = answer.others.map(({ name, uid }) => {
      const number = uid && lineOf(uid)?.querySelector(".number")?.textContent;
      return uid ? `${name} ${words("editing")} ${number || ""}`.trim() : name;
    });
    const text = people.length ? `${words("here")} ${people.join("、")}` : "";
    if (box.textContent !== text) box.textContent = text;
    document.querySelectorAll(".line--taken").forEach((one) => one.classList.remove("line--taken"));
    for (const { uid } of answer.others) if (uid) lineOf(uid)?.classList.add("line--taken");
    if (answer.revision > Number(sheet.root().dataset.revision)) {
      if (open) {
        open.stale = true;
        if (!open.told) notice(words("others"));
        open.told = true;
      } else {
        const active = document.activeElement?.closest?.("a.edit");
        const uid = active && uidOf(active);
        await sheet.reload();
        if (uid && document.activeElement === document.body) focusLine(uid);
      }
    }
  };
  setInterval(tell, BEAT);
  tell();

  // What was typed and not saved, here and by this person: put back.
  const putBack = async (draft) => {
    const values = new Map(draft.data);
    const uid = draft.url.match(/items\/([0-9a-f-]{36})\/edit/)?.[1];
    if (uid) await openLine(draft.url);
    else await openNew({ parent: values.get("parent") || "", after: values.get("after") || "", kind: values.get("kind") || "action", beside: values.get("after") ? `i-${values.get("after")}` : "" });
    if (!open) return;
    for (const name of ["title", "text", "roster"]) {
      const control = open.form.elements[name];
      if (control && values.has(name)) control.value = values.get(name);
    }
    // Made from what it was made from then: what others changed since is a conflict and not overwritten.
    if (uid && values.has("base")) open.form.elements.base.value = values.get("base");
    if (!uid) open.form.elements.token.value = values.get("token");
    open.box.querySelectorAll("textarea").forEach(grow);
    dp.store.drop(draft.key);
    open.keeper.typed();
  };

  const drafts = dp.store.all(desk).filter((draft) => draft.data?.some(([name, value]) => ["title", "text"].includes(name) && value.trim()));
  if (drafts.length) {
    const list = document.createElement("ul");
    for (const draft of drafts) {
      const row = document.createElement("li");
      const said = draft.data.find(([name, value]) => ["text", "title"].includes(name) && value.trim());
      row.append(`${draft.label ? `${draft.label.slice(0, 24)} → ` : ""}${said[1].slice(0, 80)} `);
      for (const [name, act] of [["putback", () => putBack(draft)], ["discard", () => dp.store.drop(draft.key)]]) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = `btn btn-sm ${name === "putback" ? "btn-primary" : "btn-outline-secondary"}`;
        button.textContent = words(name);
        button.addEventListener("click", async () => {
          row.remove();
          if (!list.children.length) notice("");
          await act();
        });
        row.append(button, " ");
      }
      list.append(row);
    }
    notice(words("draft"), list);
  }

  // Dragging, on top of keys and buttons
  const drag = () => {
    const place = document.getElementById("pieces");
    if (!window.Sortable || !place) return;
    window.Sortable.create(place, {
      draggable: ".piece.line",
      handle: ".number",
      filter: ".editing",
      preventOnFilter: false,
      delay: 150,
      delayOnTouchOnly: true,
      animation: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      onEnd: async ({ item, oldIndex, newIndex }) => {
        if (oldIndex === newIndex) return;
        const before = item.previousElementSibling;
        const { uid } = item.dataset;
        const below = !before || before.classList.contains("chapter");
        const target = before?.dataset.uid;
        if (!target || before.classList.contains("table-piece")) {
          await sheet.reload();
          return;
        }
        const answer = await step(`${desk.dataset.items}${uid}/move/`, { place: target, how: below ? "first" : "after" }, {});
        if (answer) notice(words("moved"));
        else await sheet.reload();
      },
    });
  };
  drag();

  const target = location.hash.match(/^#i-([0-9a-f-]{36})$/);
  if (target) focusLine(target[1]);
})();
