// The service worker: it has the page ready without a network, and a new release ready beside it.

const LOOK_EVERY = 60 * 60 * 1000;
const REST_EVERY = 5_000;

/**
 * Have the page served without a network from now on.
 * @param {() => boolean} atRest whether the page may be loaded anew for a new release
 */
export async function registerWorker(atRest) {
  if (!navigator.serviceWorker) return;
  let first = navigator.serviceWorker.controller === null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!first) whenAtRest(atRest);
    first = false; // the first one serves the very page that is open
  });
  try {
    const found = await navigator.serviceWorker.register("/kiosk/worker.js", { scope: "/kiosk", updateViaCache: "none" });
    setInterval(() => found.update().catch(() => {}), LOOK_EVERY);
  } catch {
    // Without it the page needs the network to start; ratings are kept all the same.
  }
}

function whenAtRest(atRest) {
  const looking = setInterval(() => {
    if (!atRest()) return;
    clearInterval(looking);
    location.reload();
  }, REST_EVERY);
}
