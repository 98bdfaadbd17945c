// What makes the tablet easy to use: high contrast, silence, the full screen, and that it stays lit.

import { part } from "./screens.js";

/**
 * The switches of the top bar.
 * @param {import("./store.js").Store} store where they are remembered
 * @param {import("./voice.js").Voice} voice
 */
export function listen(store, voice) {
  contrast(store.thing("contrast"));
  muted(voice);
  part("contrast").addEventListener("click", () => {
    const high = !("high" in document.documentElement.dataset);
    contrast(high);
    store.keep("contrast", high);
  });
  part("mute").addEventListener("click", () => {
    voice.muted = !voice.muted;
    muted(voice);
    store.keep("muted", voice.muted);
  });
  part("full").hidden = !document.fullscreenEnabled;
  part("full").addEventListener("click", () => {
    const done = document.fullscreenElement
      ? document.exitFullscreen()
      : document.documentElement.requestFullscreen({ navigationUI: "hide" });
    done?.catch(() => {}); // the system says no
  });
  document.addEventListener("visibilitychange", stayLit);
  stayLit();
}

function contrast(high) {
  document.documentElement.toggleAttribute("data-high", Boolean(high));
  part("contrast").setAttribute("aria-pressed", String(Boolean(high)));
}

function muted(voice) {
  part("mute").hidden = !("speechSynthesis" in window);
  part("mute").setAttribute("aria-pressed", String(voice.muted));
}

async function stayLit() {
  if (document.visibilityState !== "visible" || !navigator.wakeLock) return;
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // The system says no, with an empty battery for example: the screen then sleeps as it is set.
  }
}
