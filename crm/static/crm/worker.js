/* The worker: blank pages where the shop's computer does not answer. See crm/counter/blanks.py. */
"use strict";
importScripts(QUEUE, COPY);
const PATIENCE = 2500, LESS = 700, LATELY = 15000; // ms for an answer; less when none came lately
const UUID = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g;
let failedAt = 0;

const keep = async () => (await caches.open(VERSION)).addAll(FILES.map((file) => new Request(file, { redirect: "error" })));

async function forget() {
  for (const name of await caches.keys()) if (name.startsWith(SHOP) && name !== VERSION) caches.delete(name);
}

async function ask(request) {
  const answer = await fetch(request), { headers } = answer;
  if (answer.type !== "opaqueredirect" && !headers.has("Regulars") && !headers.has("HX-Redirect")) throw answer;
  failedAt = 0; // also when it came too late
  if (headers.has("Regulars-Unpaired")) await Regulars.wipe();
  return answer;
}

function answer(request) {
  const late = new Promise((_, reject) => { setTimeout(reject, Date.now() - failedAt < LATELY ? LESS : PATIENCE); });
  return Promise.race([ask(request), late]).catch(() => {
    failedAt = Date.now();
    return blank(request);
  });
}

async function blank({ mode, headers, url }) {
  const { pathname, search } = new URL(url), place = pathname.replace(UUID, "*");
  const blanks = mode === "navigate" ? PAGES : SHEETS, isSeen = blanks === PAGES || headers.get("HX-Target") === "sheet-body";
  const page = await caches.match(blanks[place + search] || blanks[place] || isSeen && blanks.away);
  if (!page) return Response.error();
  const text = await page.text();
  return new Response(fill(place.endsWith("/products/") ? goods(text, search) : text, pathname, search), page);
}

function fill(text, pathname, search) {
  const named = (name) => search.match(`${name}=([\\da-f-]{36})`)?.[1] || "";
  const [customer, thing = named("product")] = pathname.match(UUID) || [];
  const hour = parseInt(new Date().toLocaleTimeString("de", { timeZone: ZONE }));
  return text.replaceAll(CUSTOMER, customer).replaceAll(THING, thing).replaceAll(VISIT, named("visit"))
    .replaceAll(FRESH, () => crypto.randomUUID())
    .replace(`<option value="${thing}"`, "$& selected")
    .replace(/<button[^>]*"\+0T(\d\d).*?<\/button>/g, (button, at) => at > hour ? button : "");
}

// Tiles that each word finds.
function goods(text, search) {
  const words = new URLSearchParams(search).get("look_for").toLowerCase().trim().split(/\s+/);
  const finds = (tile) => words.every((word) => tile.match(/data-find="[^"]*/)[0].replace('"', " ").includes(` ${word}`));
  return text.split('<template id="goods">')[1].match(/<li[^]*?<\/li>/g).filter(finds).join("");
}

addEventListener("install", (event) => event.waitUntil(keep().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(clients.claim().then(forget)));
addEventListener("message", (event) => event.waitUntil(caches.has(VERSION).then((has) => has || keep()).then(() => Copy.refresh(event.data))));
addEventListener("sync", (event) => event.waitUntil(Regulars.flush()));
addEventListener("fetch", (event) => {
  const { request } = event, { pathname } = new URL(request.url);
  if (request.method !== "GET") return;
  if (request.mode === "navigate" || request.headers.has("HX-Request")) event.respondWith(answer(request));
  else if (FILES.includes(pathname)) event.respondWith(caches.match(pathname).then((kept) => kept || fetch(request)));
});
