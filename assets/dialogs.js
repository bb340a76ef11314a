/* Questions with a plain consequence, notices with an undo, menus beside their button. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const UNDO_FOR = 8000;

  /** Make an element: make("button", { class: "button", onclick }, "text", child…). Text is always text. */
  function make(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  /** Other words in an element: the same ones again would have the page laid out anew for nothing. */
  function reword(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  const icon = (name) => make("span", { class: `icon icon-${name}`, "aria-hidden": "true" });

  /** Ask before what cannot be taken back: resolves to true for the act. */
  function ask({ title, text, act, stay, danger = false }) {
    return new Promise((resolve) => {
      const answer = (value) => () => { dialog.close(); resolve(value); };
      const dialog = make("dialog", { class: "ask", "aria-labelledby": "ask-title" },
        make("h2", { id: "ask-title" }, title),
        make("p", {}, text),
        make("div", { class: "acts" },
          make("button", { class: "button", type: "button", onclick: answer(false) }, stay),
          make("button", { class: danger ? "button danger" : "button main", type: "button", onclick: answer(true) }, act)));
      dialog.addEventListener("close", () => { dialog.remove(); resolve(false); });
      document.body.append(dialog);
      dialog.showModal();
    });
  }

  /** Say something at the foot of the screen for eight seconds, with an act (undo) if there is one. */
  function tell(text, undo = null) {
    let place = document.getElementById("toasts");
    if (!place) {
      place = make("div", { id: "toasts", class: "toasts", role: "status" });
      document.body.append(place);
    }
    const line = make("div", { class: "toast-line" }, make("span", {}, text));
    const close = () => line.remove();
    if (undo) line.append(make("button", { type: "button", onclick: () => { close(); undo.act(); } }, undo.label));
    place.replaceChildren(line);
    let timer = setTimeout(close, UNDO_FOR);
    const hold = () => clearTimeout(timer);
    const release = () => { timer = setTimeout(close, UNDO_FOR); };
    line.addEventListener("focusin", hold);
    line.addEventListener("focusout", release);
    line.addEventListener("mouseenter", hold);
    line.addEventListener("mouseleave", release);
  }

  /** A menu beside its button: items { icon, label, act, danger }. Arrows move, Escape closes and gives the focus back. */
  function menu(button, items, { name }) {
    closeMenu();
    const popup = make("div", { class: "popup", role: "menu", "aria-label": name },
      ...items.map((item) => make("button",
        { type: "button", role: "menuitem", class: item.danger ? "danger" : null, onclick: () => { close(); item.act(); } },
        item.icon ? icon(item.icon) : null, item.label)));
    return openPopup(button, popup, close);
    function close() { closeMenu(); }
  }

  let current = null;

  function openPopup(button, popup) {
    document.getElementById("chat").append(popup);
    const place = button.getBoundingClientRect();
    const below = place.bottom + popup.offsetHeight + 8 < innerHeight;
    popup.style.top = `${Math.max(8, below ? place.bottom + 4 : place.top - popup.offsetHeight - 4)}px`;
    popup.style.left = `${Math.max(8, Math.min(place.right - popup.offsetWidth, innerWidth - popup.offsetWidth - 8))}px`;
    button.setAttribute("aria-expanded", "true");
    current = { button, popup };
    popup.addEventListener("keydown", move);
    popup.querySelector("button")?.focus();
    setTimeout(() => addEventListener("pointerdown", outside, true));
    addEventListener("scroll", closeMenu, true);
    addEventListener("resize", closeMenu);
    return popup;
  }

  /** What scrolls is the menu itself, or does not carry its button away: new messages do not close the panel's menu. */
  const staysBeside = (scrolled) => current.popup.contains(scrolled) || !scrolled.contains(current.button);

  function closeMenu(event) {
    if (!current || (event?.type === "scroll" && staysBeside(event.target))) return;
    const { button, popup } = current;
    current = null;
    const hadFocus = popup.contains(document.activeElement);
    popup.remove();
    button.setAttribute("aria-expanded", "false");
    if (hadFocus) button.focus();
    removeEventListener("pointerdown", outside, true);
    removeEventListener("scroll", closeMenu, true);
    removeEventListener("resize", closeMenu);
  }

  const outside = (event) => { if (current && !current.popup.contains(event.target)) closeMenu(); };

  function move(event) {
    const items = [...current.popup.querySelectorAll("button")];
    const at = items.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) items[(at + step + items.length) % items.length].focus();
    else if (event.key === "Home") items[0].focus();
    else if (event.key === "End") items.at(-1).focus();
    else if (event.key === "Escape" || event.key === "Tab") closeMenu();
    else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  }

  const TONES = ["", "b", "c", "d"];

  /** The square before a name: initials of a person, or the symbol of a kind of conversation. */
  function avatar(id, name, symbol = null) {
    const tone = TONES[id % TONES.length];
    const words = name.split(/[\s]+/).filter(Boolean);
    const initials = words.length ? [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...word][0] ?? "").join("") : "?";
    return make("span", { class: `avatar ${tone}`, "aria-hidden": "true" }, symbol ? icon(symbol) : initials.toUpperCase());
  }

  Chat.dialogs = { ask, tell, menu, openPopup, closeMenu, make, reword, icon, avatar };
})();
