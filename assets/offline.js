/* What the phone keeps so that it opens without network: the list, and the end of conversations that were read. Written
   behind what is shown, at most every two seconds; of one sign-in alone, and gone with it. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t, when } = Chat.words;
  const { vault } = Chat;

  const WRITE_EVERY = 2000; // ms
  const NOTE_EVERY = 60000; // ms: how well the phone knows when it was last up to date
  const ROWS = 50; // as many as the welcome brings
  const MESSAGES = 100; // of a conversation
  const CONVERSATIONS = 20;

  let dispatch = null;
  let request = null;
  let restored = Promise.resolve();
  let state = Chat.reducer.initial;
  let isListDue = false;
  const due = new Map(); // conversation → as it was last shown
  let writing = null;
  let writtenAt = -WRITE_EVERY;
  let isOver = false;

  /** Before the socket answers: what the page brought, then what the phone kept. */
  function start(given) {
    ({ dispatch, request } = given);
    if (isForeign(given.config) || vault.isLeaving()) return abandon(given.config);
    const { at, welcome } = given.config; // none where the page is the phone's own copy
    if (welcome) dispatch({ type: "restored", at, ...welcome });
    restored = restore(given.config.owner);
    setInterval(noteTime, NOTE_EVERY);
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") { noteTime(); write(); } });
    return undefined;
  }

  /** The page is an old copy: another sign-in has taken this phone over, or this one has lapsed. */
  const isForeign = (config) => document.cookie.split("; ").find((cookie) => cookie.startsWith("chat_phone="))?.slice(11) !== config.owner;

  async function abandon(config) {
    isOver = true;
    const isLeaving = vault.isLeaving();
    await vault.forget();
    if (isLeaving) document.getElementById("sign-out").submit();
    else location.replace(config.signIn);
  }

  async function restore(owner) {
    await vault.open(owner).catch(() => null);
    const [list, at] = await Promise.all([vault.get("facts", "list"), vault.get("facts", "at")]);
    if (list && !isOver) dispatch({ type: "restored", ...list, at: at ?? list.at });
  }

  /** After each change of the state. */
  function hear(event, after, before) {
    state = after;
    if (isOver) return;
    if (after.connection === "ended") return over();
    if (after.chat === false) return void vault.empty();
    if (event.type === "welcome") sweep(event);
    const lost = Chat.reducer.lostBy(event);
    if (lost) drop(lost);
    if (after.connection !== "open") return;
    if (after.rows !== before.rows) isListDue = true;
    if (after.open !== before.open && after.open?.status === "ready" && !after.open.newer) due.set(after.open.id, after.open);
    if (isListDue || due.size) writing ??= setTimeout(write, Math.max(50, writtenAt + WRITE_EVERY - performance.now()));
  }

  function over() {
    isOver = true;
    vault.forget();
  }

  async function write() {
    clearTimeout(writing);
    writing = null;
    writtenAt = performance.now();
    if (isOver) return;
    const shown = [...due.values()];
    due.clear();
    try {
      if (isListDue) await vault.put("facts", listOf(state), "list");
      isListDue = false;
      for (const open of shown) await vault.put("conversations", conversationOf(open));
      if (shown.length) await trim();
    } catch {
      // The phone is full: what is shown stays right, and what was kept before stays there.
    }
  }

  function listOf({ chat, me, rows, more, unread, timeline }) {
    const sorted = Chat.reducer.sortRows(rows);
    return { chat, me, rows: sorted.slice(0, ROWS), more: more || sorted.length > ROWS, unread, timeline, at: Date.now() };
  }

  function conversationOf({ id, messages, older, seq, last, row }) {
    return {
      id, row: state.rows[id] ?? row, messages: messages.slice(-MESSAGES), older: older || messages.length > MESSAGES,
      seq, last, timeline: state.timeline, at: Date.now(),
    };
  }

  function noteTime() {
    if (state.connection === "open" && !isOver) vault.put("facts", Date.now(), "at").catch(() => undefined);
  }

  /** The conversations read last stay. */
  async function trim() {
    if ((await vault.keys("conversations")).length <= CONVERSATIONS) return;
    const all = (await vault.list("conversations")).sort((a, b) => b.at - a.at);
    for (const { id } of all.slice(CONVERSATIONS)) await vault.remove("conversations", id);
  }

  /** What one may no longer read goes at the first contact: what the list does not name is asked about. So does what
      is of a past that the server no longer has. */
  async function sweep({ rows, more, timeline }) {
    const listed = new Set(rows.map(({ id }) => id));
    for (const { id, timeline: kept } of await vault.list("conversations")) {
      if (kept && kept !== timeline) vault.removeUnless("conversations", id, (found) => found.timeline === timeline);
      else if (!listed.has(id) && (!more || !(await isReadable(id)))) drop(id);
    }
  }

  async function isReadable(id) {
    try {
      const { row } = await request("conversation.row", { conversation_id: id });
      return !row.left && !row.deleted;
    } catch (refusal) {
      return refusal.code === "disconnected";
    }
  }

  function drop(id) {
    due.delete(id);
    vault.remove("conversations", id);
  }

  async function find(id) {
    await restored;
    return isOver ? undefined : vault.get("conversations", id);
  }

  /** Said plainly wherever something is read that may be old. */
  function describe(shown) {
    if (shown.connection === "open" || shown.chat === null) return "";
    const words = shown.connection === "connecting" ? t("Connecting…") : t("No connection.");
    return [words, since(shown)].filter(Boolean).join(" ");
  }

  const since = ({ asOf }) => (asOf ? t("Last updated: {when}", { when: when(asOf) }) : "");

  Chat.keeping = { start, hear, find, describe, since };
})();
