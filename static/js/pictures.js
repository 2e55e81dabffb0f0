// A picture that came from outside is shown large above the page. Without scripts its link stores it.
"use strict";
(() => {
  const show = (link) => {
    const box = Object.assign(document.createElement("dialog"), { className: "picture-box" });
    const form = Object.assign(document.createElement("form"), { method: "dialog" });
    const close = Object.assign(document.createElement("button"), { className: "btn btn-outline-secondary", textContent: link.dataset.close });
    const large = Object.assign(document.createElement("img"), { src: link.href, alt: link.dataset.name });
    box.setAttribute("aria-label", link.dataset.name);
    form.append(close);
    box.append(form, large);
    box.addEventListener("close", () => {
      box.remove();
      link.focus(); // where it was opened
    });
    box.addEventListener("click", ({ target, detail }) => target === box && detail < 2 && box.close());
    document.body.append(box);
    box.showModal();
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.evidence__picture");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !window.HTMLDialogElement) return;
    event.preventDefault();
    event.stopPropagation(); // nothing is left: the form need not be saved first
    show(link);
  }, true);
})();
