// The sheet: what a step changed is swapped piece by piece, without moving what is looked at or taking the
// focus away. A form that is open stays, and goes along to where its line stands now.
"use strict";
(() => {
  const dp = window.districtplans;
  if (!dp) return;
  const root = () => document.getElementById("sheet");
  const pieces = () => document.getElementById("pieces");
  const { seats } = dp;
  const UID = /items\/([0-9a-f-]{36})\//;
  const DEPTH = /^in-(\d+)$/;

  const parse = (html) => {
    const box = document.createElement("template");
    box.innerHTML = html;
    return box.content;
  };

  // Lines and links

  const links = () => [...document.querySelectorAll("#pieces a.edit")].filter((one) => one.checkVisibility());
  const uidIn = (address) => address?.match(UID)?.[1] || "";
  const uidOf = (element) => uidIn(element.closest("a[href]")?.getAttribute("href")) || element.closest("[data-uid]")?.dataset.uid || "";
  const lineAt = (uid) => (uid ? document.getElementById(`i-${uid}`) : null);
  const linkTo = (uid) => lineAt(uid)?.querySelector("a.edit") || document.querySelector(`#pieces a.edit[href*="${uid}"]`);
  const numberOf = (uid) => lineAt(uid)?.querySelector(".number")?.textContent.trim() || "";
  const wordsOf = (uid) => linkTo(uid)?.textContent.trim() || "";
  const pieceAt = (id) => {
    const found = document.getElementById(id);
    return found?.parentElement === pieces() ? found : null;
  };
  const depthOf = (piece) => {
    if (piece.classList.contains("chapter") || piece.dataset.stands === "chapter") return -1;
    const found = [...piece.classList].map((one) => one.match(DEPTH)?.[1]).find(Boolean);
    return found === undefined ? 99 : Number(found);
  };
  // The last piece that belongs to this one: all that follows and stands further in.
  const endOf = (piece) => {
    let last = piece;
    for (let next = piece.nextElementSibling; next && depthOf(next) > depthOf(piece); next = next.nextElementSibling) last = next;
    return last;
  };

  const focusLine = (uid) => {
    const link = uid && linkTo(uid);
    if (!link) return false;
    link.focus({ preventScroll: true });
    link.scrollIntoView({ block: "nearest" });
    return true;
  };

  // Forms that are open

  const isForm = (piece) => piece.classList.contains("editing");
  const isNewForm = (piece) => isForm(piece) && !piece.dataset.uid;
  const forms = () => [...document.querySelectorAll("#pieces .editing")];

  // Forms whose place went with the piece they stood in find it again, or stay where they were.
  const rescue = (kept) => {
    for (const { form, before } of kept) {
      if (form.isConnected) continue;
      const place = lineAt(form.dataset.uid);
      const behind = lineAt(form.dataset.behind);
      if (place) seats.renumber(form, place);
      if (place) seats.settle(place, place.parentElement === pieces() ? seats.adopt(form, place) : form);
      else if (behind?.closest("td, th")) seats.settleBehind(behind, form);
      else if (behind) endOf(behind).after(form);
      else if (before?.isConnected) before.after(form);
      else pieces().append(form);
    }
  };

  // What stands for a piece from now on: the fresh one, or the form that is open in its place.
  const standIn = (old, piece) => {
    if (!old || !isForm(old)) return piece;
    seats.renumber(old, piece);
    return seats.adopt(old, piece);
  };

  // Changing the sheet

  const bare = (piece) => {
    const copy = piece.cloneNode(true);
    copy.querySelectorAll(".marked").forEach((one) => one.remove());
    copy.classList.remove("line--taken");
    return copy;
  };

  const focusNow = () => {
    const one = document.activeElement;
    if (!one?.closest("#sheet")) return null;
    const range = one.selectionStart === undefined || one.selectionStart === null ? null : [one.selectionStart, one.selectionEnd];
    return { one, range, uid: uidOf(one), href: one.getAttribute("href"), place: links().indexOf(one) };
  };

  const focusAgain = (was) => {
    if (!was || document.activeElement === was.one) return;
    const same = was.one.isConnected ? was.one : was.href && document.querySelector(`#sheet a[href="${was.href}"]`);
    const next = same || linkTo(was.uid) || links()[Math.min(Math.max(was.place, 0), links().length - 1)];
    next?.focus({ preventScroll: true });
    if (same && was.range) same.setSelectionRange(...was.range);
  };

  // What is looked at: the line with the focus, or the first that is seen.
  const markNow = (was) => {
    const seen = (one) => {
      const { top, bottom } = one.getBoundingClientRect();
      return bottom > 0 && top < window.innerHeight;
    };
    const focused = was && was.one.closest("#pieces > *");
    const piece = focused && seen(focused) ? focused : [...pieces().children].find(seen);
    return piece ? { piece, id: piece.id, top: piece.getBoundingClientRect().top } : null;
  };

  const scrollAgain = (mark) => {
    const piece = mark && (mark.piece.isConnected ? mark.piece : pieceAt(mark.id));
    if (piece) window.scrollBy({ top: piece.getBoundingClientRect().top - mark.top, behavior: "instant" });
  };

  // Changes the sheet so that the focus, the caret and what is looked at stay where they are.
  const quietly = (change) => {
    const was = focusNow();
    const mark = markNow(was);
    const kept = forms().map((form) => ({ form, before: (form.closest("#pieces > *") || form).previousElementSibling }));
    change();
    rescue(kept);
    focusAgain(was);
    scrollAgain(mark);
    revised();
  };

  const revised = () => document.body.dispatchEvent(new CustomEvent("sheet-changed"));

  const setRevision = (revision) => {
    if (revision !== undefined) root().dataset.revision = revision;
  };

  // Puts a piece behind another (null: first); forms of new lines that wait there stay before it.
  const putBehind = (before, piece) => {
    let last = before;
    for (let next = last ? last.nextElementSibling : pieces().firstElementChild; next && next !== piece && isNewForm(next); next = next.nextElementSibling) last = next;
    if ((last ? last.nextElementSibling : pieces().firstElementChild) === piece) return;
    if (last) last.after(piece);
    else pieces().prepend(piece);
  };

  // Rows of tables

  const isRow = (id) => id.startsWith("r-");
  const rowAt = (id) => document.querySelector(`#pieces tr[id="${id}"]`);
  const tableOf = (row) => row?.closest("table");

  // Changes rows of tables, which are free of forms meanwhile, and lets their cells reach as far as they should.
  const changeRows = (tables, change) => {
    const touched = new Set(tables.filter(Boolean));
    touched.forEach(seats.lift);
    change();
    touched.forEach(seats.countRows);
  };

  const putRow = (id, behind, row) => {
    const old = rowAt(id);
    if (behind === null) old?.replaceWith(row);
    else {
      old?.remove();
      if (isRow(behind)) rowAt(behind)?.after(row);
      else pieceAt(behind)?.querySelector("tbody").prepend(row);
    }
    if (!row.isConnected) dp.sheet.isBehind = true;
  };

  const putPiece = (id, behind, piece) => {
    const old = pieceAt(id);
    const stays = standIn(old, piece);
    if (behind === null) {
      if (old && old !== stays) old.replaceWith(stays);
      return;
    }
    if (old && old !== stays) old.remove();
    putBehind(behind && pieceAt(behind), stays);
  };

  // What heads several rows of a table may stand in each of them.
  const writeNumber = (id, number) => {
    for (const place of document.querySelectorAll(`#pieces #${id}, #pieces [data-open="${id.slice(2)}"]`)) {
      const found = place.querySelector(".number");
      if (found) found.textContent = number;
    }
  };

  // Takes the answer to a step: what goes, what comes and where (null: where it stands), and which numbers changed.
  const apply = (answer) =>
    quietly(() => {
      const rows = [...answer.remove, ...answer.put.flat()].filter((id) => id && isRow(id)).map(rowAt);
      const around = answer.put.filter(([id]) => isRow(id)).map(([, behind]) => behind && pieceAt(behind)?.querySelector("table"));
      changeRows([...rows.map(tableOf), ...around], () => {
        for (const id of answer.remove) (isRow(id) ? rowAt(id) : pieceAt(id))?.remove();
        const fresh = parse(answer.html);
        for (const [id, behind] of answer.put) (isRow(id) ? putRow : putPiece)(id, behind, fresh.getElementById(id));
        for (const [id, number] of Object.entries(answer.numbers)) writeNumber(id, number);
      });
      setRevision(answer.revision);
    });

  // Brings the sheet into line with a fresh one, leaving alone what is the same.
  const bring = (page) =>
    quietly(() => {
      const fresh = page.getElementById("sheet");
      const wanted = [...fresh.querySelector("#pieces").children];
      const ids = new Set(wanted.map((one) => one.id));
      for (const old of [...pieces().children]) if (!ids.has(old.id) && !isNewForm(old)) old.remove();
      let before = null;
      for (const piece of wanted) {
        const old = pieceAt(piece.id);
        const stays = old && bare(old).isEqualNode(piece) ? old : standIn(old, piece);
        if (old && old !== stays) old.replaceWith(stays);
        putBehind(before, stays);
        before = stays;
      }
      bringAround(fresh);
      setRevision(fresh.dataset.revision);
    });

  // The title above the lines, and what stands below them.
  const bringAround = (fresh) => {
    const around = (sheet) => [...sheet.children].filter((one) => one.id !== "pieces");
    const now = around(root());
    const wanted = around(fresh);
    if (now.length === wanted.length && now.every((one, at) => one.isEqualNode(wanted[at]))) return;
    now.forEach((one) => one.remove());
    const at = [...fresh.children].findIndex((one) => one.id === "pieces");
    pieces().before(...[...fresh.children].slice(0, at));
    pieces().after(...[...fresh.children].slice(at + 1));
  };

  // Swaps single pieces, or rows of a table, for fresh ones.
  const renew = (page) =>
    quietly(() => {
      for (const piece of [...page.children]) {
        const old = pieceAt(piece.id);
        if (old && !isForm(old)) old.replaceWith(piece);
      }
      const rows = [...page.querySelectorAll("tr[id]")].filter(({ id }) => rowAt(id));
      changeRows(rows.map(({ id }) => tableOf(rowAt(id))), () => rows.forEach((row) => rowAt(row.id).replaceWith(row)));
    });

  // Fetches pieces, or the whole sheet: { kind, page }.
  const fetchPieces = async (ids) => {
    const { kind, text } = await dp.get(dp.desk.dataset.edit + (ids ? `?pieces=${ids.join(",")}` : ""));
    return { kind, page: kind === "done" ? parse(text) : null };
  };

  const reload = async () => {
    const { kind, page } = await fetchPieces();
    if (page) bring(page);
    return kind;
  };

  // Steps on the sheet come one after the other, in the order in which they were asked for.
  let last = Promise.resolve();
  const inTurn = (work) => {
    last = last.then(work, work);
    return last;
  };

  dp.sheet = {
    ...{ root, pieces, parse, links, uidIn, uidOf, lineAt, linkTo, numberOf, wordsOf, depthOf, endOf, focusLine },
    ...{ apply, bring, renew, fetch: fetchPieces, reload, setRevision, revised, inTurn, quietly },
    // Something changed that this sheet does not show: it is fetched when the last form is closed.
    isBehind: false,
  };
})();
