/* The chat panel: heading, messages, composer. It owns its place in the page and keeps a bounded number of nodes there,
   whatever the length of the conversation. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t, plural } = Chat.words;
  const { make, icon, menu, openPopup, closeMenu, ask } = Chat.dialogs;
  const { store } = Chat;

  const LIMIT = 4000; // code points of a message, as the server counts them
  const NEAR = 900; // pixels from an end at which the next page is fetched
  const EMOJI = "🙂 😀 😂 😅 😍 🥰 😎 🤔 😴 😢 😡 🤒 👍 👎 👏 🙏 💪 🙌 👌 🤝 ❤️ 🎉 🔥 ✅ ❌ ⚠️ ⏰ 🕒 ☕ 🍕 🥐 🍺 🧹 🔑 📦 🚚 ❄️ ☀️ 🚌 💡".split(" ");

  /** What was typed and not sent yet, by conversation; a reload of the page keeps it. */
  Chat.drafts = () => {
    const key = (id) => `chat-draft-${store.getState().me?.id ?? ""}-${id}`;
    return {
      get: (id) => sessionStorage.getItem(key(id)) ?? "",
      set(id, text) {
        if (text) sessionStorage.setItem(key(id), text);
        else sessionStorage.removeItem(key(id));
      },
    };
  };

  function mount(place, { onBack = null, onPeople = null, onAdd = null } = {}) {
    const drafts = Chat.drafts();
    let shownId = null;
    let shownStatus = null;
    let shownTurn = null;
    let parts = null; // elements of the conversation on screen
    let drawn = new Map(); // key → { signature, element }
    let atEnd = true;
    let editing = null; // the message being edited
    let reach = null; // { id, total, count, without, blind }: whom a message reaches
    let reachAsked = "";
    let reachTimer = null;
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
        drawReach(state);
        drawMessages(state);
        drawComposer(state);
        parts.sight.follow();
        parts.sight.tell();
      }
    }

    /** Another conversation, or another state of it: build its frame. */
    function begin(state, id, status) {
      const { open } = state;
      if (state.connection !== "ended") keepDraft();
      const isNew = id !== shownId;
      const isFocused = place.contains(document.activeElement);
      shownId = id;
      shownStatus = status;
      if (isNew) { editing = null; reach = null; }
      if (open && open.turn !== shownTurn) isAwaited = true;
      shownTurn = open?.turn;
      drawn = new Map();
      atEnd = true;
      parts?.sight?.stop();
      parts = null;
      if (status === "none" || status === "off") return place.replaceChildren(idle(status));
      parts = frame(state, status);
      place.replaceChildren(...parts.all);
      if (status === "ready") restoreDraft();
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
      if (parts?.box) focusComposer();
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
      if (status === "ready") Object.assign(built, messageArea(), composerArea());
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

    function composerArea() {
      const box = make("textarea", { rows: "1", dir: "auto", "aria-label": t("Your message"), enterkeyhint: "send" });
      box.addEventListener("keydown", onKey);
      box.addEventListener("input", () => { grow(); drawCount(); keepDraft(); });
      const emoji = make("button", {
        type: "button", class: "button bare square", "aria-label": t("Emoji"), "aria-haspopup": "menu", "aria-expanded": "false",
        onclick: () => chooseEmoji(emoji),
      }, icon("emoji"));
      const send = make("button", { type: "button", class: "button main square", "aria-label": t("Send"), onclick: submit }, icon("send"));
      const count = make("span", { role: "status" });
      const editLine = make("div", { class: "composer-editing", hidden: true }, t("Editing your message"),
        make("button", { type: "button", class: "link-button", onclick: stopEditing }, t("Cancel")));
      const urgent = Chat.urgent.create();
      const isPhone = store.getConfig().surface === "mobile"; // where the box needs its width
      const hint = make("div", { class: "composer-hint" }, isPhone ? urgent.toggle : null, formalHint(), count);
      const blind = make("p", { class: "composer-blind", role: "status", hidden: true });
      const writing = make("div", {}, blind, editLine, urgent.line, make("div", { class: "composer-box" }, box, isPhone ? null : urgent.toggle, emoji, send), hint);
      const closed = make("div", { class: "composer-closed", hidden: true });
      const jump = make("button", { type: "button", class: "button jump", hidden: true, onclick: jumpToEnd }, icon("down"), make("span"));
      const foot = make("div", { class: "panel-foot" }, make("div", { class: "jump-place" }, jump),
        make("div", { class: "composer" }, writing, closed));
      return { box, send, count, blind, editLine, urgent, writing, closed, jump, foot };
    }

    /** The chat complements formal messaging; a leave is never asked for here (R4). */
    function formalHint() {
      const address = store.getConfig().formal;
      if (!address) return make("span", {}, t("Time off or a replacement? Make a formal request."));
      return make("span", {}, t("Time off or a replacement?"), " ",
        make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, t("Make a formal request.")));
    }

    // Heading

    function drawHead(state) {
      const row = Chat.reducer.openRow(state);
      const title = row ? Chat.conversations.titleOf(row, state.me) : "";
      if (row) {
        parts.heading.textContent = parts.heading.title = title;
        const symbol = Chat.conversations.symbolOf(row, state.me);
        if (parts.symbol.outerHTML !== symbol.outerHTML) { parts.symbol.replaceWith(symbol); parts.symbol = symbol; }
        parts.meta.textContent = [Chat.conversations.kindOf(row), reachWords(row), row.service].filter(Boolean).join(" · ");
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

    function drawMessages(state) {
      const { list, scroll } = parts;
      const items = Chat.messages.listItems(state, { open: openTools, correct, sendAgain: (mine) => store.sendAgain(shownId, mine), drop: (mine) => store.dropUnsent(shownId, mine) });
      const anchor = atEnd ? null : findAnchor();
      const isFirst = drawn.size === 0;
      reconcile(list, items);
      list.classList.toggle("beginning", !items.length);
      if (isFirst) showStart(state);
      else if (atEnd && !state.open.newer) scroll.scrollTop = scroll.scrollHeight;
      else if (anchor) scroll.scrollTop += anchor.element.getBoundingClientRect().top - anchor.top;
      drawJump(state);
    }

    function reconcile(list, items) {
      const next = new Map();
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
      while (at) { const gone = at; at = at.nextElementSibling; gone.remove(); }
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

    const isAtEnd = () => parts.scroll.scrollHeight - parts.scroll.scrollTop - parts.scroll.clientHeight < 60;

    function onScroll() {
      if (!parts?.scroll) return;
      const { scroll } = parts;
      const { open } = store.getState();
      if (!open) return;
      atEnd = !open.newer && isAtEnd();
      store.follow(atEnd);
      if (open.older && scroll.scrollTop < NEAR) store.page("older");
      else if (open.newer && scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR) store.page("newer");
      drawJump(store.getState());
    }

    function drawJump(state) {
      const { jump } = parts;
      jump.hidden = atEnd;
      if (atEnd) return;
      const unread = state.rows[shownId]?.unread ?? 0;
      jump.lastElementChild.textContent = unread ? Chat.messages.newCount(unread) : t("Latest");
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
        { icon: "edit", label: t("Edit"), act: () => startEditing(message) },
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
      focusComposer(); // the button that asked goes with the message
    }

    // Composer

    function drawComposer(state) {
      const row = Chat.reducer.openRow(state);
      const name = row ? Chat.conversations.titleOf(row, state.me) : "";
      const words = {
        left: t("{name} left this conversation and would not read your answer.", { name }),
        gone: t("{name} is no longer in this service and would not read your answer.", { name }),
      }[row?.closed];
      parts.writing.hidden = Boolean(words);
      parts.closed.hidden = !words;
      if (words && parts.closed.textContent !== words) parts.closed.replaceChildren(make("span", {}, words));
      parts.box.placeholder = reach?.count
        ? plural("Write to {n} person…", "Write to {n} people…", reach.count)
        : row?.kind === "one_to_one" ? t("Write to {name}…", { name }) : t("Write a message…");
      parts.send.disabled = state.connection === "ended";
      parts.urgent.draw(row, state.me);
      const blind = blindWords();
      if (parts.blind.textContent !== blind) parts.blind.textContent = blind;
      parts.blind.hidden = !blind || Boolean(words);
    }

    /** Whom a message reaches, asked when the conversation opens and each time its people change. */
    async function askReach() {
      const id = shownId;
      const people = await store.listParticipants(id).catch(() => null);
      if (!people || id !== shownId) return;
      const state = store.getState();
      const { me } = state;
      const row = Chat.reducer.openRow(state);
      const isMine = people.joined.some((person) => person.id === me.id) || (row?.kind === "public" && me.addressed.includes(row.service_id));
      const total = people.joined_count + (people.told_count ?? 0);
      reach = {
        id, total, count: row?.kind === "one_to_one" ? 0 : total - (isMine ? 1 : 0), without: people.without_app_count ?? 0,
        blind: row?.kind === "public" ? [] : people.joined.filter((person) => person.without_app && person.id !== me.id),
      };
      draw(state);
    }

    function drawReach(state) {
      const question = `${shownId}:${state.participantsAt}`;
      if (question === reachAsked) return;
      reachAsked = question;
      clearTimeout(reachTimer);
      reachTimer = setTimeout(askReach, reach?.id === shownId ? 1000 : 0);
    }

    function reachWords(row) {
      if (!reach || reach.id !== shownId || row.kind === "one_to_one") return "";
      if (!reach.without) return plural("{n} person", "{n} people", reach.total);
      return `${plural("{n} with the application", "{n} with the application", reach.total)}, ${plural("{n} without", "{n} without", reach.without)}`;
    }

    /** Of a private conversation: who has no way to read what is written there (R14). */
    function blindWords() {
      const blind = reach?.id === shownId ? reach.blind : [];
      if (!blind.length) return "";
      if (blind.length > 1) return plural("{n} person does not have the application yet and will not see this.", "{n} people do not have the application yet and will not see this.", blind.length);
      return t("{name} does not have the application yet and will not see this.", { name: blind[0].name });
    }

    function onKey(event) {
      if (event.isComposing) return;
      const isTouch = matchMedia("(pointer: coarse)").matches;
      if (event.key === "Enter" && !event.shiftKey && !isTouch) {
        event.preventDefault();
        submit();
      } else if (event.key === "Escape" && editing) stopEditing();
      else if (event.key === "ArrowUp" && !parts.box.value && !editing) editLast(event);
    }

    function editLast(event) {
      const { open, me } = store.getState();
      const mine = open.messages.findLast((message) => message.author.id === me.id && message.kind === "text" && !message.deleted);
      if (mine) { event.preventDefault(); startEditing(mine); }
    }

    async function submit() {
      const text = parts.box.value;
      const length = [...text.trim()].length;
      if (!length || length > LIMIT) return drawCount();
      if (editing) {
        const { ordinal } = editing;
        if (await store.edit(shownId, ordinal, text)) stopEditing();
        return undefined;
      }
      const reason = parts.urgent.find();
      if (reason === undefined) return undefined;
      parts.urgent.clear();
      parts.box.value = "";
      keepDraft();
      grow();
      drawCount();
      atEnd = true;
      if (store.getState().open.newer) store.jumpToEnd(shownId);
      store.send(shownId, text.trim(), reason);
      parts.box.focus();
      return undefined;
    }

    /** What was refused goes back into the box, to be mended. */
    function correct(mine) {
      store.dropUnsent(shownId, mine);
      insert([parts.box.value && "\n", mine.text].filter(Boolean).join(""));
    }

    function drawCount() {
      const left = LIMIT - [...parts.box.value.trim()].length;
      parts.count.className = left < 0 ? "field-error" : "";
      parts.count.textContent = left < 0 ? plural("{n} character too many", "{n} characters too many", -left)
        : left < 200 ? plural("{n} character left", "{n} characters left", left)
          : matchMedia("(pointer: coarse)").matches ? "" : t("Shift+Enter: new line");
    }

    function startEditing(message) {
      keepDraft();
      editing = message;
      parts.editLine.hidden = false;
      parts.box.value = message.text;
      grow();
      focusComposer();
    }

    function stopEditing() {
      editing = null;
      parts.editLine.hidden = true;
      restoreDraft();
      focusComposer();
    }

    function grow() {
      parts.box.style.height = "auto";
      parts.box.style.height = `${Math.min(168, parts.box.scrollHeight)}px`;
    }

    function focusComposer() {
      // On a phone the keyboard would cover what one came to read.
      if (!matchMedia("(pointer: coarse)").matches) parts.box.focus({ preventScroll: true });
      else parts.heading.focus({ preventScroll: true });
    }

    function chooseEmoji(button) {
      const popup = make("div", { class: "popup emoji", role: "menu", "aria-label": t("Emoji") },
        ...EMOJI.map((sign) => make("button", { type: "button", role: "menuitem", onclick: () => { closeMenu(); insert(sign); } }, sign)));
      openPopup(button, popup);
    }

    function insert(sign) {
      const { box } = parts;
      box.setRangeText(sign, box.selectionStart, box.selectionEnd, "end");
      keepDraft();
      grow();
      drawCount();
      box.focus();
    }

    function keepDraft() {
      if (parts?.box && !editing) drafts.set(shownId, parts.box.value);
    }

    function restoreDraft() {
      parts.box.value = drafts.get(shownId);
      requestAnimationFrame(() => { if (parts?.box) { grow(); drawCount(); } });
    }

    const resized = new ResizeObserver(() => { if (parts?.scroll && atEnd) parts.scroll.scrollTop = parts.scroll.scrollHeight; });
    const stop = store.subscribe({ draw });
    return {
      focus: () => { if (parts?.box) focusComposer(); },
      stop() {
        keepDraft();
        clearTimeout(reachTimer);
        stop();
        resized.disconnect();
        parts?.sight?.stop();
      },
    };
  }

  Chat.panel = { mount };
})();
