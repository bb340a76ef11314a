/* The state of this page and what can be done to it: the only place that talks to the socket. Views subscribe. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t } = Chat.words;

  let state = Chat.reducer.initial;
  let live = null;
  let config = null;
  const views = new Set();
  let drawing = false;

  const DRAW_EVERY = 100; // ms; a burst of fifty messages a second is drawn ten times
  const CALM = 300; // ms; while a thumb scrolls through what was said before, its frames come first
  let drawnAt = 0;
  let scrolledAt = -CALM;
  addEventListener("scroll", () => { scrolledAt = performance.now(); }, { capture: true, passive: true });

  function start(given) {
    config = given;
    Chat.words.load(given);
    document.addEventListener("submit", (event) => { if (event.target.action?.endsWith("/sign-out")) sessionStorage.clear(); });
    Chat.keeping?.start({ config: given, dispatch, request: (type, fields) => live.request(type, fields) });
    live = Chat.live.connect({
      path: given.socket,
      sessionPath: given.session,
      isMine: ({ me }) => !me || !state.me || me.id === state.me.id,
      onEvent: dispatch,
      onStatus: (status) => dispatch({ type: "connection", status, at: Date.now() }),
    });
    queue = Chat.outbox.create({
      request: ({ conversation_id, text, ref, urgent }) =>
        live.request("message.send", { conversation_id, text, ...(urgent ? { urgent } : {}) }, { ref, keep: true }),
      vault: Chat.vault ?? null,
      onChange: (items) => dispatch({ type: "outbox", waiting: Chat.outbox.count(items) }),
      onRefused: refuse,
      onGone: ({ text }, refusal) => Chat.dialogs.tell(t("Not sent: “{text}”. {reason}", { text: text.slice(0, 80), reason: refusal.text })),
      onFull: () => Chat.dialogs.tell(t("This phone has no room left. Keep this page open until your message is sent.")),
    });
    queue.ready.then(() => {
      if (state.open) for (const mine of queue.pending(state.open.id)) showPending(state.open.id, mine);
    });
  }

  function dispatch(event) {
    const step = Chat.reducer.reduce(state, event);
    const before = state;
    state = step.state;
    for (const ask of step.asks) answer(ask);
    announce(before.open, event);
    if (event.type === "session.ended") sessionStorage.clear(); // drafts
    if (state.open?.status === "loading" && state.connection === "waiting") showKept(state.open.id);
    if (state.chat === false && before.chat !== false) queue?.empty();
    if (state.timeline !== before.timeline) viewed.clear(); // the same numbers, another past
    if (Chat.reducer.lostBy(event)) queue.dropConversation(Chat.reducer.lostBy(event));
    Chat.keeping?.hear(event, state, before);
    if (state !== before) draw();
  }

  /** Fill in what the reducer found missing; one question of a kind at a time. */
  const asking = new Set();
  async function answer(ask) {
    const key = `${ask.ask}:${ask.id ?? ""}`;
    if (ask.ask === "menu") return views.forEach((view) => view.onMenu?.());
    if (ask.ask === "hello") return live.hello();
    if (asking.has(key)) return undefined;
    asking.add(key);
    try {
      await answers[ask.ask](ask);
    } finally {
      asking.delete(key);
    }
    return undefined;
  }

  const answers = {
    async row({ id }) {
      try {
        dispatch({ type: "row", ...(await live.request("conversation.row", { conversation_id: id })) });
      } catch (refusal) {
        if (refusal.code !== "disconnected") dispatch({ type: "row.gone", id, code: refusal.code });
      }
    },
    async changes({ id, seq, ordinal }) {
      try {
        const changes = await live.request("conversation.changes", { conversation_id: id, seq, ordinal });
        dispatch({ type: "changes", conversation_id: id, ...changes });
      } catch (refusal) {
        if (refusal.code !== "disconnected") dispatch({ type: "open.refused", id, code: refusal.code });
      }
    },
    async open({ id }) {
      try {
        dispatch({ type: "opened", ...(await live.request("conversation.open", { conversation_id: id })) });
      } catch (refusal) {
        if (refusal.code !== "disconnected") dispatch({ type: "open.refused", id, code: refusal.code });
      }
    },
  };

  function draw() {
    if (drawing) return;
    drawing = true;
    const isReadingBack = state.open?.following === false && performance.now() - scrolledAt < CALM;
    const wait = Math.max(0, (isReadingBack ? CALM : DRAW_EVERY) - (performance.now() - drawnAt));
    const paint = () => requestAnimationFrame(() => {
      drawing = false;
      drawnAt = performance.now();
      for (const view of views) view.draw(state);
    });
    // A hidden page has no animation frames: draw it when it shows, but keep its title and badge right.
    if (document.visibilityState === "hidden") {
      drawing = false;
      for (const view of views) view.draw(state);
    } else if (wait === 0) paint();
    else setTimeout(paint, wait);
  }

  function subscribe(view) {
    views.add(view);
    view.draw(state);
    return () => views.delete(view);
  }

  /** What others say in the open conversation is said once to screen readers, live or caught up with after a cut. */
  function announce(before, event) {
    const { open, me } = state;
    if (!open || open.status !== "ready" || before?.id !== open.id || before.status !== "ready") return;
    const heard = event.type === "message.sent" ? [event.message] : event.type === "changes" ? event.messages ?? [] : [];
    const fresh = heard.filter((message) => message.ordinal > before.last && message.ordinal <= open.last
      && message.kind === "text" && !message.deleted && message.author.id !== me.id);
    if (fresh.length > 5) say(Chat.messages.newCount(fresh.length));
    else for (const { author, text } of fresh) say(t("{name}: {text}", { name: author.name, text }));
  }

  function say(text) {
    const voice = document.getElementById("chat-voice");
    if (!voice) return;
    const line = document.createElement("p");
    line.textContent = text;
    voice.append(line);
    while (voice.childElementCount > 5) voice.firstElementChild.remove();
  }

  // What a person does.

  let queue = null; // what was typed and is not with the server yet, of all conversations

  const found = new Map(); // lines that a search or a filter brought, of conversations that the list does not show

  let turn = 0; // grows each time the person opens a conversation, the same one again included

  function openConversation(id) {
    for (const view of views) view.onOpen?.(id);
    turn += 1;
    dispatch({ type: "open.start", id, turn, pending: queue.pending(id), row: found.get(id) ?? null });
    answer({ ask: "open", id });
    setTimeout(showKept, state.connection === "open" ? PATIENCE : 0, id);
  }

  const closeConversation = () => dispatch({ type: "open.stop" });

  const PATIENCE = 400; // ms for the server to answer before the copy on the phone is shown meanwhile

  /** What was read of it before; without that and without network, say so. */
  async function showKept(id) {
    if (state.open?.id !== id || state.open.status !== "loading") return;
    const kept = await Chat.keeping?.find(id);
    if (kept) dispatch({ type: "kept", conversation_id: id, ...kept });
    else if (state.connection === "waiting") dispatch({ type: "open.refused", id, code: "disconnected" });
  }

  /** `urgent`: why it alerts in quiet hours too. */
  function send(id, text, urgent = null) {
    const mine = { ref: live.newRef(), text, at: Date.now(), ...(urgent ? { urgent } : {}) };
    showPending(id, mine);
    queue.post({ ...mine, conversation_id: id });
  }

  function showPending(id, { ref, text, at, refused }) {
    dispatch({ type: "send.pending", conversation_id: id, ref, text, at });
    if (refused) dispatch({ type: "send.refused", conversation_id: id, ref, text: refused });
  }

  /** Why it was not taken: shown with it, kept with it. */
  function refuse({ conversation_id: id, ref }, refusal) {
    const text = refusal.text ?? t("Not sent.");
    dispatch({ type: "send.refused", conversation_id: id, ref, text });
    if (refusal.code === "recipient_gone") answer({ ask: "row", id });
    return text;
  }

  function sendAgain(id, mine) {
    const kept = queue.pending(id).find(({ ref }) => ref === mine.ref);
    dropUnsent(id, mine);
    send(id, mine.text, kept?.urgent);
  }

  function dropUnsent(id, mine) {
    dispatch({ type: "send.dropped", conversation_id: id, ref: mine.ref });
    queue.drop(mine.ref);
  }

  /** A command whose refusal is told in a notice; true when it was done. */
  async function act(type, fields) {
    try {
      await live.request(type, fields, { keep: true });
      return true;
    } catch (refusal) {
      Chat.dialogs.tell(refusal.text ?? t("No network. Try again in a moment."));
      return false;
    }
  }

  const edit = (id, ordinal, text) => act("message.edit", { conversation_id: id, ordinal, text });
  const erase = (id, ordinal) => act("message.delete", { conversation_id: id, ordinal });

  const viewed = new Map(); // conversation → ordinal said to have been seen
  let viewing = null;

  /** Seen on screen up to here. Said at once, then at most every two seconds: a busy conversation of five hundred
      people would otherwise talk about nothing but reading. */
  function view(id, ordinal) {
    if ((viewed.get(id) ?? -1) >= ordinal || state.connection !== "open") return;
    viewed.set(id, ordinal);
    if (viewing) return;
    const tell = () => {
      const seen = viewed.get(id);
      live.request("conversation.view", { conversation_id: id, ordinal: seen }).catch(() => viewed.delete(id));
      viewing = setTimeout(() => {
        viewing = null;
        if (viewed.get(id) !== seen && viewed.has(id)) tell();
      }, 2000);
    };
    tell();
  }

  async function leave(id) {
    const isDone = await act("conversation.leave", { conversation_id: id });
    if (isDone) Chat.dialogs.tell(t("You left the conversation."), { label: t("Undo"), act: () => rejoin(id) });
    return isDone;
  }

  async function mute(id) {
    const isDone = await act("conversation.mute", { conversation_id: id });
    if (isDone) Chat.dialogs.tell(t("You get no more notifications of this conversation."), { label: t("Undo"), act: () => unmute(id) });
  }

  const unmute = (id) => act("conversation.unmute", { conversation_id: id });

  async function rejoin(id) {
    if (await act("conversation.rejoin", { conversation_id: id })) openConversation(id);
  }

  async function hide(id) {
    const isDone = await act("conversation.hide", { conversation_id: id });
    if (isDone) Chat.dialogs.tell(t("Hidden until a new message."), { label: t("Undo"), act: () => unhide(id) });
    return isDone;
  }

  async function unhide(id) {
    if (await act("conversation.unhide", { conversation_id: id })) openConversation(id);
  }

  async function remove(id) {
    if (!(await act("conversation.delete", { conversation_id: id }))) return;
    if (state.open?.id === id) closeConversation();
    Chat.dialogs.tell(t("Conversation deleted for everyone."), { label: t("Undo"), act: () => restore(id) });
  }

  async function restore(id) {
    if (await act("conversation.restore", { conversation_id: id })) openConversation(id);
  }

  async function page(side) {
    const { open } = state;
    if (!open || open.status !== "ready" || asking.has(side)) return;
    const edgeOf = ({ messages }) => messages.at(side === "older" ? 0 : -1)?.ordinal;
    const edge = edgeOf(open);
    const at = side === "older" ? { before: edge } : { after: edge };
    asking.add(side);
    try {
      const found = await live.request("conversation.page", { conversation_id: open.id, ...at });
      // Only where it still fits: the window may have moved meanwhile.
      if (state.open?.id === open.id && edgeOf(state.open) === edge) dispatch({ type: side, conversation_id: open.id, ...found });
    } catch {
      // The connection is back soon; scrolling asks again.
    } finally {
      asking.delete(side);
    }
  }

  const follow = (following) => dispatch({ type: "follow", following });

  /** To the end of a conversation of which only an older part is shown. */
  async function jumpToEnd(id) {
    try {
      const found = await live.request("conversation.page", { conversation_id: id });
      dispatch({ type: "latest", conversation_id: id, ...found });
    } catch {
      // As above.
    }
  }

  async function moreRows() {
    const skip = Object.keys(state.rows).length;
    try {
      dispatch({ type: "rows.more", ...(await live.request("conversations.list", { skip })) });
    } catch {
      // As above.
    }
  }

  async function listRows(only, search, skip = 0) {
    if (state.connection !== "open") return listKeptRows(only, search);
    const answer = await live.request("conversations.list", { only, search, skip });
    for (const row of answer.rows) found.set(row.id, row);
    return answer;
  }

  /** Without network, among the rows that are here. */
  function listKeptRows(only, search) {
    const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    const isAsked = (row) => ({ all: true, public: row.kind === "public", private: row.kind !== "public" })[only] ?? false;
    const rows = Chat.reducer.sortRows(state.rows).filter((row) => isAsked(row)
      && fold(Chat.conversations.titleOf(row, state.me)).includes(fold(search)));
    return { rows, more: false };
  }

  /** Whatever a screen of its own asks for; `keep`: worth sending again after a cut. */
  const request = (type, fields, { keep = false } = {}) => live.request(type, fields, { keep });
  const listParticipants = (id) => live.request("conversation.participants", { conversation_id: id });
  const restart = () => live.restart();
  const getState = () => state;
  const getConfig = () => config;

  Chat.store = {
    start, dispatch, subscribe, say, getState, getConfig, openConversation, closeConversation, send, sendAgain,
    dropUnsent, edit, erase, view, leave, rejoin, mute, unmute, hide, unhide, remove, restore, page, follow, jumpToEnd, moreRows, listRows, listParticipants,
    request, restart,
  };
})();
