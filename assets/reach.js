/* Whom a message reaches: said under the name of the conversation and in the box, before anything is typed. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t, plural } = Chat.words;
  const { store } = Chat;

  const REST = 1000; // ms: when a whole team opens a message at once, one look a second is enough

  /** `onKnown`: the answer is there. */
  function create(onKnown) {
    let known = null; // { id, total, count, without, blind }
    let asked = "";
    let timer = null;

    /** Asked when a conversation opens, and each time its people change. */
    function follow({ open, participantsAt }) {
      const question = `${open.id}:${participantsAt}`;
      if (question === asked) return;
      asked = question;
      clearTimeout(timer);
      timer = setTimeout(ask, known?.id === open.id ? REST : 0, open.id);
    }

    async function ask(id) {
      const people = await store.listParticipants(id).catch(() => null);
      const state = store.getState();
      if (!people || state.open?.id !== id) return;
      known = describe(id, people, Chat.reducer.openRow(state), state.me);
      onKnown();
    }

    const of = (row) => (row && known?.id === row.id ? known : null);

    /** Beside the kind of conversation. */
    function words(row) {
      const reach = of(row);
      if (!reach || row.kind === "one_to_one") return "";
      if (!reach.without) return plural("{n} person", "{n} people", reach.total);
      return `${plural("{n} with the application", "{n} with the application", reach.total)}, ${plural("{n} without", "{n} without", reach.without)}`;
    }

    /** Of a private conversation: who has no way to read what is written there (R14). */
    function blind(row) {
      const people = of(row)?.blind ?? [];
      if (!people.length) return "";
      if (people.length > 1 && people.some((person) => person.signed_out)) return plural("{n} person is not in the application just now and will not see this at once.", "{n} people are not in the application just now and will not see this at once.", people.length);
      if (people.length > 1) return plural("{n} person does not have the application yet and will not see this.", "{n} people do not have the application yet and will not see this.", people.length);
      if (people[0].signed_out) return t("{name} is signed out and will see this only after coming back.", { name: people[0].name });
      return t("{name} does not have the application yet and will not see this.", { name: people[0].name });
    }

    return { follow, words, blind, count: (row) => of(row)?.count ?? 0, stop: () => clearTimeout(timer) };
  }

  function describe(id, people, row, me) {
    const isMine = people.joined.some((person) => person.id === me.id) || (row?.kind === "public" && me.addressed.includes(row.service_id));
    const total = people.joined_count + (people.told_count ?? 0);
    return {
      id, total, count: row?.kind === "one_to_one" ? 0 : total - (isMine ? 1 : 0), without: people.without_app_count ?? 0,
      blind: row?.kind === "public" ? [] : people.joined.filter((person) => person.without_app && person.id !== me.id),
    };
  }

  /** Beside the name of who will not see at once what is written. */
  const absence = ({ without_app: isAway, signed_out: isSignedOut }) =>
    (isSignedOut ? t("signed out") : isAway ? t("without the application") : null);

  Chat.reach = { create, absence };
})();
