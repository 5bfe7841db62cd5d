/* Without an answer: the copy of the shop's people that a paired tablet keeps, and the pages that are filled from it. */
"use strict";
const Copy = (() => {
  const FRESH = 1800000, GONE = 259200000, PATIENCE = 30000; // ms
  const get = (key) => Regulars.within("copy", (store) => store.get(key));
  const clear = () => Regulars.within("copy", (store) => store.clear(), "readwrite");

  function keep(row, people = []) {
    return Regulars.within("copy", (store) => {
      if (people.length) store.clear();
      people.forEach((person) => store.put({ ...person, key: person.uid }));
      return store.put({ ...row, key: "find" });
    }, "readwrite");
  }

  // What find needs of each is apart from the cards, so that it is read at once.
  const row = ({ uid, name, nickname, face, tags, keys, seen, promises }) => (
    { uid, name, nickname, face, tags, keys, seen, owed: promises.length > 0 });

  async function fetchNew(shop, isOld) {
    const kept = await get("find"), own = kept?.shop === shop && kept;
    if (own && !isOld && Math.abs(Date.now() - own.at) < FRESH) return;
    const answer = await fetch(`/${shop}/counter/copy/`, {
      cache: "no-store", signal: AbortSignal.timeout(PATIENCE), headers: own ? { "If-None-Match": own.etag } : {},
    });
    if (answer.headers.has("Regulars-Unpaired")) return Regulars.wipe();
    if (!answer.headers.has("Regulars") || answer.redirected) return;
    const at = Date.now();
    if (answer.status === 204) return clear();
    if (answer.status === 304) await keep({ ...own, at });
    if (answer.status === 200) {
      const { people, ...rest } = await answer.json();
      await clear();
      await keep({ ...rest, shop, at, etag: answer.headers.get("ETag"), people: people.map(row) }, people);
    }
    await Regulars.meta.put({ key: "lastContact", at });
  }

  // By the worker, which goes on with it when the page is left. What is not paired may keep nobody.
  const refresh = ({ shop, isPaired, isOld }) => navigator.locks.request("copy", { ifAvailable: true }, async (lock) => {
    if (lock) await (isPaired ? fetchNew(shop, isOld) : clear());
  }).catch(() => {});

  // Whether people were kept for too long without any word from the shop's computer, and are gone now.
  async function expire() {
    const { at = Date.now() } = await Regulars.meta.get("lastContact") || {};
    const isOver = Math.abs(Date.now() - at) > GONE;
    if (isOver) await clear();
    return isOver;
  }

  return { get, refresh, expire };
})();

