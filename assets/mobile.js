/* The phone's glue: the same list, panel and participants, one at a time. */
(function () {
  "use strict";
  const config = JSON.parse(document.getElementById("chat-config").textContent);
  const { store } = Chat;
  store.start(config);
  const { t, badge, plural } = Chat.words;

  const CONVERSATION = /^#c(\d+)(\/people)?$/;
  const place = document.getElementById("chat");
  const part = (name) => place.querySelector(`[data-part=${name}]`);
  const show = (view) => { place.dataset.view = view; };

  const list = Chat.conversations.mount(part("list"), { onOpen: (id) => go(id) });
  Chat.panel.mount(part("panel"), { onBack: goBack, onPeople: showPeople });
  Chat.participants.mount(part("people"), { onClose: () => history.back(), heading: "h1" });

  function go(id) {
    const hash = id ? `#c${id}` : "";
    if (location.hash !== hash) history.pushState(null, "", location.pathname + hash);
    followAddress();
  }

  function goBack() {
    const { open } = store.getState();
    go(null);
    if (open) list.focus(open.id);
  }

  /** A step of its own, so that the phone's way back leads to the conversation. */
  function showPeople() {
    history.pushState(null, "", `${location.pathname}#c${store.getState().open.id}/people`);
    followAddress();
  }

  addEventListener("keydown", (event) => { if (event.key === "Escape" && place.dataset.view === "people") history.back(); });

  function followAddress() {
    const [, number, people] = CONVERSATION.exec(location.hash) ?? [];
    const id = Number(number ?? 0);
    if (!id && location.hash) return; // an anchor of the page: the skip link
    const open = store.getState().open?.id ?? 0;
    if (id && id !== open) store.openConversation(id);
    if (!id && open) store.closeConversation();
    show(people ? "people" : id ? "panel" : "list");
  }

  /** Closed by something else than a way back: hidden on another device, the chat switched off. */
  function leaveClosed(state) {
    if (state.open || !CONVERSATION.test(location.hash)) return;
    history.replaceState(null, "", location.pathname);
    show("list");
  }

  /** Opened by something else than a choice in the list: hiding or deleting it was undone. */
  function followOpened(state) {
    if (state.open && !CONVERSATION.test(location.hash)) go(state.open.id);
  }

  addEventListener("popstate", followAddress);
  followAddress();

  const menu = document.getElementById("mobile-menu");
  menu.addEventListener("click", () => Chat.dialogs.menu(menu, [
    { icon: "chat", label: config.language === "fr" ? "English" : "Français", act: () => document.getElementById("preferences").requestSubmit() },
    { icon: "bell", label: t("Notifications"), act: () => location.assign("/m/notifications") },
    { icon: "info", label: t("Is something missing?"), act: () => location.assign("/m/diagnosis") },
    { icon: "leave", label: t("Sign out"), act: () => document.getElementById("sign-out").requestSubmit() },
  ], { name: t("Menu") }));

  store.subscribe({
    draw(state) {
      if (state.connection === "ended") location.assign(config.signIn);
      leaveClosed(state);
      followOpened(state);
      const unread = state.chat ? state.unread : 0;
      document.getElementById("mobile-badge").textContent = badge(unread);
      document.getElementById("mobile-badge-words").textContent = unread ? plural("{n} unread message", "{n} unread messages", unread) : "";
      document.title = Chat.conversations.titleOfPage(state);
    },
  });
})();
