// Text that was typed here and is not on the server, from a killed browser, an expired sign-in, a line that was
// deleted meanwhile: shown in a list, to be put back where it was, copied, or thrown away.
"use strict";
(() => {
  const dp = window.districtplans;
  if (!dp) return;
  const { words, sheet, lines } = dp;
  const PATIENCE = 5000; // with a server that may not answer, before the list is shown

  const byName = (data) => {
    const found = {};
    for (const [name, value] of data) (found[name] ||= []).push(value);
    return found;
  };
  const textOf = (draft) => {
    const { title = [""], text = [""], roster = [""] } = byName(draft.data);
    return [title[0], text[0], roster[0]].filter((words) => words.trim()).join("\n");
  };

  // A request that was under way when the page went is sent once more, under its token. Answers true when that was
  // all there was to it.
  const finish = async (draft) => {
    if (!draft.pending) return false;
    const now = byName(draft.data);
    const isAll = Object.entries(draft.pending.seen).every(([name, values]) => dp.same(values, now[name] || []));
    if (!isAll) return false;
    const { kind } = await dp.send(draft.pending.url, draft.pending.data, { signal: AbortSignal.timeout(PATIENCE) });
    if (kind !== "done") return false;
    await dp.drafts.drop(draft.key);
    return true;
  };

  // A draft that is listed has a key of its own: writing in the line anew does not touch it.
  const setAside = async (draft) => {
    if (draft.key.includes(":kept-")) return draft;
    const kept = { ...draft, key: dp.drafts.key(`kept-${dp.uuid()}`) };
    await dp.drafts.put(kept);
    await dp.drafts.drop(draft.key);
    return kept;
  };

  // Where a new line was written; where that is gone, at the end of the plan.
  const placeOf = ({ after = [""], parent = [""], kind = [""] }) => {
    const isTop = kind[0] === "chapter";
    const last = [...sheet.pieces().querySelectorAll(".chapter")].at(-1)?.dataset.uid || "";
    const place = sheet.lineAt(after[0]) ? { behind: after[0] } : sheet.lineAt(parent[0]) ? { parent: parent[0] } : { [isTop ? "behind" : "parent"]: last };
    return { ...place, kind: kind[0], isTop };
  };

  const putBack = async (draft) => {
    const uid = sheet.uidIn(draft.url);
    await lines.of(uid)?.keeper.save();
    if (!uid) await sheet.inTurn(lines.leaveAll);
    const line = uid ? await lines.openLine(uid) : lines.openNew(placeOf(byName(draft.data)));
    if (!line) return false;
    line.keeper.takeUp(draft);
    await dp.drafts.drop(draft.key);
    lines.growAll(line.box);
    lines.focusIn(line);
    return true;
  };

  const rowOf = (draft, gone) => {
    const row = document.createElement("li");
    const more = document.createElement("details");
    const head = document.createElement("summary");
    const area = document.createElement("textarea");
    const text = textOf(draft);
    head.textContent = `${draft.label ? `${draft.label.slice(0, 24)} → ` : ""}${text.replace(/\s+/g, " ").slice(0, 80)}`;
    Object.assign(area, { value: text, readOnly: true, rows: 4, className: "form-control" });
    area.setAttribute("aria-label", words("kept"));
    more.append(head, area);
    const put = dp.button(words("putback"), async () => {
      if (await putBack(draft)) gone(row, false);
      else more.open = true; // its line is no more: the text can be copied
    }, "primary");
    const drop = dp.button(words("discard"), async () => {
      await dp.drafts.drop(draft.key);
      gone(row, true);
    }, "outline-secondary");
    row.append(more, put, " ", drop);
    return row;
  };

  const showDrafts = async () => {
    const list = document.createElement("ul");
    const gone = (row, isToFocus) => {
      const next = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      if (!next) dp.notice("");
      if (isToFocus) (next?.querySelector("button") || sheet.links()[0])?.focus();
    };
    const isOpen = new Set(lines.open.map((line) => line.keeper.key));
    const found = (await dp.drafts.all()).filter((draft) => !isOpen.has(draft.key));
    const done = await Promise.all(found.map(finish));
    const finished = done.some(Boolean);
    for (const draft of found.filter((_draft, at) => !done[at])) {
      if (textOf(draft).trim()) list.append(rowOf(await setAside(draft), gone));
      else await dp.drafts.drop(draft.key);
    }
    if (list.children.length) dp.notice(words("draft"), list);
    else if (finished) dp.notice(words("finished"));
    if (finished && !lines.open.length) await lines.catchUp();
    return list.children.length;
  };

  Object.assign(dp, { putBack, showDrafts });
})();
