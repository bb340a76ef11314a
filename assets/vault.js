/* What the phone keeps for when there is no network: a small database of the browser's, of one sign-in alone. It is
   written behind what is shown, and its failing (a full phone, a private window) never stops anybody from reading. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});

  const NAME = "chat";
  const LEAVING = "chat_leaving=1"; // a cookie: signed out without network, the server is told at the next contact
  const STORES = { facts: null, conversations: "id", outbox: "ref" };

  let opening = Promise.resolve(null);
  let isForgotten = false;

  /** Whatever is there of another sign-in goes first. */
  function open(owner) {
    opening = connect().then(async (db) => {
      if ((await ask(db, "facts", "readonly", (facts) => facts.get("owner"))) === owner) return db;
      await Promise.all(Object.keys(STORES).map((name) => ask(db, name, "readwrite", (store) => store.clear())));
      await ask(db, "facts", "readwrite", (facts) => facts.put(owner, "owner"));
      return db;
    });
    return opening;
  }

  function connect() {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        for (const [name, keyPath] of Object.entries(STORES)) request.result.createObjectStore(name, keyPath ? { keyPath } : {});
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close(); // another page forgets
        resolve(request.result);
      };
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error("blocked"));
    });
  }

  /** One question to one store, answered when it is on the disk. */
  function ask(db, name, mode, question) {
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(name, mode, { durability: name === "outbox" ? "strict" : "relaxed" });
      const request = question(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? request.error);
    });
  }

  async function read(name, question) {
    const db = await opening;
    return db && !isForgotten ? ask(db, name, "readonly", question) : undefined;
  }

  async function write(name, question) {
    const db = await opening;
    if (db && !isForgotten) await ask(db, name, "readwrite", question);
  }

  const get = (name, key) => read(name, (store) => store.get(key)).catch(() => undefined);
  const list = (name) => read(name, (store) => store.getAll()).then((all) => all ?? [], () => []);
  const keys = (name) => read(name, (store) => store.getAllKeys()).then((all) => all ?? [], () => []);
  const put = (name, value, key) => write(name, (store) => store.put(value, key));
  const remove = (name, key) => write(name, (store) => store.delete(key)).catch(() => undefined);

  /** In one transaction: what is put in its place meanwhile stays. */
  const removeUnless = (name, key, isGood) => write(name, (store) => {
    const request = store.get(key);
    request.onsuccess = () => { if (request.result && !isGood(request.result)) store.delete(key); };
    return request;
  }).catch(() => undefined);

  /** The option is off: nothing stays, but the sign-in. */
  const empty = () => Promise.all(Object.keys(STORES).map((name) =>
    write(name, (store) => (name === "facts" ? store.delete("list") : store.clear())).catch(() => undefined)));

  /** Signed out, or shut out: nothing stays of what anybody read or wrote, nor of its notifications. */
  async function forget() {
    isForgotten = true;
    sessionStorage.clear();
    (await opening.catch(() => null))?.close();
    await Promise.allSettled([deleteDatabase(), deleteCaches(), deleteNotifications(), navigator.clearAppBadge?.()]);
  }

  const deleteDatabase = () => new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = request.onerror = resolve;
  });

  async function deleteCaches() {
    for (const name of await caches.keys()) await caches.delete(name);
  }

  async function deleteNotifications() {
    const registration = await navigator.serviceWorker?.getRegistration("/m");
    if (!registration) return;
    for (const notification of await registration.getNotifications()) notification.close();
    await (await registration.pushManager?.getSubscription())?.unsubscribe();
  }

  const setLeaving = (seconds) => { document.cookie = `${LEAVING}; path=/m; max-age=${seconds}; SameSite=Lax`; };
  const isLeaving = () => document.cookie.split("; ").includes(LEAVING);
  const noteLeaving = () => setLeaving(365 * 86400);

  Chat.vault = { open, get, list, keys, put, remove, removeUnless, empty, forget, isLeaving, noteLeaving };

  // The page on which one signs in: nobody is, so nothing is anybody's.
  if (document.currentScript?.dataset.forget !== undefined) {
    setLeaving(0);
    forget();
  }
})();
