/* Notifications on this device: what the browser allows, asking for them at the right moment, taking off the screen what
   was read. Shared by the application and by the page of one's devices. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});
  const DEVICES = "/m/push/devices";

  const isApple = /iPhone|iPad|iPod/.test(navigator.userAgent);

  /** granted · denied · default (not asked yet) · install (on an iPhone, from the home screen only) · unsupported */
  function getState() {
    if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return isApple ? "install" : "unsupported";
    return Notification.permission;
  }

  /** To be called from a tap: the browser asks then, and only then. */
  async function enable(key) {
    if ((await Notification.requestPermission()) === "granted") await subscribe(key);
    return getState();
  }

  /** This device's address, told to the server; a new one where the server's key changed. */
  async function subscribe(key) {
    const { pushManager } = await navigator.serviceWorker.ready;
    let subscription = await pushManager.getSubscription();
    if (subscription && encode(subscription.options.applicationServerKey) !== key) {
      await subscription.unsubscribe();
      subscription = null;
    }
    subscription ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: decode(key) });
    const { endpoint, keys } = subscription.toJSON();
    const answer = await fetch(DEVICES, { method: "POST", redirect: "manual", body: new URLSearchParams({ endpoint, ...keys }) });
    if (!answer.ok) throw new Error(`not registered: ${answer.status}`);
  }

  async function isSubscribed() {
    const registration = await navigator.serviceWorker?.getRegistration("/m");
    return Boolean(await registration?.pushManager?.getSubscription());
  }

  const encode = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer ?? []))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  const decode = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));

  Chat.notifications = { getState, enable, subscribe, isSubscribed };
})();
