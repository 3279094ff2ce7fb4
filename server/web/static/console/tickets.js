/* Tickets beyond links and forms: keys of a queue and a story, photos large on the page, views kept in this browser. */
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // -- keys: r answers, p passes on, t takes; on a queue they open the line one stands on, ready for it -------------------
  const act = (key) => {
    const part = document.querySelector(`[data-key="${key}"]`);
    if (!part) {
      const link = document.activeElement?.matches?.("a.row-link") ? document.activeElement : null;
      if (!link) return false;
      location.href = `${link.href}#key-${key}`;
      return true;
    }
    if (part.tagName === "SUMMARY") {
      part.parentElement.open = true;
      part.parentElement.querySelector("select, textarea, input:not([type=hidden])")?.focus();
    } else if (part.tagName === "BUTTON") part.focus();
    else part.focus();
    part.scrollIntoView({ block: "center" });
    return true;
  };
  const help = () => {
    const drop = document.querySelector("[data-keys]");
    if (!drop) return false;
    drop.open = !drop.open;
    return true;
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog[open]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const done = event.key === "?" ? help() : ["r", "p", "t"].includes(event.key) && act(event.key);
    if (done) event.preventDefault();
  });
  const asked = location.hash.match(/^#key-([rpt])$/);
  if (asked) act(asked[1]);

  // -- photos ---------------------------------------------------------------------------------------------------------------
  const box = document.getElementById("lightbox");
  document.addEventListener("click", (event) => {
    const shot = event.target.closest("a[data-shot]");
    if (!shot || !box || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const large = box.querySelector("img");
    large.src = shot.href;
    large.alt = shot.querySelector("img").alt;
    box.showModal();
  });
  box?.addEventListener("click", (event) => { if (event.target === box) box.close(); });

  // -- views of one's own: an address under a name, in this browser only ------------------------------------------------------
  const KEPT = "outpost.ticket_views";
  const kept = () => {
    try { return JSON.parse(localStorage.getItem(KEPT) || "[]").filter((one) => typeof one.name === "string" && typeof one.query === "string"); }
    catch { return []; }
  };
  const draw = () => all("[data-saved]").forEach((drop) => {
    const list = drop.querySelector("[data-saved-list]");
    const views = kept();
    list.replaceChildren(...(views.length ? views.map((one, at) => {
      const line = document.createElement("li");
      const link = document.createElement("a");
      link.href = `${location.pathname}?${one.query}`;
      link.textContent = one.name;
      const drop_it = document.createElement("button");
      drop_it.type = "button";
      drop_it.className = "button quiet slim";
      drop_it.dataset.savedAt = String(at);
      drop_it.textContent = drop.dataset.savedDrop;
      drop_it.setAttribute("aria-label", `${drop.dataset.savedDrop}: ${one.name}`);
      line.append(link, drop_it);
      return line;
    }) : [Object.assign(document.createElement("li"), { className: "muted small", textContent: drop.dataset.savedEmpty })]));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-saved-form]");
    if (!form) return;
    event.preventDefault();
    const asking = new URLSearchParams(location.search);
    const view = document.querySelector("[data-filters] [name=view]");
    if (view && !asking.has("view")) asking.set("view", view.value);
    asking.delete("cursor");
    const name = form.querySelector("input").value.trim();
    const others = kept().filter((one) => one.name !== name);
    localStorage.setItem(KEPT, JSON.stringify([...others, { name, query: asking.toString() }].slice(-20)));
    form.reset();
    draw();
  });
  document.addEventListener("click", (event) => {
    const hit = event.target.closest("[data-saved-at]");
    if (!hit) return;
    localStorage.setItem(KEPT, JSON.stringify(kept().filter((_one, at) => at !== Number(hit.dataset.savedAt))));
    draw();
  });
  document.addEventListener("htmx:after:swap", draw);
  draw();
})();
