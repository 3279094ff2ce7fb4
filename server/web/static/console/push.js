/* Asks this browser's push service for an address and hands it in with the form; nothing happens before the button is pressed. */
"use strict";
(() => {
  const form = document.querySelector("[data-push]");
  if (!form) return;
  const said = form.querySelector("[data-push-said]");
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const ready = (worker) => worker.active ? Promise.resolve() : new Promise((go) => {
    const coming = worker.installing || worker.waiting;
    coming.addEventListener("statechange", () => { if (coming.state === "activated") go(); });
  });
  const subscribe = async () => {
    const worker = await navigator.serviceWorker.register(form.dataset.worker);
    await ready(worker);
    const given = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(form.dataset.push) });
    const keys = given.toJSON().keys;
    form.elements.endpoint.value = given.endpoint;
    form.elements.p256dh.value = keys.p256dh;
    form.elements.auth.value = keys.auth;
    form.submit();
  };
  form.querySelector("[data-subscribe]").addEventListener("click", () => {
    if (!("serviceWorker" in navigator) || !("PushManager" in window)) { said.textContent = form.dataset.denied; return; }
    subscribe().catch(() => { said.textContent = form.dataset.denied; });
  });
})();
