// Follows the system's light or dark setting; without JavaScript the site stays light. Runs before the
// page is drawn, as does the mark that shows what only works with JavaScript.
"use strict";
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  apply();
  dark.addEventListener("change", apply);
  document.documentElement.classList.add("js");
})();
