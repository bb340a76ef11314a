/* How messages look: one element a message, made of text nodes only, nothing a person wrote is ever markup. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t, plural, time, day, dayKey } = Chat.words;
  const { make, icon, avatar } = Chat.dialogs;

  const TOGETHER = 5 * 60 * 1000; // messages of one author within five minutes share a heading
  const LINK = /https?:\/\/[^\s<>"'“”«»]+/g;
  const ONLY_EMOJI = /^(?:[\p{Extended_Pictographic}\p{Emoji_Component}\u200d\ufe0f\s]){1,24}$/u;

  /** Text with its web addresses made links; nothing but http and https becomes one. */
  function linkify(text) {
    const parts = [];
    let at = 0;
    for (const match of text.matchAll(LINK)) {
      const address = match[0].replace(/[.,;:!?)\]]+$/, "");
      if (!isWebAddress(address)) continue;
      parts.push(text.slice(at, match.index));
      parts.push(make("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, address));
      at = match.index + address.length;
    }
    parts.push(text.slice(at));
    return parts.filter((part) => part !== "");
  }

  function isWebAddress(address) {
    try {
      return ["http:", "https:"].includes(new URL(address).protocol);
    } catch {
      return false;
    }
  }

  /** What the list shows, in order: { key, signature, build } of days, the line before what is new, and messages. */
  function listItems(state, onTools) {
    const { open, me } = state;
    const items = [];
    let before = null;
    let shownDay = null;
    let isMarked = open.newAfter === null;
    const lastSent = open.newer || open.pending.length ? null : open.messages.at(-1);
    for (const message of open.messages) {
      if (shownDay !== dayKey(message.at)) {
        items.push(dayItem(message));
        shownDay = dayKey(message.at);
        before = null;
      }
      if (!isMarked && message.ordinal > open.newAfter && message.author.id !== me.id) {
        isMarked = true;
        items.push(newItem());
        before = null;
      }
      items.push(message.kind === "text" ? messageItem(message, before, me, onTools, message === lastSent) : toldItem(message, me));
      before = message.kind === "text" ? message : null;
    }
    for (const mine of open.pending) {
      items.push(pendingItem(mine, before, state, onTools));
      before = { author: { id: me.id }, at: mine.at };
    }
    return items;
  }

  function dayItem(message) {
    const label = day(message.at);
    return { key: `day:${dayKey(message.at)}`, signature: label, build: () => make("li", { class: "day-line" }, label) };
  }

  function newItem() {
    const label = t("New messages");
    return { key: "new", signature: label, build: () => make("li", { class: "new-line", id: "new-messages" }, label) };
  }

  function toldItem(message, me) {
    const mine = message.author.id === me.id;
    const { name } = message.author;
    const words = {
      left: mine ? t("You left the conversation.") : t("{name} left the conversation.", { name }),
      returned: mine ? t("You came back.") : t("{name} came back.", { name }),
      resumed: mine ? t("You opened the conversation again.") : t("{name} opened the conversation again.", { name }),
    }[message.kind] ?? addedWords(message, me);
    return { key: `m${message.ordinal}`, signature: words, build: () => make("li", { class: "told-line" }, words) };
  }

  /** Who came, and from where on they read (R19); where a group begins with it, nothing was said before. */
  function addedWords(message, me) {
    if (!message.added) return "";
    const before = message.kind === "added"
      ? t("What was said before stays among those who were there.") : t("Everything that was said before can be read.");
    return message.ordinal > 1 ? `${whoCame(message, me)} ${before}` : whoCame(message, me);
  }

  function whoCame({ author, added }, me) {
    const names = Chat.words.list(added.filter((person) => person.id !== me?.id).map((person) => person.name));
    if (author.id === me?.id) return t("You added {names}.", { names });
    if (!added.some((person) => person.id === me?.id)) return t("{name} added {names}.", { name: author.name, names });
    return names ? t("{name} brought you in, with {names}.", { name: author.name, names }) : t("{name} brought you in.", { name: author.name });
  }

  const isTogether = (before, id, at) => before !== null && before.author.id === id && at - before.at < TOGETHER;

  /** `isLast`: of one's own, that it was sent is said. */
  function messageItem(message, before, me, onTools, isLast) {
    const together = isTogether(before, message.author.id, message.at) && !message.urgent;
    const mine = message.author.id === me.id;
    return {
      key: message.ref ? `r${message.author.id}:${message.ref}` : `m${message.ordinal}`,
      signature: `${message.text}|${message.edited_at ?? ""}|${message.deleted ?? ""}|${together}|${mine && isLast}|${message.urgent ?? ""}`,
      build() {
        const classes = ["message"];
        if (!together) classes.push("first");
        if (mine) classes.push("own");
        if (message.deleted) classes.push("deleted");
        if (!message.deleted && ONLY_EMOJI.test(message.text)) classes.push("only-emoji");
        return make("li", { class: classes.join(" "), "data-ordinal": message.ordinal },
          together ? make("span") : avatar(message.author.id, message.author.name),
          together ? make("span", { class: "hidden-text" }, `${heading(message, mine)}, ${time(message.at)}`) : who(message, mine),
          make("div", { class: "message-body", dir: "auto" },
            ...(message.deleted ? [t("Message deleted")] : linkify(message.text))),
          message.edited_at && !message.deleted ? make("span", { class: "message-meta" }, t("edited")) : null,
          mine && isLast && !message.deleted ? make("span", { class: "message-meta" }, t("Sent")) : null,
          mine && !message.deleted ? tools(message, onTools) : null);
      },
    };
  }

  function pendingItem(mine, before, { me, connection }, onTools) {
    const together = isTogether(before, me.id, mine.at);
    const words = connection === "open" ? t("Sending…") : t("Waits for the network…");
    return {
      key: `r${me.id}:${mine.ref}`,
      signature: `pending|${mine.refused ?? words}|${together}`,
      build: () => make("li", { class: `message own pending${together ? "" : " first"}` },
        together ? make("span") : avatar(me.id, me.name),
        together ? null : make("div", { class: "message-who" }, t("You"), make("time", {}, time(mine.at))),
        make("div", { class: "message-body", dir: "auto" }, mine.text),
        mine.refused
          ? make("span", { class: "message-meta failed" }, mine.refused, " ",
            make("button", { type: "button", class: "link-button", onclick: () => onTools.correct(mine) }, t("Correct")), " ",
            make("button", { type: "button", class: "link-button", onclick: () => onTools.sendAgain(mine) }, t("Send again")), " ",
            make("button", { type: "button", class: "link-button", onclick: () => onTools.drop(mine) }, t("Discard")))
          : make("span", { class: "message-meta" }, words)),
    };
  }

  const heading = (message, mine) => (mine ? t("You") : message.author.name);

  function who(message, mine) {
    return make("div", { class: "message-who" },
      make("bdi", {}, heading(message, mine)),
      message.author.manager && !message.urgent ? make("span", { class: "tag" }, t("Manager")) : null, // nobody else marks one so
      message.urgent ? make("span", { class: "tag urgent" }, t("Urgent")) : null,
      make("time", { datetime: new Date(message.at).toISOString() }, time(message.at)));
  }

  function tools(message, onTools) {
    const button = make("button", {
      type: "button", class: "button bare square", "aria-haspopup": "menu", "aria-expanded": "false",
      "aria-label": t("Edit or delete this message"), onclick: () => onTools.open(button, message),
    }, icon("more"));
    return make("div", { class: "message-tools" }, button);
  }

  const newCount = (n) => plural("{n} new message", "{n} new messages", n);

  Chat.messages = { listItems, linkify, newCount, whoCame };
})();
