// Keeps what is typed: in this browser at once, on the server two seconds after the last key and at the
// latest three after the first. A request is sent again exactly as it was until it is answered, under one
// token, so that it counts once; only then newer text follows. Late answers never touch newer text.
"use strict";
(() => {
  const QUIET = 2000; // after the last key
  const LATEST = 3000; // after the first key that is not saved
  const SLOW = 3000; // until an answer that does not come is said
  const GIVE_UP = 15000; // until a request without an answer is broken off and sent again
  const AGAIN = 4000; // between attempts
  const OWN = new Set(["csrfmiddlewaretoken", "token", "base", "then", "fields", "person"]);

  const words = (name) => document.getElementById("words").dataset[name];
  const cookie = (name) => (document.cookie.match(`(?:^|; )${name}=([^;]*)`) || [])[1];

  // crypto.randomUUID is there on https alone; offices also work on plain addresses inside their network.
  const uuid = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  const store = {
    key: (desk, name) => `districtplans:${desk.dataset.person}:${desk.dataset.plan}:${name}`,
    put(key, value) {
      try {
        localStorage.setItem(key, JSON.stringify(value));
      } catch {
        // A full or forbidden store: the server is still there.
      }
    },
    drop(key) {
      try {
        localStorage.removeItem(key);
      } catch {
        // As above.
      }
    },
    all(desk) {
      const start = store.key(desk, "");
      try {
        return Object.keys(localStorage)
          .filter((key) => key.startsWith(start))
          .map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) }));
      } catch {
        return [];
      }
    },
  };

  // What may be changed by hand, as text: two snapshots that are equal say the same.
  const snapshot = (form) =>
    JSON.stringify([...new FormData(form)].filter(([name]) => !OWN.has(name) && !name.startsWith("keep-")));

  const say = (state, text) => {
    const box = document.getElementById("save-state");
    if (box.dataset.state === state && box.textContent === text) return;
    box.dataset.state = state;
    box.textContent = text;
    document.querySelectorAll(".editing__state").forEach((one) => {
      one.dataset.state = state;
      one.textContent = text;
    });
  };

  // Refused: signed out meanwhile, somebody else signed in, or only the token of the page out of date.
  const whyForbidden = async () => {
    const desk = document.getElementById("desk");
    const response = await fetch(`${desk.dataset.edit}?pieces=none`, { headers: { "HX-Request": "true" } });
    if (response.redirected) return "expired";
    if (!response.ok) return "closed";
    return response.headers.get("X-Person") === desk.dataset.person ? "trouble" : "other";
  };

  // Sends a form and answers what came of it: { kind, answer }. Kinds: done, conflict, refused, gone,
  // expired, other, closed, trouble, offline.
  const send = async (url, body) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), GIVE_UP);
    try {
      const response = await fetch(url, {
        method: "POST",
        body,
        signal: stop.signal,
        headers: { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") || body.get("csrfmiddlewaretoken") || "" },
      });
      if (response.redirected) return { kind: "expired" };
      if (response.status === 403) return { kind: await whyForbidden() };
      const type = response.headers.get("Content-Type") || "";
      const answer = type.includes("json") ? await response.json() : {};
      const kinds = { 200: "done", 409: "conflict", 410: "gone", 422: "refused", 404: "gone" };
      return { kind: kinds[response.status] || "trouble", answer };
    } catch {
      return { kind: "offline" };
    } finally {
      clearTimeout(timer);
    }
  };

  class Keeper {
    // `on` has the calls saved(answer), conflict(answer), gone(), each made after the state was said.
    constructor(form, { desk, name, on }) {
      Object.assign(this, { form, desk, on });
      this.key = store.key(desk, name);
      this.clean = snapshot(form); // as the server has it
      this.pending = null; // what was sent and not answered: { body, seen, url }
      this.busy = null;
      this.first = 0;
      this.stopped = false;
      form.addEventListener("input", () => this.typed());
      form.addEventListener("change", () => this.typed());
    }

    get isDirty() {
      return this.pending !== null || snapshot(this.form) !== this.clean;
    }

    typed() {
      if (this.stopped) return;
      if (!this.isDirty) {
        say("saved", words("saved"));
        store.drop(this.key);
        return;
      }
      this.keep();
      if (!this.blocked) say("unsaved", words("unsaved"));
      const now = Date.now();
      this.first ||= now;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), Math.max(0, Math.min(QUIET, this.first + LATEST - now)));
    }

    keep() {
      const data = [...new FormData(this.form)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
      store.put(this.key, { at: Date.now(), url: this.form.action, data, label: this.form.dataset.label || "" });
    }

    // Saves until nothing is unsaved. Answers true when all of it is on the server.
    async save() {
      clearTimeout(this.timer);
      if (this.busy) {
        await this.busy;
        return this.isDirty && !this.stopped && !this.blocked ? this.save() : !this.isDirty;
      }
      if (!this.isDirty || this.stopped) return !this.isDirty;
      this.busy = this.attempt();
      const went = await this.busy;
      this.busy = null;
      if (!went) return false;
      return this.isDirty ? this.save() : true;
    }

    async attempt() {
      if (!this.pending) {
        const token = this.form.elements.token;
        token.value = uuid();
        this.pending = { body: new FormData(this.form), seen: snapshot(this.form), url: this.form.action };
        const revision = document.getElementById("sheet")?.dataset.revision;
        if (revision) this.pending.body.append("revision", revision);
      }
      const sent = this.pending;
      say("saving", words("saving"));
      const slow = setTimeout(() => say("slow", words("slow")), SLOW);
      const { kind, answer } = await send(sent.url, sent.body);
      clearTimeout(slow);
      return this.answered(kind, answer, sent);
    }

    answered(kind, answer, sent) {
      if (kind === "offline" || kind === "trouble") {
        say(kind === "offline" ? "offline" : "slow", words(kind === "offline" ? "offline" : "slow"));
        clearTimeout(this.again);
        this.again = setTimeout(() => this.save(), AGAIN);
        return false;
      }
      this.pending = null;
      this.first = 0;
      this.blocked = kind !== "done";
      if (kind === "done") {
        this.clean = sent.seen;
        if (answer.base) this.form.elements.base.value = JSON.stringify(answer.base);
        if (answer.fields) this.take(answer.fields, sent.seen);
        if (this.isDirty) {
          this.keep();
          this.first = Date.now();
        } else {
          store.drop(this.key);
          say("saved", words("saved"));
        }
        this.on.saved(answer);
        return true;
      }
      this.keep();
      if (kind === "expired") this.expired();
      else if (kind === "other") say("refused", words("otherPerson"));
      else if (kind === "closed") say("refused", words("closedPlan"));
      else if (kind === "conflict") {
        this.stopped = true;
        say("conflict", words("conflict"));
        this.on.conflict(answer);
      } else if (kind === "gone") {
        say("refused", words("gone"));
        this.on.gone();
      } else {
        const said = answer.message || Object.values(answer.errors || {}).flat().map((one) => one.message).join(" ");
        say("refused", `${words("refused")} ${said}`);
      }
      return false;
    }

    // Writes into the fields nobody touched here what others changed in them.
    take(fields, seen) {
      if (snapshot(this.form) !== seen) return;
      for (const [name, value] of Object.entries(fields)) {
        const control = this.form.elements[name];
        if (!control) continue;
        const boxes = control instanceof RadioNodeList ? [...control] : [control];
        for (const box of boxes) {
          if (box === document.activeElement) continue;
          if (box.type === "checkbox") box.checked = Array.isArray(value) ? value.map(String).includes(box.value) : Boolean(value);
          else if (box.value !== String(value)) box.value = value;
        }
      }
      this.clean = snapshot(this.form);
    }

    expired() {
      say("expired", words("expired"));
      const link = document.createElement("a");
      link.href = `/accounts/login/?next=${encodeURIComponent(location.pathname)}`;
      link.textContent = words("signin");
      document.getElementById("save-state").append(" ", link);
    }

    stop() {
      this.stopped = true;
      clearTimeout(this.timer);
      clearTimeout(this.again);
    }
  }

  window.districtplans = { Keeper, send, say, store, words, snapshot, uuid };
})();
