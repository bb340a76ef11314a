/* The phone application as something installed: its service worker, the count on its icon, what it says without
   network, and leaving nothing behind. */
(function () {
  "use strict";
  const config = Chat.store.getConfig();
  const { store, vault, keeping } = Chat;

  const COUNT_EVERY = 1000; // ms
  const CALM = 60000; // ms: so long at least between two looks for a new version
  const worker = navigator.serviceWorker;
  const bar = document.getElementById("stale");
  const PATIENCE = 1000; // ms of connecting that nobody need be told of

  /** Until it is told it takes no room: the list must not move under the finger of who opens the application and taps. */
  let telling = null;
  function tellStale(state) {
    const words = keeping.describe(state);
    Chat.dialogs.reword(bar, words);
    if (words && state.connection === "connecting" && bar.hidden) {
      telling ??= setTimeout(() => { bar.hidden = false; }, PATIENCE);
      return;
    }
    clearTimeout(telling);
    telling = null;
    bar.hidden = !words;
  }

  /** On the icon, as on the menu of the portal (R20); once a second is enough for whoever looks at it. */
  let counted = null;
  let counting = null;
  function count({ connection, unread }) {
    if (connection !== "open" || counted === unread) return;
    counted = unread;
    counting ??= setTimeout(() => {
      counting = null;
      (counted > 0 ? navigator.setAppBadge?.(counted) : navigator.clearAppBadge?.())?.catch(() => undefined);
    }, COUNT_EVERY);
  }

  store.subscribe({
    draw(state) {
      tellStale(state);
      count(state);
    },
  });

  // Signing out empties the phone first; without network the server is told at the next contact.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.action?.endsWith("/m/sign-out")) return;
    event.preventDefault();
    vault.noteLeaving();
    await vault.forget();
    form.submit();
  });

  Chat.sharing.start(document.querySelector("[data-part=list]"));
  if (worker) register();

  async function register() {
    const isUpdate = Boolean(worker.controller); // else the first worker takes over, which is no reason to begin anew
    worker.addEventListener("message", ({ data }) => { if (data?.type === "ended") store.dispatch({ type: "session.ended" }); });
    worker.addEventListener("controllerchange", () => { if (isUpdate) renewWhenCalm(); });
    const registration = await worker.register(config.worker, { scope: "/m" }).catch(() => null);
    if (!registration) return;
    (await worker.ready).active.postMessage({ type: "keep" });
    let lookedAt = Date.now();
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible" || Date.now() - lookedAt < CALM) return;
      lookedAt = Date.now();
      registration.update().catch(() => undefined);
    });
  }

  /** A new version is there: the page takes it while nobody looks. What was typed is kept. */
  function renewWhenCalm() {
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") location.reload(); });
  }

  if (matchMedia("(display-mode: standalone)").matches) navigator.storage?.persist?.().catch(() => undefined);
})();
