/* A sheet in which people are chosen: to begin a private conversation (R18), or to bring others into one (R19). The whole
   screen of a phone, a dialog at a desk. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t, plural } = Chat.words;
  const { make, reword, icon } = Chat.dialogs;
  const { store } = Chat;

  const NAME_LIMIT = 80;

  /** `before`: what stands above the people; `extra(people)`: what they make necessary, beside the name; `act(people)`:
      words of the main button; `needsName(people)`; `send(people, name)`: the conversation to open. */
  function open({ title, before = [], load, extra = null, act, needsName, send, onDone, onClose = () => undefined }) {
    let people = [];
    let isDone = false;
    const picker = Chat.picker.create({ load, onChange(chosen) { people = chosen; draw(); } });
    const name = make("input", { class: "input", maxlength: NAME_LIMIT, autocomplete: "off", id: "sheet-name", "aria-describedby": "sheet-error" });
    const naming = make("div", { class: "field", hidden: true }, make("label", { for: "sheet-name" }, t("Name of the group")), name);
    const error = make("p", { class: "field-error", id: "sheet-error", role: "alert" });
    const main = make("button", { type: "submit", class: "button main" });
    const form = make("form", { class: "sheet-form", novalidate: true, onsubmit: submit },
      make("header", { class: "sheet-head" }, make("h2", { id: "sheet-title", tabindex: "-1" }, title),
        make("button", { type: "button", class: "button bare square", "aria-label": t("Close"), onclick: () => dialog.close() }, icon("close"))),
      make("div", { class: "sheet-body" }, ...before, picker.element),
      make("footer", { class: "sheet-foot" }, extra, naming, error, main));
    const dialog = make("dialog", { class: "people-sheet", "aria-labelledby": "sheet-title" }, form);
    dialog.addEventListener("close", () => { dialog.remove(); if (!isDone) onClose(); });

    function draw() {
      error.textContent = "";
      naming.hidden = !needsName(people);
      main.textContent = act(people);
    }

    async function submit(event) {
      event.preventDefault();
      const missing = findMissing();
      error.textContent = missing;
      if (missing || main.disabled) return;
      main.disabled = true;
      try {
        const { conversation_id: id } = await send(people, name.value.trim());
        isDone = true;
        dialog.close();
        onDone(id);
      } catch (refusal) {
        error.textContent = refusal.text ?? t("No network. Try again in a moment.");
      } finally {
        main.disabled = false;
      }
    }

    function findMissing() {
      if (!people.length) return t("Choose at least one person.");
      if (needsName(people) && !name.value.trim()) { name.focus(); return t("Give a name."); }
      return store.getState().connection === "open" ? "" : t("No network. Try again in a moment.");
    }

    document.body.append(dialog);
    draw();
    dialog.showModal();
    form.querySelector("h2").focus(); // not the search: a keyboard would cover whom one came to choose
    picker.restart();
    return { close: () => dialog.close(), restart: picker.restart };
  }

  /** Into a group, where who adds says from where on newcomers read; out of a one-to-one, a group of its own. */
  function add(row, { onDone, onClose }) {
    const isPair = row.kind === "one_to_one";
    const words = isPair
      ? t("What the two of you wrote stays between you. A new group begins, with a name of its own.")
      : t("A line will say it to everybody.");
    const history = isPair ? null : chooseHistory();
    return open({
      title: t("Add participants"), before: [make("p", { class: "meta" }, words)],
      async load(search, skip) {
        const found = await store.request("participants.candidates", { conversation_id: row.id, search, skip });
        if (found.later) history?.narrow();
        return found;
      },
      extra: history?.element, needsName: () => isPair, onDone, onClose,
      act: (people) => (people.length ? plural("Add {n} person", "Add {n} people", people.length) : t("Add")),
      send: (people, name) => store.request("participants.add", {
        conversation_id: row.id, people: people.map((person) => person.id), ...(isPair ? { name } : { history: history.get() }),
      }, { keep: true }),
    });
  }

  /** `narrow`: nobody passes on more than they read themselves. */
  function chooseHistory() {
    const radio = (value, words) => make("label", { class: "radio-line" },
      make("input", { type: "radio", name: "history", value, checked: value === "now" }), words);
    const all = make("span", {}, t("Everything, from the start"));
    const element = make("fieldset", { class: "history" }, make("legend", {}, t("What newcomers read")),
      radio("now", t("What is said from now on")), radio("start", all));
    return {
      element, get: () => element.querySelector(":checked").value,
      narrow: () => reword(all, t("All that you read yourself, since you came")),
    };
  }

  Chat.adding = { open, add };
})();
