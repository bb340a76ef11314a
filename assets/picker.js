/* Choosing people: a search, those chosen so far, and a list to tick, a page at a time. Who was chosen stays chosen
   whatever the search shows. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t, plural } = Chat.words;
  const { make, icon, avatar } = Chat.dialogs;

  const PAUSE = 200; // ms after a key before it is looked up

  /** `load(search, skip)`: { rows, count }. `onChange(people)`: whom one has chosen. */
  function create({ load, onChange }) {
    const chosen = new Map(); // id → person
    let rows = [];
    let count = 0;
    let asked = 0;
    let typing = null;

    const input = make("input", {
      type: "search", class: "input", placeholder: t("Search by name"), "aria-label": t("Search people"),
      autocomplete: "off", maxlength: 60, enterkeyhint: "search",
    });
    const chips = make("ul", { class: "plain chosen", "aria-label": t("Chosen") });
    const list = make("ul", { class: "plain pick-list", "aria-label": t("People") });
    const element = make("div", { class: "pick" }, make("div", { class: "search" }, icon("search"), input), chips, list);

    input.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(reload, PAUSE); });
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });

    async function reload() {
      rows = [];
      if (!list.childElementCount) list.append(...Array.from({ length: 5 }, () => make("li", { class: "skeleton pick-line", "aria-hidden": "true" })));
      await read();
    }

    async function read() {
      const mine = (asked += 1);
      const search = input.value.trim();
      try {
        const found = await load(search, rows.length);
        if (mine !== asked) return;
        rows = [...rows, ...found.rows];
        count = found.count;
        draw(search);
      } catch (refusal) {
        if (mine === asked) list.replaceChildren(tellNothing(refusal.text ?? t("No network. Try again in a moment."), reload));
      }
    }

    function draw(search) {
      const focused = document.activeElement?.dataset.person;
      list.replaceChildren(...rows.map(lineOf));
      if (!rows.length) list.append(tellNothing(search ? t("Nothing matches “{search}”.", { search }) : t("There is nobody else to choose here.")));
      if (rows.length < count) {
        list.append(make("li", {}, make("button", { type: "button", class: "button more", onclick: read },
          plural("Show more ({n})", "Show more ({n})", count - rows.length))));
      }
      if (focused) list.querySelector(`[data-person="${focused}"]`)?.focus();
    }

    function tellNothing(words, retry = null) {
      return make("li", { class: "pick-empty" }, words, retry ? make("button", { type: "button", class: "button", onclick: retry }, t("Try again")) : null);
    }

    function lineOf(person) {
      const box = make("input", { type: "checkbox", "data-person": person.id, checked: chosen.has(person.id), onchange: () => choose(person, box.checked) });
      const about = [person.manager ? t("manager") : null, person.department, Chat.reach.absence(person)];
      return make("li", {}, make("label", { class: "pick-line" }, box, avatar(person.id, person.name),
        make("span", { class: "pick-name" }, make("span", { dir: "auto" }, person.name),
          make("span", { class: "meta" }, about.filter(Boolean).join(" · ")))));
    }

    function choose(person, isChosen) {
      if (isChosen) chosen.set(person.id, person);
      else chosen.delete(person.id);
      drawChips();
      onChange([...chosen.values()]);
    }

    function drawChips() {
      chips.replaceChildren(...[...chosen.values()].map((person) => make("li", {}, make("button", {
        type: "button", class: "chip-chosen", "aria-label": t("Remove {name}", { name: person.name }), onclick: () => drop(person),
      }, make("span", { dir: "auto" }, person.name), icon("close")))));
    }

    function drop(person) {
      const box = list.querySelector(`[data-person="${person.id}"]`);
      if (box) box.checked = false;
      choose(person, false);
      (chips.querySelector("button") ?? input).focus();
    }

    /** Other people altogether: nobody is chosen of them yet. */
    function restart() {
      chosen.clear();
      drawChips();
      onChange([]);
      list.replaceChildren();
      reload();
    }

    return { element, restart, focus: () => input.focus() };
  }

  Chat.picker = { create };
})();
