/* On the phone: the first opening, and how to come back (R7). The same screen is in the menu ever after. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t } = Chat.words;
  const { make, icon } = Chat.dialogs;
  const { store } = Chat;

  let offer = null; // the browser's own, where it can put the application on the home screen by itself
  addEventListener("beforeinstallprompt", (event) => { event.preventDefault(); offer = event; });
  addEventListener("appinstalled", () => { offer = null; });

  const isInstalled = () => matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
  const isApple = () => /iPhone|iPad|iPod/.test(navigator.userAgent);

  function open({ isFirst, language, onLanguage, onClose }) {
    const dialog = make("dialog", { class: "people-sheet welcome", "aria-labelledby": "welcome-title" },
      make("div", { class: "sheet-form" },
        make("header", { class: "sheet-head" }, make("span", { class: "brand" }, icon("chat"), t("Messagerie Chat")),
          make("button", { type: "button", class: "button bare", lang: language === "fr" ? "en" : "fr", onclick: onLanguage }, language === "fr" ? "English" : "Français")),
        make("div", { class: "sheet-body" }, ...(isFirst ? greeting() : [make("h2", { id: "welcome-title", tabindex: "-1" }, t("Keep it within reach"))]), comeBack()),
        make("footer", { class: "sheet-foot" }, make("button", { type: "button", class: "button main", onclick: () => dialog.close() }, isFirst ? t("Begin") : t("Close")))));
    dialog.addEventListener("close", () => { dialog.remove(); onClose(); });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("h2").focus();
    return { close: () => dialog.close() };
  }

  function greeting() {
    const name = store.getState().me?.name.split(" ")[0];
    const line = (symbol, words) => make("li", {}, icon(symbol), make("span", {}, words));
    return [
      make("h2", { id: "welcome-title", tabindex: "-1" }, name ? t("Welcome, {name}", { name }) : t("Welcome")),
      make("p", {}, t("You now see what your team writes, and your team sees you.")),
      make("ul", { class: "plain welcome-lines" },
        line("public", t("Public conversations: your manager writes to the whole service, everybody may answer.")),
        line("people", t("Private conversations: only those who take part read them, no manager does.")),
        line("clock", t("In your quiet hours, your phone does not ring, unless a manager marks a message as urgent."))),
    ];
  }

  /** By the browser where it can, else in words. */
  function comeBack() {
    const title = make("h3", {}, t("Add it to your home screen"));
    if (isInstalled()) return make("section", { class: "card-box" }, title, make("p", {}, t("It is there: open it like any other application.")));
    const words = isApple()
      ? t("In Safari, tap Share, then “Add to Home Screen”.") : t("In the browser's menu, tap “Add to Home screen” or “Install”.");
    const install = make("button", { type: "button", class: "button", onclick: async () => { await offer?.prompt(); } }, icon("phone"), t("Install the application"));
    return make("section", { class: "card-box" }, title, make("p", {}, t("So you come back with one tap, without typing an address or a password.")),
      offer ? install : make("p", {}, words));
  }

  Chat.welcome = { open };
})();
