"use strict";
/* Says every ten seconds that this page is open, and shows who else is at the same customer. */
(function () {
  const line = document.querySelector("[data-presence]");
  if (!line) { return; }
  const words = line.querySelector("span:last-child");
  let asking = false;
  function ask() {
    if (asking || document.hidden) { return; }
    asking = true;
    fetch(line.dataset.presence, { credentials: "same-origin", headers: { Accept: "application/json" } })
      .then(function (answer) { return answer.ok ? answer.json() : { words: "" }; })
      .then(function (found) {
        if (words.textContent !== found.words) { words.textContent = found.words; }
        line.hidden = !found.words;
      })
      .catch(function () { line.hidden = true; })
      .finally(function () { asking = false; });
  }
  ask();
  setInterval(ask, 10000);
  document.addEventListener("visibilitychange", ask);
  window.addEventListener("pagehide", function () {
    const joint = line.dataset.presence.indexOf("?") < 0 ? "?" : "&";
    fetch(line.dataset.presence + joint + "leave=1", { credentials: "same-origin", keepalive: true }).catch(function () {});
  });
})();