if (self.document) (() => {
  if (!Regulars.works) return;
  const say = document.currentScript.dataset;
  const LIKELY = 8, FOUND = 12, WORDS = 6, DIGITS = 4, HOUR = 3600000;
  const PROMISE = "44444444-4444-4444-4444-444444444444"; // in the row that is made for no promise
  const RANKS = { "=": 1, "#": 1, "@": 3, "~": 4 };
  const [, shop, , uid] = location.pathname.split("/"), counter = `/${shop}/counter/`;
  const $ = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const copied = (id) => $(id).content.firstElementChild.cloneNode(true);
  const when = (ms) => new Date(ms).toLocaleString(document.documentElement.lang, { weekday: "short", hour: "2-digit", minute: "2-digit" });
  const fields = ({ body }) => new URLSearchParams(body);
  let find = null, waiting = [];

  // --- finding, by the rules of crm/lib/sounds.py that are in the copy ---------------------------------------------
  const fold = (text, steps = []) => steps.reduce((said, [pattern, to]) => said.replace(new RegExp(pattern, "gu"), typeof to === "string" ? to
    : (...match) => (Array.isArray(to) ? to[match.indexOf("", 1) - 1] : to[match[0]]) || ""), text);

  function wordsOf(text) {
    const words = fold(text.normalize("NFKC").toLowerCase(), find?.spell).match(/[a-z0-9]+/g) || [];
    return words.every((word) => /^\d+$/.test(word)) && words.length ? [words.join("")] : words.slice(0, WORDS);
  }

  function beginnings(word) {
    if (/^\d+$/.test(word)) return [`#${[...word].reverse().join("").slice(0, DIGITS)}`, `=${word}`, `@${word}`];
    const heard = fold(word, find?.hear);
    return heard ? [`=${word}`, `~${heard}`, `@${heard}`] : [`=${word}`];
  }

  function found(text) {
    const words = wordsOf(text).map((word) => [`=${word}`, beginnings(word)]);
    const rank = ({ keys }) => words.reduce((sum, [exact, begun]) => sum + Math.min(...keys.split(" ")
      .filter((key) => begun.some((each) => key.startsWith(each))).map((key) => key === exact ? 0 : RANKS[key[0]])), 0);
    const ranked = words.length ? [...newHere(), ...find?.people || []].map((person) => [rank(person), person]) : [];
    return ranked.filter(([at]) => at < Infinity).sort(([one], [other]) => one - other).slice(0, FOUND).map(([, person]) => person);
  }

  // Those who were added here and are not sent yet.
  const newHere = () => waiting.filter(({ path }) => path === `${counter}new/`).map((entry) => {
    const name = fields(entry).get("name");
    return { uid: fields(entry).get("uid"), name, tags: [say.newHere], keys: wordsOf(name).map((word) => `=${word}`).join(" "), face: [0, name[0]] };
  });

  function show(text) {
    const list = $("#found"), people = text.trim().length > 1 ? found(text) : [];
    list.replaceChildren();
    list.classList.toggle("open", text.trim().length > 1);
    if (text.trim().length < 2) return;
    const rows = document.createElement("ul"), add = copied("#new-found");
    rows.className = "people people-found";
    rows.append(...people.map((person) => rowOf(person, person.tags.join(" · "))));
    $("[name=name]", add).value = text;
    $("[name=uid]", add).value = crypto.randomUUID();
    $("button", add).textContent = say.add.replace("{name}", text);
    list.append(people.length ? rows : paragraph("empty", say.nobody.replace("{name}", text)), add);
    htmx.process(list);
    list.dispatchEvent(new Event("htmx:afterSettle", { bubbles: true })); // opens the first after Enter
  }

  function paragraph(how, text) {
    const line = document.createElement("p");
    line.className = how;
    line.textContent = text;
    return line;
  }

  function rowOf({ uid, name, nickname, face: [hue, initials], owed }, said, overdue) {
    const row = copied("#person"), [called, how, promise, late] = all("b, .soft, .overdue", row);
    $("a", row).href = `${counter}${uid}/`;
    Object.assign($(".face", row), { className: `face face-${hue}`, textContent: initials });
    called.textContent = name;
    how.textContent = (nickname ? `“${nickname}” ` : "") + said;
    if (!owed) promise.remove();
    overdue ? late.textContent = `⏳ ${overdue}` : late.remove();
    return row;
  }

  // --- the blank pages ---------------------------------------------------------------------------------------------
  function fillFind(now) {
    const day = find?.days.filter(({ starts }) => starts <= now).pop(), hour = day && (now - day.starts) / HOUR - 0.5;
    const [near] = Object.keys(day?.hours || {}).sort((one, other) => Math.abs(one - hour) - Math.abs(other - hour));
    const isServed = ({ uid, seen }) => seen === day.day || waiting.some(({ path }) => path === `${counter}${uid}/`);
    const likely = (day?.hours[near] || []).filter((place) => !isServed(find.people[place])).slice(0, LIKELY);
    $("#likely-people").append(...likely.map((place) => rowOf(find.people[place], ...day.reasons[place])));
    $("#q").addEventListener("input", ({ target }) => show(target.value));
  }

  function fillCard(person, now) {
    const { name, face: [hue, initials], greeting, tags, never = [], usual = [], promises = [] } = person;
    const who = $(".who"), day = find?.days.findLastIndex(({ starts }) => starts <= now);
    document.title = $("h1").textContent = name;
    Object.assign($(".face", who), { className: `face face-${hue}`, textContent: initials });
    $(".soft", who).textContent = [greeting && `“${greeting}”`, ...tags].filter(Boolean).join(" · ");
    $("#never").append(...never.map(([text, product]) => {
      const line = document.createElement("p");
      Object.assign(line, { className: "never", textContent: `⚠ ${text}` }).dataset.never = product;
      return line;
    }));
    const isClosed = (promise) => waiting.some((entry) => entry.path.includes(`${promise.uid}/close/`) || fields(entry).getAll("keep").includes(promise.uid));
    $("#promised").append(...promises.filter((each) => !isClosed(each)).map((each) => promiseRow(each, day, now)));
    htmx.process($("#promised"));
    const tiles = usual.map(usualTile).filter(Boolean);
    $("#tiles").append(...tiles);
    $("#tiles").dataset.together = JSON.stringify(tiles.map((_tile, place) => Array(place).fill(100)));
    $("#no-usual").hidden = tiles.length > 0;
  }

  function promiseRow({ uid, what, due_at: due, day: on, words, lines }, day, now) {
    const row = $("#owed").content.querySelector(".promise-row").cloneNode(true), isLate = due < now;
    for (const each of all("*", row)) for (const { name, value } of [...each.attributes]) each.setAttribute(name, value.replaceAll(PROMISE, uid));
    const [by, whose] = all("p > *", row), said = words[day] || words[0], put = $("[data-lines]", row);
    by.textContent = isLate ? `! ${say.overdue.replace("{day}", said)}` : `${on === find.days[day]?.day ? "⏰ " : ""}${said}`;
    whose.textContent = what;
    row.classList.toggle("soon", isLate);
    $("[name=uid]", row).value = crypto.randomUUID();
    lines.length ? put.dataset.lines = JSON.stringify(lines) : put.remove();
    for (const [product] of lines) if (!$(`#tiles [data-uid="${product}"]`)) extraTile(product);
    return row;
  }

  const good = (product) => $("#goods")?.content.querySelector(`[data-uid="${product}"]`);

  // What is put into the basket at once needs a tile, seen or not.
  function extraTile(product) {
    const tile = good(product);
    if (tile) $("#tiles").append(tile.cloneNode(true));
  }

  function usualTile([product, quantity, says, manner, chance, reason]) {
    const tile = ($(`#tiles [data-uid="${product}"]`) || good(product)?.cloneNode(true));
    if (!tile) return null;
    tile.classList.remove("tile-extra");
    Object.assign(tile.dataset, { usual: quantity, chance });
    $(".much", tile).textContent = says;
    $(".reason", tile).textContent = [manner, reason].filter(Boolean).join(" · ");
    $("[name^='manner.']", tile).value = manner;
    return tile;
  }

  // Who is not in the copy: one that was added here, or was found when there still was an answer.
  function stranger() {
    const [path, name] = JSON.parse(sessionStorage.getItem("found") || "[]");
    const known = newHere().find((each) => each.uid === uid);
    return known || { name: path === location.pathname ? name : say.somebody, face: [0, "?"], tags: [say.notKept] };
  }

  // What was tapped about this person and waits, on any card.
  function tellWhatWaits() {
    const own = waiting.filter(({ about }) => about && about === uid);
    const said = own.map((entry) => `${entry.path === location.pathname ? say.visit : entry.what} ${when(entry.at)}`);
    if (said.length) $(".who")?.append(paragraph("soon", say.waiting.replace("{what}", said.join(", "))));
  }

  async function fillBlank(blank) {
    const isGone = await Copy.expire(), { ms = 0 } = await Regulars.meta.get("skew") || {}, now = Date.now() + ms;
    const { at } = await Regulars.meta.get("lastContact") || {}, kept = await Copy.get("find");
    find = kept?.shop === shop ? kept : null;
    if (blank === "find") fillFind(now);
    if (blank === "card") fillCard(find && await Copy.get(uid) || stranger(), now);
    const said = isGone ? say.gone : find && say.copied.replace("{since}", when(at)).replace("{at}", when(find.at));
    if (said) $("#copied")?.replaceChildren(said);
  }

  // --- start -------------------------------------------------------------------------------------------------------
  async function start() {
    const { blank } = document.body.dataset;
    waiting = await Regulars.entries();
    if (blank) await fillBlank(blank);
    tellWhatWaits();
  }

  document.addEventListener("DOMContentLoaded", () => {
    const { blank } = document.body.dataset;
    start().catch(() => {}).finally(() => document.body.dispatchEvent(new Event("filled")));
    document.body.addEventListener("click", ({ target }) => {
      const link = target.closest(".person");
      if (link) sessionStorage.setItem("found", JSON.stringify([link.pathname, $("b", link).textContent]));
    });
    document.body.addEventListener("htmx:afterSwap", nameThings);
    setInterval(Copy.expire, HOUR);
    navigator.serviceWorker?.register(`${counter}worker.js`, { scope: counter }).catch(() => {});
    if (!blank) navigator.serviceWorker?.ready.then(({ active }) => active.postMessage({ shop, isPaired: "paired" in say, isOld: waiting.length > 0 }));
  });

  // What a blank sheet is about.
  function nameThings() {
    for (const each of all("[data-person]")) each.textContent = $("h1").textContent;
    for (const each of all("[data-product]")) each.textContent = ($(`#tiles [data-uid="${each.dataset.product}"]`) || good(each.dataset.product))?.dataset.name || each.textContent;
    for (const each of all("[data-promise]")) each.textContent = $(`.promise-row:has([value="${each.dataset.promise}"]) p span`)?.textContent || each.textContent;
  }

  // A search that is not answered is answered from the copy.
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, async (event) => {
      if (event.detail.elt.id !== "q") return;
      event.stopPropagation();
      find ||= await Copy.get("find");
      show($("#q").value);
    }, true);
  }
})();
