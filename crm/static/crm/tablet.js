/* The tablet: every tap goes through the queue, and the header says how many wait. */
"use strict";
(() => {
  if (!Regulars.works) return;
  const say = document.currentScript.dataset;
  const shop = location.pathname.split("/")[1], counter = `/${shop}/counter/`;
  const LIVE = 10000; // ms for which the page itself looks after what was just tapped
  const FOR_THOSE_BEFORE = 4000; // ms that a tap waits for those about the same person that are not sent
  const AWAY = 60000; // ms after a failure for which nobody is kept waiting for an answer
  const SOON = 5000, SELDOM = 30000; // ms between attempts while something waits
  const ASKS = ["same", "look", "fill", "more"]; // names of buttons that only want the form back with more in it
  const $ = (selector) => document.querySelector(selector);
  const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
  const clock = (ms) => new Date(ms).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });

  // --- what is tapped ----------------------------------------------------------------------------------------------
  const isOurs = (form, path) => path.pathname.startsWith(counter) && !form.closest("[data-plain]") && !form.querySelector("[type=password]");
  const address = (path) => new URL(path || location.href, location.href);

  // A plain form is sent by htmx too, but answered like one.
  document.addEventListener("htmx:beforeProcessNode", ({ target: form }) => {
    if (form.tagName !== "FORM" || form.getAttribute("method") !== "post" || form.matches("[hx-post]") || form.querySelector("[hx-post]")) return;
    const path = address(form.getAttribute("action"));
    if (!isOurs(form, path)) return;
    const how = { post: path.pathname + path.search, target: "#main", select: "#main", swap: "outerHTML show:window:top", disinherit: "*" };
    for (const [name, value] of Object.entries(how)) form.setAttribute(`hx-${name}`, value);
    form.dataset.page = "";
  });

  const busy = new Set(), live = new Map();
  let line = Promise.resolve(), sending = null;

  document.addEventListener("htmx:confirm", (event) => {
    const { verb, elt, path, triggeringEvent } = event.detail, form = elt.closest("form") || elt, to = address(path);
    if (verb !== "post" || !isOurs(form, to)) return;
    const values = [...htmx.values(elt, "post")].filter(([name]) => name !== "csrfmiddlewaretoken");
    if (values.some(([name]) => ASKS.includes(name))) return;
    event.preventDefault();
    if (busy.has(form)) return;
    busy.add(form);
    const button = triggeringEvent?.submitter || elt;
    const said = button.matches("button") && button.textContent.trim() || form.querySelector(".button-main, .button")?.textContent.trim();
    tap({ form, issue: event.detail.issueRequest }, to.pathname + to.search, values, said).then((leaves) => leaves || busy.delete(form));
  });

  async function entryOf(path, values, what) {
    const get = async (key) => await Regulars.meta.get(key).catch(() => null) || {};
    const body = document.body.dataset, turn = "blank" in body ? await get("turn") : { turn: body.turn, by: body.by, name: body.byName };
    const claim = await get("claim"), skew = await get("skew"), about = /counter\/([\da-f-]{36})\//.exec(path)?.[1] || "";
    return {
      uid: crypto.randomUUID(), shop, path, body: String(new URLSearchParams(values)), turn: turn.turn || "",
      by: claim.by || turn.by, byName: claim.by ? claim.name : turn.name, at: Date.now(), skew: skew.ms ?? null, about,
      name: path === `${counter}new/` ? values.find(([name]) => name === "name")?.[1] : about && location.pathname.includes(about) ? document.title : "",
      what: what || "", tries: 0, stuckUntil: 0,
    };
  }

  // Whether the page is being left.
  async function tap(way, path, values, what) {
    const entry = await entryOf(path, values, what), away = await isAway();
    if (!away) entry.stuckUntil = entry.at + LIVE;
    try {
      await Regulars.put(entry);
    } catch {
      await issue(way, entry);
      return tell(say.keepsNothing, "said-wrong");
    }
    askToPersist();
    if (away) return saved(way, entry);
    line = line.then(() => go(way, entry)).catch(() => saved(way, entry));
    return line;
  }

  async function go(way, entry) {
    const before = async () => (await Regulars.entries()).some((each) => each.n < entry.n && Regulars.related(each, entry));
    if (await before()) await Promise.race([flush(), wait(FOR_THOSE_BEFORE)]);
    const xhr = !await before() && await issue(way, entry);
    if (xhr && Regulars.isSettled(verdict(xhr, entry))) {
      await Regulars.remove(entry);
      if (isFailing) Regulars.meta.put({ key: "away", at: 0 });
      return Boolean(xhr.getResponseHeader("HX-Redirect"));
    }
    await Regulars.change(entry, { stuckUntil: 0 });
    if (xhr) await Regulars.meta.put({ key: "away", at: Date.now() });
    return saved(way, entry, xhr?.status);
  }

  // Its request once it is over; nothing if htmx did not send it, as for a form that is on the page no more.
  async function issue(way, entry) {
    sending = { way, entry };
    way.issue(true);
    sending = null;
    const { xhr } = live.get(entry.uid) || {};
    if (xhr) await new Promise((resolve) => { xhr.addEventListener("loadend", resolve); });
    live.delete(entry.uid);
    return xhr;
  }

  const verdict = (xhr, entry) => Regulars.judge({ status: xhr.status, headers: { get: (name) => xhr.getResponseHeader(name) } }, entry);

  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (!sending) return;
    const { form } = sending.way, { entry } = sending, data = new FormData();
    for (const [name, value] of new URLSearchParams(entry.body)) data.append(name, value);
    const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] || form.elements?.csrfmiddlewaretoken?.value;
    Object.assign(detail.headers, Regulars.headersOf(entry), { "X-CSRFToken": token });
    if ("page" in form.dataset) delete detail.headers["HX-Request"];
    Object.assign(detail, { parameters: data, errors: [] });
  });

  document.addEventListener("htmx:beforeSend", ({ detail }) => {
    if (sending) live.set(sending.entry.uid, { xhr: detail.xhr, entry: sending.entry });
  });

  // What is kept is no failure: nothing but the shop's own answer to this very tap is shown.
  for (const name of ["htmx:beforeOnLoad", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      const { xhr, requestConfig } = event.detail, { entry } = live.get(requestConfig.headers["Regulars-Entry"]) || {};
      if (!entry?.n || Regulars.isSettled(verdict(xhr, entry))) return;
      event.preventDefault();
      event.stopPropagation();
    }, true);
  }

  // --- saved on this tablet ----------------------------------------------------------------------------------------
  async function saved({ form }, entry, status) {
    const uid = new URLSearchParams(entry.body).get("uid"), isNew = entry.path === `${counter}new/`;
    for (const name of Object.keys(sessionStorage).filter((key) => key.startsWith("draft:"))) {
      if (uid && sessionStorage.getItem(name).includes(uid)) sessionStorage.removeItem(name);
    }
    const text = fill(entry.name ? say.savedFor : say.saved, entry);
    const isVisit = form.id === "serve", next = isVisit ? counter : isNew && `${counter}${uid}/`;
    const undo = isVisit && entry.path === `${counter}${entry.about}/` && { path: `${counter}visits/${uid}/undo/`, name: entry.name };
    flush();
    navigator.serviceWorker?.ready.then((worker) => worker.sync?.register("regulars")).catch(() => {});
    if (next && (status || navigator.serviceWorker?.controller)) {
      sessionStorage.setItem("said", JSON.stringify({ text, undo }));
      location.href = next;
      return true;
    }
    form.closest("#sheet")?.close();
    form.inert = true;
    tell(text, "said-ok", undo);
    return false;
  }

  function tell(text, how, undo) {
    const said = document.createElement("p");
    said.className = how;
    said.textContent = text;
    if (undo) {
      const button = document.createElement("button");
      button.className = "button";
      button.textContent = say.undo;
      button.addEventListener("click", async () => {
        button.disabled = true;
        await Regulars.put({ ...await entryOf(undo.path, [], say.undo), name: undo.name });
        tell(fill(say.undone, undo), "said-ok");
        flush();
      });
      said.append(" ", button);
    }
    $("#status").replaceChildren(said);
  }

  async function askToPersist() {
    if (await Regulars.meta.get("persist")) return;
    await Regulars.meta.put({ key: "persist" });
    navigator.storage?.persist?.();
  }

  // --- sending what waits, and saying how many do ------------------------------------------------------------------
  let isFailing = false, pause = SOON, timer = 0, drawing = 0;

  async function isAway() {
    const { at = 0 } = await Regulars.meta.get("away").catch(() => null) || {};
    return navigator.onLine === false || Math.abs(Date.now() - at) < AWAY;
  }

  async function flush() {
    clearTimeout(timer);
    await Regulars.flush(shop);
    const waiting = await Regulars.entries();
    pause = waiting.length ? Math.min(pause * 1.5, SELDOM) : SOON;
    if (waiting.length) timer = setTimeout(flush, pause);
  }

  async function draw() {
    drawing = 0;
    const waiting = await Regulars.entries(), { at, signIn } = await Regulars.meta.get("away") || {}, sent = $("#sent");
    isFailing = Boolean(at);
    if (!sent) return;
    const said = waiting.length ? fill(waiting.length === 1 ? say.waits : say.wait, { n: waiting.length, time: clock(waiting[0].at) }) : say.sent;
    $("#sent-says").textContent = waiting.length && signIn ? `${said}: ${say.signIn}` : said;
    sent.classList.toggle("sent-waits", waiting.length > 0);
    sent.hidden = false;
  }

  const drawSoon = () => { drawing ||= setTimeout(draw, 200); };

  // Leaving with something unsent would leave it behind.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-leaves]")) return;
    event.preventDefault();
    const { length } = await Regulars.entries().catch(() => []);
    length ? tell(fill(say.unsent, { n: length }), "said-wrong") : form.submit();
  });

  document.addEventListener("DOMContentLoaded", async () => {
    const { turn, by, byName, blank } = document.body.dataset;
    const said = JSON.parse(sessionStorage.getItem("said") || "null");
    sessionStorage.removeItem("said");
    if (said) tell(said.text, "said-ok", said.undo);
    Regulars.onChange(drawSoon);
    try {
      if (turn && blank === undefined) await Regulars.meta.put({ key: "turn", turn, by, name: byName });
      await draw();
    } catch {
      return;
    }
    addEventListener("online", flush);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
    flush();
  });
})();
