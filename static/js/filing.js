// The form of a unit: each report saves itself, says what it comes to, and shows what is asked only when it is
// behind. What was typed and is not on the server is offered again.
"use strict";
(() => {
  const dp = window.districtplans;
  if (!dp) return;
  const { words } = dp;
  const open = [];

  const cardOf = (form) => form.closest(".report");
  const grow = (area) => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 4}px`;
  };

  // At once, before the server has computed it: less than planned is behind.
  const number = (form, name) => parseFloat((form.elements[name]?.value || "").replace(/[,，%％]/g, ""));
  const guess = (form) => {
    const isBehind = number(form, "actual") < number(form, "planned") || form.elements.state_given?.value === "behind";
    cardOf(form).toggleAttribute("data-behind", isBehind);
  };

  // What the server refused is marked at its field, as on a page without scripts.
  const controlOf = (form, name) => {
    const found = form.elements[name];
    return found instanceof RadioNodeList ? found[0] : found;
  };
  const named = (form, name) => {
    const control = controlOf(form, name);
    const label = control?.labels?.[0]?.textContent.trim() || "";
    return [form.dataset.label, label].filter(Boolean).join(" ");
  };
  const clear = (control) => {
    const beside = document.getElementById(`${control.id}-refused`);
    if (!beside) return;
    beside.remove();
    control.classList.remove("is-invalid");
    control.removeAttribute("aria-invalid");
    const described = (control.getAttribute("aria-describedby") || "").split(" ").filter((id) => id && id !== beside.id);
    if (described.length) control.setAttribute("aria-describedby", described.join(" "));
    else control.removeAttribute("aria-describedby");
  };
  const clearAll = (form) => {
    cardOf(form).removeAttribute("data-refused");
    form.querySelectorAll("[aria-invalid]").forEach(clear);
  };
  const refused = (form, { errors = {} }) => {
    clearAll(form);
    for (const [name, list] of Object.entries(errors)) {
      const control = controlOf(form, name);
      if (!control?.id) continue;
      const beside = Object.assign(document.createElement("p"), { id: `${control.id}-refused`, className: "invalid-feedback" });
      beside.textContent = list.map((one) => one.message).join(" ");
      control.after(beside);
      cardOf(form).setAttribute("data-refused", "");
      control.classList.add("is-invalid");
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-describedby", [control.getAttribute("aria-describedby"), beside.id].filter(Boolean).join(" "));
    }
  };
  // Leads whoever wants to go on to what keeps them here.
  const showTrouble = () => {
    const first = document.querySelector(".report__form [aria-invalid], .conflict h3");
    first?.closest("details")?.setAttribute("open", "");
    first?.focus();
  };

  const saved = (form, answer) => {
    const card = cardOf(form);
    clearAll(form);
    card.dataset.state = answer.state;
    const standing = card.querySelector(".report__standing");
    if (standing) standing.innerHTML = answer.html;
    card.querySelector(".report__title .state").textContent = answer.status;
    guess(form);
    if (answer.left) dp.problem(answer.left);
    // What is to be confirmed has a field of its own, which the page did not know of.
    for (const name of answer.confirm || []) if (!form.elements[name.replace("value-", "confirmed-")]) askToConfirm(form, name, answer);
    form.querySelectorAll(".conflict").forEach((one) => one.remove());
  };

  const askToConfirm = (form, name) => {
    const beside = form.elements[name]?.closest(".mb-3");
    if (!beside) return;
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", name: name.replace("value-", "confirmed-"), value: "on", className: "form-check-input" });
    label.className = "report__tick";
    label.append(box, ` ${words("confirm")}`);
    beside.after(label);
  };

  const stuck = (form, keeper, kind, answer) => {
    if (kind !== "conflict") return dp.problem(dp.said(keeper));
    const card = cardOf(form);
    card.querySelectorAll(".conflict").forEach((one) => one.remove());
    form.insertAdjacentHTML("beforebegin", answer.html);
    const box = card.querySelector(".conflict");
    // Whatever is chosen is sent as made from what the other wrote.
    const base = JSON.parse(form.elements.base.value || "{}");
    form.elements.base.value = JSON.stringify({ ...base, ...answer.theirs });
    box.addEventListener("change", ({ target }) => {
      const name = target.name.replace("keep-", "");
      mine[name] ??= dp.valuesOf(form)[name] || [];
      dp.fill(form, name, target.value === "theirs" ? dp.asSent(form, name, answer.theirs[name]) : mine[name]);
    });
    const mine = {};
    const done = dp.button(words("choose"), () => {
      keeper.isHeld = false;
      keeper.clean = {};
      keeper.saveSome();
      box.remove();
    }, "primary");
    box.append(done);
    box.querySelector("h3").focus();
    return null;
  };

  const begin = (form) => {
    const keeper = new dp.Keeper(form, {
      name: form.id,
      label: form.dataset.label,
      on: {
        saved: (answer) => saved(form, answer),
        stuck: (kind, answer) => stuck(form, keeper, kind, answer),
        refused: (answer) => refused(form, answer),
        named: (name) => named(form, name),
      },
    });
    open.push({ form, keeper });
    form.addEventListener("focusout", ({ relatedTarget }) => {
      if (!form.contains(relatedTarget)) keeper.saveInPassing();
    });
    form.addEventListener("input", ({ target }) => {
      if (target.localName === "textarea") grow(target);
      clear(target);
      if (!form.querySelector("[aria-invalid]")) cardOf(form).removeAttribute("data-refused");
      guess(form);
    });
    form.addEventListener("change", () => guess(form));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      keeper.save();
    });
    form.querySelectorAll("textarea").forEach(grow);
    guess(form);
  };
  document.querySelectorAll(".report__form").forEach(begin);

  // Nothing is left behind by going on to the next page.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    // What opens beside the page, or is stored, leaves it as it is.
    if (!link || link.target === "_blank" || link.hasAttribute("download")) return;
    if (link.getAttribute("href").startsWith("#") || !open.some(({ keeper }) => keeper.isDirty)) return;
    event.preventDefault();
    const all = await Promise.all(open.map(({ keeper }) => keeper.save()));
    if (all.every(Boolean)) {
      dp.isLeaving = true;
      location.assign(link.href);
    } else showTrouble();
  });
  window.addEventListener("online", () => open.forEach(({ keeper }) => keeper.isDirty && keeper.retry()));
  document.addEventListener("visibilitychange", () => open.forEach(({ keeper }) => keeper.isDirty && keeper.saveInPassing()));
  window.addEventListener("beforeunload", (event) => {
    if (!dp.isLeaving && open.some(({ keeper }) => keeper.isDirty)) event.preventDefault();
  });

  // What a killed browser or an expired sign-in left here.
  const textOf = ({ data }) => data.filter(([name]) => ["narrative", "reason", "countermeasure"].includes(name)).map(([, text]) => text.trim()).filter(Boolean).join("／");
  const OWN = ["base", "token", "person", "csrfmiddlewaretoken", "revision"];
  const labelOf = (name) => words(`of${name[0].toUpperCase()}${name.slice(1).split("-")[0]}`);
  // The report was handed in or its period closed: what was typed cannot be saved, but is there to be read and copied.
  const toRead = (draft, gone) => {
    const area = Object.assign(document.createElement("textarea"), { readOnly: true, className: "form-control kept", rows: 3 });
    const base = JSON.parse(Object.fromEntries(draft.data).base || "{}");
    const typed = draft.data.filter(([name, text]) => !OWN.includes(name) && text.trim() && text !== base[name]);
    const texts = typed.map(([name, text]) => [labelOf(name), text.trim()].filter(Boolean).join("："));
    area.value = texts.join("\n");
    area.setAttribute("aria-label", `${words("kept")} ${draft.label}`);
    const copy = dp.button(words("copy"), async () => {
      area.select();
      try {
        await navigator.clipboard.writeText(area.value);
        dp.announce(words("copied"));
      } catch {
        area.focus(); // where the browser does not allow it, it is selected to be copied by hand
      }
    }, "primary");
    const drop = dp.button(words("discard"), async () => {
      await dp.drafts.drop(draft.key);
      gone();
    }, "outline-secondary");
    return [`${draft.label} ${words("tooLate")}`, area, copy, " ", drop];
  };
  const showDrafts = async () => {
    const list = document.createElement("ul");
    for (const draft of await dp.drafts.all()) {
      const found = open.find(({ keeper }) => keeper.key === draft.key);
      const row = document.createElement("li");
      const gone = () => {
        row.remove();
        if (!list.children.length) dp.notice("");
      };
      if (!found) {
        row.append(...toRead(draft, gone));
        list.append(row);
        continue;
      }
      row.append(`${draft.label} ${textOf(draft).slice(0, 60)} `);
      row.append(
        dp.button(words("putback"), () => {
          found.keeper.takeUp(draft);
          found.form.querySelectorAll("textarea").forEach(grow);
          found.form.elements.narrative.focus();
          gone();
        }, "primary"),
        " ",
        dp.button(words("discard"), async () => {
          await dp.drafts.drop(draft.key);
          gone();
        }, "outline-secondary"),
      );
      list.append(row);
    }
    if (list.children.length) dp.notice(words("draft"), list);
  };
  dp.showDrafts = showDrafts;
  showDrafts().then(() => (document.getElementById("desk").dataset.ready = "yes"));
})();
