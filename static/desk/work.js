"use strict";
/* Keys of the work lists. Nothing happens while somebody writes. */
(function () {
  function writing(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== "checkbox";
  }
  function rows() { return Array.from(document.querySelectorAll("[data-row]")); }
  function current() {
    return document.activeElement && document.activeElement.closest("[data-row]");
  }
  function move(step) {
    const all = rows();
    if (!all.length) { return; }
    const at = all.indexOf(current());
    const to = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
    const link = all[to].querySelector("a");
    link.focus();
    all[to].scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) { return; }
    const row = current();
    if (event.key === "n") {
      const form = document.querySelector("form[data-next]");
      if (form) { event.preventDefault(); form.requestSubmit(); }
    } else if (event.key === "j") { move(1); } else if (event.key === "k") { move(-1); }
    else if (event.key === "c") {
      const claim = (row || document).querySelector("[data-claim]");
      if (claim && (row || !rows().length)) { claim.click(); }
    } else if (event.key === "x" && row) {
      const box = row.querySelector("input[type=checkbox]");
      if (box) { box.click(); }
    }
  });
  const all = document.querySelector("[data-all]");
  const every = document.querySelector("[data-every]");
  if (all) {
    all.addEventListener("change", function () {
      document.querySelectorAll("[data-row] input[type=checkbox]").forEach(function (box) { box.checked = all.checked; });
    });
  }
  if (every && all) {
    every.addEventListener("change", function () { if (every.checked) { all.checked = true; all.dispatchEvent(new Event("change")); } });
  }
})();
