/* The portal's glue: mounts the chat where the page has a place for it, and speaks with Dash. */
(function () {
  "use strict";
  const { t, badge, plural } = Chat.words;
  const { store } = Chat;
  const props = (id, values) => window.dash_clientside?.set_props?.(id, values);

  const config = JSON.parse(document.getElementById("chat-config").textContent);
  store.start(config);

  // The chat's place comes and goes with Dash's pages.
  let mounted = null;
  let views = [];

  function follow() {
    const place = document.getElementById("chat");
    if (place === mounted) return;
    views.forEach((view) => view.stop());
    views = [];
    mounted = place;
    if (place) mount(place);
    else store.closeConversation();
  }

  function mount(place) {
    const part = (name) => place.querySelector(`[data-part=${name}]`);
    const show = (view) => { place.dataset.view = view; };
    show("list");
    views = [
      Chat.conversations.mount(part("list"), { onOpen: (id) => { go(id); show("panel"); } }),
      Chat.panel.mount(part("panel"), { onBack: () => { go(null); show("list"); }, onPeople: () => show("people") }),
      Chat.participants.mount(part("people"), { onClose: () => show("panel") }),
    ];
    followAddress();
  }

  // The open conversation stands in the address, so that going back and reloading do what one expects.
  function go(id) {
    const hash = id ? `#c${id}` : "";
    if (location.hash !== hash) history.pushState(null, "", location.pathname + location.search + hash);
    followAddress();
  }

  function followAddress() {
    if (!mounted) return;
    const id = Number(/^#c(\d+)$/.exec(location.hash)?.[1] ?? 0);
    const open = store.getState().open?.id ?? 0;
    if (id && id !== open) store.openConversation(id);
    if (!id && open) store.closeConversation();
    mounted.dataset.view = id ? "panel" : "list";
  }

  new MutationObserver(follow).observe(document.body, { childList: true, subtree: true });
  addEventListener("popstate", followAddress);
  follow();

  // On the way to another page (signing out, a new password), the end of the session is no news.
  let leaving = false;
  addEventListener("beforeunload", () => { leaving = true; });
  addEventListener("pageshow", () => { leaving = false; });

  // A file that was corrected may be chosen again under the same name.
  document.addEventListener("click", (event) => { if (event.target.type === "file") event.target.value = ""; }, true);

  // The badge of the menu and of the window's title.
  let told = null;
  const title = document.title;
  store.subscribe({
    draw(state) {
      if (state.connection === "ended" && !leaving) location.assign(config.signIn);
      const unread = state.chat ? state.unread : 0;
      if (unread === told || !document.getElementById("menu-badge")) return;
      told = unread;
      props("menu-badge", { children: badge(unread) });
      props("menu-badge-words", { children: unread ? ` ${plural("{n} unread message", "{n} unread messages", unread)}` : "" });
      document.title = unread ? `(${badge(unread)}) ${title}` : title;
    },
    onMenu() {
      told = null;
      props("menu-version", { data: Date.now() });
    },
  });
  new MutationObserver(() => {
    const shown = document.getElementById("menu-badge");
    if (shown && told && shown.textContent !== badge(told)) { told = null; store.dispatch({ type: "redraw" }); }
  }).observe(document.body, { childList: true, subtree: true });

  // Shift and either creation icon: a public conversation (R6).
  document.addEventListener("click", (event) => {
    if (!event.shiftKey || !event.target.closest("#create-one, #create-group")) return;
    const launch = document.getElementById("create-public");
    if (!launch) return;
    event.preventDefault();
    event.stopPropagation();
    launch.click();
  }, true);

  // What Dash's callbacks ask of the page.
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    chat: {
      tell(notice) {
        if (notice) Chat.dialogs.tell(notice.text);
        return window.dash_clientside.no_update;
      },
      open(conversation) {
        if (conversation) setTimeout(() => { go(conversation.id); }, 0);
        return window.dash_clientside.no_update;
      },
      takeFile(contents, limit) {
        const isTooLarge = Boolean(contents) && contents.length > limit.characters;
        return isTooLarge ? [null, limit.text] : [contents ?? null, ""];
      },
      print(clicks) {
        if (clicks) window.print();
        return window.dash_clientside.no_update;
      },
      copy(clicks, text) {
        if (clicks) navigator.clipboard?.writeText(text).then(() => Chat.dialogs.tell(t("Link copied.")));
        return window.dash_clientside.no_update;
      },
    },
  });
})();
