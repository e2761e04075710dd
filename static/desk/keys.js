/* Keys of the desk: / searches, ? helps, g and a letter goes to a list. Ctrl+K is the theme's.
   The words and addresses stand in the page (templates/unfold/helpers/command.html). */
"use strict";
(() => {
  const WAIT = 1200;
  let going = 0;

  const typing = (target) =>
    target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);

  const help = () => document.getElementById("dk-keys");

  const search = () => {
    const own = document.querySelector("#searchbar, .dk-find input, .dk-asked input");
    if (own && own.offsetParent) {
      own.focus();
      own.select();
    } else {
      window.dispatchEvent(new CustomEvent("opencommand"));
    }
  };

  const go = (letter) => {
    const link = document.querySelector(`#dk-keys a[data-key="${CSS.escape(letter)}"]`);
    if (link) window.location.assign(link.href);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target)) return;
    const dialog = help();
    if (!dialog || (dialog.open && event.key !== "?")) return;
    if (going && Date.now() - going < WAIT) {
      going = 0;
      event.preventDefault();
      go(event.key.toLowerCase());
      return;
    }
    going = 0;
    if (event.key === "/") {
      event.preventDefault();
      event.stopImmediatePropagation();
      search();
    } else if (event.key === "?") {
      event.preventDefault();
      if (dialog.open) dialog.close();
      else dialog.showModal();
    } else if (event.key === "g") {
      going = Date.now();
    }
  }, true);

  // What is wider than its place is scrolled by key, too: it can be reached, and has a name.
  const reachable = () => {
    const name = help()?.dataset.scrolled;
    for (const area of document.querySelectorAll(".dk-scroll")) {
      const hides = area.scrollWidth > area.clientWidth || area.scrollHeight > area.clientHeight;
      area.toggleAttribute("tabindex", hides);
      if (!hides) continue;
      area.tabIndex = 0;
      area.setAttribute("role", "region");
      if (name) area.setAttribute("aria-label", name);
    }
  };
  document.addEventListener("DOMContentLoaded", reachable);
  document.addEventListener("toggle", reachable, true);
  window.addEventListener("resize", reachable);

  // The theme's scrolled areas are named in English by their script.
  window.addEventListener("load", () => {
    const name = help()?.dataset.scrolled;
    if (!name) return;
    for (const area of document.querySelectorAll('[aria-label="scrollable content"]')) {
      area.setAttribute("aria-label", name);
    }
  });

  document.addEventListener("click", (event) => {
    const dialog = help();
    if (!dialog) return;
    if (event.target.closest("[data-dk-keys]")) dialog.showModal();
    else if (event.target === dialog || event.target.closest("[data-dk-close]")) dialog.close();
  });
})();
