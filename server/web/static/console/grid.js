/* A grid that keys walk (WAI-ARIA "grid"): one stop for Tab, arrows from cell to cell, Home and End, Enter opens a cell, F2 goes
   among what stands in it, Escape comes back. Listens at the document, so that what htmx swaps in is walked as well. */
"use strict";
(() => {
  const gridOf = (node) => node?.closest?.("table[role=grid]");
  const rowsOf = (grid) => [...grid.tBodies[0].rows].map((row) => [...row.cells].filter((cell) => cell.tagName === "TD"));
  const linksIn = (cell) => [...cell.querySelectorAll("a[href], button")];
  const placeOf = (cell) => [cell.parentNode.dataset.row || String(cell.parentNode.rowIndex), cell.cellIndex];
  let cameFrom = null; // [row's name, column] of the cell whose editor lies open

  const plus = document.createElement("a"); // one for all squares: it stands in the one that is pointed at or stood in
  plus.className = "add";
  plus.tabIndex = -1;
  const offer = (grid, cell) => {
    if (!grid.dataset.at || cell.tagName !== "TD" || cell.hasAttribute("data-shut") || cell.querySelector("a.add")) return;
    const [row, column] = placeOf(cell);
    const on = grid.tHead.rows[0].cells[column].dataset.day;
    plus.href = `${grid.dataset.at}&person=${row === "open" ? "" : row}&day=${on}&shift=`;
    plus.title = grid.dataset.add;
    plus.setAttribute("aria-label", grid.dataset.add);
    cell.append(plus);
  };

  let stop = null; // the cell Tab comes to: only it and the one before are touched, for a month has over a thousand
  const stopAt = (grid, cell) => {
    if (stop !== cell) stop?.removeAttribute("tabindex");
    stop = cell;
    cell.tabIndex = 0;
    offer(grid, cell);
  };
  const prepare = () => document.querySelectorAll("table[role=grid]").forEach((grid) => {
    for (const link of grid.tBodies[0]?.querySelectorAll("td a:not([tabindex])") || []) link.tabIndex = -1;
    if (stop && grid.contains(stop)) return;
    const first = grid.querySelector("td[data-now]") || grid.tBodies[0]?.querySelector("td");
    if (!first) return;
    grid.parentNode.removeAttribute("tabindex"); // the box that scrolls is no stop of its own
    stopAt(grid, first);
  });
  const stand = (grid, cell) => {
    if (!cell) return;
    stopAt(grid, cell);
    cell.focus();
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const back = () => {
    const panel = document.getElementById("panel");
    const grid = document.querySelector("table[role=grid]");
    if (!cameFrom || !grid || !panel) return false;
    panel.replaceChildren();
    const cell = rowsOf(grid).flat().find((one) => { const [row, column] = placeOf(one); return row === cameFrom[0] && column === cameFrom[1]; });
    cameFrom = null;
    stand(grid, cell);
    return Boolean(cell);
  };

  const walk = (event, grid, cell) => {
    const rows = rowsOf(grid);
    const y = rows.findIndex((row) => row.includes(cell));
    const x = rows[y].indexOf(cell);
    const far = event.ctrlKey || event.metaKey;
    const to = {
      ArrowLeft: () => rows[y][Math.max(0, x - 1)],
      ArrowRight: () => rows[y][Math.min(rows[y].length - 1, x + 1)],
      ArrowUp: () => rows[Math.max(0, y - 1)][x],
      ArrowDown: () => rows[Math.min(rows.length - 1, y + 1)][x],
      Home: () => (far ? rows[0][0] : rows[y][0]),
      End: () => (far ? rows[rows.length - 1].at(-1) : rows[y].at(-1)),
      PageUp: () => rows[Math.max(0, y - 5)][x],
      PageDown: () => rows[Math.min(rows.length - 1, y + 5)][x],
    }[event.key];
    if (to) { stand(grid, to()); return true; }
    if (event.key === "Enter" || event.key === "F2") {
      const first = linksIn(cell)[0];
      if (!first) return false;
      if (event.key === "F2") first.focus(); else { cameFrom = placeOf(cell); first.click(); }
      return true;
    }
    return false;
  };
  const among = (event, grid, cell) => {
    const links = linksIn(cell);
    const at = links.indexOf(event.target);
    if (event.key === "Escape" || event.key === "F2") { stand(grid, cell); return true; }
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (by) { links[(at + by + links.length) % links.length].focus(); return true; }
    if (event.key === "Enter") cameFrom = placeOf(cell);
    return false;
  };
  document.addEventListener("keydown", (event) => {
    const grid = gridOf(event.target);
    const cell = event.target.closest?.("td");
    const done = grid && cell
      ? (event.target === cell ? walk(event, grid, cell) : among(event, grid, cell))
      : event.key === "Escape" && event.target.closest?.("#panel") && back();
    if (done) { event.preventDefault(); event.stopPropagation(); }
  }, true);
  // a finger or a mouse moves the stop too, so that Tab comes back to where one was
  document.addEventListener("focusin", (event) => {
    const grid = gridOf(event.target);
    const cell = event.target.closest?.("td");
    if (grid && cell && cell.tabIndex !== 0) stopAt(grid, cell);
  });
  document.addEventListener("pointerover", (event) => {
    const grid = gridOf(event.target);
    const cell = event.target.closest?.("td");
    if (grid && cell && !plus.matches(":focus")) offer(grid, cell);
  });
  // a square's link opens beside the grid where the grid says so; with a key held it is the browser's
  document.addEventListener("click", (event) => {
    const grid = gridOf(event.target);
    const link = event.target.closest?.("a[href]");
    if (!grid?.dataset.panel || !link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const { panel, select } = grid.dataset;
    window.htmx.ajax("GET", link.getAttribute("href"), { source: link, target: panel, select, swap: `innerHTML show:${panel}:top` });
  });
  document.addEventListener("htmx:after:swap", () => {
    prepare();
    const panel = document.getElementById("panel");
    if (cameFrom && panel && !panel.contains(document.activeElement)) {
      panel.querySelector("select, input:not([type=hidden]), textarea, a[href], button")?.focus();
    }
  });
  prepare();
})();
