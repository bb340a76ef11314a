/* The phone's glue: the same list, panel and participants, one at a time. */
(function () {
  "use strict";
  const config = JSON.parse(document.getElementById("chat-config").textContent);
  const { store } = Chat;
  store.start(config);
  const { t, badge, plural } = Chat.words;
  const { reword } = Chat.dialogs;

  const CONVERSATION = /^#c(\d+)(?:\/(people|add))?$/;
  const SHEETS = ["#new", "#welcome", "#home"];
  const place = document.getElementById("chat");
  const part = (name) => place.querySelector(`[data-part=${name}]`);
  const show = (view) => { place.dataset.view = view; };

  const list = Chat.conversations.mount(part("list"), { onOpen: (id) => go(id) });
  Chat.panel.mount(part("panel"), { onBack: goBack, onPeople: () => step("/people"), onAdd: () => step("/add") });
  Chat.participants.mount(part("people"), { onClose: () => history.back(), onAdd: () => step("/add"), heading: "h1" });

  part("column").append(Chat.dialogs.make("button", {
    type: "button", class: "button main begin", "aria-label": t("New private conversation"), onclick: () => goTo("#new"),
  }, Chat.dialogs.icon("plus")));

  /** Each screen has its place in the address, so that the phone's own way back leads to the one before. */
  function goTo(hash) {
    if (location.hash !== hash) history.pushState({ within: true }, "", location.pathname + hash);
    followAddress();
  }

  const go = (id) => goTo(id ? `#c${id}` : "");
  const step = (where) => goTo(`#c${store.getState().open.id}${where}`);

  function goBack() {
    const { open } = store.getState();
    go(null);
    if (open) list.focus(open.id);
  }

  addEventListener("keydown", (event) => { if (event.key === "Escape" && place.dataset.view === "people") history.back(); });

  function followAddress() {
    const [, number, where] = CONVERSATION.exec(location.hash) ?? [];
    const id = Number(number ?? 0);
    const isAdding = where === "add" && store.getState().open?.id === id && Chat.reducer.openRow(store.getState()) !== null;
    const isSheet = SHEETS.includes(location.hash) || isAdding;
    if (!id && location.hash && !isSheet) return; // an anchor of the page: the skip link
    const open = store.getState().open?.id ?? 0;
    if (id && id !== open) store.openConversation(id);
    if (!id && open) store.closeConversation();
    show(where === "people" ? "people" : id ? "panel" : "list");
    followSheet(isSheet ? location.hash : "");
  }

  let sheet = null; // { hash, close }

  /** The sheet of the address, or none. One that is closed by hand is a step back. */
  function followSheet(hash) {
    if (hash === (sheet?.hash ?? "")) return;
    const before = sheet;
    sheet = null;
    before?.close();
    if (!hash) return;
    const mine = (sheet = { hash, close: () => undefined });
    mine.close = openSheet(hash, {
      onDone: (id) => { sheet = null; leaveSheet(id); },
      onClose: () => { if (sheet === mine) { sheet = null; stepBack(); } },
    }).close;
  }

  function openSheet(hash, { onDone, onClose }) {
    if (hash === "#new") return Chat.beginning.open({ onDone, onClose });
    if (hash.endsWith("/add")) return Chat.adding.add(Chat.reducer.openRow(store.getState()), { onDone, onClose });
    return Chat.welcome.open({ isFirst: hash === "#welcome", language: config.language, onLanguage: changeLanguage, onClose });
  }

  /** Into what was begun; back into the conversation where somebody was added to it. */
  function leaveSheet(id) {
    if (id === store.getState().open?.id) return stepBack();
    history.replaceState(history.state, "", `${location.pathname}#c${id}`);
    return followAddress();
  }

  /** To the screen below the sheet, also where the application was opened with the sheet. */
  function stepBack() {
    if (history.state?.within) return history.back();
    history.replaceState(null, "", location.pathname + location.hash.replace(/\/add$|^#(new|welcome|home)$/, ""));
    return followAddress();
  }

  const changeLanguage = () => document.getElementById("preferences").requestSubmit();

  /** Closed by something else than a way back: hidden on another device, the chat switched off. */
  function leaveClosed(state) {
    if (state.open || !CONVERSATION.test(location.hash)) return;
    history.replaceState(null, "", location.pathname);
    show("list");
  }

  /** Opened by something else than a choice in the list: hiding or deleting it was undone. */
  function followOpened(state) {
    if (state.open && !CONVERSATION.test(location.hash) && !sheet) go(state.open.id);
  }

  addEventListener("popstate", followAddress);
  followAddress();

  // The keyboard of some phones covers the page instead of shrinking it: what is seen is then as high as what is left.
  const seen = window.visualViewport;
  function fit() {
    const isCovered = seen.scale === 1 && innerHeight - seen.height > 80;
    document.documentElement.style.setProperty("--seen", isCovered ? `${seen.height}px` : "100dvh");
    if (isCovered) scrollTo(0, 0);
  }
  seen?.addEventListener("resize", fit);

  const menu = document.getElementById("mobile-menu");
  menu.addEventListener("click", () => Chat.dialogs.menu(menu, [
    { icon: "chat", label: config.language === "fr" ? "English" : "Français", act: changeLanguage },
    { icon: "bell", label: t("Notifications"), act: () => location.assign("/m/notifications") },
    { icon: "phone", label: t("Add it to your home screen"), act: () => goTo("#home") },
    { icon: "info", label: t("Is something missing?"), act: () => location.assign("/m/diagnosis") },
    { icon: "leave", label: t("Sign out"), act: () => document.getElementById("sign-out").requestSubmit() },
  ], { name: t("Menu") }));

  store.subscribe({
    draw(state) {
      if (state.connection === "ended") location.assign(config.signIn);
      leaveClosed(state);
      followOpened(state);
      const unread = state.chat ? state.unread : 0;
      reword(document.getElementById("mobile-badge"), badge(unread));
      reword(document.getElementById("mobile-badge-words"), unread ? plural("{n} unread message", "{n} unread messages", unread) : "");
      const title = Chat.conversations.titleOfPage(state);
      if (document.title !== title) document.title = title;
    },
  });
})();
