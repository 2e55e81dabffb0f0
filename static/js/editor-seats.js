// Where the form of a line stands: in the place of the line; for a line in a table in a row of its own, as wide as
// the table, so that it covers nothing. Cells that reach over that row grow by it, and shrink when it goes.
"use strict";
(() => {
  const dp = window.districtplans;
  if (!dp) return;
  const DEPTH = /^in-\d+$/;

  const rowOf = (form) => form.closest(".editing__row");
  const depths = (piece) => [...piece.classList].filter((one) => DEPTH.test(one));

  const reachingOver = (body, index) =>
    [...body.rows].slice(0, index).flatMap((row, at) => [...row.cells].filter((cell) => at + cell.rowSpan > index));

  const insertRow = (body, index, form) => {
    reachingOver(body, index).forEach((cell) => (cell.rowSpan += 1));
    const row = body.insertRow(index);
    const heads = [...body.parentElement.tHead.rows[0].cells];
    row.className = "editing__row";
    const cell = row.insertCell();
    cell.colSpan = heads.reduce((sum, head) => sum + head.colSpan, 0);
    cell.append(form);
  };

  const removeRow = (row) => {
    reachingOver(row.parentElement, row.sectionRowIndex).forEach((cell) => (cell.rowSpan -= 1));
    row.remove();
  };

  // The form of a line: above the rows its cell heads, else below its row. The words stay where they are.
  const settleInTable = (place, form) => {
    const cell = place.closest("td, th");
    const row = cell.parentElement;
    place.removeAttribute("id");
    place.dataset.open = form.dataset.uid;
    insertRow(row.parentElement, row.sectionRowIndex + (cell.rowSpan > 1 ? 0 : 1), form);
  };

  // Puts a form where its line stands. A caption stays around it: nothing else may stand there in a table.
  const settle = (place, form) => {
    if (place.localName === "caption") {
      place.removeAttribute("id");
      place.replaceChildren(form);
    } else if (place.closest("td, th")) settleInTable(place, form);
    else place.replaceWith(form);
  };

  // The form of a new line in a table: behind the rows of the line before it, and behind its form.
  const settleBehind = (place, form) => {
    const own = rowOf(place);
    const words = own ? own.closest("table").querySelector(`[data-open="${place.dataset.uid}"]`) : place;
    const cell = words?.closest("td, th");
    if (own && !(cell?.rowSpan > 1)) insertRow(own.parentElement, own.sectionRowIndex + 1, form);
    else insertRow(cell.closest("tbody"), cell.parentElement.sectionRowIndex + cell.rowSpan, form);
  };

  // Another form for the same line, where the one before it stands.
  const exchange = (form, fresh) => {
    fresh.classList.add(...(form.classList.contains("piece") ? ["piece"] : []), ...depths(form));
    if (form.dataset.stands) fresh.dataset.stands = form.dataset.stands;
    const number = form.querySelector(".editing__number");
    if (number) fresh.prepend(number);
    form.replaceWith(fresh);
    return fresh;
  };

  // A form that is a piece by itself stands as far in as its line does now.
  const adopt = (form, piece) => {
    form.classList.remove(...depths(form));
    form.classList.add("piece", ...depths(piece));
    form.dataset.stands = piece.classList.contains("chapter") ? "chapter" : "line";
    return form;
  };

  const renumber = (form, place) => {
    const number = form.querySelector(".editing__number");
    if (number) number.textContent = place.querySelector(".number")?.textContent || "";
  };

  // Takes a form away, leaving what stands in its place, if anything.
  const clear = (form, instead) => {
    const row = rowOf(form);
    if (!row) {
      if (instead) form.replaceWith(instead);
      else form.remove();
      return;
    }
    const words = row.closest("table").querySelector(`[data-open="${form.dataset.uid}"]`);
    if (words) words.id = `i-${form.dataset.uid}`;
    words?.removeAttribute("data-open");
    removeRow(row);
  };

  // The ids of the rows that show the line whose form is open in a table: what heads several may stand in each.
  const rowsOf = (form) => {
    const table = form.closest(".table-piece");
    const shown = table ? table.querySelectorAll(`[data-open="${form.dataset.uid}"], #i-${form.dataset.uid}`) : [];
    return [...new Set([...shown].map((one) => one.closest("tr")?.id).filter(Boolean))];
  };

  // Takes all forms out of a table, so that its rows can be swapped.
  const lift = (table) => {
    for (const row of table.querySelectorAll(".editing__row")) clear(row.cells[0].firstElementChild);
  };

  // Lets each cell reach down to the row in which the next one of its column begins.
  const COLUMN = /^c\d$/;
  const countRows = (table) => {
    const counts = new Map();
    const cells = new Map();
    for (const row of table.tBodies[0].rows) {
      for (const cell of row.cells) {
        const column = [...cell.classList].find((one) => COLUMN.test(one));
        if (column) cells.set(column, cell);
      }
      for (const cell of cells.values()) counts.set(cell, (counts.get(cell) || 0) + 1);
    }
    for (const [cell, count] of counts) {
      if (count > 1) cell.setAttribute("rowspan", count);
      else cell.removeAttribute("rowspan");
      if (cell.localName === "th") cell.scope = count > 1 ? "rowgroup" : "row";
    }
  };

  dp.seats = { settle, settleBehind, exchange, adopt, renumber, clear, rowsOf, lift, countRows };
})();
