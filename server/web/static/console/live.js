/* News without asking for it: one open line on which the server says that something moved. What moved is then asked for in the
   usual way. Without the line (no listener, a proxy in between) lists renew themselves as they did before. */
"use strict";
(() => {
  const SAFETY_MS = 60000; // time alone changes a board too
  const AGAIN_MS = [2000, 5000, 15000, 60000, 300000];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const news = { alive: false, looked: new Map(), stale: false };
  let line = null, failures = 0, timer = 0;

  // A list that follows news asks only when there is some, or when it has not asked for long.
  document.addEventListener("htmx:before:request", (event) => {
    const source = event.detail.ctx.sourceElement;
    if (source?.dataset?.poll !== "news" || !news.alive) return;
    const known = news.looked.get(source.id) || 0;
    if (!news.stale && Date.now() - known < SAFETY_MS) event.preventDefault();
  }, true);
  document.addEventListener("htmx:after:request", (event) => {
    const source = event.detail.ctx.sourceElement;
    if (source?.dataset?.poll === "news") { news.looked.set(source.id, Date.now()); news.stale = false; }
  });

  const showBadges = (counts) => all("[data-badge]").forEach((badge) => {
    const count = counts[badge.dataset.badge] || 0;
    badge.textContent = count ? String(count) : "";
    badge.hidden = !count;
  });
  let waiting = 0;
  const look = () => {
    news.stale = true;
    all("[data-poll=news]").forEach((list) => window.htmx?.trigger(list, "news"));
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      if (document.hidden) return; // said again when somebody looks
      const answer = await fetch(document.body.dataset.news + "/badges", { headers: { Accept: "application/json" } }).catch(() => null);
      if (answer?.ok) showBadges(await answer.json());
    }, 300);
  };

  const listen = async () => {
    if (document.hidden || line) return;
    const asked = await fetch(document.body.dataset.news, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!asked?.ok) { later(); return; }
    const ticket = await asked.json();
    if (!ticket.where) return; // there is no listener here
    line = new EventSource(`${ticket.where}?ticket=${encodeURIComponent(ticket.token)}`);
    line.addEventListener("ready", () => { news.alive = true; failures = 0; });
    line.addEventListener("moved", look);
    line.addEventListener("board", look);
    line.onerror = () => { hangUp(); later(); };
  };
  const hangUp = () => { line?.close(); line = null; news.alive = false; };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(listen, AGAIN_MS[Math.min(failures++, AGAIN_MS.length - 1)] * (0.5 + Math.random() / 2));
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { clearTimeout(timer); timer = setTimeout(hangUp, 60000); return; }
    clearTimeout(timer);
    if (!line) { look(); listen(); }
  });
  window.addEventListener("pagehide", hangUp);
  if (document.body.dataset.news) listen();
})();
