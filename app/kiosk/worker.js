// The kiosk's service worker. VERSION and FILES stand above, put there by the server.

const NAME = `kiosk-${VERSION}`;
const PAGE = "/kiosk";

self.addEventListener("install", (event) => {
  event.waitUntil(keepAll().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname === PAGE || FILES.includes(pathname)) event.respondWith(kept(request, pathname));
});

/** Everything that the page needs, or nothing: a release is never kept by halves. */
async function keepAll() {
  const cache = await caches.open(NAME);
  await Promise.all(
    FILES.map(async (file) => {
      const answer = await fetch(file, { credentials: "omit", cache: "reload" });
      if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
      await cache.put(file, answer);
    }),
  );
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("kiosk-") && name !== NAME).map((name) => caches.delete(name)));
}

async function kept(request, pathname) {
  const cache = await caches.open(NAME);
  return (await cache.match(pathname, { ignoreVary: true })) ?? fetch(request);
}
