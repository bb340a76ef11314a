/* Who takes part, who was told and has not looked yet, how many it cannot reach. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t, plural } = Chat.words;
  const { make, icon, avatar } = Chat.dialogs;
  const { store } = Chat;

  /** `heading`: where this stands alone on the screen, it carries the page's own. */
  function mount(place, { onClose = null, onAdd = null, heading = "h2" } = {}) {
    const kind = heading === "h1" ? "h2" : "h3"; // the heading of a kind of people
    let asked = "";
    let timer = null;
    const body = make("div", { class: "people-body" });
    const add = make("button", {
      type: "button", class: "button", hidden: true, onclick: () => onAdd(Chat.reducer.openRow(store.getState())),
    }, icon("invite"), t("Add"));
    const head = make("div", { class: "people-head" }, make(heading, {}, t("Participants")), add,
      onClose ? make("button", { type: "button", class: "button bare square only-narrow", "aria-label": t("Close"), onclick: onClose }, icon("close")) : null);
    place.replaceChildren(head, body);

    function draw(state) {
      const { open } = state;
      place.hidden = !open || !["loading", "ready"].includes(open.status);
      add.hidden = !["one_to_one", "group"].includes(Chat.reducer.openRow(state)?.kind);
      if (place.hidden) { asked = ""; return; }
      if (open.status === "loading") return;
      const question = `${open.id}:${state.participantsAt}:${state.connection === "open"}`;
      if (question === asked) return;
      const isOther = asked.split(":")[0] !== String(open.id);
      asked = question;
      if (isOther) body.replaceChildren();
      clearTimeout(timer);
      // When a whole team opens a message at once, one look a second is enough.
      timer = setTimeout(look, isOther ? 0 : 1000, open.id);
    }

    async function look(id) {
      const people = await store.listParticipants(id).catch(() => null);
      const state = store.getState();
      if (!people || state.open?.id !== id) return;
      const isPublic = Chat.reducer.openRow(state)?.kind === "public";
      body.replaceChildren(
        ...group(isPublic ? t("Have opened it") : t("Take part"), people.joined, people.joined_count),
        ...(isPublic ? told(people.told ?? [], people.told_count ?? 0) : []),
        ...(people.without_app_count ? without(people.without_app ?? [], people.without_app_count) : []));
    }

    /** Their names are for whoever runs the service; the others are told how many. */
    function told(people, count) {
      if (count && !people.length) return [make("p", { class: "meta" }, plural("{n} other person is notified.", "{n} other people are notified.", count))];
      return group(t("Notified, not opened yet"), people, count);
    }

    function group(name, people, count) {
      if (!count || !people.length) return [];
      const lines = people.map((person) => make("li", { class: "person-line" }, avatar(person.id, person.name),
        make("div", {}, nameOf(person),
          make("div", { class: "meta" }, [person.manager ? t("manager") : null, person.department,
            Chat.reach.absence(person)].filter(Boolean).join(" · ")))));
      const others = count - people.length;
      return [make(kind, {}, `${name} · ${count}`),
        lines.length ? make("ul", { class: "plain", style: "display:grid;gap:10px" }, ...lines) : null,
        others > 0 && people.length ? make("p", { class: "meta" }, plural("and {n} other", "and {n} others", others)) : null].filter(Boolean);
    }

    /** At the portal, to the file from which their access sheet is printed. */
    function nameOf(person) {
      const isFile = person.without_app && store.getConfig().people;
      return isFile ? make("a", { href: `${store.getConfig().people}?person=${person.id}`, dir: "auto" }, person.name)
        : make("div", { dir: "auto" }, person.name);
    }

    function without(people, count) {
      const words = store.getConfig().people && people.length
        ? t("They will see nothing here. Choose a name to print an access sheet.") : t("They will see nothing here.");
      return [...group(t("Without the application"), people, count), people.length ? null : make(kind, {}, `${t("Without the application")} · ${count}`),
        make("p", { class: "meta" }, words)].filter(Boolean);
    }

    const stop = store.subscribe({ draw });
    return { stop() { clearTimeout(timer); stop(); } };
  }

  Chat.participants = { mount };
})();
