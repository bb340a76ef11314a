/* The chat panel: heading, messages, composer. It owns its place in the page and keeps a bounded number of nodes there,
   whatever the length of the conversation. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t } = Chat.words;
  const { make, reword, icon, menu, ask } = Chat.dialogs;
  const { store } = Chat;

  // Pixels from an end of what is shown:
  const NEAR = 900; // the next page is fetched
  const A_MESSAGE = 60; // what comes after it is shown whole: whoever sees half a line would not know of it
  const A_LITTLE = 24; // this is the end; more than half of the last message shows

  function mount(place, { onBack = null, onPeople = null, onAdd = null } = {}) {
    let shownId = null;
    let shownStatus = null;
    let shownTurn = null;
    let parts = null; // elements of the conversation on screen
    let drawn = new Map(); // key → { signature, element }
    let madeOf = []; // what they were drawn from
    let atEnd = true;
    let isAwaited = false; // a conversation was chosen and waits for its messages: the focus goes there with them

    function draw(state) {
      const { open } = state;
      const id = open?.id ?? null;
      const status = open ? open.status : state.chat === false ? "off" : "none";
      if (id !== shownId || status !== shownStatus || open?.turn !== shownTurn) begin(state, id, status);
      if (!parts) return;
      drawHead(state);
      drawState(state);
      if (status === "ready") {
        reach.follow(state);
        drawMessages(state);
        parts.composer.draw(state, reach);
        parts.sight.tell();
      }
    }

    /** Another conversation, or another state of it: build its frame. */
    function begin(state, id, status) {
      const { open } = state;
      if (state.connection !== "ended") parts?.composer?.keepDraft();
      const isFocused = place.contains(document.activeElement);
      shownId = id;
      shownStatus = status;
      if (open && open.turn !== shownTurn) isAwaited = true;
      shownTurn = open?.turn;
      drawn = new Map();
      atEnd = true;
      parts?.sight?.stop();
      parts = null;
      if (status === "none" || status === "off") return place.replaceChildren(idle(status));
      parts = frame(state, status);
      place.replaceChildren(...parts.all);
      if (status === "ready") parts.composer.restoreDraft();
      if (status !== "loading" && (isAwaited || isFocused)) takeFocus();
      return undefined;
    }

    /** To the box, or to what is said in its place; never away from a field in which somebody types, nor from a dialog
        of the portal that is still closing and will give the focus back to its button. */
    function takeFocus() {
      isAwaited = false;
      const { activeElement } = document;
      if (activeElement?.matches("input, select, textarea") && !place.contains(activeElement)) return;
      if (document.querySelector(".modal")) return;
      if (parts?.composer) parts.composer.focus();
      else place.querySelector("h2[tabindex]")?.focus({ preventScroll: true });
    }

    function idle(status) {
      const off = status === "off";
      return make("div", { class: "empty", style: "flex:1" }, icon(off ? "info" : "chat"),
        make("h2", {}, off ? t("The chat is not activated for your workplace.") : t("Choose a conversation")),
        make("p", {}, off ? t("Nothing is lost: your conversations come back when it is activated again.")
          : t("Its messages appear here, live.")));
    }

    function frame(state, status) {
      const heading = make("h1", { dir: "auto", tabindex: "-1" });
      const meta = make("div", { class: "meta" });
      const symbol = make("span");
      const tools = make("div", { class: "tools" });
      const head = make("header", { class: "panel-head" },
        onBack ? make("button", { type: "button", class: "button bare square only-narrow", "aria-label": t("Back to the list"), onclick: onBack }, icon("back")) : null,
        symbol, make("div", {}, heading, meta), tools);
      const notice = make("div", { class: "panel-state", role: "status", hidden: true });
      const all = [head, notice];
      const built = { heading, meta, symbol, tools, notice, all };
      if (status === "ready") Object.assign(built, messageArea(), footArea());
      else all.push(standIn(status));
      if (status === "ready") all.push(built.scroll, built.foot);
      return built;
    }

    function standIn(status) {
      if (status === "loading") {
        return make("div", { style: "flex:1;padding:24px", "aria-busy": "true" },
          ...[60, 40, 75, 50].map((width) => make("div", { class: "skeleton", style: `height:36px;width:${width}%;margin-bottom:16px` })),
          make("p", { class: "meta late-word" }, t("It takes longer than usual. What you see of the list stays readable.")));
      }
      const words = {
        gone: [t("This conversation is no longer there."), t("It was deleted, or is no longer open to you.")],
        left: [t("You left this conversation."), t("You get no more notifications of it. You can come back whenever you like.")],
      }[status] ?? [t("This conversation could not be opened."), t("Check your network and try again.")];
      if (status === "failed" && Chat.keeping && store.getState().connection !== "open") words.splice(0, 2, ...unreadWords());
      const act = status === "left" ? [t("Come back"), () => store.rejoin(shownId)]
        : status === "failed" ? [t("Try again"), () => store.openConversation(shownId)]
          : [t("Back to the list"), () => { store.closeConversation(); onBack?.(); }];
      return make("div", { class: "empty", style: "flex:1" }, icon(status === "left" ? "leave" : "info"),
        make("h2", { tabindex: "-1" }, words[0]), make("p", {}, words[1]),
        make("button", { type: "button", class: "button main", onclick: act[1] }, act[0]));
    }

    const unreadWords = () => [t("This conversation was not read on this phone yet."), t("It opens when the connection is back.")];

    function messageArea() {
      const list = make("ol", { "data-beginning": t("Nothing was said yet. Write the first message.") });
      const scroll = make("div", { class: "panel-scroll", tabindex: "0", role: "region", "aria-label": t("Messages") }, list);
      scroll.addEventListener("scroll", onScroll, { passive: true });
      resized.disconnect();
      resized.observe(scroll); // the box at the foot grows, the window turns: the end stays in sight
      resized.observe(list); // so do fonts that arrive late
      return { list, scroll, sight: Chat.sight.watch(list, (ordinal) => store.view(shownId, ordinal)) };
    }

    function footArea() {
      const composer = Chat.composer.create(shownId, { onSend: send, rest: () => parts.heading.focus({ preventScroll: true }) });
      const jump = make("button", { type: "button", class: "button jump", hidden: true, onclick: jumpToEnd }, icon("down"), make("span"));
      const foot = make("div", { class: "panel-foot" }, make("div", { class: "jump-place" }, jump), composer.element);
      return { composer, jump, foot };
    }

    // Heading

    function drawHead(state) {
      const row = Chat.reducer.openRow(state);
      const title = row ? Chat.conversations.titleOf(row, state.me) : "";
      if (row) {
        reword(parts.heading, title);
        parts.heading.title = title;
        const symbol = Chat.conversations.symbolOf(row, state.me);
        if (parts.symbol.outerHTML !== symbol.outerHTML) { parts.symbol.replaceWith(symbol); parts.symbol = symbol; }
        reword(parts.meta, [Chat.conversations.kindOf(row), reach.words(row), serviceOf(row, state)].filter(Boolean).join(" · "));
      }
      if (!row || shownStatus === "left" || shownStatus === "gone") return parts.tools.replaceChildren();
      if (parts.tools.childElementCount) return undefined;
      if (onPeople) {
        parts.tools.append(make("button", { type: "button", class: "button bare square only-narrow", "aria-label": t("Participants"), onclick: onPeople }, icon("people")));
      }
      const more = make("button", {
        type: "button", class: "button bare square", "aria-label": t("More actions"), "aria-haspopup": "menu", "aria-expanded": "false",
        onclick: () => menu(more, listActs(), { name: t("Conversation") }),
      }, icon("more"));
      parts.tools.append(more);
      return undefined;
    }

    /** On the phone of somebody who has one alone, everything is there. */
    function serviceOf(row, { rows }) {
      const isOnly = Object.values(rows).every(({ service_id: id }) => id === row.service_id);
      return isOnly && store.getConfig().surface === "mobile" ? "" : row.service;
    }

    function listActs() {
      const row = Chat.reducer.openRow(store.getState());
      return row ? Chat.acts.list(row, { onBack, onAdd }) : [];
    }

    function drawState(state) {
      const words = {
        waiting: [t("No network. Your message will go when the connection is back."), Chat.keeping?.since(state)].filter(Boolean).join(" "),
        ended: t("Your session has ended. Sign in again."),
        elsewhere: t("The chat is open in too many windows. Close some, then"),
      }[state.connection] ?? "";
      const before = parts.notice.dataset.status;
      if (before === state.connection) return;
      parts.notice.dataset.status = state.connection;
      parts.notice.hidden = !words;
      parts.notice.replaceChildren(words);
      if (state.connection === "elsewhere") parts.notice.append(" ", make("button", { type: "button", class: "link-button", onclick: store.restart }, t("connect again")));
    }

    // Messages

    /** Only what they are made of is looked at: while one reads further up, a busy conversation moves nothing here. */
    function drawMessages(state) {
      const { messages, pending, newAfter, newer } = state.open;
      const made = [messages, pending, newAfter, newer, state.me, state.connection, Math.floor(Date.now() / 60000)];
      if (drawn.size && made.every((part, at) => part === madeOf[at])) return drawJump(state);
      madeOf = made;
      const { list, scroll } = parts;
      const items = Chat.messages.listItems(state, { open: openTools, correct, sendAgain: (mine) => store.sendAgain(shownId, mine), drop: (mine) => store.dropUnsent(shownId, mine) });
      const anchor = atEnd ? null : findAnchor();
      const isFirst = drawn.size === 0;
      reconcile(list, items);
      parts.sight.follow();
      list.classList.toggle("beginning", !items.length);
      if (isFirst) {
        showStart(state);
        return drawJump(state);
      }
      if (anchor) scroll.scrollTop += anchor.element.getBoundingClientRect().top - anchor.top;
      if (!newer && (atEnd || measureBelow() < A_MESSAGE)) scroll.scrollTop = scroll.scrollHeight;
      return drawJump(state);
    }

    /** What is gone goes first: all that stays would otherwise be moved past it, and laid out anew. */
    function reconcile(list, items) {
      const next = new Map();
      const kept = new Set(items.map(({ key }) => key));
      for (const [key, { element }] of drawn) if (!kept.has(key)) element.remove();
      let at = list.firstElementChild;
      for (const item of items) {
        const known = drawn.get(item.key);
        let element = known?.element;
        if (!known || known.signature !== item.signature) {
          element = item.build();
          if (known) {
            if (at === known.element) at = element;
            known.element.replaceWith(element);
          }
        }
        next.set(item.key, { signature: item.signature, element });
        if (at === element) at = at.nextElementSibling;
        else list.insertBefore(element, at);
      }
      drawn = next;
    }

    /** The first message on screen and where it stands, so that what is put above it does not move it. */
    function findAnchor() {
      const top = parts.scroll.getBoundingClientRect().top;
      for (const element of parts.list.children) {
        const box = element.getBoundingClientRect();
        if (box.bottom > top && element.dataset.ordinal) return { element, top: box.top };
      }
      return null;
    }

    /** On opening: at the first new message if there are more than fit, else at the end. */
    function showStart(state) {
      const { scroll } = parts;
      const line = scroll.querySelector("#new-messages");
      scroll.scrollTop = scroll.scrollHeight;
      if (line && (state.open.newer || line.getBoundingClientRect().top < scroll.getBoundingClientRect().top)) {
        line.scrollIntoView({ block: "start" });
        scroll.scrollTop -= 48;
      }
      atEnd = !state.open.newer && isAtEnd();
      store.follow(atEnd);
    }

    const measureBelow = () => parts.scroll.scrollHeight - parts.scroll.scrollTop - parts.scroll.clientHeight;
    const isAtEnd = () => measureBelow() < A_LITTLE;

    function onScroll() {
      if (!parts?.scroll) return;
      const { scroll } = parts;
      const { open } = store.getState();
      if (!open) return;
      atEnd = !open.newer && isAtEnd();
      if (open.following !== atEnd) store.follow(atEnd);
      if (open.older && scroll.scrollTop < NEAR) store.page("older");
      else if (open.newer && measureBelow() < NEAR) store.page("newer");
      drawJump(store.getState());
    }

    function drawJump(state) {
      const { jump } = parts;
      jump.hidden = atEnd;
      if (atEnd) return;
      const unread = String(state.rows[shownId]?.unread ?? 0);
      if (jump.dataset.unread === unread) return;
      jump.dataset.unread = unread;
      jump.lastElementChild.textContent = Number(unread) ? Chat.messages.newCount(Number(unread)) : t("Latest");
    }

    function jumpToEnd() {
      atEnd = true;
      if (store.getState().open?.newer) return store.jumpToEnd(shownId);
      parts.scroll.scrollTop = parts.scroll.scrollHeight;
      drawJump(store.getState());
      return undefined;
    }

    function openTools(button, message) {
      menu(button, [
        { icon: "edit", label: t("Edit"), act: () => parts.composer.edit(message) },
        { icon: "delete", label: t("Delete"), danger: true, act: () => erase(message) },
      ], { name: t("Message") });
    }

    async function erase(message) {
      const yes = await ask({
        title: t("Delete this message?"), text: t("Its words disappear for everyone; a trace says that it was there."),
        act: t("Delete"), stay: t("Cancel"), danger: true,
      });
      if (!yes) return;
      store.erase(shownId, message.ordinal);
      parts.composer.focus(); // the button that asked goes with the message
    }

    function send(text, reason) {
      atEnd = true;
      if (store.getState().open.newer) store.jumpToEnd(shownId);
      store.send(shownId, text, reason);
    }

    function correct(mine) {
      store.dropUnsent(shownId, mine);
      parts.composer.take(mine.text);
    }

    const reach = Chat.reach.create(() => draw(store.getState()));
    const resized = new ResizeObserver(() => { if (parts?.scroll && atEnd) parts.scroll.scrollTop = parts.scroll.scrollHeight; });
    const stop = store.subscribe({ draw });
    return {
      focus: () => parts?.composer?.focus(),
      stop() {
        parts?.composer?.keepDraft();
        reach.stop();
        stop();
        resized.disconnect();
        parts?.sight?.stop();
      },
    };
  }

  Chat.panel = { mount };
})();
