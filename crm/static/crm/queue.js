/* The queue: what was tapped and is not with the shop's computer yet. For the page and for the worker. */
"use strict";
const Regulars = (() => {
  const TRIES = 5; // that fail before an entry is laid before a person
  const HUNG = 2.5, LOST = 0.25; // of a try: nobody answers, or somebody else, though the shop's computer is there
  const PATIENCE = 10000, GREETING = 4000; // ms for an answer
  const LANES = 3; // entries on the way at once
  const STUCK = 500; // ms, doubled with each try
  const LONG = 300000; // ms: nothing is set aside for longer, and the shop's computer is greeted as often
  const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
  const works = Boolean(self.indexedDB && self.crypto?.randomUUID && navigator.locks);

  // --- the store
  let opened = null;

  function open() {
    opened ||= new Promise((resolve, reject) => {
      const asked = indexedDB.open("regulars", 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("queue", { keyPath: "n", autoIncrement: true });
        for (const name of ["copy", "meta"]) asked.result.createObjectStore(name, { keyPath: "key" });
      };
      asked.onsuccess = () => {
        const db = asked.result;
        db.onclose = () => { opened = null; };
        db.onversionchange = () => { db.close(); opened = null; };
        resolve(db);
      };
      asked.onerror = asked.onblocked = () => reject(asked.error);
      setTimeout(reject, GREETING);
    }).catch((error) => { opened = null; throw error; });
    return opened;
  }

  // Resolves once what `act` asks of the store is kept for good.
  async function within(store, act, mode = "readonly", durability = "relaxed") {
    const db = await open();
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(store, mode, { durability });
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
      const asked = act(transaction.objectStore(store));
    });
  }

  const meta = {
    get: (key) => within("meta", (store) => store.get(key)).then((row) => row || {}, () => ({})),
    put: (row) => within("meta", (store) => store.put(row), "readwrite"),
  };

  const entries = () => within("queue", (store) => store.getAll());

  async function put(entry) {
    entry.n = await within("queue", (store) => store.add(entry), "readwrite", "strict");
    changed();
  }

  async function remove(entry) {
    await within("queue", (store) => store.delete(entry.n), "readwrite");
    changed();
  }

  // What is gone meanwhile stays gone. Gives it, if it is there.
  async function change(entry, fields) {
    const kept = await within("queue", (store) => {
      const asked = store.get(entry.n);
      asked.onsuccess = () => { if (asked.result) store.put(Object.assign(asked.result, fields)); };
      return asked;
    }, "readwrite");
    changed();
    return kept;
  }

  // --- telling all pages and the worker
  const channel = works && new BroadcastChannel("regulars"), listeners = [];
  let telling = 0;

  // Many changes at once are told once.
  function hear() {
    telling ||= setTimeout(() => {
      telling = 0;
      listeners.forEach((listener) => listener());
    }, 200);
  }

  if (works) channel.onmessage = hear;

  function changed() {
    channel.postMessage("changed");
    hear();
  }

  // --- what an answer says
  // Only the echo of its own uid lets an entry go: it is "done", also if refused. "stuck": the shop's computer fails on it.
  function judge(answer, entry) {
    if (!answer) return "lost";
    const { status, headers } = answer;
    if (headers.get("Regulars-Entry") === entry.uid) return "done";
    return status === 413 || (status >= 400 && status !== 403 && headers.get("Regulars")) ? "stuck" : "lost";
  }

  // About the same person, visit or promise: a uid that one is about is somewhere in the other.
  const about = ({ path, body }) => [...(path.match(UUID) || []), new URLSearchParams(body).get("uid")].filter(Boolean);
  const says = ({ path, body }, uids) => uids.some((uid) => `${path} ${body}`.includes(uid));
  const related = (one, other) => says(one, about(other)) || says(other, about(one));

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
  const clock = (ms, more) => new Date(ms).toLocaleString(document.documentElement.lang,
    { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...more });

  // --- sending
  // Cookies know no ports: one of plain http may lie beside that of https.
  const csrf = () => document.cookie.match(location.protocol === "https:" ? /__Host-csrf=([^;]+)/ : /csrftoken=([^;]+)/)?.[1];

  const headersOf = (entry) => ({
    "Regulars-Entry": entry.uid,
    "Regulars-By": entry.by,
    "Regulars-Turn": entry.turn,
    "Regulars-Tapped": entry.at,
    "Regulars-Clock": Date.now(),
    ...(entry.skew == null ? {} : { "Regulars-Skew": entry.skew }),
  });

  const ask = (path, patience, options) => fetch(path, {
    cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(patience), ...options,
  }).catch(() => null);

  const post = (path, body, headers) => ask(path, PATIENCE, { method: "POST", redirect: "manual", body, headers });

  const send = (entry, csrf) => post(
    entry.path, new URLSearchParams(entry.body), { ...headersOf(entry), "Regulars-Later": "1", "X-CSRFToken": csrf },
  );

  const park = (entry, csrf) => post(
    `/${entry.shop}/counter/entries/park/`, JSON.stringify({ ...entry, clock: Date.now() }),
    { "Content-Type": "application/json", "X-CSRFToken": csrf },
  );

  // Whether it is the shop's computer that answers; with the token that it wants, and how far its clock is from ours.
  async function greet(shop, waiting) {
    const before = Date.now(), { ms = 0 } = await meta.get("skew");
    const since = waiting.length ? `&since=${waiting[0].at + (waiting[0].skew ?? ms)}` : "";
    const answer = await ask(`/${shop}/counter/hello/?unsent=${waiting.length}${since}`, GREETING);
    const hello = answer?.ok && answer.headers.get("Regulars") && await answer.json().catch(() => null);
    const at = Date.now();
    if (answer?.headers.get("Regulars-Unpaired")) await wipe();
    await meta.put({ key: "away", at: hello ? 0 : at, signIn: Boolean(answer?.redirected) });
    if (!hello) return null;
    await meta.put({ key: "skew", at, ms: Math.round(hello.now - (before + at) / 2) });
    await meta.put({ key: "lastContact", at });
    return hello;
  }

  const isWaiting = ({ stuckUntil }) => stuckUntil > Date.now() && stuckUntil < Date.now() + LONG;

  // In their order; those that have nothing to do with each other side by side. Behind one that cannot be sent wait
  // only those that have to do with it.
  async function round(shop, waiting) {
    let hello = await greet(shop, waiting);
    const left = [], flying = new Map();

    async function attempt(entry) {
      const { csrf } = hello, since = Date.now(), verdict = judge(await send(entry, csrf), entry);
      if (verdict === "done") return remove(entry);
      if (verdict === "lost") hello = await greet(shop, waiting); // is it the way, or this one?
      const failure = verdict === "stuck" ? 1 : !hello ? 0 : Date.now() - since > PATIENCE ? HUNG : LOST;
      const tries = entry.tries + failure;
      if (tries >= TRIES && judge(await park(entry, csrf), entry) === "done") return remove(entry);
      left.push(entry);
      if (failure) return change(entry, { tries, stuckUntil: Date.now() + Math.min(STUCK * 2 ** tries, LONG / 2) });
    }

    for (const { n } of waiting) {
      const entry = await within("queue", (store) => store.get(n));
      if (!entry) continue;
      while (flying.size >= LANES || [...flying.keys()].some((other) => related(entry, other))) await Promise.race(flying.values());
      if (!hello) break;
      if (isWaiting(entry) || left.some((other) => related(entry, other))) left.push(entry);
      else flying.set(entry, attempt(entry).finally(() => flying.delete(entry)));
    }
    await Promise.all(flying.values());
    if (hello && left.length < waiting.length) await greet(shop, left);
  }

  async function rounds(shop) {
    const waiting = await entries(), shops = new Set(waiting.map((entry) => entry.shop));
    const { at = 0 } = await meta.get("lastContact");
    if (shop && Math.abs(Date.now() - at) > LONG) shops.add(shop);
    if (navigator.onLine === false) return;
    for (const each of shops) await round(each, waiting.filter((entry) => entry.shop === each));
    if (shops.size) changed();
  }

  let flushing = null, again = false;

  // One at a time over all pages and the worker. `shop` is greeted now and then also when nothing waits for it.
  function flush(shop) {
    if (!works) return Promise.resolve();
    again = true;
    flushing ||= navigator.locks.request("regulars", async () => {
      while (again) {
        again = false;
        await rounds(shop);
      }
    }).catch(() => {}).finally(() => { flushing = null; });
    return flushing;
  }

  // What is kept of the shop's people goes; what is not sent never does.
  async function wipe() {
    await within("copy", (store) => store.clear(), "readwrite");
    await meta.put({ key: "turn" });
    for (const name of await self.caches?.keys() || []) await caches.delete(name);
  }

  if (works && self.document?.currentScript.matches("[data-wipe]")) wipe();

  return { works, meta, entries, put, remove, change, related, headersOf, flush, wipe, within,
    csrf, fill, clock, onChange: (listener) => listeners.push(listener) };
})();
