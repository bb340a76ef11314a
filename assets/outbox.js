/* What was typed and is not stored by the server yet: sent one after the other, in the order in which it was typed, each
   under the same ref until it is answered. On the phone it outlives the page. The pure part is tested by itself. */
(function (root) {
  "use strict";

  const AGAIN = ["too_fast", "unavailable", "disconnected"]; // not now: the same ref again, in a moment
  const GONE = ["not_found", "conversation_left", "option_off"]; // there is nowhere left to show it

  const add = (items, item) => [...items, { ...item, n: 1 + Math.max(0, ...items.map(({ n }) => n)) }];
  const without = (items, ref) => items.filter((item) => item.ref !== ref);
  const withoutConversation = (items, id) => items.filter((item) => item.conversation_id !== id);
  const refuse = (items, ref, text) => items.map((item) => (item.ref === ref ? { ...item, refused: text } : item));

  /** What goes next: what was refused waits for the person, not for the network. */
  const due = (items) => items.find((item) => !item.refused) ?? null;

  /** Those that were kept on the phone come before those typed since. */
  function join(kept, items) {
    const refs = new Set(kept.map(({ ref }) => ref));
    const before = [...kept].sort((a, b) => a.n - b.n);
    return items.filter(({ ref }) => !refs.has(ref)).reduce(add, before);
  }

  /** As the panel shows them. */
  const listPending = (items, id) => items.filter((item) => item.conversation_id === id)
    .map(({ ref, text, at, refused, urgent }) => ({ ref, text, at, ...(refused ? { refused } : {}), ...(urgent ? { urgent } : {}) }));

  /** How many wait and how many were refused, by conversation. */
  function count(items) {
    const counts = {};
    for (const { conversation_id: id, refused } of items) {
      counts[id] ??= { waiting: 0, refused: 0 };
      counts[id][refused ? "refused" : "waiting"] += 1;
    }
    return counts;
  }

  const judge = (code) => (AGAIN.includes(code) ? "again" : GONE.includes(code) ? "gone" : "refused");

  const pure = { add, without, withoutConversation, refuse, due, join, listPending, count, judge };
  if (typeof module !== "undefined") {
    module.exports = pure;
    return;
  }

  const pause = (seconds) => new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });

  /** request(item) settles with the server's answer; vault: where they outlive the page, or null. */
  function create({ request, vault, onChange, onRefused, onGone, onFull }) {
    let items = [];
    let isSending = false;

    function change(next) {
      items = next;
      onChange(items);
    }

    function keep(item) {
      vault?.put("outbox", item).catch(onFull);
    }

    /** What an earlier page could not send goes before anything that this one sends. */
    const ready = Promise.resolve(vault?.list("outbox") ?? []).then((kept) => { if (kept.length) change(join(kept, items)); });

    function post(item) {
      change(add(items, item));
      keep(items.at(-1));
      send();
    }

    function drop(ref) {
      change(without(items, ref));
      vault?.remove("outbox", ref);
    }

    function dropConversation(id) {
      for (const { ref } of items.filter((item) => item.conversation_id === id)) drop(ref);
    }

    async function send() {
      await ready;
      if (isSending) return;
      isSending = true;
      for (let item = due(items); item; item = due(items)) await sendOne(item);
      isSending = false;
    }

    async function sendOne(item) {
      try {
        await request(item);
        drop(item.ref);
      } catch (refusal) {
        const verdict = judge(refusal.code);
        if (verdict === "again") await pause(refusal.retry_after ?? 1);
        else if (verdict === "gone") { drop(item.ref); onGone(item, refusal); }
        else hold(item, onRefused(item, refusal));
      }
    }

    function hold(item, reason) {
      change(refuse(items, item.ref, reason));
      keep({ ...item, refused: reason });
    }

    send();
    return { ready, post, drop, dropConversation, empty: () => change([]), pending: (id) => listPending(items, id) };
  }

  (root.Chat = root.Chat || {}).outbox = { ...pure, create };
})(typeof window === "undefined" ? globalThis : window);
