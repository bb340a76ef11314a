/* Marking a message as urgent (R20), in the composer of whoever runs the service: it comes through quiet hours, and an
   administrator sees why. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t } = Chat.words;
  const { make, icon } = Chat.dialogs;
  const REASON_LIMIT = 200;

  function create() {
    const reason = make("input", { class: "input", id: "urgent-reason", type: "text", maxlength: REASON_LIMIT, autocomplete: "off", placeholder: t("Reason, for the administrators"), "aria-label": t("Reason, for the administrators") });
    const line = make("div", { class: "composer-urgent", hidden: true },
      make("span", {}, icon("warning"), t("Urgent: it alerts everybody now, in quiet hours too.")), reason);
    const toggle = make("button", { type: "button", class: "chip urgent-toggle", "aria-pressed": "false", hidden: true, onclick: () => set(line.hidden) }, t("Urgent"));

    function set(isOn) {
      line.hidden = !isOn;
      toggle.setAttribute("aria-pressed", String(isOn));
      if (isOn) reason.focus();
      else reason.value = "";
    }

    /** Shown to whoever runs the service of a public conversation. */
    function draw(row, me) {
      toggle.hidden = !(row?.kind === "public" && me?.manages.includes(row.service_id));
      if (toggle.hidden && !line.hidden) set(false);
    }

    /** Why it is urgent; null where it is not; undefined where the reason is still to be given. */
    function find() {
      if (line.hidden) return null;
      if (reason.value.trim()) return reason.value.trim();
      reason.focus();
      Chat.dialogs.tell(t("Give the reason."));
      return undefined;
    }

    return { line, toggle, draw, find, clear: () => set(false) };
  }

  Chat.urgent = { create };
})();
