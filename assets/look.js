/* Which conversation is in front of the person's eyes: the server alerts nobody who looks. */
(function () {
  "use strict";
  const { store } = Chat;

  let told = null; // what the server knows; nothing after a cut
  let connection = "connecting";

  function look() {
    const { open, connection: now, chat } = store.getState();
    if (now !== connection) { connection = now; told = null; }
    if (connection !== "open" || !chat) return;
    const isThere = document.visibilityState === "visible" && document.hasFocus();
    const seen = isThere && open?.status === "ready" ? open.id : null;
    if (seen === told) return;
    told = seen;
    store.request("conversation.look", { conversation_id: seen }).catch(() => { told = null; });
  }

  for (const event of ["focus", "blur"]) addEventListener(event, look);
  document.addEventListener("visibilitychange", look);
  store.subscribe({ draw: look });
})();
