/* Small things of the evening review that a page cannot do alone: it works without them. */
(() => {
  "use strict";
  const say = document.currentScript.dataset;
  document.documentElement.classList.add("js");
  const thousandths = (number) => Math.round(number * 1000) / 1000;

  // One step more or less at once; it is sent when the finger rests.
  function step(button) {
    const input = button.form.querySelector(".amount");
    const number = Number(input.value.replace(",", "."));
    if (Number.isNaN(number)) return false;
    input.value = String(Math.max(thousandths(number + Number(button.dataset.step)), 0));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }

  async function copy(button) {
    const field = document.querySelector(button.dataset.copy);
    field.select();
    // Over plain http, as in most shops, there is no clipboard to write to.
    const done = navigator.clipboard ? await navigator.clipboard.writeText(field.value).then(() => true, () => false) : document.execCommand("copy");
    if (done) button.textContent = say.copied;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.step && step(button)) event.preventDefault();
    if ("print" in button.dataset) print();
    if (button.dataset.copy) copy(button);
    if (button.dataset.share) navigator.share({ text: document.querySelector(button.dataset.share).value }).catch(() => {});
  });
  // A quantity that was typed or stepped is sent as it stands: the button that has the focus by now was not tapped.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.triggeringEvent?.type !== "change") return;
    for (const name of ["step", "got", "instead"]) delete event.detail.parameters[name];
  });
  document.addEventListener("DOMContentLoaded", () => {
    if (navigator.share) document.querySelectorAll("[data-share]").forEach((button) => { button.hidden = false; });
  });
})();
