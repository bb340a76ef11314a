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
  let views = null;

  function follow() {
    const place = document.getElementById("chat");
    if (place === mounted) return;
    for (const view of Object.values(views ?? {})) view.stop();
    views = null;
    mounted = place;
    if (place) mount(place);
    else store.closeConversation();
  }

  function mount(place) {
    const part = (name) => place.querySelector(`[data-part=${name}]`);
    const show = (view) => { place.dataset.view = view; };
    show("list");
    views = {
      list: Chat.conversations.mount(part("list"), { onOpen: (id) => { go(id); show("panel"); } }),
      panel: Chat.panel.mount(part("panel"), { onBack: goBack, onPeople: () => show("people"), onAdd: addPeople }),
      people: Chat.participants.mount(part("people"), { onClose: () => show("panel"), onAdd: addPeople }),
    };
    followAddress();
  }

  const CONVERSATION = /^#c(\d+)$/;

  // The open conversation stands in the address, so that going back and reloading do what one expects.
  function go(id) {
    const hash = id ? `#c${id}` : "";
    if (location.hash !== hash) history.pushState(null, "", location.pathname + location.search + hash);
    followAddress();
  }

  const addPeople = (row) => Chat.adding.add(row, { onDone: (id) => { if (id !== row.id) go(id); } });

  function goBack() {
    const { open } = store.getState();
    go(null);
    if (open) views.list.focus(open.id);
  }

  function followAddress() {
    if (!mounted) return;
    const id = Number(CONVERSATION.exec(location.hash)?.[1] ?? 0);
    if (!id && location.hash) return; // an anchor of the page: the skip link
    const open = store.getState().open?.id ?? 0;
    if (id && id !== open) store.openConversation(id);
    if (!id && open) store.closeConversation();
    mounted.dataset.view = id ? "panel" : "list";
  }

  /** Closed by something else than a way back: hidden on another device, the chat switched off. */
  function leaveClosed(state) {
    if (!mounted || state.open || !CONVERSATION.test(location.hash)) return;
    history.replaceState(null, "", location.pathname + location.search);
    mounted.dataset.view = "list";
  }

  /** Once the dialog that began a conversation is gone, which gives the focus back to its button, one types. */
  function focusAfterDialog() {
    if (document.querySelector(".modal")) return void setTimeout(focusAfterDialog, 50);
    return requestAnimationFrame(() => views?.panel.focus());
  }

  /** Bootstrap's cross to close says so in English alone. */
  function nameCrosses() {
    for (const cross of document.querySelectorAll(".btn-close[aria-label=Close]")) cross.setAttribute("aria-label", t("Close"));
  }

  if (config.language !== "en") new MutationObserver(nameCrosses).observe(document.body, { childList: true, subtree: true });
  new MutationObserver(follow).observe(document.body, { childList: true, subtree: true });
  addEventListener("popstate", followAddress);
  follow();

  // On the way to another page (signing out, a new password), the end of the session is no news.
  let leaving = false;
  addEventListener("beforeunload", () => { leaving = true; });
  addEventListener("pageshow", () => { leaving = false; });

  // A file that was corrected may be chosen again under the same name.
  document.addEventListener("click", (event) => { if (event.target.type === "file") event.target.value = ""; }, true);

  // The badge of the menu, which Dash draws anew without a number on every page, and the window's title, which it resets.
  let unread = 0;

  function tellUnread() {
    const shown = document.getElementById("menu-badge");
    if (shown && shown.textContent !== badge(unread)) {
      props("menu-badge", { children: badge(unread) });
      props("menu-badge-words", { children: unread ? ` ${plural("{n} unread message", "{n} unread messages", unread)}` : "" });
    }
    const title = Chat.conversations.titleOfPage(store.getState(), document.querySelector("#main h1")?.textContent);
    if (document.title !== title) document.title = title;
  }

  store.subscribe({
    draw(state) {
      if (state.connection === "ended" && !leaving) location.assign(config.signIn);
      unread = state.chat ? state.unread : 0;
      leaveClosed(state);
      tellUnread();
    },
    onMenu: () => props("menu-version", { data: Date.now() }),
  });
  new MutationObserver(tellUnread).observe(document.documentElement, { childList: true, subtree: true });

  // On a narrow screen the menu opens from its button, and closes once it has served.
  function showMenu(isShown) {
    const button = document.getElementById("menu-toggle");
    document.getElementById("menu-drawer")?.classList.toggle("shown", isShown);
    button?.setAttribute("aria-expanded", String(isShown));
    return button;
  }

  const isMenuShown = () => document.querySelector("#menu-drawer.shown") !== null;

  document.addEventListener("click", (event) => {
    if (event.target.closest("#menu-toggle")) showMenu(!isMenuShown());
    else if (isMenuShown() && (event.target.closest("#menu-drawer a") || !event.target.closest("#menu-drawer"))) showMenu(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isMenuShown()) showMenu(false)?.focus();
  });

  // Shift and either creation icon: a public conversation (R6).
  document.addEventListener("click", (event) => {
    if (!event.shiftKey || !event.target.closest("#create-one, #create-group")) return;
    const launch = document.getElementById("create-public");
    if (!launch) return;
    event.preventDefault();
    event.stopPropagation();
    launch.click();
  }, true);

  // Saving twice, by a double click or an impatient Enter, is saving once: until the answer shows in the dialog (it closes,
  // or says what to correct) or something in it was changed.
  function saveOnce(event, dialog) {
    if (dialog.dataset.saving) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    dialog.dataset.saving = "true";
    // A dialog that closes empties what it had to say: that is no reason to save again.
    const said = new Map([...dialog.querySelectorAll("[role=alert]")].map((alert) => [alert, alert.textContent]));
    const release = () => {
      delete dialog.dataset.saving;
      answered.disconnect();
      dialog.removeEventListener("input", release);
      clearTimeout(late);
    };
    const answered = new MutationObserver(() => {
      if ([...dialog.querySelectorAll("[role=alert]")].some((alert) => alert.textContent && alert.textContent !== said.get(alert))) release();
    });
    const late = setTimeout(release, 10000);
    answered.observe(dialog, { childList: true, characterData: true, subtree: true });
    dialog.addEventListener("input", release);
  }

  document.addEventListener("click", (event) => {
    const dialog = event.target.closest(".modal-footer .main")?.closest(".modal");
    if (dialog) saveOnce(event, dialog);
  }, true);
  // Enter saves when it is let go: only where it was pressed too, not in a dialog that it has just opened.
  let pressedIn = null;
  document.addEventListener("keydown", (event) => { if (event.key === "Enter") pressedIn = event.target; }, true);
  document.addEventListener("keyup", (event) => {
    if (event.key !== "Enter" || !event.target.matches?.(".modal input")) return;
    if (pressedIn !== event.target) event.stopPropagation();
    else if (event.target.matches("#public-name, #group-name, #saved-group-name, #service-code")) saveOnce(event, event.target.closest(".modal"));
  }, true);

  // What Dash's callbacks ask of the page.
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    chat: {
      tell(notice) {
        if (notice) Chat.dialogs.tell(notice.text);
        return window.dash_clientside.no_update;
      },
      open(conversation) {
        if (conversation) setTimeout(() => { go(conversation.id); focusAfterDialog(); }, 0);
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
