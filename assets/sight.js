/* What is truly on screen (R8): a message counts as seen once half of it shows, or as much of it as half the screen
   holds, in a window that is visible and has the focus. What was delivered, or drawn out of sight, does not. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const HALF = 0.5;
  const STEPS = Array.from({ length: 21 }, (_, step) => step / 20); // fine enough for a message taller than the screen

  /** Watch the messages of a list (elements with an ordinal); `onSeen` hears the highest one that was on screen. Only what
      comes after it is watched: whoever scrolls back over what they read pays nothing for it. */
  function watch(list, onSeen) {
    const shown = new Set();
    const watched = new Set();
    let seen = 0;
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) (isInSight(entry) ? shown.add(entry.target) : shown.delete(entry.target));
      tell();
    }, { threshold: STEPS });

    const isInSight = ({ target, isIntersecting, intersectionRatio, intersectionRect }) =>
      watched.has(target) && isIntersecting && (intersectionRatio >= HALF || intersectionRect.height >= list.parentElement.clientHeight * HALF);

    const ordinalOf = (element) => Number(element.dataset.ordinal ?? 0);

    /** After a redraw: what is new is watched, what is gone is forgotten. */
    function follow() {
      for (const element of watched) if (!element.isConnected) forget(element);
      for (const element of list.children) {
        if (ordinalOf(element) <= seen || watched.has(element)) continue;
        watched.add(element);
        observer.observe(element);
      }
    }

    function forget(element) {
      observer.unobserve(element);
      watched.delete(element);
      shown.delete(element);
    }

    function look() {
      if (!shown.size || document.visibilityState !== "visible" || !document.hasFocus()) return;
      seen = Math.max(...[...shown].map(ordinalOf));
      for (const element of watched) if (ordinalOf(element) <= seen) forget(element);
    }

    /** Said again where the window comes back, or the connection. */
    function tell() {
      look();
      if (seen) onSeen(seen);
    }

    addEventListener("focus", tell);
    document.addEventListener("visibilitychange", tell);
    function stop() {
      observer.disconnect();
      removeEventListener("focus", tell);
      document.removeEventListener("visibilitychange", tell);
    }
    return { follow, tell, stop };
  }

  Chat.sight = { watch };
})();
