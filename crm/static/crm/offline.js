/* Without an answer: the copy of the shop's people that a paired tablet keeps, and the pages that are filled from it. */
"use strict";
const Copy = (() => {
  const FRESH = 1800000, GONE = 259200000, PATIENCE = 30000; // ms
  const write = (act) => Regulars.within("copy", act, "readwrite");
  const get = (key) => Regulars.within("copy", (store) => store.get(key));
  const clear = () => write((store) => store.clear());

  async function renew(shop, isOld) {
    const kept = await get("find"), own = kept?.shop === shop && kept, at = Date.now();
    if (own && !isOld && Math.abs(at - own.at) < FRESH) return;
    const answer = await fetch(`/${shop}/counter/copy/`, {
      cache: "no-store", signal: AbortSignal.timeout(PATIENCE), headers: own ? { "If-None-Match": own.etag } : {},
    }), { status, headers } = answer;
    if (headers.has("Regulars-Unpaired")) return Regulars.wipe();
    if (!headers.has("Regulars") || answer.redirected) return;
    const { cards, ...find } = status === 200 ? await answer.json() : {};
    await write((store) => {
      if (status !== 304) store.clear();
      cards?.forEach((card) => store.put(card));
      return status !== 204 && store.put({ ...own, ...find, key: "find", shop, at, etag: headers.get("ETag") });
    });
    await Regulars.meta.put({ key: "lastContact", at });
  }

  // In the worker, which goes on with it when the page is left. What is not paired may keep nobody.
  const refresh = ({ shop, isPaired, isOld }) => navigator.locks.request("copy", { ifAvailable: true },
    (lock) => lock && (isPaired ? renew(shop, isOld) : clear())).catch(() => {});

  // Whether people were kept for too long without a word from the shop's computer, and are gone now.
  async function expire() {
    const { at } = await Regulars.meta.get("lastContact"), isOver = Math.abs(Date.now() - at) > GONE;
    if (isOver) await clear();
    return isOver;
  }

  // By the steps of crm/lib/sounds.py, which the copy brings.
  const fold = (text, steps = []) => steps.reduce((said, [pattern, to]) => said.replace(new RegExp(pattern, "gu"),
    typeof to === "string" ? to : (...match) => to[to.at ? match.indexOf("", 1) - 1 : match[0]] ?? ""), text);

  return { get, refresh, expire, fold };
})();

