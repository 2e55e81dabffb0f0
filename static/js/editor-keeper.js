// Keeps what is typed: in this browser at once, on the server two seconds after the last key and at the
// latest three after the first. A request is sent again exactly as it was until it is answered, under one
// token, so that it counts once; only then newer text follows. Late answers never touch newer text.
"use strict";
(() => {
  const dp = window.districtplans;
  if (!dp) return;
  const QUIET = 2000; // after the last key
  const LATEST = 3000; // after the first key that is not saved
  const SLOW = 800; // until an answer that does not come is said
  const GIVE_UP = 15000; // until a request without an answer is broken off and sent again
  const AGAIN = 4000; // between attempts
  const SMALL = 60000; // what a browser still sends for a page that is gone
  const OWN = new Set(["csrfmiddlewaretoken", "token", "base", "then", "fields", "person", "parent", "after"]);
  const PARTS = { units: ["leads", "assists"] }; // fields of the page that make one of the server's
  const WAITING = new Set(["offline", "slow", "expired"]); // stays said until there is an answer
  const STUCK = new Set(["conflict", "gone", "closed", "other"]); // a person decides what becomes of it

  const cookie = (name) => (document.cookie.match(`(?:^|; )${name}=([^;]*)`) || [])[1];

  const pageToken = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";

  // crypto.randomUUID is there on https alone; offices also work on plain addresses inside their network.
  const uuid = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  // Asks for a piece of a page: { kind, text }.
  const get = async (url) => {
    try {
      const response = await fetch(url, { headers: { "HX-Request": "true" } });
      if (response.redirected) return { kind: "expired" };
      const person = response.headers.get("X-Person");
      if (person && person !== dp.desk.dataset.person) return { kind: "other" };
      const kinds = { 200: "done", 403: "closed", 404: "closed", 410: "gone" };
      return { kind: kinds[response.status] || "trouble", text: await response.text() };
    } catch {
      return { kind: "offline" };
    }
  };

  // Refused: somebody else is signed in now, or this person may not write here any more.
  const whyForbidden = async () => {
    const { kind } = await get(`${dp.desk.dataset.edit}?pieces=none`);
    return kind === "done" ? "closed" : kind;
  };

  const refusal = ({ errors = {} }) => {
    const codes = Object.values(errors).flat().map((one) => one.code);
    return ["gone", "closed"].find((code) => codes.includes(code)) || "refused";
  };

  const kindOf = async (response, answer) => {
    const { status } = response;
    if (response.redirected) return "expired";
    if (status === 403) return whyForbidden();
    if (status === 422) return refusal(answer);
    const kinds = { 200: "done", 404: "closed", 409: "conflict", 410: "gone", 400: "refused", 413: "refused" };
    return kinds[status] || "trouble";
  };

  // Sends a form and answers what came of it: { kind, answer }. Kinds: done, conflict, refused, gone,
  // expired, other, closed, trouble, offline.
  const send = async (url, entries, { signal } = {}) => {
    const body = new FormData();
    for (const [name, value] of entries) body.append(name, value);
    // The token of the page is as old as the page; that of the cookie as young as the last sign-in.
    const headers = { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") || pageToken() };
    const keepalive = document.hidden && new Blob([JSON.stringify(entries)]).size < SMALL;
    try {
      const response = await fetch(url, { method: "POST", body, signal, keepalive, headers });
      const isJson = (response.headers.get("Content-Type") || "").includes("json");
      const answer = isJson ? await response.json() : {};
      return { kind: await kindOf(response, answer), answer };
    } catch {
      return { kind: "offline", answer: {} };
    }
  };

  const namesIn = (form) => [...new Set([...form.elements].map((one) => one.name))];
  const isOwn = (name) => !name || OWN.has(name) || name.startsWith("keep-");
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  // What can be changed by hand, by field.
  const valuesOf = (form) => {
    const data = new FormData(form);
    return Object.fromEntries(namesIn(form).filter((name) => !isOwn(name)).map((name) => [name, data.getAll(name)]));
  };

  const controlsOf = (form, name) => {
    const found = form.elements[name];
    return !found ? [] : found instanceof RadioNodeList ? [...found] : [found];
  };

  const isMarked = (control) => ["checkbox", "radio"].includes(control.type);
  const holdsCaret = (form, name) => controlsOf(form, name).some((one) => one === document.activeElement && !isMarked(one));

  // Writes values, as a form sends them, into a field.
  const fill = (form, name, values) => {
    const wanted = values.map(String);
    for (const control of controlsOf(form, name)) {
      if (isMarked(control)) control.checked = wanted.includes(control.value);
      else if (control.value !== (wanted[0] ?? "")) control.value = wanted[0] ?? "";
    }
  };

  // What the server says a field holds, as a form would send it.
  const asSent = (form, name, value) => {
    if (Array.isArray(value)) return value;
    if (typeof value === "boolean") return value ? controlsOf(form, name).map((one) => one.value) : [];
    return [value];
  };

  class Keeper {
    // `name` is that of the draft. `isBlank` says of a new line that there is nothing to keep yet; `turn` lets
    // what must come first be saved first. `on.saved`, `on.stuck(kind, answer)` and
    // `on.refused(answer)` hear what came of it; `on.named(field)` says how a field is called where it is refused.
    constructor(form, { name, label = "", isBlank = () => false, turn = async () => true, on }) {
      Object.assign(this, { form, label, isBlank, turn, on, key: dp.drafts.key(name) });
      this.clean = valuesOf(form); // as the server has it
      this.pending = null; // what was sent and not answered: { url, data, seen }
      this.busy = null;
      this.first = 0; // when the oldest key that is not saved was pressed
      this.state = "";
      this.isHeld = false; // a person has to decide first
      this.isOver = false;
      this.isComposing = false;
      this.listen();
    }

    listen() {
      this.form.addEventListener("input", () => this.typed());
      this.form.addEventListener("change", () => this.typed());
      this.form.addEventListener("compositionstart", () => (this.isComposing = true));
      // Some input methods hold a whole sentence before it is chosen: it is kept here, though not yet sent.
      this.form.addEventListener("compositionupdate", () => setTimeout(() => this.isDirty && this.keep()));
      this.form.addEventListener("compositionend", () => (this.isComposing = false));
    }

    get base() {
      return JSON.parse(this.form.elements.base.value || "{}");
    }

    get isDirty() {
      return this.pending !== null || (!this.isBlank() && !same(valuesOf(this.form), this.clean));
    }

    say(state, text) {
      this.state = state;
      const said = dp.say(this, state, text);
      this.form.querySelectorAll(".editing__state").forEach((one) => {
        one.dataset.state = state;
        one.textContent = said;
      });
    }

    typed() {
      if (this.isOver) return;
      if (!this.isDirty) {
        if (this.state) this.say("saved");
        dp.drafts.drop(this.key);
        return;
      }
      this.keep();
      if (this.isHeld) return;
      if (!WAITING.has(this.state)) this.say("unsaved");
      this.schedule();
    }

    schedule() {
      const now = Date.now();
      this.first ||= now;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.saveSome(), Math.max(0, Math.min(QUIET, this.first + LATEST - now)));
    }

    draft() {
      const values = [...new FormData(this.form)].filter(([name]) => name !== "csrfmiddlewaretoken" && !name.startsWith("keep-"));
      const { key, label, pending, madeFrom } = this;
      // What was in conflict is in conflict again when it is put back.
      const data = values.map(([name, value]) => [name, name === "base" && madeFrom ? madeFrom : value]);
      return { key, label, url: this.form.action, data, pending };
    }

    keep() {
      if (!this.isOver) dp.drafts.put(this.draft());
    }

    rename(name) {
      dp.drafts.drop(this.key);
      this.key = dp.drafts.key(name);
    }

    // Saves once, unless half a syllable stands in the text: what follows it comes with the next key.
    async saveSome() {
      if (this.isComposing || this.isHeld || this.isOver || !this.isDirty) return;
      this.busy ||= this.attempt().finally(() => (this.busy = null));
      await this.busy;
    }

    // Saves when a field or the page is left; in vain on the way to the sign-in.
    saveInPassing() {
      if (this.state !== "expired") this.saveSome();
    }

    // Saves until nothing is unsaved. Answers true when all of it is on the server.
    async save() {
      while (this.isDirty) {
        if (this.isHeld || this.isOver) return false;
        this.busy ||= this.attempt().finally(() => (this.busy = null));
        if (!(await this.busy)) return false;
      }
      return true;
    }

    // Tries anew at once: the connection is back, or the person signed in again.
    async retry() {
      if (["expired", "other"].includes(this.state)) this.isHeld = false;
      this.stopper?.abort();
      await this.busy;
      await this.saveSome();
    }

    compose() {
      const data = [...new FormData(this.form)].filter(([name]) => name !== "token" && name !== "csrfmiddlewaretoken");
      const revision = document.getElementById("sheet")?.dataset.revision || "";
      return { url: this.form.action, data: [...data, ["token", uuid()], ["revision", revision]], seen: valuesOf(this.form) };
    }

    async attempt() {
      clearTimeout(this.timer);
      if (!(await this.turn())) return this.wait("offline");
      this.pending ||= this.compose();
      this.first = 0;
      this.keep(); // with what is under way: a browser that is killed now asks again in the same words
      const { pending } = this;
      pending.mayHaveArrived ||= navigator.onLine;
      if (!WAITING.has(this.state)) this.say("saving");
      const stopper = (this.stopper = new AbortController());
      const slow = setTimeout(() => this.say("slow"), SLOW);
      const giveUp = setTimeout(() => stopper.abort(), GIVE_UP);
      const { kind, answer } = await send(pending.url, pending.data, { signal: stopper.signal });
      [slow, giveUp].forEach(clearTimeout);
      return !this.isOver && this.answered(kind, answer, pending);
    }

    // Tries again in a while.
    wait(state) {
      this.say(state);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.saveSome(), AGAIN);
      return false;
    }

    answered(kind, answer, sent) {
      // What never left this computer is not sent again as it was, but with what was typed since.
      if (kind === "offline" && !sent.mayHaveArrived) this.pending = null;
      if (kind === "offline") return this.wait(kind);
      if (kind === "trouble") return this.wait("slow");
      this.pending = null;
      if (kind === "done") return this.goOn(answer, sent);
      this.isHeld = STUCK.has(kind);
      this.keep();
      this.say(kind, kind === "refused" ? this.whyRefused(answer) : undefined);
      if (kind === "refused") this.on.refused?.(answer);
      if (this.isHeld) this.on.stuck(kind, answer, sent);
      return false;
    }

    whyRefused({ message, errors = {} }) {
      const said = message || Object.entries(errors).map(([name, list]) => [this.on.named?.(name) || "", list.map((one) => one.message).join(" ")].filter(Boolean).join("："));
      return [dp.words("refused"), said].flat().join(" ");
    }

    goOn(answer, sent) {
      this.madeFrom = null;
      this.merge(answer, sent);
      this.on.saved(answer);
      if (this.isDirty) {
        this.keep();
        this.say("unsaved");
        this.schedule();
      } else {
        dp.drafts.drop(this.key);
        this.say("saved");
      }
      return true;
    }

    // Goes on from what the server has. A field nobody wrote in since shows what others made of it; one that was
    // written in, or holds the caret, stays as it is, and stays made from what it was made from.
    merge({ stored, mine, fields }, { seen }) {
      const { base, form } = this;
      const now = valuesOf(form);
      const isTouched = (name) => !same(now[name], seen[name]);
      for (const [name, value] of Object.entries(stored)) {
        const parts = PARTS[name] || [name];
        if (!parts.some((one) => isTouched(one) || holdsCaret(form, one))) {
          parts.forEach((one) => fill(form, one, asSent(form, one, fields[one])));
          base[name] = value;
        } else if (name in mine) base[name] = mine[name];
      }
      form.elements.base.value = JSON.stringify(base);
      const after = valuesOf(form);
      this.clean = Object.fromEntries(Object.keys(after).map((name) => [name, isTouched(name) ? seen[name] : after[name]]));
    }

    // Shows what others made of the fields nobody writes in here, of which a fresh form of the same line tells;
    // also where the caret stands. Answers whether anything is another now.
    renew(fresh) {
      if (this.pending || this.busy || this.isHeld || this.isOver || this.isComposing) return false;
      const { base, form, clean } = this;
      const wanted = JSON.parse(fresh.elements.base.value);
      const now = valuesOf(form);
      const theirs = valuesOf(fresh);
      const spot = document.activeElement;
      const place = form.contains(spot) && !isMarked(spot) ? spot.selectionStart : null;
      let isChanged = false;
      for (const [name, value] of Object.entries(wanted)) {
        const parts = PARTS[name] || [name];
        if (same(base[name], value) || !parts.every((one) => one in theirs && same(now[one], clean[one]))) continue;
        parts.forEach((one) => fill(form, one, theirs[one]));
        base[name] = value;
        isChanged = true;
      }
      form.elements.base.value = JSON.stringify(base);
      const after = valuesOf(form);
      for (const name of Object.keys(after)) if (same(now[name], clean[name])) clean[name] = after[name];
      if (place !== null && spot.setSelectionRange) spot.setSelectionRange(place, place);
      return isChanged;
    }

    // Takes up what was kept here: written over what the server has, and made from what it was made from then.
    takeUp(draft) {
      const values = new Map();
      for (const [name, value] of draft.data) values.set(name, [...(values.get(name) || []), value]);
      for (const name of Object.keys(valuesOf(this.form))) fill(this.form, name, values.get(name) || []);
      if (values.get("base")?.[0]) [this.form.elements.base.value] = values.get("base");
      this.pending = draft.pending;
      this.typed();
    }

    // Waits until no input method is composing in this form: it must not be taken away then.
    async composed() {
      while (this.isComposing && this.form.isConnected) await new Promise((done) => setTimeout(done, 50));
    }

    stop() {
      this.isOver = true;
      clearTimeout(this.timer);
      dp.hush(this);
    }
  }

  Object.assign(dp, { Keeper, send, get, uuid, valuesOf, fill, asSent, same });
})();
