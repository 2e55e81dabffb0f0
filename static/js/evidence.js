// Files behind a report: dropped on its card, chosen, or taken with the camera. They go to the server one after
// another, each with how far it is, and are tried again when the connection broke. The report's text is not touched.
"use strict";
(() => {
  const dp = window.districtplans;
  const said = document.getElementById("evidence-words");
  if (!dp || !said) return;
  const words = (name) => said.dataset[name];
  const LIMIT = Number(words("limit")) * 1024 * 1024;
  const OFTEN = 4000; // milliseconds between two things told to a screen reader about one file

  const cookie = (name) => (document.cookie.match(`(?:^|; )${name}=([^;]*)`) || [])[1];
  // The token of the page is as old as the page; that of the cookie as young as the last sign-in.
  const token = () => cookie("csrftoken") || document.querySelector("[name=csrfmiddlewaretoken]").value;

  const show = (part, html) => (part.querySelector(".evidence__list").innerHTML = html);

  // Posts a form and answers { kind, answer }; `onSent` hears which part of it is on its way.
  const post = (url, body, { onSent = () => {}, onOpen = () => {} } = {}) =>
    new Promise((resolve) => {
      const request = new XMLHttpRequest();
      body.set("person", dp.desk.dataset.person);
      request.open("POST", url);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-CSRFToken", token());
      request.upload.addEventListener("progress", ({ loaded, total }) => onSent(total ? loaded / total : 0));
      request.addEventListener("load", () => {
        const kinds = { 200: "done", 422: "refused", 403: "forbidden", 404: "forbidden", 413: "large" };
        let answer = {};
        try {
          answer = JSON.parse(request.responseText);
        } catch {
          answer = {};
        }
        // Led elsewhere: to the sign-in, which answers in JSON as well.
        const isElsewhere = new URL(request.responseURL).pathname !== new URL(url, location.href).pathname;
        resolve({ kind: isElsewhere ? "expired" : kinds[request.status] || "trouble", answer });
      });
      for (const name of ["error", "timeout"]) request.addEventListener(name, () => resolve({ kind: "broken", answer: {} }));
      request.addEventListener("abort", () => resolve({ kind: "cancelled", answer: {} }));
      onOpen(request);
      request.send(body);
    });

  // One file on its way: a row below the list of the card.
  class Upload {
    constructor(part, file) {
      Object.assign(this, { part, file, isOver: false, told: 0 });
      this.row = document.createElement("li");
      this.row.className = "uploads__file";
      this.name = Object.assign(document.createElement("span"), { className: "uploads__name", textContent: file.name });
      this.bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
      this.bar.setAttribute("aria-label", file.name);
      this.state = Object.assign(document.createElement("span"), { className: "uploads__state", textContent: words("waiting") });
      this.buttons = Object.assign(document.createElement("span"), { className: "uploads__buttons" });
      this.row.append(this.name, this.bar, this.state, this.buttons);
      this.offer("cancel", () => this.cancel());
      part.querySelector(".uploads").append(this.row);
    }

    offer(name, act, ...rest) {
      const made = dp.button(words(name), act, "outline-secondary");
      const whose = Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: ` ${this.file.name}` });
      made.append(whose);
      this.buttons.replaceChildren(made, ...rest);
      return made;
    }

    cancel() {
      this.isOver = true;
      this.request?.abort();
      this.row.remove();
      this.part.querySelector("h3").focus();
    }

    say(text) {
      this.state.textContent = text;
    }

    sent(part) {
      this.bar.value = part;
      this.say(part < 1 ? `${words("sending")} ${Math.floor(part * 100)}%` : words("checking"));
      if (part >= 1 || Date.now() - this.told < OFTEN) return;
      this.told = Date.now();
      dp.announce(`${this.file.name} ${this.state.textContent}`);
    }

    fail(text, mayTryAgain) {
      this.row.classList.add("uploads__file--failed");
      this.bar.hidden = true;
      this.say(text);
      dp.announce(`${this.file.name}: ${text}`);
      const away = dp.button(words("away"), () => this.cancel(), "link");
      away.append(Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: ` ${this.file.name}` }));
      if (mayTryAgain) this.offer("again", () => this.again(), away);
      else this.buttons.replaceChildren(away);
    }

    again() {
      this.row.classList.remove("uploads__file--failed");
      this.bar.hidden = false;
      this.bar.value = 0;
      this.say(words("waiting"));
      this.offer("cancel", () => this.cancel()).focus();
      line.push(this);
      goOn();
    }

    async send() {
      if (this.isOver) return;
      if (this.file.size > LIMIT) return this.fail(words("large"), false);
      const body = new FormData();
      body.set("file", this.file, this.file.name);
      const { kind, answer } = await post(this.part.dataset.add, body, {
        onSent: (part) => this.sent(part),
        onOpen: (request) => (this.request = request),
      });
      if (this.isOver) return;
      if (kind !== "done") return this.fail(kind === "refused" ? answer.message : words(kind), kind !== "refused" && kind !== "large");
      show(this.part, answer.html);
      const held = this.row.contains(document.activeElement);
      this.isOver = true;
      this.row.remove();
      if (held) this.part.querySelector("h3").focus();
      dp.announce(`${this.file.name}: ${words("done")}`);
    }
  }

  // One after another: two at once would only make both slower.
  const line = [];
  let isGoing = false;
  const goOn = async () => {
    if (isGoing) return;
    isGoing = true;
    while (line.length) await line[0].send().finally(() => line.shift());
    isGoing = false;
  };

  const take = (part, files) => {
    for (const file of files) line.push(new Upload(part, file));
    goOn();
  };

  for (const part of document.querySelectorAll(".report__evidence[data-add]")) {
    if (!part.querySelector(".uploads")) continue;
    const card = part.closest(".report");
    part.querySelectorAll("input[type=file]").forEach((input) =>
      input.addEventListener("change", () => {
        take(part, [...input.files]);
        input.value = ""; // the same file can be chosen again
      }),
    );

    // Dropped anywhere on the card. Text that is dragged into a field is not a file.
    const hasFiles = ({ dataTransfer }) => [...dataTransfer.types].includes("Files");
    let depth = 0;
    const mark = (isOver) => card.classList.toggle("report--drop", isOver);
    card.dataset.drop = words("drop");
    card.addEventListener("dragenter", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth += 1;
      mark(true);
    });
    card.addEventListener("dragleave", (event) => {
      if (!hasFiles(event)) return;
      depth = Math.max(0, depth - 1);
      mark(depth > 0);
    });
    card.addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    });
    card.addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      mark(false);
      take(part, [...event.dataTransfer.files]);
    });

    // What the buttons beside a piece and the form of a link do, without leaving the page.
    part.addEventListener("submit", async (event) => {
      const form = event.target;
      event.preventDefault();
      const body = new FormData(form, event.submitter);
      const what = body.get("do");
      const { kind, answer } = await post(form.action, body);
      const text = kind === "done" || kind === "refused" ? answer.message : words(kind);
      dp.announce(text);
      const place = form.querySelector(".evidence__said");
      if (place) place.textContent = kind === "done" ? "" : text;
      else if (kind !== "done") dp.problem(text);
      if (kind !== "done") return;
      const piece = form.closest(".evidence__piece")?.id;
      show(part, answer.html);
      if (!what) form.reset();
      // The focus goes where the next step is: to what brings a removed piece back, to the piece that is back.
      const next = { remove: "[value=restore]", restore: "[value=remove]", rename: "[value=rename]" }[what];
      (next ? part.querySelector(`#${piece} ${next}`) : form.querySelector("[name=link]"))?.focus();
    });
  }

  // A file let go beside a card would be opened in place of the page, and what was typed with it.
  for (const name of ["dragover", "drop"])
    window.addEventListener(name, (event) => [...event.dataTransfer.types].includes("Files") && event.preventDefault());
  window.addEventListener("beforeunload", (event) => {
    if (line.length && !dp.isLeaving) event.preventDefault();
  });
})();
