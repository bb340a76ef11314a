/* What the portal's forms need: to say that the server does not answer, and to lead to what must be corrected. */
(function () {
  "use strict";
  const { t } = Chat.words;
  const UPDATE = "/_dash-update-component";
  const AGAIN = 2000; // before the server is asked again whether it is back
  const send = window.fetch.bind(window);
  let isAway = false;
  let lacksPage = false;

  // For Dash: nothing changes. (Of a request that fails it says nothing, and the button would never work again.)
  const NOTHING = { status: 204 };

  window.fetch = async (resource, options) => {
    const isUpdate = String(resource?.url ?? resource).includes(UPDATE);
    if (!isUpdate) return send(resource, options);
    try {
      const response = await send(resource, options);
      if (response.status < 500) return response;
      tellFailure(options, await readText(response));
    } catch (error) {
      if (error?.name === "AbortError") throw error;
      tellFailure(options);
    }
    return new Response(null, NOTHING);
  };

  /** What the server itself says, where it does. */
  async function readText(response) {
    try { return (await response.json()).text; } catch { return undefined; }
  }

  function tellFailure(options, text) {
    lacksPage ||= String(options?.body ?? "").includes("_pages_content");
    Chat.dialogs.tell(text ?? (lacksPage
      ? t("The server does not answer. The page comes as soon as it does.")
      : t("Nothing was saved: the server does not answer. What you typed is still here.")));
    // The dialog that saved may save again (portal.js holds a second time back until something in it changes).
    for (const dialog of document.querySelectorAll(".modal[data-saving]")) dialog.dispatchEvent(new Event("input"));
    if (!isAway) void waitForReturn();
  }

  async function waitForReturn() {
    isAway = true;
    do await new Promise((resolve) => setTimeout(resolve, AGAIN)); while (!await isThere());
    isAway = false;
    // A page that did not come is asked for anew; a form keeps what was typed in it.
    if (lacksPage) location.reload();
    else Chat.dialogs.tell(t("The server answers again: you can save."));
  }

  async function isThere() {
    try { return (await send("/health/live", { cache: "no-store" })).ok; } catch { return false; }
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    forms: {
      focus(wrong) {
        if (wrong) setTimeout(() => document.getElementById(wrong.id)?.focus());
        return window.dash_clientside.no_update;
      },
    },
  });
})();
