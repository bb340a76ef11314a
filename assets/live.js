/* The websocket: one frame up, one answer down, resent after a cut under the same ref so that nothing is done twice. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});

  const SESSION_ENDED = 4401;
  const TOO_MANY_SOCKETS = 4409;
  const RESTARTS = 1012;
  const SPREAD = 1500; // over which all who were with a server that restarts go to another: not in the same moment
  const PING_EVERY = 20000;
  const ANSWER_WITHIN = 8000;
  const WELCOME_WITHIN = 15000; // from the first byte asked for: a phone that left its network hears nothing for minutes
  const LONGEST_WAIT = 15000;

  const newRef = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  /**
   * path: where the socket is; onEvent(frame); onStatus("connecting" | "open" | "waiting" | "ended" | "elsewhere").
   * "open" is told by the welcome, which arrives as an event of its own. isMine(welcome): it greets whom this page is of;
   * anybody else signed in with this browser meanwhile, and what waits here is not theirs to send.
   */
  function connect({ path, sessionPath, isMine, onEvent, onStatus }) {
    const asked = new Map(); // ref → { frame, resolve, reject, keep }
    let socket = null;
    let greeted = false;
    let failures = 0;
    let retry = null;
    let patience = null;
    let stopped = false;

    function open() {
      clearTimeout(retry);
      if (stopped || socket) return;
      onStatus("connecting");
      const url = new URL(path, location.href);
      url.protocol = url.protocol.replace("http", "ws");
      const opening = (socket = new WebSocket(url));
      clearTimeout(patience);
      patience = setTimeout(() => { if (socket === opening && !greeted) lose(); }, WELCOME_WITHIN);
      opening.onopen = () => hello();
      opening.onmessage = (message) => hear(JSON.parse(message.data));
      opening.onclose = (event) => { if (socket === opening) closed(event.code); };
    }

    function hello() {
      greeted = false;
      const ref = newRef();
      const welcome = (result) => {
        if (!isMine(result)) return giveUp();
        greeted = true;
        failures = 0;
        onEvent({ type: "welcome", ...result });
        for (const { frame, keep } of asked.values()) if (keep) write(frame);
        return undefined;
      };
      asked.set(ref, { frame: null, resolve: welcome, reject: () => socket?.close(), keep: false });
      write({ type: "hello", ref });
    }

    function hear(frame) {
      if (frame.type !== "done" && frame.type !== "refused") return onEvent(frame);
      const waiting = asked.get(frame.ref);
      if (!waiting) return undefined;
      asked.delete(frame.ref);
      return frame.type === "done" ? waiting.resolve(frame.result) : waiting.reject(frame);
    }

    async function closed(code) {
      socket = null;
      greeted = false;
      for (const [ref, waiting] of asked) {
        if (waiting.keep) continue;
        asked.delete(ref);
        waiting.reject({ code: "disconnected" });
      }
      if (code === SESSION_ENDED) return end("ended");
      if (code === TOO_MANY_SOCKETS) return end("elsewhere");
      failures += 1;
      if (code === RESTARTS && failures === 1) return moveOn();
      onStatus("waiting");
      if (failures > 1 && (await isSessionOver())) return end("ended");
      const wait = Math.min(LONGEST_WAIT, 250 * 2 ** Math.min(failures, 7));
      retry = setTimeout(open, wait * (0.5 + Math.random()));
      return undefined;
    }

    /** Another server is there already: nobody need be told that anything happened. */
    function moveOn() {
      onStatus("connecting");
      retry = setTimeout(open, SPREAD * Math.random());
      return undefined;
    }

    /** A refused handshake says nothing to a script: ask whether it was the session. */
    async function isSessionOver() {
      try {
        return (await fetch(sessionPath, { cache: "no-store" })).status === 401;
      } catch {
        return false;
      }
    }

    function giveUp() {
      asked.clear();
      socket.onclose = null;
      socket.close();
      socket = null;
      end("ended");
    }

    function end(status) {
      stopped = true;
      onStatus(status);
    }

    function write(frame) {
      if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
    }

    /** Ask for something; `keep`: worth resending after a cut (what changes things). Rejects with the refusal. */
    function request(type, fields = {}, { ref = newRef(), keep = false } = {}) {
      const frame = { type, ref, ...fields };
      return new Promise((resolve, reject) => {
        if (!keep && !greeted) return reject({ code: "disconnected" });
        asked.set(ref, { frame, resolve, reject, keep });
        if (greeted) write(frame);
        return undefined;
      });
    }

    function probe() {
      if (!greeted) return;
      const sent = socket;
      const late = setTimeout(() => { if (socket === sent) sent.close(); }, ANSWER_WITHIN);
      request("ping").then(() => clearTimeout(late), () => clearTimeout(late));
    }

    function wake() {
      if (stopped) return;
      if (socket) probe();
      else open();
    }

    /** The device itself says that it has no network, or nothing was heard: say so at once, rather than after a silence. */
    function lose() {
      if (stopped || !socket) return;
      const lost = socket;
      lost.onclose = null;
      lost.close();
      closed(0);
    }

    setInterval(probe, PING_EVERY);
    addEventListener("offline", lose);
    addEventListener("online", wake);
    addEventListener("pageshow", wake);
    document.addEventListener("resume", wake); // thawed
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") wake(); });

    function restart() {
      stopped = false;
      failures = 0;
      open();
    }

    open();
    return { request, hello, restart, newRef };
  }

  Chat.live = { connect };
})();
