/* The list of conversations: search, filters, unread first. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t, when, dayKey, badge } = Chat.words;
  const { make, icon, avatar } = Chat.dialogs;
  const { store } = Chat;

  const SYMBOLS = { public: "public", one_to_one: null, group: "people" };

  /** The word that goes with the symbol. */
  const kindOf = (row) => ({ public: t("Public"), one_to_one: t("One-to-one"), group: t("Group") })[row.kind];

  function titleOf(row, me) {
    if (row.kind !== "one_to_one") return row.name;
    return row.people?.find((person) => person.id !== me?.id)?.name ?? "";
  }

  /** Of the window: how much is new, the conversation or the page, the product. */
  function titleOfPage(state, page) {
    const row = state.open && state.rows[state.open.id];
    const unread = state.chat ? state.unread : 0;
    const names = [row ? titleOf(row, state.me) : page, t("Messagerie Chat")].filter(Boolean);
    return (unread ? `(${badge(unread)}) ` : "") + [...new Set(names)].join(" · ");
  }

  function symbolOf(row, me) {
    const other = row.kind === "one_to_one" ? row.people?.find((person) => person.id !== me?.id) : null;
    return avatar(other?.id ?? row.id, titleOf(row, me), SYMBOLS[row.kind]);
  }

  /** What is said of the last message under the name. */
  function lastOf(row, me) {
    const { last } = row;
    if (row.left) return t("You left this conversation");
    if (row.deleted) return t("Deleted; it can still be restored");
    if (!last) return t("No message yet");
    const mine = last.author.id === me?.id;
    const name = last.author.name.split(" ")[0];
    if (last.kind === "left") return mine ? t("You left") : t("{name} left the conversation", { name });
    if (last.kind === "returned" || last.kind === "resumed") return mine ? t("You came back") : t("{name} came back", { name });
    if (last.added) return Chat.messages.whoCame(last, me);
    const text = last.deleted ? t("Message deleted") : last.text.replace(/\s+/g, " ").slice(0, 120);
    if (mine) return t("You: {text}", { text });
    return row.kind === "one_to_one" ? text : t("{name}: {text}", { name, text });
  }

  const urgentTag = ({ left, last }) =>
    (last?.urgent && !last.deleted && !left ? make("span", { class: "tag urgent" }, t("Urgent")) : null);

  const PAGE = 50; // lines that one asks for at a time; there are never more in the page than one asked for
  const SCREEN = 15; // lines that fill a screen: they come first, the others once those can be read
  const PATIENCE = 300; // ms without a list before it is drawn that one is coming

  /** One's own words that are not with the server yet, in place of the last ones that are. */
  function unsentOf({ waiting, connection }, id) {
    const counts = waiting[id];
    if (!counts || (connection === "open" && !counts.refused)) return null;
    const words = counts.refused ? Chat.words.plural("{n} message not sent", "{n} messages not sent", counts.refused)
      : Chat.words.plural("{n} message waits to be sent", "{n} messages wait to be sent", counts.waiting);
    return make("span", { class: `row-last unsent${counts.refused ? " refused" : ""}` }, words);
  }

  function mount(place, { onOpen }) {
    let limit = SCREEN;
    let only = "all";
    let search = "";
    let found = null; // the server's answer for a filter or a search
    let askedAt = -1;
    let asking = 0;
    const drawn = new Map();
    let shownId = null;
    let toShow = null;
    let held = null;
    let waiting = null;

    const input = make("input", {
      type: "search", class: "input", id: "conversation-search", placeholder: t("Search by name"), autocomplete: "off",
      "aria-label": t("Search conversations"), maxlength: 100,
    });
    const filters = [["all", t("All")], ["public", t("Public ones")], ["private", t("Private ones")]];
    const rare = [["hidden", t("Hidden")], ["left", t("Left")], ["deleted", t("Deleted")]];
    const chips = filters.map(([value, label]) => make("button", {
      type: "button", class: "chip", "aria-pressed": String(value === only), "data-only": value,
      onclick: () => choose(value),
    }, label));
    const others = make("button", {
      type: "button", class: "chip", "aria-pressed": "false", "aria-haspopup": "menu", "aria-expanded": "false",
      onclick: () => Chat.dialogs.menu(others, rare.map(([value, label]) => ({ label, act: () => choose(value) })), { name: t("Show") }),
    }, t("More…"));
    const list = make("ul", { class: "plain rows", "aria-label": t("Conversations") });
    place.replaceChildren(
      make("div", { class: "list-head" },
        make("div", { class: "search" }, icon("search"), input),
        make("div", { class: "chips", role: "group", "aria-label": t("Show") }, ...chips, others)),
      list);

    let typing = null;
    input.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => { search = input.value.trim(); limit = PAGE; refresh(); }, 150);
    });
    list.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const buttons = [...list.querySelectorAll(".row-line")];
      const next = buttons[buttons.indexOf(document.activeElement) + step];
      if (next) { next.focus(); event.preventDefault(); }
    });

    function choose(value) {
      only = value;
      for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.dataset.only === only));
      const chosen = rare.find(([name]) => name === only);
      others.setAttribute("aria-pressed", String(Boolean(chosen)));
      others.textContent = chosen ? chosen[1] : t("More…");
      limit = PAGE;
      refresh();
    }

    const isFiltered = () => only !== "all" || search !== "";

    async function refresh() {
      const mine = (asking += 1);
      askedAt = store.getState().listAt;
      if (!isFiltered()) {
        found = null;
        return draw(store.getState());
      }
      try {
        const answer = await store.listRows(only, search);
        if (mine === asking) { found = answer; draw(store.getState()); }
      } catch { /* back with the connection */ }
      return undefined;
    }

    function draw(state) {
      if (isFiltered() && state.listAt !== askedAt) refresh();
      if (only === "left" && state.open?.status === "ready" && state.rows[state.open.id]) return choose("all"); // one came back
      if (state.open?.id !== shownId) hold(state);
      const all = isFiltered() ? found?.rows ?? [] : Chat.reducer.sortRows(state.rows, held);
      const rows = all.slice(0, limit);
      const more = limit !== SCREEN && (all.length > limit || (isFiltered() ? found?.more : state.more));
      if (state.chat === null && !rows.length) return void (waiting ??= setTimeout(drawSkeletons, PATIENCE));
      const today = dayKey(Date.now());
      const lines = rows.map((row) => lineOf(row, state, today));
      const seen = new Set(rows.map((row) => row.id));
      for (const id of drawn.keys()) if (!seen.has(id)) drawn.delete(id);
      if (!lines.length) lines.push(emptiness(state));
      else if (more) lines.push(moreButton());
      const focused = document.activeElement;
      // Only what changed is touched: the list may be redrawn ten times a second.
      lines.forEach((line, at) => { if (list.children[at] !== line) list.insertBefore(line, list.children[at] ?? null); });
      while (list.children.length > lines.length) list.lastElementChild.remove();
      if (focused && focused !== document.activeElement && list.contains(focused)) focused.focus();
      if (toShow) {
        list.querySelector(`[data-conversation="${toShow}"]`)?.scrollIntoView({ block: "nearest" });
        toShow = null;
      }
      if (limit === SCREEN) requestAnimationFrame(() => setTimeout(drawRest));
      return undefined;
    }

    function drawRest() {
      limit = Math.max(limit, PAGE);
      draw(store.getState());
    }

    /** Another conversation was opened: its line stays where it is, and in sight. */
    function hold(state) {
      shownId = toShow = state.open?.id ?? null;
      held = (state.rows[shownId]?.unread ?? 0) > 0 ? shownId : null;
    }

    /** Made anew only where what it is made of is another. */
    function lineOf(row, state, today) {
      const isOpen = state.open?.id === row.id;
      const from = [row, isOpen, state.me, state.waiting[row.id], state.connection, today];
      const known = drawn.get(row.id);
      if (known?.from.every((part, at) => part === from[at])) return known.line;
      const title = titleOf(row, state.me);
      const unread = row.unread ?? 0;
      // The button stays the same, whatever it shows: whoever presses it just now has pressed it.
      const line = known?.line ?? make("li", {}, make("button", { type: "button", "data-conversation": row.id }));
      const button = line.firstElementChild;
      button.className = `row-line${unread ? " unread" : ""}`;
      if (isOpen) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      button.onclick = () => activate(row);
      button.replaceChildren(
        symbolOf(row, state.me),
        make("span", {},
          make("span", { class: "row-name", dir: "auto" }, title),
          make("span", { class: "row-kind" }, row.kind === "public" ? `${kindOf(row)} · ${row.service}` : kindOf(row)),
          unsentOf(state, row.id) ?? make("span", { class: "row-last", dir: "auto" }, urgentTag(row), lastOf(row, state.me))),
        make("span", { class: "row-side" },
          make("span", {}, row.muted ? icon("muted") : null, row.muted ? make("span", { class: "hidden-text" }, t("Muted")) : null, when(row.active_at)),
          unread ? make("span", { class: "badge-count" }, badge(unread),
            make("span", { class: "hidden-text" }, ` ${Chat.words.plural("unread message", "unread messages", unread)}`)) : null));
      drawn.set(row.id, { from, line });
      return line;
    }

    async function activate(row) {
      if (row.deleted) {
        const title = titleOf(row, store.getState().me);
        const yes = await Chat.dialogs.ask({
          title: t("Restore this conversation?"), text: t("“{title}” will be back for everyone, with all its messages.", { title }),
          act: t("Restore"), stay: t("Cancel"),
        });
        if (!yes) return;
        await store.restore(row.id);
        choose("all");
      }
      onOpen(row.id);
    }

    function moreButton() {
      return make("li", {}, make("button", { type: "button", class: "button more", onclick: showMore }, t("Show more")));
    }

    /** What is held already, else what the server has after it. */
    function showMore() {
      const state = store.getState();
      limit += PAGE;
      draw(state);
      if (isFiltered() && found.more && found.rows.length < limit) moreFound();
      else if (!isFiltered() && state.more && Object.keys(state.rows).length < limit) store.moreRows();
    }

    async function moreFound() {
      const answer = await store.listRows(only, search, found.rows.length).catch(() => null);
      if (answer) { found = { ...answer, rows: [...found.rows, ...answer.rows] }; draw(store.getState()); }
    }

    function emptiness(state) {
      const words = search ? t("Nothing matches “{search}”.", { search })
        : { hidden: t("You have hidden no conversation."), left: t("You have left no conversation."), deleted: t("No deleted conversation to restore.") }[only]
          ?? (state.chat === false ? t("The chat is not activated for your workplace.") : t("No conversation yet. Write to a colleague."));
      return make("li", {}, make("div", { class: "empty" }, icon("chat"), make("p", {}, words)));
    }

    function drawSkeletons() {
      if (store.getState().chat !== null || list.childElementCount) return;
      list.append(...Array.from({ length: 6 }, () => make("li", { "aria-hidden": "true" }, make("div", { class: "skeleton", style: "height:56px;margin:8px" }))));
    }

    input.setAttribute("enterkeyhint", "search");
    const stop = store.subscribe({ draw });
    const focus = (id) => list.querySelector(`[data-conversation="${id}"]`)?.focus();
    return { stop, focus };
  }

  Chat.conversations = { mount, titleOf, titleOfPage, symbolOf, kindOf };
})();
