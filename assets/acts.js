/* What one may do with a conversation as a whole: the menu beside its name. Undone where it can be, asked for where not. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const { t, plural } = Chat.words;
  const { ask } = Chat.dialogs;
  const { store } = Chat;

  /** `onBack`: out of it, once it is hidden. `onAdd`: to the screen where people are chosen. */
  function list(row, { onBack, onAdd }) {
    const { rows, me } = store.getState();
    const acts = [
      row.kind === "public" ? null : { icon: "invite", label: t("Add participants…"), act: () => onAdd(row) },
      row.muted ? { icon: "bell", label: t("Notify me again"), act: () => store.unmute(row.id) }
        : { icon: "muted", label: t("Mute notifications"), act: () => store.mute(row.id) },
      rows[row.id] ? { icon: "hide", label: t("Hide until a new message"), act: () => hide(row, onBack) }
        : { icon: "hide", label: t("Show in the list again"), act: () => store.unhide(row.id) },
      { icon: "leave", label: t("Leave…"), act: () => leave(row) },
    ];
    const owns = row.created_by === me.id || (row.kind === "public" && me.manages.includes(row.service_id));
    if (owns) acts.push({ icon: "delete", label: t("Delete for everyone…"), danger: true, act: () => remove(row) });
    return acts.filter(Boolean);
  }

  async function hide(row, onBack) {
    if (await store.hide(row.id)) onBack?.();
  }

  async function leave(row) {
    const yes = await ask({
      title: t("Leave the conversation?"), text: t("You will get no more notifications. You can come back."),
      act: t("Leave"), stay: t("Stay"),
    });
    if (yes) store.leave(row.id);
  }

  async function remove(row) {
    const people = await store.listParticipants(row.id).catch(() => null);
    const n = people ? people.joined_count + (people.told_count ?? 0) : 0;
    const yes = await ask({
      title: t("Delete for everyone?"),
      text: plural("{n} person will lose this conversation.", "{n} people will lose this conversation.", n),
      act: t("Delete"), stay: t("Cancel"), danger: true,
    });
    if (yes) store.remove(row.id);
  }

  Chat.acts = { list };
})();
