/* Who takes part, who was told and has not looked yet, how many it cannot reach. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t, plural } = Chat.words;
  const { make, icon, avatar } = Chat.dialogs;
  const { store } = Chat;

  /** `heading`: where this stands alone on the screen, it carries the page's own. */
  function mount(place, { onClose = null, heading = "h2" } = {}) {
    const kind = heading === "h1" ? "h2" : "h3"; // the heading of a kind of people
    let asked = "";
    let timer = null;
    const body = make("div", { class: "people-body" });
    const head = make("div", { class: "people-head" }, make(heading, {}, t("Participants")),
      onClose ? make("button", { type: "button", class: "button bare square only-narrow", "aria-label": t("Close"), onclick: onClose }, icon("close")) : null);
    place.replaceChildren(head, body);

    function draw(state) {
      const { open } = state;
      place.hidden = !open || !["loading", "ready"].includes(open.status);
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
      const { open, rows } = store.getState();
      if (!people || open?.id !== id) return;
      const isPublic = rows[id]?.kind === "public";
      body.replaceChildren(
        ...group(isPublic ? t("Have seen it") : t("Take part"), people.joined, people.joined_count),
        ...(isPublic ? group(t("Told, not seen yet"), people.told ?? [], people.told_count ?? 0) : []),
        ...(people.without_app_count ? without(people.without_app_count) : []));
    }

    function group(name, people, count) {
      if (!count) return [];
      const lines = people.map((person) => make("li", { class: "person-line" }, avatar(person.id, person.name),
        make("div", {}, make("div", { dir: "auto" }, person.name),
          make("div", { class: "meta" }, [person.manager ? t("manager") : null, person.department].filter(Boolean).join(" · ")))));
      const others = count - people.length;
      return [make(kind, {}, `${name} · ${count}`),
        lines.length ? make("ul", { class: "plain", style: "display:grid;gap:10px" }, ...lines) : null,
        others > 0 && people.length ? make("p", { class: "meta" }, plural("and {n} other", "and {n} others", others)) : null].filter(Boolean);
    }

    function without(count) {
      return [make(kind, {}, `${t("Without the application")} · ${count}`), make("p", { class: "meta" }, t("They will see nothing here."))];
    }

    const stop = store.subscribe({ draw });
    return { stop() { clearTimeout(timer); stop(); } };
  }

  Chat.participants = { mount };
})();
