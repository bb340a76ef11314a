/* In the application: asks for notifications once a message was read, with the reason, never at once; opens what a
   notification leads to; takes off the screen what was read here. */
(function () {
  "use strict";
  const { store, notifications } = Chat;
  const { make, icon } = Chat.dialogs;
  const { t } = Chat.words;
  const config = store.getConfig();
  const LATER = 14 * 86400000; // ms until the question may come again

  const asked = () => `chat-asked-${config.owner}`;
  let hasRead = false;
  let card = null;
  let unread = new Map();

  store.subscribe({
    draw(state) {
      const { open, me, rows } = state;
      if (open?.status === "ready" && open.messages.some((message) => message.kind === "text" && message.author.id !== me?.id)) hasRead = true;
      if (hasRead && !open && mayAsk()) show();
      takeOffRead(rows);
    },
  });

  const mayAsk = () => !card && notifications.getState() === "default" && Date.now() - Number(localStorage.getItem(asked()) ?? 0) > LATER;

  function show() {
    card = make("section", { class: "ask-card", "aria-labelledby": "ask-title" },
      icon("bell"),
      make("div", {},
        make("h2", { id: "ask-title" }, t("Know at once when somebody writes to you?")),
        make("p", {}, t("Your phone tells you, even with the application closed. In your quiet hours, only what is urgent.")),
        make("div", { class: "acts" },
          make("button", { type: "button", class: "button main", onclick: accept }, t("Turn on")),
          make("button", { type: "button", class: "button bare", onclick: later }, t("Later")))));
    document.querySelector("[data-part=list]").before(card);
  }

  async function accept() {
    const state = await notifications.enable(config.pushKey).catch(() => "failed");
    const words = {
      granted: t("Notifications are on."),
      denied: t("Your browser blocks notifications. Menu → Notifications says how to allow them."),
    }[state] ?? t("Notifications could not be turned on. Try again in a moment.");
    Chat.dialogs.tell(words);
    later();
  }

  function later() {
    localStorage.setItem(asked(), String(Date.now()));
    card.remove();
    card = null;
  }

  /** What went from unread to read, here or on another device. */
  async function takeOffRead(rows) {
    const now = new Map(Object.values(rows).filter((row) => row.unread).map((row) => [row.id, row.unread]));
    const read = [...unread.keys()].filter((id) => !now.has(id));
    unread = now;
    if (!read.length || notifications.getState() !== "granted") return;
    const registration = await navigator.serviceWorker.getRegistration("/m");
    for (const id of read) for (const shown of (await registration?.getNotifications({ tag: `c${id}` })) ?? []) shown.close();
  }

  navigator.serviceWorker?.addEventListener("message", ({ data }) => {
    if (data?.type === "open") location.hash = `#c${data.conversation}`;
  });

  // Allowed before: this session's device is told to the server, once the page is there.
  if (notifications.getState() === "granted") setTimeout(() => notifications.subscribe(config.pushKey).catch(() => undefined), 3000);
})();
