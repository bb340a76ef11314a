/* On the phone: a new private conversation with colleagues of one's service (R18). Public ones are launched in the web
   portal, which is said to whoever could (R5). */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t, plural } = Chat.words;
  const { make } = Chat.dialogs;
  const { store } = Chat;

  /** `onDone(id)`: into what was begun; `onClose`: nothing was. */
  function open({ onDone, onClose }) {
    let service = null;
    const places = make("div");
    const sheet = Chat.adding.open({
      title: t("New private conversation"), before: [...(mayLaunch() ? [portalNote()] : []), places], load,
      needsName: (people) => people.length > 1, act: describe, onDone, onClose,
      send: (people, name) => store.request("conversation.start", {
        service_id: service, people: people.map((person) => person.id), ...(people.length > 1 ? { name } : {}),
      }, { keep: true }),
    });

    async function load(search, skip) {
      service ??= await chooseService();
      return service ? store.request("recipients.list", { service_id: service, search, skip }) : { rows: [], count: 0 };
    }

    /** The one that one works in; who has several may take another. */
    async function chooseService() {
      const found = await store.request("services.list");
      const own = found.find((each) => each.own) ?? found[0];
      if (found.length > 1) places.replaceChildren(offer(found, own));
      return own?.id ?? null;
    }

    function offer(found, own) {
      const select = make("select", {
        class: "form-select", id: "sheet-service", onchange: () => { service = Number(select.value); sheet.restart(); },
      }, ...found.map((each) => make("option", { value: each.id, selected: each.id === own.id }, each.name)));
      return make("div", { class: "field" }, make("label", { for: "sheet-service" }, t("Service")), select);
    }

    return sheet;
  }

  const mayLaunch = () => (store.getState().me?.manages.length ?? 0) > 0;

  const portalNote = () => make("p", { class: "meta" }, t("Public conversations are created in the web portal. You can reply to them here."), " ",
    make("a", { href: "/conversations" }, t("Open the web portal")));

  function describe(people) {
    if (people.length === 1) return t("Write to {name}", { name: people[0].name });
    return people.length ? plural("Begin the group ({n})", "Begin the group ({n})", people.length) : t("Begin");
  }

  Chat.beginning = { open };
})();
