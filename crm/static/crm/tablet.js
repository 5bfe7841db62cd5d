/* The tablet: every tap goes through the queue, and the header says how many wait. */
"use strict";
(() => {
  if (!Regulars.works) return;
  const { fill, clock, meta } = Regulars;
  const say = document.currentScript.dataset, shop = location.pathname.split("/")[1], counter = `/${shop}/counter/`;
  const LIVE = 10000; // ms for which the page itself looks after what was just tapped
  const PATIENCE = 4000; // ms that a tap waits for those before it
  const AWAY = 60000; // ms after a failure for which nobody is kept waiting for an answer
  const SOON = 5000, SELDOM = 30000; // ms between attempts while something waits
  const ASKS = /^(same|look|fill|more)$/; // buttons that only want the form back with more in it
  const $ = (selector) => document.querySelector(selector);
  const on = (name, hear, capture) => document.addEventListener(name, hear, capture);
  const address = (path) => new URL(path || location.href, location.href);
  const isOurs = (form, path) => path.pathname.startsWith(counter) && !form.closest("[data-plain]") && !form.querySelector("[type=password]");

  // A plain form goes the same way; its answer is a page.
  on("htmx:beforeProcessNode", ({ target: form }) => {
    const path = address(form.getAttribute("action"));
    if (!form.matches("form[method=post]:not([hx-post], :has([hx-post]))") || !isOurs(form, path)) return;
    const how = { post: path.pathname + path.search, target: "#main", select: "#main", swap: "outerHTML show:window:top", disinherit: "*" };
    for (const name in how) form.setAttribute(`hx-${name}`, how[name]);
    form.dataset.page = "";
  });

  const busy = new Set();
  let line = Promise.resolve(), live = null, isFailing = false, pause = SOON, timer = 0;

  on("htmx:confirm", (event) => {
    const { verb, elt, path, triggeringEvent, issueRequest } = event.detail, form = elt.closest("form") || elt, to = address(path);
    if (verb !== "post" || !isOurs(form, to)) return;
    const typed = [...htmx.values(elt, "post")].filter(([name]) => name !== "csrfmiddlewaretoken");
    if (typed.some(([name]) => ASKS.test(name))) return;
    event.preventDefault();
    if (busy.has(form)) return;
    busy.add(form);
    htmx.trigger(elt, "htmx:abort"); // what this form asked before: the tap would be sent again after it
    const button = triggeringEvent?.submitter || elt, what = form.id === "serve" ? say.visit : button.matches("button") && button.textContent.trim();
    tap(form, issueRequest, to.pathname + to.search, typed, what || "").catch(() => {}).then((leaves) => leaves || busy.delete(form));
  });

  async function entryOf(path, typed, what) {
    const { turn, by, byName, blank } = document.body.dataset, { ms = null } = await meta.get("skew");
    const who = blank === undefined ? { turn, by, name: byName } : await meta.get("turn"), body = new URLSearchParams(typed);
    const about = /counter\/([\da-f-]{36})\//.exec(path)?.[1] || "";
    return {
      uid: crypto.randomUUID(), shop, path, body: String(body), turn: who.turn || "", by: who.by || "",
      byName: who.name, at: Date.now(), skew: ms, about, what,
      name: body.get("name") || about && document.title, tries: 0, stuckUntil: 0,
    };
  }

  // Gives whether the page is being left.
  async function tap(form, issueRequest, path, typed, what) {
    const entry = await entryOf(path, typed, what), { at = 0 } = await meta.get("away");
    const isAway = navigator.onLine === false || Math.abs(entry.at - at) < AWAY;
    if (!isAway) entry.stuckUntil = entry.at + LIVE;
    const isKept = await Regulars.put(entry).then(() => true, () => false);
    if (isKept && isAway) return saved(form, entry);
    line = line.then(() => go(form, issueRequest, entry, isKept)).catch(() => isKept && saved(form, entry));
    return line;
  }

  async function go(form, issueRequest, entry, isKept) {
    const others = async () => isKept && (await Regulars.entries()).some((each) => each.n < entry.n && Regulars.related(each, entry));
    if (await others()) await Promise.race([flush(), new Promise((resolve) => { setTimeout(resolve, PATIENCE); })]);
    // Sent by now, when many were before it? Else nobody else sends it while the page does.
    const isHere = !isKept || await Regulars.change(entry, { stuckUntil: Date.now() + LIVE });
    if (!isHere || await others()) return saved(form, entry, !isHere);
    live = { form, entry };
    issueRequest(true);
    const { xhr } = live;
    if (!isKept) tell(say.keepsNothing, "said-wrong");
    if (xhr) await new Promise((resolve) => { xhr.addEventListener("loadend", resolve); });
    live = null;
    if (!isKept || (xhr && isAnswered(xhr, entry))) {
      if (isKept) await Regulars.remove(entry);
      if (isFailing) await meta.put({ key: "away" });
      return Boolean(xhr?.getResponseHeader("HX-Redirect"));
    }
    if (xhr) await meta.put({ key: "away", at: Date.now() });
    return saved(form, entry, xhr?.status);
  }

  const isAnswered = (xhr, entry) => xhr.getResponseHeader("Regulars-Entry") === entry.uid;

  // What is sent is what was put, not what the page says by now.
  on("htmx:configRequest", ({ detail }) => {
    if (!live || live.xhr) return;
    const { form, entry } = live, data = new FormData();
    new URLSearchParams(entry.body).forEach((value, name) => data.append(name, value));
    const token = Regulars.csrf() || form.elements?.csrfmiddlewaretoken?.value;
    Object.assign(detail.headers, Regulars.headersOf(entry), { "X-CSRFToken": token });
    if ("page" in form.dataset) delete detail.headers["HX-Request"];
    Object.assign(detail, { parameters: data, errors: [] });
  });

  on("htmx:beforeSend", ({ detail }) => { if (live) live.xhr ||= detail.xhr; });

  // Only the shop's own answer to this very tap is shown. That there was none is no failure: it is kept.
  for (const name of ["beforeOnLoad", "sendError", "timeout"]) on(`htmx:${name}`, (event) => {
    const { xhr } = event.detail;
    if (xhr !== live?.xhr || !live.entry.n || isAnswered(xhr, live.entry)) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  async function saved(form, entry, status) {
    const { path, about, body, name } = entry, uid = new URLSearchParams(body).get("uid"), isVisit = form.id === "serve";
    if (entry.stuckUntil) await Regulars.change(entry, { stuckUntil: 0 }).catch(() => {});
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith("draft:") && uid && sessionStorage[key].includes(uid)) sessionStorage.removeItem(key);
    }
    const next = isVisit ? counter : path === `${counter}new/` && `${counter}${uid}/`;
    const said = { text: fill(name ? say.savedFor : say.saved, entry), name, undo: isVisit && path === `${counter}${about}/` && `${counter}visits/${uid}/undo/` };
    flush();
    const worker = navigator.serviceWorker;
    worker?.ready.then(({ sync }) => sync?.register("regulars")).catch(() => {});
    if (next && (status || worker?.controller)) {
      sessionStorage.said = JSON.stringify(said);
      location.href = next;
      return true;
    }
    form.closest("dialog")?.close();
    form.inert = true;
    tell(said.text, "said-ok", said);
  }

  function tell(text, how, { undo, name } = {}) {
    const line = document.createElement("p");
    line.className = how;
    line.textContent = text;
    if (undo) {
      const button = document.createElement("button");
      button.className = "button";
      button.textContent = say.undo;
      button.onclick = async () => {
        button.disabled = true;
        const isKept = await Regulars.put({ ...await entryOf(undo, [], say.undo), name }).then(() => true, () => false);
        if (isKept) tell(fill(say.undone, { name }), how);
        else tell(say.keepsNothing, "said-wrong", { undo, name });
        flush();
      };
      line.append(" ", button);
    }
    $("#status").replaceChildren(line);
  }

  async function flush() {
    clearTimeout(timer);
    await Regulars.flush(shop);
    const isWaiting = (await Regulars.entries()).length > 0;
    pause = isWaiting && (await meta.get("away")).at ? Math.min(pause * 1.5, SELDOM) : SOON;
    if (isWaiting) timer = setTimeout(flush, pause);
  }

  async function draw() {
    const waiting = await Regulars.entries(), n = waiting.length, { at, signIn } = await meta.get("away"), sent = $("#sent");
    isFailing = Boolean(at);
    if (!sent) return;
    const time = n && clock(waiting[0].at);
    sent.firstChild.textContent = fill(n ? n > 1 ? say.wait : say.waits : say.sent, { n, time }) + (n && signIn ? `: ${say.signIn}` : "");
    sent.classList.toggle("sent-waits", n > 0);
    sent.hidden = false;
  }

  // Who leaves for good with something unsent would leave it behind. Nothing is theirs after they signed out.
  on("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-leaves]")) return;
    event.preventDefault();
    const { length: n } = await Regulars.entries().catch(() => []);
    if (n) return tell(fill(say.unsent, { n }), "said-wrong");
    if (!$("#lock")) await meta.put({ key: "turn" }).catch(() => {});
    form.submit();
  });

  on("DOMContentLoaded", async () => {
    const { turn, by, byName, blank } = document.body.dataset, { said } = sessionStorage;
    sessionStorage.removeItem("said");
    if (said) tell(JSON.parse(said).text, "said-ok", JSON.parse(said));
    await draw();
    if (turn && blank === undefined) await meta.put({ key: "turn", turn, by, name: byName });
    if (!localStorage.persist) localStorage.persist = await navigator.storage?.persist?.().catch(() => "") || "asked";
    Regulars.onChange(draw);
    addEventListener("online", flush);
    on("visibilitychange", () => document.hidden || flush());
    timer = setTimeout(flush, (await Regulars.entries()).length ? 0 : SOON); // a greeting alone has time
  });
})();
