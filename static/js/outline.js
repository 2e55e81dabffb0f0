// On a narrow screen the outline starts closed, or the plan would begin a screen further down.
"use strict";
if (window.matchMedia("(max-width: 62rem)").matches) {
  document.querySelectorAll("details.outline").forEach((outline) => outline.removeAttribute("open"));
}
