/* A shared tablet: the keys of the PIN, the lock when nobody taps, and nothing of what another had half typed. */
"use strict";
(() => {
  const { minutes, counter } = document.currentScript.dataset, MINUTE = 60000;
  const $ = (selector) => document.querySelector(selector);
  const on = (names, hear, options) => names.split(" ").forEach((name) => document.addEventListener(name, hear, options));
  let told = Date.now(), locking = false;

  function starts(uid) {
    if (sessionStorage.by === uid) return;
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("draft:")) sessionStorage.removeItem(key);
    sessionStorage.by = uid;
  }

  // A tap in one tab keeps the others open too.
  const isIdle = () => Math.abs(Date.now() - localStorage.tapped) >= minutes * MINUTE;

  const ask = (name, method) => fetch(`${counter}${name}/`, {
    method, keepalive: true, headers: { "HX-Request": "true", "X-CSRFToken": Regulars.csrf() },
  }).then(({ headers }) => headers.has("HX-Redirect"), () => false);

  // What the shop's computer was not told, for want of a connection, it is told when a page of it is seen again.
  async function end() {
    localStorage.locked = 1;
    if (await ask("lock", "POST")) localStorage.removeItem("locked");
  }

  function leave() {
    document.body.hidden = true;
    location.replace(`${counter}who/?next=${encodeURIComponent(location.pathname + location.search)}`);
  }

  async function lock() {
    if (locking) return;
    locking = document.body.hidden = true;
    localStorage.by = "";
    await Promise.race([end(), new Promise((resolve) => { setTimeout(resolve, 2000); })]);
    leave();
  }

  async function tapped() {
    if (isIdle()) return lock();
    localStorage.tapped = Date.now();
    if (Date.now() - told < MINUTE) return;
    told = Date.now();
    if (await ask("here", "GET")) lock();
  }

  // Without a connection the one signed in goes on; another name is only said, and so is theirs after another's.
  async function startNames(form) {
    const { meta } = Regulars, turn = await meta.get("turn"), line = $("#go-on");
    const back = new URLSearchParams(location.search).get("next");
    const goOn = (by) => {
      localStorage.by = by;
      location.replace(back?.startsWith(counter) ? back : counter);
    };
    if (turn.name) {
      $("#go-on b").textContent = turn.name;
      line.hidden = false;
      line.addEventListener("click", () => goOn(turn.by));
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const { value, dataset } = event.submitter;
      starts(value);
      await meta.put({ key: "turn", turn: value === turn.by ? turn.turn : "", by: value, name: dataset.name });
      goOn(value);
    });
  }

  // The keys stand for those of the tablet, and the field keeps the focus for a keyboard.
  const showKeys = () => { if ($("#pin")) $("#pin").inputMode = "none"; };
  on("mousedown", (event) => { if (event.target.closest("[data-key]")) event.preventDefault(); });
  on("click", ({ target }) => {
    const key = target.closest("[data-key]")?.dataset.key, pin = $("#pin");
    if (key) pin.value = (pin.value + key).slice(0, pin.maxLength);
    if (key === "") pin.value = pin.value.slice(0, -1);
  });

  on("DOMContentLoaded", () => {
    const { by, blank } = document.body.dataset, form = $("#lock"), names = $("#names");
    showKeys();
    on("htmx:load", showKeys);
    if (names && blank) startNames(names);
    if (localStorage.locked && !blank) return form ? lock() : end();
    if (!form) return;
    if (blank && localStorage.by === "") return leave(); // the way back to before the lock
    if (by) {
      starts(by);
      localStorage.by = by;
    }
    // Another serves now, or nobody: in another tab.
    addEventListener("storage", ({ key }) => { if (key === "by") leave(); });
    localStorage.tapped = Date.now();
    on("pointerdown keydown scroll", tapped, { capture: true, passive: true });
    setInterval(() => { if (isIdle()) lock(); }, 5000);
    form.addEventListener("submit", (event) => { event.preventDefault(); lock(); });
  });
})();
