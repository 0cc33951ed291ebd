// @ts-check
/**
 * The service worker of the officer's page and of the spot checks. It keeps these pages, their words and files, and the
 * tiles last looked at, for where there is no network; everything else goes its way: the login, the administrator's pages and all answers of
 * the JSON doors are never kept. `TOLD` stands in front of this file as it is served.
 */
const PAGES = "wanmi-pages", TILES = "wanmi-tiles", MOST_TILES = 600, PATIENCE_MS = 4000;
// @ts-ignore: it stands in front
const told = /** @type {{cache: string, shell: string[], pages: string[], words: string, logout: string}} */ (TOLD);
const worker = /** @type {any} */ (self);
const shell = new Set(told.shell);

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(
    caches.open(told.cache).then((cache) => cache.addAll(told.shell.map((address) => new Request(address, { cache: "reload" })))).then(() => worker.skipWaiting()),
  );
});

worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith("shell-") && name !== told.cache).map((name) => caches.delete(name)))).then(() => worker.clients.claim()),
  );
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST" && url.pathname === told.logout) {
    // Whoever takes the phone next sees nothing of this one's; what waits to be sent lies elsewhere and stays.
    event.waitUntil(Promise.all([caches.delete(PAGES), caches.delete(TILES)]));
    return;
  }
  if (request.method !== "GET") return;
  if (shell.has(url.pathname)) event.respondWith(fromShell(request));
  else if (request.mode === "navigate" && told.pages.includes(url.pathname)) event.respondWith(page(request, url.pathname));
  else if (url.pathname === told.words) event.respondWith(fresh(request));
  // A map fetches its tiles in a worker of its own, so it cannot be told which page asks: all maps of this phone.
  else if (/^\/tiles\/(ground|grids|components)\//.test(url.pathname)) event.respondWith(tile(event));
});

/** @param {Request} request */
async function fromShell(request) {
  const kept = await (await caches.open(told.cache)).match(request, { ignoreSearch: true, ignoreVary: true });
  return kept ?? fetch(request);
}

/** The newest page; the kept one where the network is gone, or so slow that it might as well be. @param {Request} request @param {string} path */
async function page(request, path) {
  const cache = await caches.open(PAGES);
  const asked = fetch(request).then(async (answer) => {
    // Sent to the login: the session is over, and so is what was kept for it.
    if (answer.redirected || answer.type === "opaqueredirect") await cache.delete(path);
    else if (answer.ok) await cache.put(path, answer.clone());
    return answer;
  });
  const kept = await cache.match(path, { ignoreVary: true });
  if (!kept) return asked;
  asked.catch(() => null);
  return Promise.race([asked.catch(() => kept), later(kept)]);
}

/** @param {Response} kept */
const later = (kept) => new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS));

/** @param {Request} request */
async function fresh(request) {
  const cache = await caches.open(PAGES);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(request, { ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}

/** The network's tile, kept as well; without a network the kept one, or an empty one. @param {any} event */
async function tile(event) {
  const cache = await caches.open(TILES);
  try {
    const answer = await fetch(event.request);
    if (answer.ok) event.waitUntil(cache.put(event.request, answer.clone()).then(() => tidy(cache)));
    return answer;
  } catch {
    return (await cache.match(event.request, { ignoreVary: true })) ?? new Response(null, { status: 204 });
  }
}

/** Keep the newest tiles only. @param {Cache} cache */
async function tidy(cache) {
  const keys = await cache.keys();
  if (keys.length > MOST_TILES) await Promise.all(keys.slice(0, keys.length - MOST_TILES).map((key) => cache.delete(key)));
}
