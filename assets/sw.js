/* The service worker of the phone application. The server writes VERSION, FILES and WORDS before this. The page and its
   files come from here, with or without network; each time the page is opened, a fresh one is fetched for the next. */

const PAGE = "/m";
const CACHE = `chat-${VERSION}`;
const VERSION_HEADER = "X-Chat-Version";
const KEEP = { "X-Chat-Keep": "1" }; // asks for the page alone, without anything that anybody wrote

let refreshing = Promise.resolve();

addEventListener("install", (event) => event.waitUntil(keepFiles().then(refresh).then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(takeOver()));
addEventListener("message", (event) => { if (event.data?.type === "keep") event.waitUntil(keepFiles().then(keepPageOnce)); });
addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(navigate(event, url));
  else if (event.request.method === "GET" && FILES.includes(url.pathname + url.search)) event.respondWith(findFile(event.request));
});

/** What is there stays: a page that opens says "keep" each time. */
async function keepFiles() {
  const cache = await caches.open(CACHE);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  const missing = FILES.filter((file) => !kept.has(new URL(file, location.origin).href));
  if (missing.length) await cache.addAll(missing);
}

/** Open pages have all their files already: the former version's can go. */
async function takeOver() {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await clients.claim();
}

async function navigate(event, url) {
  const { request } = event;
  if (request.method !== "GET") return post(event, url);
  const kept = url.pathname === PAGE ? await caches.match(PAGE, { cacheName: CACHE }) : null;
  if (kept) {
    event.waitUntil(refresh());
    return kept;
  }
  return fetch(request).catch(standIn);
}

/** A form was sent: the page may be another one from now on (language, person). */
async function post(event, { pathname }) {
  try {
    const answer = await fetch(event.request);
    await refreshing;
    if (pathname === "/m/sign-out") await forget();
    else await (await caches.open(CACHE)).delete(PAGE);
    if (!pathname.startsWith("/m/sign-")) event.waitUntil(refresh());
    return answer;
  } catch {
    return pathname === "/m/sign-out" ? standIn() : Response.redirect(PAGE, 303);
  }
}

async function findFile(request) {
  return (await caches.match(request, { cacheName: CACHE })) ?? fetch(request);
}

function refresh() {
  refreshing = fetchPage().catch(() => undefined);
  return refreshing;
}

async function fetchPage() {
  const answer = await fetch(PAGE, { headers: KEEP, redirect: "manual", cache: "no-store" });
  if (answer.ok) await keepPage(answer);
  else if (await isShutOut(answer)) await forget();
}

/** Sent to the sign-in page, or refused by name. A network that shows a page of its own before it lets one through is not
    that, nor is a server, or one before it, that refuses for a moment. */
async function isShutOut(answer) {
  if (answer.status === 403) return (await answer.json().catch(() => ({}))).code === "not_allowed";
  return answer.type === "opaqueredirect" && (await fetch("/m/session", { cache: "no-store" })).status === 401;
}

/** Nothing stays of what the session showed; open pages go to sign in. */
async function forget() {
  for (const name of await caches.keys()) await caches.delete(name);
  await forgetNotifications().catch(() => undefined);
  for (const client of await clients.matchAll({ includeUncontrolled: true })) client.postMessage({ type: "ended" });
  indexedDB.deleteDatabase("chat"); // open pages let go of it at once
}

async function keepPageOnce() {
  if (!(await caches.match(PAGE, { cacheName: CACHE }))) await refresh();
}

/** Only with the files that it names: those of another version come with the worker of that version. */
async function keepPage(answer) {
  if (answer.headers.get(VERSION_HEADER) === VERSION) await (await caches.open(CACHE)).put(PAGE, answer);
  else await registration.update();
}

const STAND_IN_STYLE = `:root{color-scheme:light dark;--page:#F5F6F3;--ink:#16212B;--brand:#0E6656;--on-brand:#fff}
@media (prefers-color-scheme:dark){:root{--page:#10171A;--ink:#E9EEEB;--brand:#5CC9B3;--on-brand:#0C1214}}
body{margin:0;padding:15vh 24px 24px;background:var(--page);color:var(--ink);font:16px/1.45 system-ui,sans-serif}
main{display:grid;gap:32px;max-width:32em;margin:auto}h1,h2{margin:0;font-size:21px}
a{display:inline-block;padding:12px 20px;border-radius:6px;background:var(--brand);color:var(--on-brand);text-decoration:none}`;

/** Neither network nor a copy: what happened and the way on, in each language. */
function standIn() {
  const say = ({ language, title, text, act }, at) => {
    const heading = at ? "h2" : "h1";
    return `<section lang="${language}"><${heading}>${title}</${heading}><p>${text}</p><a href="${PAGE}">${act}</a></section>`;
  };
  const page = `<!doctype html><html lang="${WORDS[0].language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${WORDS[0].title}</title><style>${STAND_IN_STYLE}</style><main>${WORDS.map(say).join("")}</main>`;
  return new Response(page, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}
