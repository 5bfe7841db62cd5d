/* A shared tablet: who serves, the lock when nobody taps, and what one had half typed is none of another's. */
"use strict";
(() => {
  const { minutes, who, here } = document.currentScript.dataset;
  const $ = (selector) => document.querySelector(selector);
  let told = Date.now(), locking = false;

  function starts(uid) {
    if (sessionStorage.by === uid) return;
    Object.keys(sessionStorage).filter((key) => key.startsWith("draft:")).forEach((key) => sessionStorage.removeItem(key));
    sessionStorage.by = uid;
  }

  // --- the lock ----------------------------------------------------------------------------------------------------
  // A tap in one tab keeps the others open too.
  const isIdle = () => Date.now() - localStorage.tapped >= minutes * 60000;

  async function lock() {
    if (locking) return;
    locking = true;
    document.body.hidden = true;
    const form = $("#lock"), signal = AbortSignal.timeout(2000);
    await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual", signal }).catch(() => {});
    location.replace(`${who}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }

  function tapped() {
    if (isIdle()) return lock();
    const now = localStorage.tapped = Date.now();
    if (now - told < 60000) return;
    told = now;
    fetch(here, { redirect: "manual" }).then(({ type }) => { if (type === "opaqueredirect") lock(); }, () => {});
  }

  function watch() {
    localStorage.tapped = Date.now();
    for (const kind of ["pointerdown", "keydown", "scroll"]) addEventListener(kind, tapped, { capture: true, passive: true });
    setInterval(() => { if (isIdle()) lock(); }, 5000);
    $("#lock").addEventListener("submit", (event) => { event.preventDefault(); lock(); });
  }

  // --- the PIN -----------------------------------------------------------------------------------------------------
  function startKeys(input) {
    input.inputMode = "none";
    $(".keys").addEventListener("click", (event) => {
      const key = event.target.closest("[data-key]")?.dataset.key;
      if (key === undefined) return;
      input.value = key ? (input.value + key).slice(0, 6) : input.value.slice(0, -1);
    });
  }

  // --- without a connection: the one signed in goes on, or a name is only said ----------------------------------------
  async function startNames(form) {
    const { meta } = Regulars, turn = await meta.get("turn");
    const back = new URLSearchParams(location.search).get("next") || "", counter = who.slice(0, -4);
    const goOn = () => location.replace(back.startsWith(counter) ? back : counter);
    if (turn) {
      const button = $("#go-on");
      button.querySelector("b").textContent = turn.name;
      button.hidden = false;
      button.addEventListener("click", goOn);
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const { value: by, dataset: { name } } = event.submitter;
      starts(by);
      await meta.put("turn", { turn: turn?.turn, by, name });
      goOn();
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    const { by, blank } = document.body.dataset, pin = $("#pin"), names = $("#names");
    if (by && blank === undefined) starts(by);
    if ($("#lock")) watch();
    if (pin) startKeys(pin);
    if (names && blank !== undefined) startNames(names);
  });
})();
