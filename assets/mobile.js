/* The phone's glue: the same list, panel and participants, one at a time. */
(function () {
  "use strict";
  const config = JSON.parse(document.getElementById("chat-config").textContent);
  const { store } = Chat;
  store.start(config);
  const { t, badge, plural } = Chat.words;

  const CONVERSATION = /^#c(\d+)$/;
  const place = document.getElementById("chat");
  const part = (name) => place.querySelector(`[data-part=${name}]`);
  const show = (view) => { place.dataset.view = view; };

  const list = Chat.conversations.mount(part("list"), { onOpen: (id) => go(id) });
  Chat.panel.mount(part("panel"), { onBack: goBack, onPeople: () => show("people") });
  Chat.participants.mount(part("people"), { onClose: () => show("panel"), heading: "h1" });

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

  function followAddress() {
    const id = Number(CONVERSATION.exec(location.hash)?.[1] ?? 0);
    if (!id && location.hash) return; // an anchor of the page: the skip link
    const open = store.getState().open?.id ?? 0;
    if (id && id !== open) store.openConversation(id);
    if (!id && open) store.closeConversation();
    show(id ? "panel" : "list");
  }

  /** Closed by something else than a way back: hidden on another device, the chat switched off. */
  function leaveClosed(state) {
    if (state.open || !CONVERSATION.test(location.hash)) return;
    history.replaceState(null, "", location.pathname);
    show("list");
  }

  addEventListener("popstate", followAddress);
  followAddress();

  const menu = document.getElementById("mobile-menu");
  menu.addEventListener("click", () => Chat.dialogs.menu(menu, [
    { icon: "chat", label: config.language === "fr" ? "English" : "Français", act: () => document.getElementById("preferences").submit() },
    { icon: "leave", label: t("Sign out"), act: () => document.getElementById("sign-out").submit() },
  ], { name: t("Menu") }));

  store.subscribe({
    draw(state) {
      if (state.connection === "ended") location.assign(config.signIn);
      leaveClosed(state);
      const unread = state.chat ? state.unread : 0;
      document.getElementById("mobile-badge").textContent = badge(unread);
      document.getElementById("mobile-badge-words").textContent = unread ? plural("{n} unread message", "{n} unread messages", unread) : "";
      document.title = Chat.conversations.titleOfPage(state);
    },
  });
})();
