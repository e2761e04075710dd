"use strict";
/* Asks how far a bulk act is; when it is done, shows its results. */
(function () {
  const box = document.querySelector("[data-progress]");
  if (!box) { return; }
  const bar = box.querySelector("progress");
  const words = box.querySelector("p");
  const timer = setInterval(function () {
    fetch(box.dataset.progress, { credentials: "same-origin", headers: { Accept: "application/json" } })
      .then(function (answer) { return answer.json(); })
      .then(function (found) {
        bar.max = found.total;
        bar.value = found.done;
        words.textContent = found.words;
        if (found.state === "done") { clearInterval(timer); location.reload(); }
      })
      .catch(function () {});
  }, 2000);
})();
