// The sheet: what a step changed is swapped piece by piece. A piece somebody writes in stays as it is.
"use strict";
(() => {
  const sheet = () => document.getElementById("sheet");
  const pieces = () => document.getElementById("pieces");
  const parse = (html) => {
    const box = document.createElement("template");
    box.innerHTML = html;
    return box.content;
  };
  const isOpen = (piece) => piece.classList.contains("editing") || piece.querySelector(".editing") !== null;
  const revised = () => document.body.dispatchEvent(new CustomEvent("sheet-changed"));

  const setRevision = (revision) => {
    if (revision !== undefined) sheet().dataset.revision = revision;
  };

  // Takes the answer to a step: what goes, what comes and where, and which numbers changed.
  const apply = (answer) => {
    for (const id of answer.remove) document.getElementById(id)?.remove();
    const fresh = parse(answer.html);
    for (const [id, behind] of answer.put) {
      const old = document.getElementById(id);
      const piece = fresh.getElementById(id);
      const stays = old && isOpen(old) ? old : piece;
      if (old && old !== stays) old.remove();
      const before = behind && document.getElementById(behind);
      if (before) before.after(stays);
      else pieces().prepend(stays);
    }
    for (const [id, number] of Object.entries(answer.numbers)) {
      const place = document.querySelector(`#${id} .number`);
      if (place) place.textContent = number;
    }
    setRevision(answer.revision);
    revised();
  };

  // Fetches the sheet and brings this one into line with it, leaving alone what is the same or written in.
  const reload = async () => {
    const response = await fetch(document.getElementById("desk").dataset.edit, { headers: { "HX-Request": "true" } });
    if (!response.ok || response.redirected) return false;
    const fresh = parse(await response.text()).getElementById("sheet");
    const wanted = [...fresh.querySelector("#pieces").children];
    const ids = new Set(wanted.map((one) => one.id));
    for (const old of [...pieces().children]) {
      if (!ids.has(old.id) && !isOpen(old)) old.remove();
    }
    let before = null;
    for (const piece of wanted) {
      const old = document.getElementById(piece.id);
      const own = old && old.parentElement === pieces() ? old : null;
      const stays = own && (isOpen(own) || own.isEqualNode(piece)) ? own : piece;
      if (own && own !== stays) own.replaceWith(stays);
      const next = before ? before.nextElementSibling : pieces().firstElementChild;
      if (next !== stays) {
        if (before) before.after(stays);
        else pieces().prepend(stays);
      }
      before = stays;
    }
    setRevision(fresh.dataset.revision);
    revised();
    return true;
  };

  // Fetches single pieces anew.
  const refresh = async (ids) => {
    const url = `${document.getElementById("desk").dataset.edit}?pieces=${ids.join(",")}`;
    const response = await fetch(url, { headers: { "HX-Request": "true" } });
    if (!response.ok || response.redirected) return;
    for (const piece of [...parse(await response.text()).children]) document.getElementById(piece.id)?.replaceWith(piece);
    revised();
  };

  Object.assign(window.districtplans, { sheet: { apply, reload, refresh, setRevision, isOpen, parse, root: sheet, revised } });
})();