if (self.document && Regulars.works) (() => {
  const { fill, clock } = Regulars, when = (ms) => clock(ms, { weekday: "short" });
  const say = document.currentScript.dataset;
  const LIKELY = 8, FOUND = 12, WORDS = 6, DIGITS = 4, HOUR = 3600000;
  const PROMISE = /44444444-[4-]+/g; // in the row that is made for no promise
  const RANKS = { "=": 1, "#": 1, "@": 3, "~": 4 };
  const [, shop, , uid] = location.pathname.split("/"), counter = `/${shop}/counter/`;
  const $ = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const from = (template, selector) => $(selector, $(template).content)?.cloneNode(true);
  const make = (tag, className, textContent) => Object.assign(document.createElement(tag), { className, textContent });
  let find = {}, waiting = [];

  // --- finding -----------------------------------------------------------------------------------------------------
  function wordsOf(text) {
    const words = Copy.fold(text.normalize("NFKC").toLowerCase(), find.spell).match(/[a-z\d]+/g) || [];
    return words.some(isNaN) ? words.slice(0, WORDS) : words.length ? [words.join("")] : [];
  }

  function keysOf(word) {
    const heard = Copy.fold(word, find.hear), also = isNaN(word) ? [heard && `~${heard}`, heard && `@${heard}`]
      : [`#${[...word].reverse().join("").slice(0, DIGITS)}`, `@${word}`];
    return [`=${word}`, ...also].filter(Boolean);
  }

  function rank(keys, [exact, ...also]) {
    const met = keys.split(" ").filter((key) => [exact, ...also].some((begun) => key.startsWith(begun)));
    return Math.min(...met.map((key) => key === exact ? 0 : RANKS[key[0]]));
  }

  function found(text) {
    const words = wordsOf(text).map(keysOf), people = words.length ? [...newHere(), ...find.people || []] : [];
    return people.map((person) => [words.reduce((sum, word) => sum + rank(person.keys, word), 0), person])
      .filter(([place]) => place < Infinity).sort(([one], [other]) => one - other).slice(0, FOUND);
  }

  // Those who were added here and are not sent yet.
  const newHere = () => waiting.filter(({ path }) => path === `${counter}new/`).map(({ body }) => {
    const { uid, name } = Object.fromEntries(new URLSearchParams(body));
    return { uid, name, face: [0, name[0]], tags: [say.newHere], keys: wordsOf(name).map((word) => `=${word}`).join(" ") };
  });

  function show(name) {
    const list = $("#found"), isAsked = name.trim().length > 1, people = found(name), add = from("#new-found", "form");
    const rows = make("ul", "people people-found", "");
    list.classList.toggle("open", isAsked);
    list.replaceChildren();
    if (!isAsked) return;
    rows.append(...people.map(([, person]) => rowOf(person, person.tags.join(" · "))));
    $("[name=name]", add).value = name;
    $("[name=uid]", add).value = crypto.randomUUID();
    $("button", add).textContent = fill(say.add, { name });
    list.append(people.length ? rows : make("p", "empty", fill(say.nobody, { name })), add);
    htmx.process(list);
    list.dispatchEvent(new Event("htmx:afterSettle", { bubbles: true })); // opens the first one after Enter
  }

  const face = (within, [hue, textContent]) => Object.assign($(".face", within), { className: `face face-${hue}`, textContent });

  function rowOf(person, said, overdue) {
    const row = from("#person", "li"), [name, how, owed, late] = all("b, .soft, .overdue", row);
    $("a", row).href = `${counter}${person.uid}/`;
    face(row, person.face);
    name.textContent = person.name;
    how.textContent = said;
    owed.hidden = !person.owed;
    late.textContent = overdue ? `⏳ ${overdue}` : "";
    return row;
  }

  // --- the blank pages ---------------------------------------------------------------------------------------------
  function fillFind({ starts, day, hours = {}, reasons } = {}, now) {
    const hour = (now - starts) / HOUR - 0.5, far = (each) => Math.abs(each - hour);
    const [near] = Object.keys(hours).sort((one, other) => far(one) - far(other));
    const isServed = ({ uid, seen }) => seen === day || waiting.some(({ path }) => path === `${counter}${uid}/`);
    const likely = (hours[near] || []).filter((place) => !isServed(find.people[place])).slice(0, LIKELY);
    $("#likely-people").append(...likely.map((place) => rowOf(find.people[place], ...reasons[place])));
    $("#q").addEventListener("input", ({ target }) => show(target.value));
  }

  function fillCard({ name, face: drawn, tags, greeting, never = [], usual = [], promises = [] }, today, now) {
    const strip = make("ul", "never-strip", ""), who = $(".who");
    document.title = $("h1").textContent = name;
    face(who, drawn);
    $(".soft", who).textContent = [...greeting ? [`“${greeting}”`] : [], ...tags].join(" · ");
    strip.append(...never.map((text) => make("li", "", `⚠ ${text}`)));
    if (never.length) $("#never").append(strip);
    const isKept = (promise) => waiting.some(({ path, body }) => path.includes(`${promise}/close/`) || body.includes(`keep=${promise}`));
    $("#promised").append(...promises.filter((each) => !isKept(each.uid)).map((each) => promiseRow(each, today, now)));
    htmx.process($("#promised"));
    const tiles = usual.map(usualTile).filter(Boolean);
    $("#tiles").append(...tiles);
    $("#tiles").dataset.together = JSON.stringify(tiles.map((_tile, place) => Array(place).fill(100)));
    $("#no-usual").hidden = tiles.length;
  }

  function promiseRow({ uid, what, due, day, words }, today, now) {
    const row = from("#owed", ".promise-row"), [when, said] = all("p > *", row), isLate = due < now;
    for (const each of all("*", row)) for (const { name, value } of each.attributes) each.setAttribute(name, value.replace(PROMISE, uid));
    const sign = isLate ? "! " : day === today.day ? "⏰ " : "";
    when.textContent = sign + words[find.days.indexOf(today)][Number(isLate)];
    said.textContent = what;
    row.classList.toggle("soon", isLate);
    $("[name=uid]", row).value = crypto.randomUUID();
    return row;
  }

  const good = (product) => $("#goods") && from("#goods", `[data-uid="${product}"]`);

  function usualTile([product, usual, says, manner, chance, reason]) {
    const tile = good(product);
    if (!tile) return;
    tile.classList.remove("tile-extra");
    Object.assign(tile.dataset, { usual, chance });
    $(".much", tile).textContent = says;
    $(".much", tile).after(" ", make("span", "manner", manner));
    $(".reason", tile).textContent = reason;
    $("[name^=manner]", tile).value = manner;
    return tile;
  }

  // Who is not in the copy: one that was added here, or was found when there still was an answer.
  function stranger() {
    const [path, name] = JSON.parse(sessionStorage.getItem("found")) || [];
    const tags = [say.notKept], known = path === location.pathname ? name : say.somebody;
    return newHere().find((each) => each.uid === uid) || { name: known, face: [0, "?"], tags };
  }

  async function fillBlank(blank) {
    const isGone = await Copy.expire(), { get } = Regulars.meta, { ms = 0 } = await get("skew"), { at } = await get("lastContact");
    const now = Date.now() + ms, kept = await Copy.get("find");
    if (kept?.shop === shop) find = kept;
    const today = find.days?.findLast(({ starts }) => starts <= now) || find.days?.[0], person = find.people?.find((each) => each.uid === uid);
    if (blank === "find") fillFind(today, now);
    if (blank === "card") fillCard(person ? { ...person, ...await Copy.get(uid) } : stranger(), today, now);
    const { name } = await get("turn");
    if (name) $(".me summary")?.replaceChildren(name);
    $("#copied")?.replaceChildren(isGone ? say.gone : find.at ? fill(say.copied, { since: when(at), at: when(find.at) }) : say.none);
  }

  const nameOf = (product) => ($(`#tiles [data-uid="${product}"]`) || good(product))?.dataset.name;

  function inWords({ what, body, at }) {
    const { product, text } = Object.fromEntries(new URLSearchParams(body));
    return [what, nameOf(product), text, when(at)].filter(Boolean).join(" ");
  }

  // --- start -------------------------------------------------------------------------------------------------------
  async function start(blank) {
    waiting = await Regulars.entries();
    if (blank) await fillBlank(blank);
    const what = waiting.filter(({ about }) => about && about === uid).map(inWords).join("; ");
    if (what) $(".who")?.append(make("p", "soon", fill(say.waiting, { what })));
  }

  addEventListener("DOMContentLoaded", () => {
    const { body } = document, { blank } = body.dataset;
    navigator.serviceWorker?.register(`${counter}worker.js`, { scope: counter }).catch(() => {});
    const renew = (isOld) => navigator.serviceWorker?.ready.then(({ active }) => active.postMessage({ shop, isPaired: "paired" in say, isOld }));
    if (!blank) renew(false);
    // Once all is sent that waited when the page was made, what the copy says of it is old.
    Regulars.onChange(async () => { if (waiting.length && !(waiting = await Regulars.entries()).length) renew(true); });
    start(blank).catch(() => {}).finally(() => body.dispatchEvent(new Event("filled")));
    setInterval(Copy.expire, HOUR);
    body.addEventListener("click", ({ target }) => {
      const link = target.closest(".person");
      if (link) sessionStorage.setItem("found", JSON.stringify([link.pathname, $("b", link).textContent]));
    });
    // What a blank sheet is about.
    body.addEventListener("htmx:afterSwap", () => {
      const name = (selector, of) => all(`[data-${selector}]`).forEach((each) => { each.textContent = of(each.dataset[selector]) || each.textContent; });
      name("person", () => $("h1").textContent);
      name("product", nameOf);
      name("promise", (promise) => $(`.promise-row:has([value="${promise}"]) p span`)?.textContent);
    });
  });

  // A search that is not answered is answered from the copy.
  for (const name of ["htmx:sendError", "htmx:timeout"]) addEventListener(name, async (event) => {
    if (event.detail.elt.id !== "q") return;
    event.stopPropagation();
    waiting = await Regulars.entries();
    find = await Copy.get("find") || find;
    show($("#q").value);
  }, true);
})();
