/* Notifications in the service worker: shown one a conversation, the newer in place of the older; a tap opens the right
   place; what was read elsewhere goes. What they say comes whole from the server. */

const ICON = FILES.find((file) => file.includes("app-192")) ?? "";
const DEVICES = "/m/push/devices";

addEventListener("push", (event) => event.waitUntil(tell(event.data?.json() ?? null)));
addEventListener("notificationclick", (event) => event.waitUntil(openFrom(event.notification)));
addEventListener("pushsubscriptionchange", (event) => event.waitUntil(subscribeAgain(event)));

async function tell(news) {
  if (!news) return;
  for (const id of news.read) await takeOff(`c${id}`);
  if (news.tag === "summary") for (const shown of await registration.getNotifications()) shown.close();
  if (news.unread !== null) await navigator.setAppBadge?.(news.unread).catch(() => undefined);
  await registration.showNotification(news.title, {
    body: news.until && Date.now() > news.until ? news.quietly : news.body, tag: news.tag, lang: news.lang, icon: ICON, renotify: true, requireInteraction: news.urgent,
    data: { conversation: news.conversation },
  });
}

async function takeOff(tag) {
  for (const shown of await registration.getNotifications({ tag })) shown.close();
}

/** To the window that is there, else to a new one. */
async function openFrom(notification) {
  notification.close();
  const { conversation } = notification.data ?? {};
  const windows = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const application = windows.find(({ url }) => new URL(url).pathname === PAGE);
  if (!application) return clients.openWindow(conversation ? `${PAGE}#c${conversation}` : PAGE);
  if (conversation) application.postMessage({ type: "open", conversation });
  return application.focus();
}

/** The browser changed the address of this device. */
async function subscribeAgain({ oldSubscription, newSubscription }) {
  const subscription = newSubscription ?? (oldSubscription && await registration.pushManager.subscribe(oldSubscription.options));
  if (!subscription) return;
  const { endpoint, keys } = subscription.toJSON();
  await fetch(DEVICES, { method: "POST", body: new URLSearchParams({ endpoint, ...keys }) });
}

/** Whoever signed out, or is shut out, is told nothing more on this device, and nothing told before stays on it. */
async function forgetNotifications() {
  await (await registration.pushManager?.getSubscription())?.unsubscribe();
  for (const shown of await registration.getNotifications()) shown.close();
}
