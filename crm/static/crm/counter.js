/* The counter's script. The page is a form that works without it: this only makes its inputs into tiles and a basket. */
(() => {
  "use strict";
  const say = document.currentScript.dataset;
  document.documentElement.classList.add("js");
  const SMALLER = { kg: ["g", 1000], l: ["ml", 1000] };
  const DRAFT_MINUTES = 10;
  const SETTLES = 1200; // ms after the last tap on a tile until the next best takes its place
  const UNTOUCHED = 500; // ms for which a tile that has just come cannot be tapped: the finger meant the one before
  const $ = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // --- one tile and its inputs -------------------------------------------------------------------------------------
  const field = (tile, kind) => $(`[name^="${kind}."]`, tile);
  const quantity = (tile) => Number(field(tile, "take").value.replace(",", ".")) || 0;
  const thousandths = (number) => Math.round(number * 1000) / 1000;
  const isIn = (tile) => field(tile, "take").value.trim() !== "" || field(tile, "none").checked;

  function amount(tile) {
    if (field(tile, "none").checked) return say.notHere;
    const number = quantity(tile), unit = tile.dataset.unit;
    if (SMALLER[unit] && number < 1) return `${thousandths(number * SMALLER[unit][1])} ${say[SMALLER[unit][0]]}`;
    return unit === "piece" ? String(number) : `${number} ${tile.dataset.label || unit}`;
  }

  function put(tile, number) {
    field(tile, "none").checked = false;
    field(tile, "take").value = number > 0 ? String(thousandths(number)) : "";
    show(tile);
  }

  function tap(tile) {
    const none = $("#none");
    if (none.getAttribute("aria-pressed") === "true") {
      field(tile, "take").value = "";
      field(tile, "none").checked = true;
      askNone(false);
      show(tile);
    } else {
      const step = Number(tile.dataset.step);
      put(tile, isIn(tile) && !field(tile, "none").checked ? quantity(tile) + step : Number(tile.dataset.usual));
    }
    settle(tile, SETTLES);
  }

  // --- the basket: a row for each tile that is in ------------------------------------------------------------------
  const rowOf = (tile) => $(`[data-row="${tile.dataset.uid}"]`);

  function show(tile) {
    const chosen = isIn(tile);
    $(".tap", tile).setAttribute("aria-pressed", String(chosen));
    if (!chosen && tile.dataset.settled) comeBack(tile);
    const row = rowOf(tile) || (chosen && addRow(tile));
    if (row && !chosen) row.remove();
    if (row && chosen) $(".much", row).textContent = amount(tile);
    count();
    keepDraft();
  }

  function addRow(tile) {
    const row = $("#row").content.firstElementChild.cloneNode(true), name = tile.dataset.name;
    row.dataset.row = tile.dataset.uid;
    $("b", row).textContent = name;
    const how = $(".how", row), manner = field(tile, "manner");
    how.value = manner.value;
    how.placeholder = say.manner;
    how.setAttribute("aria-label", `${say.manner} ${name}`);
    how.addEventListener("input", () => { manner.value = how.value; keepDraft(); });
    const less = $(".less", row), more = $(".more", row);
    less.setAttribute("aria-label", `${name}: ${say.less}`);
    more.setAttribute("aria-label", `${name}: ${say.more}`);
    less.addEventListener("click", () => put(tile, quantity(tile) - Number(tile.dataset.step)));
    more.addEventListener("click", () => put(tile, quantity(tile) + Number(tile.dataset.step)));
    $("#rows").append(row);
    return row;
  }

  function count() {
    const things = $("#rows").children.length;
    const said = things ? `${things} ${things === 1 ? say.thing : say.things}` : "";
    $("#count").textContent = said;
    $("#done").dataset.count = said;
    $("#nothing").hidden = things > 0;
  }

  function askNone(on) {
    const button = $("#none");
    button.dataset.off ||= button.textContent;
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? button.dataset.on : button.dataset.off;
  }

  // --- the next best tile takes the place of one that is in the basket ---------------------------------------------
  const waiting = new Map();
  const isShown = (tile) => !tile.classList.contains("tile-extra") && !tile.hidden;

  // What a tile is worth now: its chance, and how well it goes with what is in the basket.
  function worth(tile) {
    const factors = JSON.parse($("#tiles").dataset.together), place = (each) => Number(each.dataset.place);
    return all("#tiles [data-place]").filter((each) => each !== tile && isIn(each)).reduce((chance, each) => {
      const [low, high] = [place(tile), place(each)].sort((one, other) => one - other);
      return chance * factors[high][low] / 100;
    }, Number(tile.dataset.chance));
  }

  function nextBest() {
    const free = all("#tiles [data-place].tile-extra").filter((tile) => !isIn(tile) && !tile.hidden && !tile.dataset.settled);
    return free.map((tile) => [worth(tile), tile]).sort(([one], [other]) => other - one)[0]?.[1];
  }

  // Other tiles stay where they are: nothing moves that a finger may be about to hit.
  function giveWay(tile) {
    const next = nextBest();
    if (!next) return;
    const hadFocus = tile.contains(document.activeElement);
    const gap = document.createElement("li");
    tile.replaceWith(gap);
    gap.replaceWith(next);
    $("#tiles").append(tile);
    tile.classList.add("tile-extra");
    tile.dataset.settled = "1";
    next.classList.remove("tile-extra");
    next.dataset.came = String(Date.now());
    if (hadFocus) $(".tap", next).focus({ preventScroll: true });
  }

  function settle(tile, after) {
    clearTimeout(waiting.get(tile));
    waiting.set(tile, setTimeout(() => {
      waiting.delete(tile);
      if (tile.isConnected && isIn(tile) && isShown(tile) && !$(".errors", tile)) giveWay(tile);
    }, after));
  }

  // What is taken out of the basket can be tapped again; at the end, where it pushes nothing aside.
  function comeBack(tile) {
    delete tile.dataset.settled;
    tile.classList.remove("tile-extra");
    $("#tiles").append(tile);
  }

  function notNow(uid) {
    const tile = $(`#tiles [data-uid="${uid}"]`);
    $("#sheet").close();
    if (!tile || isIn(tile)) return;
    if (isShown(tile)) giveWay(tile);
    tile.hidden = true;
    tile.dataset.away = "1";
    keepDraft();
  }

  // `lines` is JSON: [[product uid, quantity, manner], ...]; a tile of each is on the page.
  function take(lines) {
    for (const [uid, number, manner] of JSON.parse(lines)) {
      const tile = $(`#tiles [data-uid="${uid}"]`);
      if (manner) field(tile, "manner").value = manner;
      put(tile, Number(number));
      settle(tile, 0);
    }
  }

  // What was ordered is in the basket, and given with it.
  function takeOrder(button) {
    take(button.dataset.lines);
    const keep = $(`[name="keep"][value="${button.value}"]`);
    if (keep) keep.checked = true;
    keepDraft();
  }

  // What was just said never to be given leaves the tiles at once, unless it is in the basket.
  function hideNever() {
    for (const { dataset } of all("[data-never]")) {
      const tile = $(`#tiles [data-uid="${dataset.never}"]`);
      if (!tile || isIn(tile) || tile.hidden) continue;
      if (isShown(tile)) giveWay(tile);
      tile.hidden = true;
    }
  }

  // --- the sheet ----------------------------------------------------------------------------------------------------
  let opener = "";

  function openSheet(sheet) {
    if (!sheet.open) opener = document.activeElement.getAttribute("href");
    sheet.showModal();
  }

  // What opened it may have been put anew meanwhile: the same link has the focus again, or the top of the card.
  function leaveSheet() {
    if (document.activeElement !== document.body && !document.activeElement.closest("#sheet")) return;
    const link = all(".card a").find((each) => each.getAttribute("href") === opener);
    (link || $(".back"))?.focus();
  }

  // --- products that are looked for --------------------------------------------------------------------------------
  // Their inputs are switched off until one is tapped, so that no product is sent twice.
  function foundArrived(list) {
    all("input", list).forEach((input) => { input.disabled = true; });
  }

  function tapFound(tile) {
    const known = $(`#tiles [data-uid="${tile.dataset.uid}"]`);
    if (known) return tap(known);
    all("input", tile).forEach((input) => { input.disabled = false; });
    $("#tiles").append(tile);
    tap(tile);
    $(".more", rowOf(tile))?.focus({ preventScroll: true });
  }

  // --- a draft, so that a reload or a step back loses nothing ------------------------------------------------------
  const draftName = () => `draft:${location.pathname}`;

  function keepDraft() {
    const form = $("#serve");
    if (!form || form.dataset.starting) return;
    const typed = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
    const away = all("#tiles [data-away]").map((tile) => tile.dataset.uid);
    sessionStorage.setItem(draftName(), JSON.stringify({ at: Date.now(), typed, away }));
  }

  function restoreDraft(form) {
    const kept = JSON.parse(sessionStorage.getItem(draftName()) || "null");
    if (!kept || Date.now() - kept.at > DRAFT_MINUTES * 60000 || $(".errors", form)) return;
    for (const [name, value] of kept.typed) {
      const named = form.elements[name];
      const input = named instanceof RadioNodeList ? [...named].find((each) => each.value === value) : named;
      if (input && ["checkbox", "radio"].includes(input.type)) input.checked = true;
      else if (input) input.value = value;
    }
    for (const uid of kept.away || []) notNow(uid);
  }

  // What the shop's computer says it has is a draft no more, whichever way it went there.
  function dropSaved(uid) {
    for (const name of Object.keys(sessionStorage).filter((key) => key.startsWith("draft:"))) {
      const { typed } = JSON.parse(sessionStorage.getItem(name));
      if (typed.some(([field, value]) => field === "uid" && value === uid)) sessionStorage.removeItem(name);
    }
  }

  // --- what went wrong on the way ----------------------------------------------------------------------------------
  function tell(text) {
    const line = document.createElement("p");
    line.className = "said-wrong";
    line.textContent = text;
    $("#status").replaceChildren(line);
  }

  // --- start -------------------------------------------------------------------------------------------------------
  function startServing(form) {
    form.dataset.starting = "1";
    all("#tiles [data-chance]", form).forEach((tile, place) => { tile.dataset.place = String(place); });
    restoreDraft(form);
    all("#tiles .tile", form).forEach((tile) => {
      if ($(".errors", tile)) tile.classList.add("tile-wrong");
      if (!isIn(tile)) return;
      show(tile);
      settle(tile, 0);
    });
    count();
    delete form.dataset.starting;
    form.addEventListener("click", (event) => {
      const button = event.target.closest("button"), tile = event.target.closest(".tile");
      if (button?.classList.contains("tap")) {
        if (Date.now() - Number(tile.dataset.came || 0) < UNTOUCHED) return;
        tile.parentElement.id === "found-products" ? tapFound(tile) : tap(tile);
      }
      if (button?.classList.contains("about")) htmx.ajax("GET", `${form.dataset.about}${tile.dataset.uid}/`, "#sheet-body");
      if (button?.id === "same") take(form.dataset.same);
      if (button?.id === "none") askNone(button.getAttribute("aria-pressed") !== "true");
    });
    form.addEventListener("input", (event) => {
      const tile = event.target.closest(".tile");
      if (tile && tile.parentElement.id === "tiles") show(tile);
      else keepDraft();
    });
    $("#look", form).addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      $("#found-products .tap", form)?.click();
    });
    $("#close").addEventListener("click", () => $("#sheet").close());
    $("#sheet").addEventListener("close", leaveSheet);
    $("#sheet").addEventListener("click", (event) => {
      const uid = event.target.closest("[data-not-now]")?.dataset.notNow;
      if (uid) notNow(uid);
    });
  }

  function startFinding(input) {
    let openFirst = false;
    const open = () => $("#found .person")?.click();
    input.form.addEventListener("submit", (event) => {
      event.preventDefault();
      openFirst = true;
      htmx.trigger(input, "search");
    });
    document.body.addEventListener("htmx:afterSettle", (event) => {
      if (event.target.id === "found" && openFirst) open();
      openFirst = false;
    });
  }

  function start() {
    const form = $("#serve"), input = $("#q"), served = $(".served");
    if (served) dropSaved(served.dataset.uid);
    if (form && !form.dataset.started) { form.dataset.started = "1"; startServing(form); }
    if (input && !input.dataset.started) { input.dataset.started = "1"; startFinding(input); }
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (!document.body.dataset.blank) start();
    document.body.addEventListener("filled", start); // a blank page, from what the tablet keeps
    document.body.addEventListener("click", (event) => {
      const order = event.target.closest("[data-lines]");
      if (!order) return;
      event.preventDefault();
      takeOrder(order);
    });
    document.body.addEventListener("change", (event) => { if (["keep", "collected_by"].includes(event.target.name)) keepDraft(); });
    document.body.addEventListener("htmx:afterSwap", (event) => {
      if (event.target.id === "found-products") foundArrived(event.target);
      if (event.target.id === "never") hideNever();
      if (event.target.id === "promised") restoreDraft($("#serve"));
      start();
    });
    // A panel that is swapped in place keeps open what was unfolded in it.
    let unfolded = [];
    document.body.addEventListener("htmx:beforeSwap", (event) => {
      unfolded = all(".fold[id][open]", event.detail.target).map((fold) => fold.id);
    });
    document.body.addEventListener("htmx:afterSwap", () => {
      for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
    });
    // Not before its links and forms are in htmx's hands: what is seen may be tapped.
    document.body.addEventListener("htmx:afterSettle", (event) => {
      if (event.target.id === "sheet-body") openSheet($("#sheet"));
    });
    document.body.addEventListener("htmx:beforeRequest", () => $("#status").replaceChildren());
    document.body.addEventListener("htmx:sendError", () => tell(say.retry));
    document.body.addEventListener("htmx:timeout", () => tell(say.retry));
    document.body.addEventListener("htmx:responseError", () => tell(say.refused));
    // Not for a question after which one is asked to sign in.
    document.body.addEventListener("htmx:beforeOnLoad", ({ detail: { elt, xhr } }) => {
      if (elt.id === "serve" && xhr.getResponseHeader("HX-Redirect")) sessionStorage.removeItem(draftName());
    });
    for (const changed of ["preference-changed", "wishes-changed"]) {
      document.body.addEventListener(changed, () => $("#sheet")?.close());
    }
  });
  // A page that the browser kept from before would show an old basket under a used uid.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    document.body.hidden = true;
    location.reload();
  });
})();
