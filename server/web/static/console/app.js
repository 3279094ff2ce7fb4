/* What the console does beyond links and forms: keys, live lists that keep the reader's place, the banner when the server
   is out of reach. Every page works without it, only less comfortably. */
"use strict";
(() => {
  const says = JSON.parse(document.body.dataset.says || "{}");
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // The reader's zone, so that the server can write times as they are on the reader's wall.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes(`zone=${zone}`)) document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;

  // -- what was done is said once -------------------------------------------------------------------------------------
  const toast = document.getElementById("toast");
  if (toast) {
    const clean = new URL(location.href);
    ["done", "undo", "undo_all"].forEach((name) => clean.searchParams.delete(name));
    history.replaceState(null, "", clean);
    setTimeout(() => { if (!toast.contains(document.activeElement)) toast.remove(); }, 9000);
  }
  const say = (text) => {
    document.querySelector(".toast")?.remove();
    const box = document.createElement("div");
    box.className = "toast";
    box.setAttribute("role", "status");
    box.textContent = text;
    document.body.append(box);
    setTimeout(() => box.remove(), 2500);
  };
  document.querySelector("[data-focus]")?.focus();

  // -- lists that renew themselves ------------------------------------------------------------------------------------
  const isPoll = (element) => element?.hasAttribute?.("data-poll");
  const lost = document.getElementById("lost");
  let lastGood = new Date();
  const online = (yes) => {
    if (yes) lastGood = new Date();
    all(".live").forEach((live) => live.classList.toggle("stopped", !yes));
    if (!lost) return;
    if (yes) { lost.hidden = true; return; }
    lost.hidden = false;
    const when = lastGood.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
    const sentence = says.lost.replace("{time}", when);
    const line = lost.querySelector("span");
    if (line.textContent !== sentence) line.textContent = sentence;
  };
  const busyWith = (root) => root && (root.querySelector("details[open]") || root.querySelector("input:checked[data-pick]"));
  document.addEventListener("htmx:before:request", (event) => {
    const source = event.detail.ctx.sourceElement;
    if (!isPoll(source)) return;
    const target = event.detail.ctx.target || source;
    if (document.hidden || busyWith(target)) event.preventDefault();
  });
  document.addEventListener("htmx:after:request", (event) => {
    const ctx = event.detail.ctx;
    if (isPoll(ctx.sourceElement)) online(ctx.response.status < 500);
    if (ctx.response.status >= 400 && ctx.response.status < 500 && isPoll(ctx.sourceElement)) location.reload();
  });
  document.addEventListener("htmx:error", (event) => { if (event.detail.ctx && isPoll(event.detail.ctx.sourceElement)) online(false); });
  window.addEventListener("offline", () => { if (document.querySelector("[data-poll]")) online(false); });

  // The address follows the filters, without the empty ones, so that what is seen can be sent to a colleague.
  document.addEventListener("htmx:after:swap", (event) => {
    const form = event.detail.ctx?.sourceElement;
    if (!form?.matches?.("form[data-filters]")) return;
    const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
    history.replaceState(null, "", asked.size ? `?${asked}` : location.pathname);
  });

  // A month opens where today is: what happened last is what is looked for.
  const showToday = () => all(".month-grid").forEach((grid) => {
    const now = grid.querySelector("th.now");
    if (now) grid.scrollLeft = Math.max(0, now.offsetLeft + 2 * now.offsetWidth - grid.clientWidth);
  });
  document.addEventListener("htmx:after:swap", showToday);
  showToday();

  // -- clicks ---------------------------------------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    let hit;
    if ((hit = on("[data-close]"))) document.querySelector(hit.dataset.close)?.remove();
    if ((hit = on("[data-copy]"))) navigator.clipboard?.writeText(hit.dataset.copy).then(() => say(says.copied));
    if (on("[data-copy-address]")) navigator.clipboard?.writeText(location.href).then(() => say(says.copied));
    if ((hit = on("[data-phrase]"))) {
      const box = document.getElementById(hit.closest("[data-phrases]").dataset.phrases);
      box.value = hit.dataset.phrase;
      box.focus();
    }
    if (on("[data-print]")) window.print();
    all("details.drop[open]").forEach((drop) => { if (!drop.contains(event.target)) drop.open = false; });
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.ask || form.dataset.ask;
    if (question && !window.confirm(question)) { event.preventDefault(); return; }
    if (form.method === "post" && !form.hasAttribute("hx-post")) {
      // a second press while the first is on its way would be the same operation; the button says so
      setTimeout(() => all("button", form).forEach((button) => { button.disabled = true; }), 0);
    }
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) all("form button").forEach((button) => { button.disabled = false; }); });

  // -- choosing several rows ------------------------------------------------------------------------------------------
  const countPicked = () => {
    const picked = all("input[data-pick]:checked").length;
    all("[data-picked]").forEach((box) => { box.hidden = picked === 0; });
    all("[data-picked-count]").forEach((box) => { box.textContent = String(picked); });
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) all("input[data-pick]").forEach((box) => { box.checked = event.target.checked; });
    if (event.target.matches("[data-pick], [data-pick-all]")) countPicked();
    if (event.target.matches("[name=decision]")) showParts(event.target.value);
    if (event.target.matches("[data-switch]")) all(`[data-when="${event.target.name}"]`).forEach((part) => { part.hidden = part.dataset.is !== event.target.value; });
  });

  // -- a decision -----------------------------------------------------------------------------------------------------
  const showParts = (decision) => {
    all("[data-for-decision]").forEach((part) => {
      part.hidden = part.dataset.forDecision !== decision;
      all("input, select", part).forEach((box) => { box.disabled = part.hidden; });
    });
    all("[data-phrases-for]").forEach((part) => { part.hidden = part.dataset.phrasesFor !== decision; });
  };
  const chosen = document.querySelector("[name=decision]:checked");
  if (chosen) showParts(chosen.value);
  const decide = (decision) => {
    const radio = document.querySelector(`[name=decision][value=${decision}]`);
    if (!radio) return false;
    radio.checked = true;
    showParts(decision);
    const first = decision === "correct" ? document.querySelector("[name=corrected_time]") : document.querySelector("[name=reason]");
    first?.focus();
    first?.scrollIntoView({ block: "center" });
    return true;
  };

  // -- keys -----------------------------------------------------------------------------------------------------------
  const rowLinks = () => all("[data-rows] a.row-link, .queue a.row-link");
  const step = (by) => {
    const links = rowLinks();
    if (!links.length) return false;
    const at = links.findIndex((link) => link === document.activeElement || link.closest(".chosen"));
    const focused = links.indexOf(document.activeElement);
    const next = links[Math.max(0, Math.min(links.length - 1, (focused >= 0 ? focused : at >= 0 ? at : by > 0 ? -1 : 1) + by))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  };
  // space chooses the line one stands on, shift with j or k chooses on the way
  const pick = (chosen) => {
    const box = document.activeElement?.closest?.("li, tr")?.querySelector("input[data-pick]");
    if (!box || !document.activeElement.matches("a.row-link")) return false;
    box.checked = chosen ?? !box.checked;
    countPicked();
    return true;
  };
  const pickAlong = (by) => { pick(true); return step(by) && (pick(true), true); };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], .map");
    if (event.key === "Escape") { all("details.drop[open]").forEach((drop) => { drop.open = false; drop.querySelector("summary").focus(); }); if (typing) event.target.blur(); return; }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) { event.target.form.requestSubmit(); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.querySelector("input[type=search]");
    const acts = {
      "/": () => { if (!search) return false; search.focus(); search.select(); return true; },
      " ": () => pick(),
      J: () => pickAlong(1),
      K: () => pickAlong(-1),
      j: () => step(1),
      k: () => step(-1),
      a: () => decide("accept"),
      c: () => decide("correct"),
      r: () => decide("reject"),
    };
    if (acts[event.key]?.()) event.preventDefault();
  });

  // -- a code that runs out -------------------------------------------------------------------------------------------
  all("[data-expires]").forEach((box) => {
    const tick = () => {
      const left = Math.floor((Number(box.dataset.expires) - Date.now()) / 1000);
      box.textContent = left > 0 ? says.left.replace("{left}", `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`) : says.expired;
      if (left <= 0) { document.querySelectorAll("[data-until-expired]").forEach((part) => { part.hidden = true; }); clearInterval(timer); }
    };
    const timer = setInterval(tick, 1000);
    tick();
  });
})();
