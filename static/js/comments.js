// Comments: names are offered while an @ is typed, and words not sent yet outlive the page. Without this
// script names are typed or ticked. Nothing acts while an input method is composing.
"use strict";
(() => {
  const PART = /[@＠]([^@＠\s，。、：；！？()（）]{0,12})$/;
  const MOST = 8;
  let list = null; // { box, area, from, options, active } of the suggestions that are shown
  let count = 0;

  // Suggestions

  const hide = () => {
    if (!list) return;
    list.area.removeAttribute("aria-activedescendant");
    list.area.removeAttribute("aria-controls");
    list.box.remove();
    list = null;
  };

  const mark = (at) => {
    list.active = (at + list.options.length) % list.options.length;
    list.options.forEach((option, place) => option.setAttribute("aria-selected", String(place === list.active)));
    list.area.setAttribute("aria-activedescendant", list.options[list.active].id);
    list.options[list.active].scrollIntoView({ block: "nearest" });
  };

  const choose = (option) => {
    const { area, from } = list;
    const name = `${option.dataset.name} `;
    area.setRangeText(name, from, area.selectionStart, "end");
    hide();
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const names = (area) => {
    const source = document.getElementById(area.dataset.mentions);
    return source ? [...source.options].map((one) => ({ name: one.value, place: one.textContent.trim() })) : [];
  };

  const suggest = (area) => {
    hide();
    if (area.selectionStart !== area.selectionEnd) return;
    const typed = PART.exec(area.value.slice(0, area.selectionStart));
    if (!typed) return;
    const part = typed[1].toLowerCase();
    const found = names(area)
      .filter(({ name, place }) => name.toLowerCase().includes(part) || (part && place.toLowerCase().startsWith(part)))
      .sort((one, other) => Number(!one.name.toLowerCase().startsWith(part)) - Number(!other.name.toLowerCase().startsWith(part)))
      .slice(0, MOST);
    // A name that is written in full needs no suggestion: Enter breaks the line again.
    if (!found.length || (found.length === 1 && found[0].name.toLowerCase() === part)) return;
    const box = document.createElement("ul");
    box.className = "suggestions";
    box.setAttribute("role", "listbox");
    box.setAttribute("aria-label", area.labels?.[0]?.textContent.replace("*", "").trim() || "@");
    box.id = `suggestions-${(count += 1)}`;
    const options = found.map(({ name, place }, at) => {
      const option = document.createElement("li");
      option.setAttribute("role", "option");
      option.id = `${box.id}-${at}`;
      option.dataset.name = name;
      option.textContent = place ? `${name}（${place}）` : name;
      option.addEventListener("mousedown", (event) => {
        event.preventDefault(); // the words keep the focus
        choose(option);
      });
      return option;
    });
    box.append(...options);
    area.after(box);
    area.setAttribute("aria-controls", box.id);
    list = { box, area, from: area.selectionStart - typed[1].length, options, active: 0 };
    mark(0);
  };

  document.addEventListener("input", (event) => {
    const area = event.target;
    if (event.isComposing || !area.matches?.("textarea[data-mentions]")) return;
    keep(area);
    suggest(area);
  });

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || !list || event.target !== list.area) return;
    const acts = {
      ArrowDown: () => mark(list.active + 1),
      ArrowUp: () => mark(list.active - 1),
      Enter: () => choose(list.options[list.active]),
      Tab: () => choose(list.options[list.active]),
      Escape: hide,
    };
    if (!acts[event.key] || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }, true);

  document.addEventListener("focusout", (event) => list && event.target === list.area && hide());

  // Words that are not sent yet, in this browser, for this person

  const key = (area) => {
    const panel = area.closest("[data-person]");
    const draft = area.closest("form")?.dataset.draft;
    return panel && draft ? `districtplans-words:${panel.dataset.person}:${panel.dataset.item}:${draft}` : "";
  };

  const stored = (work) => {
    try {
      return work(window.localStorage);
    } catch {
      return null; // a full or forbidden store: nothing is kept, everything else works
    }
  };

  function keep(area) {
    const name = key(area);
    if (!name) return;
    if (area.value.trim() && area.value !== area.defaultValue) stored((store) => store.setItem(name, area.value));
    else stored((store) => store.removeItem(name));
  }

  const bringBack = (root) => {
    root.querySelectorAll("form[data-draft] textarea[data-mentions]").forEach((area) => {
      const name = key(area);
      const words = name && stored((store) => store.getItem(name));
      if (!words || area.value !== area.defaultValue) return;
      area.value = words;
      const fold = area.closest("details");
      if (fold) fold.open = true;
    });
  };

  // What was sent is kept until the site has answered that it is written.
  let sent = "";
  document.addEventListener("submit", (event) => {
    const area = event.target.matches("form[data-draft]") && event.target.querySelector("textarea");
    sent = area ? key(area) : "";
  }, true);
  document.addEventListener("comments-changed", () => {
    if (sent) stored((store) => store.removeItem(sent));
    sent = "";
  });

  const side = document.getElementById("side");
  if (side) {
    bringBack(side);
    new MutationObserver((changes) => {
      if (changes.some((change) => [...change.addedNodes].some((node) => node.nodeType === 1 && !node.matches(".suggestions")))) bringBack(side);
    }).observe(side, { childList: true, subtree: true });
  }
})();
