/* What is truly on screen (R8): a message counts as seen once half of it shows, or as much of it as half the screen
   holds, in a window that is visible and has the focus. What was delivered, or drawn out of sight, does not. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const HALF = 0.5;
  const STEPS = Array.from({ length: 21 }, (_, step) => step / 20); // fine enough for a message taller than the screen

  /** Watch the messages of a list (elements with an ordinal); `onSeen` hears the highest one on screen. */
  function watch(list, onSeen) {
    const shown = new Set();
    const observed = new WeakSet();
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) (isInSight(entry) ? shown.add(entry.target) : shown.delete(entry.target));
      tell();
    }, { threshold: STEPS });

    const isInSight = ({ isIntersecting, intersectionRatio, intersectionRect }) =>
      isIntersecting && (intersectionRatio >= HALF || intersectionRect.height >= list.parentElement.clientHeight * HALF);

    /** After a redraw: what is new is watched, what is gone is forgotten. */
    function follow() {
      for (const element of list.children) {
        if (!element.dataset.ordinal || observed.has(element)) continue;
        observed.add(element);
        observer.observe(element);
      }
      for (const element of shown) if (!element.isConnected) shown.delete(element);
    }

    /** Said again where the window comes back, or the connection. */
    function tell() {
      if (!shown.size || document.visibilityState !== "visible" || !document.hasFocus()) return;
      onSeen(Math.max(...[...shown].map((element) => Number(element.dataset.ordinal))));
    }

    addEventListener("focus", tell);
    document.addEventListener("visibilitychange", tell);
    function stop() {
      observer.disconnect();
      shown.clear();
      removeEventListener("focus", tell);
      document.removeEventListener("visibilitychange", tell);
    }
    return { follow, tell, stop };
  }

  Chat.sight = { watch };
})();
