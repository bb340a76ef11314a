/* A text shared from another application: the person chooses a conversation, and finds it in the box there. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t } = Chat.words;
  const { make } = Chat.dialogs;
  const { store } = Chat;
  const KEY = "chat-shared";

  /** The address says it once; going on, or reading it again, must not send it twice. */
  function take() {
    const given = new URLSearchParams(location.search);
    const parts = ["title", "text", "url"].map((name) => given.get(name)?.trim()).filter(Boolean);
    if (!parts.length) return;
    sessionStorage.setItem(KEY, [...new Set(parts)].join("\n").slice(0, 4000));
    history.replaceState(null, "", location.pathname);
  }

  function start(place) {
    take();
    const text = sessionStorage.getItem(KEY);
    if (!text) return;
    const cancel = make("button", { type: "button", class: "link-button", onclick: stop }, t("Cancel"));
    const banner = make("div", { class: "share-banner", role: "status" },
      make("strong", {}, t("Choose a conversation to share this in:")), make("span", { class: "share-text", dir: "auto" }, text.slice(0, 200)), cancel);
    place.before(banner);
    const unsubscribe = store.subscribe({ draw() {}, onOpen: put });

    function put(id) {
      const drafts = Chat.drafts();
      drafts.set(id, [drafts.get(id), text].filter(Boolean).join("\n"));
      stop();
    }

    function stop() {
      sessionStorage.removeItem(KEY);
      banner.remove();
      unsubscribe();
    }
  }

  Chat.sharing = { start };
})();
