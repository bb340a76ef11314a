/* The box at the foot of a conversation: what is typed and kept, one's own messages to mend, and what it is not for (R4). */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t, plural } = Chat.words;
  const { make, reword, icon, openPopup, closeMenu } = Chat.dialogs;
  const { store } = Chat;

  const LIMIT = 4000; // code points of a message, as the server counts them
  const HIGHEST = 168; // pixels
  const EMOJI = "🙂 😀 😂 😅 😍 🥰 😎 🤔 😴 😢 😡 🤒 👍 👎 👏 🙏 💪 🙌 👌 🤝 ❤️ 🎉 🔥 ✅ ❌ ⚠️ ⏰ 🕒 ☕ 🍕 🥐 🍺 🧹 🔑 📦 🚚 ❄️ ☀️ 🚌 💡".split(" ");

  const isTouch = () => matchMedia("(pointer: coarse)").matches;

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

  /** Of the conversation `id`. `onSend(text, reason)`; `rest()`: where the focus goes instead of the box on a phone, whose
      keyboard would cover what one came to read. */
  function create(id, { onSend, rest }) {
    const drafts = Chat.drafts();
    let editing = null; // the message being edited
    const box = make("textarea", { rows: "1", dir: "auto", "aria-label": t("Your message"), enterkeyhint: "send" });
    box.addEventListener("keydown", onKey);
    box.addEventListener("input", onInput);
    const emoji = make("button", {
      type: "button", class: "button bare square", "aria-label": t("Emoji"), "aria-haspopup": "menu", "aria-expanded": "false",
      onclick: chooseEmoji,
    }, icon("emoji"));
    const send = make("button", { type: "button", class: "button main square", "aria-label": t("Send"), onclick: submit }, icon("send"));
    const count = make("span", { role: "status" });
    const editLine = make("div", { class: "composer-editing", hidden: true }, t("Editing your message"),
      make("button", { type: "button", class: "link-button", onclick: stopEditing }, t("Cancel")));
    const urgent = Chat.urgent.create();
    const isPhone = store.getConfig().surface === "mobile"; // where the box needs its width
    const blind = make("p", { class: "composer-blind", role: "status", hidden: true });
    const writing = make("div", {}, blind, editLine, urgent.line,
      make("div", { class: "composer-box" }, box, isPhone ? null : urgent.toggle, emoji, send),
      make("div", { class: "composer-hint" }, isPhone ? urgent.toggle : null, formalHint(), count));
    const closed = make("div", { class: "composer-closed", hidden: true });

    function draw(state, reach) {
      const row = Chat.reducer.openRow(state);
      const name = row ? Chat.conversations.titleOf(row, state.me) : "";
      const words = closedWords(row, name);
      writing.hidden = Boolean(words);
      closed.hidden = !words;
      if (words && closed.textContent !== words) closed.replaceChildren(make("span", {}, words));
      const reached = reach.count(row);
      const inside = reached ? plural("Write to {n} person…", "Write to {n} people…", reached)
        : row?.kind === "one_to_one" ? t("Write to {name}…", { name }) : t("Write a message…");
      if (box.placeholder !== inside) box.placeholder = inside;
      send.disabled = state.connection === "ended";
      urgent.draw(row, state.me);
      const unread = reach.blind(row);
      reword(blind, unread);
      blind.hidden = !unread || Boolean(words);
    }

    function onInput() {
      grow();
      drawCount();
      keepDraft();
    }

    function onKey(event) {
      if (event.isComposing) return;
      if (event.key === "Enter" && !event.shiftKey && !isTouch()) {
        event.preventDefault();
        submit();
      } else if (event.key === "Escape" && editing) stopEditing();
      else if (event.key === "ArrowUp" && !box.value && !editing) editLast(event);
    }

    function editLast(event) {
      const { open, me } = store.getState();
      const mine = open.messages.findLast((message) => message.author.id === me.id && message.kind === "text" && !message.deleted);
      if (mine) { event.preventDefault(); edit(mine); }
    }

    async function submit() {
      const length = [...box.value.trim()].length;
      if (!length || length > LIMIT) return drawCount();
      if (editing) {
        if (await store.edit(id, editing.ordinal, box.value)) stopEditing();
        return undefined;
      }
      const reason = urgent.find();
      if (reason === undefined) return undefined;
      urgent.clear();
      const text = box.value.trim();
      box.value = "";
      onInput();
      onSend(text, reason);
      box.focus();
      return undefined;
    }

    function drawCount() {
      const left = LIMIT - [...box.value.trim()].length;
      count.className = left < 0 ? "field-error" : "";
      count.textContent = left < 0 ? plural("{n} character too many", "{n} characters too many", -left)
        : left < 200 ? plural("{n} character left", "{n} characters left", left)
          : isTouch() ? "" : t("Shift+Enter: new line");
    }

    function edit(message) {
      keepDraft();
      editing = message;
      editLine.hidden = false;
      box.value = message.text;
      grow();
      focus();
    }

    function stopEditing() {
      editing = null;
      editLine.hidden = true;
      restoreDraft();
      focus();
    }

    function grow() {
      box.style.height = "auto";
      box.style.height = `${Math.min(HIGHEST, box.scrollHeight)}px`;
    }

    function focus() {
      if (isTouch()) rest();
      else box.focus({ preventScroll: true });
    }

    function chooseEmoji() {
      const popup = make("div", { class: "popup emoji", role: "menu", "aria-label": t("Emoji") },
        ...EMOJI.map((sign) => make("button", { type: "button", role: "menuitem", onclick: () => { closeMenu(); put(sign); } }, sign)));
      openPopup(emoji, popup);
    }

    /** Where one is typing. */
    function put(text) {
      box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
      onInput();
      box.focus();
    }

    /** What was refused goes back into the box, to be mended. */
    const take = (text) => put([box.value && "\n", text].filter(Boolean).join(""));

    function keepDraft() {
      if (!editing) drafts.set(id, box.value);
    }

    function restoreDraft() {
      box.value = drafts.get(id);
      requestAnimationFrame(() => { if (box.isConnected) { grow(); drawCount(); } });
    }

    return { element: make("div", { class: "composer" }, writing, closed), draw, edit, take, focus, keepDraft, restoreDraft };
  }

  /** Why nobody would read an answer, in a one-to-one. */
  const closedWords = (row, name) => ({
    left: t("{name} left this conversation and would not read your answer.", { name }),
    gone: t("{name} is no longer in this service and would not read your answer.", { name }),
  })[row?.closed];

  /** The chat complements formal messaging; a leave is never asked for here (R4). */
  function formalHint() {
    const address = store.getConfig().formal;
    if (!address) return make("span", {}, t("Time off or a replacement? Make a formal request."));
    return make("span", {}, t("Time off or a replacement?"), " ",
      make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, t("Make a formal request.")));
  }

  Chat.composer = { create };
})();
