/* The page "This tablet": what waits, sent at once, saved to a file, or read from one. */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const say = document.querySelector("#waiting").dataset, $ = (id) => document.getElementById(id);
  if (!Regulars.works) return;
  const when = (ms) => new Date(ms).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const tell = (text) => { $("waiting-says").textContent = text; };

  async function draw() {
    const waiting = await Regulars.entries();
    $("nothing-waits").hidden = waiting.length > 0;
    $("waiting-actions").hidden = !waiting.length;
    $("waiting-rows").replaceChildren(...waiting.map(row));
  }

  function row({ name, what, at, byName, tries }) {
    const item = document.createElement("li"), said = document.createElement("b"), by = document.createElement("small");
    item.className = "row";
    said.textContent = [name, what].filter(Boolean).join(": ");
    by.className = "said";
    by.textContent = [byName, when(at), tries && `${say.tried} ${Math.ceil(tries)}`].filter(Boolean).join(" · ");
    item.append(said, by);
    return item;
  }

  $("send-now").addEventListener("click", async () => {
    for (const entry of await Regulars.entries()) await Regulars.change(entry, { stuckUntil: 0 });
    await Regulars.flush();
  });

  $("save-file").addEventListener("click", async () => {
    const kept = { regulars: 1, shop: say.shop, entries: await Regulars.entries() };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(kept)], { type: "application/json" }));
    link.download = `regulars-${say.shop}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  });

  const isEntry = (each) => ["uid", "path", "body", "turn", "by", "shop"].every((name) => typeof each?.[name] === "string")
    && Number.isInteger(each.at) && each.path.startsWith(`/${each.shop}/counter/`);

  // All of it, or nothing.
  $("load-file")?.addEventListener("change", async ({ target }) => {
    const kept = await target.files[0]?.text().then(JSON.parse).catch(() => null);
    target.value = "";
    if (!Array.isArray(kept?.entries) || !kept.entries.every(isEntry)) return tell(say.badFile);
    if (kept.entries.some(({ shop }) => shop !== say.shop)) return tell(say.otherShop);
    const waiting = new Set((await Regulars.entries()).map(({ uid }) => uid));
    for (const { n, ...entry } of kept.entries) {
      if (!waiting.has(entry.uid)) await Regulars.put({ ...entry, tries: 0, stuckUntil: 0 });
    }
    tell(Regulars.fill(say.loaded, { n: kept.entries.length }));
    await Regulars.flush();
  });

  Regulars.onChange(draw);
  draw();
});
