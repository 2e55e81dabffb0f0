// What is typed and not yet on the server lies in this browser, by person and plan. In IndexedDB: what is put
// into localStorage reaches the disk five seconds later or worse, and is gone when the browser is killed.
"use strict";
(() => {
  const dp = window.districtplans;
  if (!dp) return;
  const OLD = 30 * 24 * 60 * 60 * 1000;
  const START = `${dp.desk.dataset.person}:${dp.desk.dataset.plan}:`;

  const answered = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  let opened = null;
  const open = () => {
    opened ||= (() => {
      const request = indexedDB.open("districtplans", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("drafts", { keyPath: "key" });
      return answered(request);
    })();
    return opened;
  };

  // Where the browser keeps nothing (a full disk, a private window) the server is still there.
  const inStore = async (mode, work) => {
    try {
      const step = (await open()).transaction("drafts", mode);
      const result = answered(work(step.objectStore("drafts")));
      step.commit?.();
      return await result;
    } catch {
      return null;
    }
  };

  const put = (draft) => inStore("readwrite", (store) => store.put({ ...draft, at: Date.now() }));
  const drop = (key) => inStore("readwrite", (store) => store.delete(key));

  // Drafts of this person in this plan, oldest first. What anybody left here a month ago is thrown away.
  const all = async () => {
    const kept = (await inStore("readonly", (store) => store.getAll())) || [];
    const limit = Date.now() - OLD;
    kept.filter((draft) => !(draft.at > limit)).forEach((draft) => drop(draft.key));
    return kept.filter((draft) => draft.at > limit && draft.key.startsWith(START)).sort((one, other) => one.at - other.at);
  };

  dp.drafts = { put, drop, all, key: (name) => START + name };
})();
