/* The page of one's devices: what this one allows, and turning notifications on here. */
(function () {
  "use strict";
  const { notifications } = Chat;
  const place = document.getElementById("this-device");

  async function show() {
    const allowed = notifications.getState();
    const state = allowed === "granted" && !(await notifications.isSubscribed()) ? "default" : allowed;
    for (const block of place.querySelectorAll("[data-state]")) block.hidden = block.dataset.state !== state;
  }

  place.querySelector("[data-enable]").addEventListener("click", async ({ currentTarget }) => {
    currentTarget.disabled = true;
    const state = await notifications.enable(place.dataset.key).catch(() => "failed");
    if (state === "granted") return location.assign(location.pathname);
    currentTarget.disabled = false;
    place.querySelector("[data-failed]").hidden = state !== "failed";
    return show();
  });

  show();
})();
