/* What the screen shows, as a pure function: reduce(state, event) gives { state, asks }. Events are the server's frames
   as they stand, answers to our commands, and what the person does; `asks` are commands whose answers are missing.
   State plus events equals a fresh fetch: tests hold it to that. */
(function (root) {
  "use strict";

  const BADGE_LIMIT = 100; // the server stops counting there too
  const WINDOW = 200; // messages kept of an open conversation; the rest is a page away

  const initial = {
    connection: "connecting", // connecting · open · waiting · ended · elsewhere
    me: null,
    chat: null, // true · false · null before the first welcome
    rows: {},
    more: false,
    unread: 0,
    open: null, // { id, turn, status, messages, older, newer, following, seq, last, newAfter, pending }
    participantsAt: 0, // grows when the participants of the open conversation changed
    listAt: 0, // grows when a list that is filtered by the server may have changed
    asOf: null, // without a connection: since when what is shown may be old
    timeline: null, // which past the server has: another one once an older state of it was restored
    waiting: {}, // conversation → { waiting, refused }: how many of one's messages are not with the server yet
  };

  function reduce(state, event) {
    const handler = handlers[event.type];
    if (!handler) return { state, asks: [] };
    const asks = [];
    const next = handler(state, event, asks);
    return { state: next, asks };
  }

  const handlers = {
    connection(state, event) {
      const asOf = state.connection === "open" ? event.at ?? null : state.asOf;
      return { ...state, connection: event.status, asOf };
    },

    /** What the page brought, else what the phone kept, until the welcome. */
    restored: (state, event) => (state.chat === null ? { ...withList(state, event), asOf: event.at } : state),

    welcome(state, event, asks) {
      const next = { ...withList(state, event), connection: "open", asOf: null };
      if (!event.chat) return { ...next, open: null };
      if (state.open && hasTurnedBack(state, event)) {
        asks.push({ ask: "open", id: state.open.id });
        return { ...next, open: emptied(state.open) };
      }
      if (state.open && state.open.status === "ready") asks.push(catchUp(state.open));
      else if (state.open && ["loading", "failed"].includes(state.open.status)) asks.push({ ask: "open", id: state.open.id });
      return next;
    },

    "message.sent"(state, event, asks) {
      const next = withMessageInList(state, event, asks);
      const open = next.open;
      if (!isDue(open, event, asks)) return next;
      return { ...next, open: appended(open, event) };
    },

    "message.edited"(state, event, asks) {
      const change = { text: event.text, edited_at: event.edited_at };
      return withChangedMessage(state, event, change, asks);
    },

    "message.deleted"(state, event, asks) {
      const row = state.rows[event.conversation_id];
      const mine = state.me && event.author_id === state.me.id;
      const mayHaveCounted = row && event.seq > row.last_seq && !mine && row.unread > 0 && event.ordinal > (row.read_ordinal ?? 0);
      if (mayHaveCounted) asks.push({ ask: "row", id: row.id });
      return withChangedMessage(state, event, { text: "", deleted: true }, asks);
    },

    "conversation.created"(state, event) {
      const it = event.conversation;
      if (state.rows[it.id]) return state;
      const joined = it.kind !== "public" || it.created_by === state.me.id;
      const row = { last_ordinal: 0, last_seq: 0, ...it };
      if (joined) row.joined = true;
      else if (!state.me.addressed.includes(it.service_id)) row.quiet = true;
      return { ...state, rows: { ...state.rows, [it.id]: row }, listAt: state.listAt + 1 };
    },

    "conversation.changed"(state, event, asks) {
      asks.push({ ask: "row", id: event.conversation_id });
      if (isOpen(state, event)) asks.push({ ask: "open", id: event.conversation_id });
      return { ...state, listAt: state.listAt + 1 };
    },

    "conversation.deleted": (state, event) => withoutRow(state, event.conversation_id, "gone"),
    "conversation.left": (state, event) => withoutRow(state, event.conversation_id, "left"),
    "conversation.hidden": (state, event) => withoutRow(state, event.conversation_id, "hidden"),

    "conversation.muted"(state, event) {
      const mute = (row) => {
        const { muted, ...rest } = row;
        return event.muted ? { ...rest, muted: true } : rest;
      };
      const row = state.rows[event.conversation_id];
      const open = isOpen(state, event) && state.open.row ? { ...state.open, row: mute(state.open.row) } : state.open;
      return { ...state, open, rows: row ? { ...state.rows, [row.id]: mute(row) } : state.rows, listAt: state.listAt + 1 };
    },

    "conversation.read"(state, event, asks) {
      const row = state.rows[event.conversation_id];
      if (!row) {
        asks.push({ ask: "row", id: event.conversation_id });
        return state;
      }
      const { quiet, unread, ...rest } = row;
      const read = { ...rest, joined: true, read_ordinal: Math.max(row.read_ordinal ?? 0, event.read_ordinal) };
      if (event.unread) read.unread = event.unread;
      return withRow(state, read);
    },

    "participants.changed": (state, event) =>
      isOpen(state, event) ? { ...state, participantsAt: state.participantsAt + 1 } : state,

    "rights.changed"(state, event, asks) {
      asks.push({ ask: "hello" }, { ask: "menu" });
      return state;
    },

    "session.ended": (state) => ({ ...initial, connection: "ended" }),

    // Answers to our own commands.
    row(state, event) {
      const { row } = event;
      const isListed = !row.left && !row.hidden && !row.deleted;
      const { [row.id]: before, ...rows } = state.rows;
      if (isListed) rows[row.id] = row;
      return { ...state, rows, unread: event.unread, listAt: state.listAt + 1 };
    },
    "row.gone": (state, event) => withoutRow(state, event.id, event.code === "conversation_left" ? "left" : "gone"),

    "rows.more"(state, event) {
      const rows = { ...state.rows };
      for (const row of event.rows) rows[row.id] = row;
      return { ...state, rows, more: event.more, unread: event.unread };
    },

    opened(state, event) {
      if (!isOpen(state, { conversation_id: event.row.id })) return state;
      const open = state.open;
      const row = event.row;
      const newAfter = open.newAfter ?? findNew(event.messages, row, state.me.id);
      const pending = open.pending.filter((mine) => !event.messages.some((message) => message.ref === mine.ref));
      const listed = row.left || row.hidden || row.deleted ? state : withRow(state, row);
      return {
        ...listed,
        open: {
          ...open, status: "ready", messages: event.messages, older: event.older, newer: event.newer,
          seq: row.last_seq, last: row.last_ordinal, newAfter, pending, row,
        },
      };
    },

    /** The copy on the phone, while the server has not answered. */
    kept(state, event) {
      if (!isOpen(state, event) || state.open.status !== "loading" || !state.me || hasTurnedBack(state, event)) return state;
      const { row, messages, older, seq, last } = event;
      const newAfter = findNew(messages, state.rows[row.id] ?? row, state.me.id);
      const pending = state.open.pending.filter((mine) => !messages.some((message) => message.ref === mine.ref));
      return { ...state, open: { ...state.open, status: "ready", messages, older, seq, last, newAfter, pending, row } };
    },

    "open.refused"(state, event) {
      if (!isOpen(state, { conversation_id: event.id })) return state;
      const status = { conversation_left: "left", not_found: "gone" }[event.code] ?? "failed";
      return { ...state, open: { ...state.open, status, messages: [] } };
    },

    older(state, event) {
      if (!isOpen(state, event) || state.open.status !== "ready") return state;
      const first = state.open.messages[0]?.ordinal ?? Infinity;
      const all = [...event.messages.filter((message) => message.ordinal < first), ...state.open.messages];
      const newer = state.open.newer || all.length > WINDOW;
      return { ...state, open: { ...state.open, messages: all.slice(0, WINDOW), older: event.older, newer } };
    },

    newer(state, event) {
      if (!isOpen(state, event) || state.open.status !== "ready") return state;
      const last = state.open.messages.at(-1)?.ordinal ?? 0;
      const all = [...state.open.messages, ...event.messages.filter((message) => message.ordinal > last)];
      const older = state.open.older || all.length > WINDOW;
      return { ...state, open: { ...state.open, messages: all.slice(-WINDOW), newer: event.newer, older } };
    },

    /** The latest page in place of what was shown: what lay between is paged for, by scrolling back. */
    latest(state, event) {
      if (!isOpen(state, event) || state.open.status !== "ready") return state;
      const { messages, older, newer } = event;
      const pending = state.open.pending.filter((mine) => !messages.some((message) => message.ref === mine.ref));
      const last = Math.max(state.open.last, messages.at(-1)?.ordinal ?? 0);
      return { ...state, open: { ...state.open, messages, older, newer, following: true, last, pending } };
    },

    changes(state, event, asks) {
      if (!isOpen(state, event) || state.open.status !== "ready") return state;
      if (event.messages === null) {
        asks.push({ ask: "open", id: state.open.id });
        return state;
      }
      let open = { ...state.open, seq: Math.max(state.open.seq, event.seq) };
      for (const message of event.messages) open = placed(open, message);
      return { ...state, open };
    },

    outbox: (state, event) => ({ ...state, waiting: event.waiting }),

    // What the person does.
    "open.start"(state, event) {
      const open = emptied({ id: event.id, turn: event.turn, pending: event.pending ?? [], row: event.row ?? null });
      return { ...state, open, participantsAt: state.participantsAt + 1 };
    },
    "open.stop": (state) => ({ ...state, open: null }),
    /** Whether the end is on screen: what is new may then push out what is old. */
    follow: (state, event) =>
      state.open && state.open.following !== event.following
        ? { ...state, open: { ...state.open, following: event.following } } : state,
    "send.pending"(state, event) {
      const isShown = (mine) => mine.ref === event.ref;
      if (!isOpen(state, event) || [...state.open.pending, ...state.open.messages].some(isShown)) return state;
      const mine = { ref: event.ref, text: event.text, at: event.at };
      return { ...state, open: { ...state.open, pending: [...state.open.pending, mine], newAfter: state.open.newAfter } };
    },
    "send.refused"(state, event) {
      if (!isOpen(state, event)) return state;
      const pending = state.open.pending.map((mine) => (mine.ref === event.ref ? { ...mine, refused: event.text } : mine));
      return { ...state, open: { ...state.open, pending } };
    },
    "send.dropped"(state, event) {
      if (!isOpen(state, event)) return state;
      return { ...state, open: { ...state.open, pending: state.open.pending.filter((mine) => mine.ref !== event.ref) } };
    },
  };

  /** What one holds is of a past that the server no longer has: numbered alike, it is not the same. */
  const hasTurnedBack = (state, { timeline }) => Boolean(state.timeline && timeline && timeline !== state.timeline);

  /** A conversation of which nothing is known yet, but what one typed. */
  const emptied = ({ id, turn, pending, row }) => ({
    id, turn, status: "loading", messages: [], older: false, newer: false, following: true, seq: 0, last: 0, newAfter: null, pending, row,
  });

  function withList(state, { chat, me, rows, more, unread, timeline }) {
    return {
      ...state, chat, me: me ?? null, timeline: timeline || state.timeline, rows: Object.fromEntries(rows.map((row) => [row.id, row])),
      more: more ?? false, unread: unread ?? 0, listAt: state.listAt + 1,
    };
  }

  const isOpen = (state, event) => state.open !== null && state.open.id === event.conversation_id;

  const catchUp = (open) => ({ ask: "changes", id: open.id, seq: open.seq, ordinal: open.last });

  /** An event of the open conversation that comes next; what came before is ignored, a gap is asked for. */
  function isDue(open, event, asks) {
    if (!open || open.id !== event.conversation_id || open.status !== "ready" || event.seq <= open.seq) return false;
    if (event.seq > open.seq + 1) {
      asks.push(catchUp(open));
      return false;
    }
    return true;
  }

  function appended(open, event) {
    return { ...placed(open, event.message), seq: event.seq };
  }

  /** A message put where it belongs: in place of itself, at the end, or out of the window. */
  function placed(open, message) {
    const pending = open.pending.filter((mine) => mine.ref !== message.ref);
    const last = Math.max(open.last, message.ordinal);
    const at = open.messages.findIndex((known) => known.ordinal === message.ordinal);
    if (at >= 0) {
      const messages = [...open.messages];
      messages[at] = message;
      return { ...open, messages, pending, last };
    }
    const shown = open.messages.at(-1)?.ordinal ?? 0;
    if (message.ordinal <= shown) return { ...open, pending, last }; // older than the window
    if (open.newer) return { ...open, pending, last };
    // Who reads further up keeps what they read: what is new is then a page away.
    if (!open.following && open.messages.length >= WINDOW) return { ...open, newer: true, pending, last };
    const messages = [...open.messages, message];
    const older = open.older || messages.length > WINDOW;
    return { ...open, messages: messages.slice(-WINDOW), older, pending, last };
  }

  /** The ordinal after which messages are new to me, or null. */
  function findNew(messages, row, me) {
    let left = row.unread ?? 0;
    if (left === 0) return null;
    for (let at = messages.length - 1; at >= 0; at -= 1) {
      const message = messages[at];
      if (message.author.id === me || message.kind !== "text" || message.deleted) continue;
      left -= 1;
      if (left === 0) return message.ordinal - 1;
    }
    return row.read_ordinal ?? 0;
  }

  function withMessageInList(state, event, asks) {
    const row = state.rows[event.conversation_id];
    if (!row) {
      asks.push({ ask: "row", id: event.conversation_id });
      return state;
    }
    if (event.seq <= row.last_seq) return state;
    const message = event.message;
    const fromOther = message.author.id !== state.me.id;
    const next = { ...row, last_seq: event.seq, last_ordinal: message.ordinal, last: message, active_at: message.at };
    if (fromOther && message.kind === "text" && !row.quiet) next.unread = Math.min(BADGE_LIMIT, (row.unread ?? 0) + 1);
    if (row.kind === "one_to_one" && row.closed !== "gone") {
      if (message.kind === "left" && fromOther) next.closed = "left";
      if (message.kind === "returned" || message.kind === "resumed") delete next.closed;
    }
    return { ...withRow(state, next), listAt: state.listAt + 1 };
  }

  function withChangedMessage(state, event, change, asks) {
    let next = state;
    const row = state.rows[event.conversation_id];
    if (row && event.seq > row.last_seq) {
      const changed = { ...row, last_seq: event.seq };
      if (row.last && row.last.ordinal === event.ordinal) changed.last = { ...row.last, ...change };
      next = withRow(next, changed);
    }
    const open = next.open;
    if (!isDue(open, event, asks)) return next;
    const messages = open.messages.map((message) =>
      message.ordinal === event.ordinal ? { ...message, ...change } : message);
    return { ...next, open: { ...open, seq: event.seq, messages } };
  }

  function withRow(state, row) {
    const before = state.rows[row.id]?.unread ?? 0;
    const rows = { ...state.rows, [row.id]: row };
    return { ...state, rows, unread: Math.max(0, state.unread - before + (row.unread ?? 0)) };
  }

  function withoutRow(state, id, status) {
    const { [id]: row, ...rows } = state.rows;
    const open = state.open && state.open.id === id
      ? status === "hidden" ? null : { ...state.open, status, messages: [], pending: [] }
      : state.open;
    return { ...state, rows, open, unread: Math.max(0, state.unread - (row?.unread ?? 0)), listAt: state.listAt + 1 };
  }

  /** The conversation that this event takes away, or null: nothing of it stays. */
  function lostBy({ type, conversation_id, id, code }) {
    if (type === "conversation.deleted" || type === "conversation.left") return conversation_id;
    const isRefused = type === "row.gone" || type === "open.refused";
    return isRefused && ["not_found", "conversation_left"].includes(code) ? id : null;
  }

  /** Unread first, then the latest. `held`: one that was unread when it was opened keeps its place while it is open, so
      that the list does not move under the finger. */
  function sortRows(rows, held = null) {
    const isFirst = (row) => (row.unread ?? 0) > 0 || row.id === held;
    return Object.values(rows).sort((a, b) => isFirst(b) - isFirst(a) || b.active_at - a.active_at || b.id - a.id);
  }

  /** The line of the open conversation, also where the list does not show it (hidden, left). */
  const openRow = (state) => (state.open ? state.rows[state.open.id] ?? state.open.row : null);

  const Reducer = { initial, reduce, sortRows, openRow, lostBy, WINDOW };
  if (typeof module !== "undefined") module.exports = Reducer;
  else (root.Chat = root.Chat || {}).reducer = Reducer;
})(typeof window === "undefined" ? globalThis : window);
