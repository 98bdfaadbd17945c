// Hands that tremble, press long, or touch twice.
//
// A browser makes no click of a touch that lasts long or slides a little; here both count, as long
// as the finger is lifted from the button that it touched. What a second touch would hit on a screen
// that has just changed under the finger is not meant: screens.show closes the screen for a moment.

const CLICK_COMES = 350;

/** Have every touch on a button be a press, and nothing else happen by touch. */
export function steady() {
  const touched = new Map();
  addEventListener("pointerdown", ({ pointerType, pointerId, target }) => {
    if (pointerType === "touch") touched.set(pointerId, buttonOf(target));
  });
  addEventListener("pointercancel", ({ pointerId }) => touched.delete(pointerId));
  addEventListener("pointerup", ({ pointerId, clientX, clientY }) => {
    const button = touched.get(pointerId);
    touched.delete(pointerId);
    if (button && buttonOf(document.elementFromPoint(clientX, clientY)) === button) press(button);
  });
  for (const kind of ["contextmenu", "dragstart", "gesturestart"]) {
    document.addEventListener(kind, (event) => {
      if (!event.target.closest?.("input, textarea")) event.preventDefault();
    });
  }
  addEventListener("resize", fit);
  new ResizeObserver(fit).observe(document.body);
}

function buttonOf(target) {
  return target?.closest?.("button") ?? null;
}

/** Click it, unless the browser does so itself. */
function press(button) {
  const missing = setTimeout(() => {
    if (button.isConnected && !button.disabled) button.click();
  }, CLICK_COMES);
  button.addEventListener("click", () => clearTimeout(missing), { once: true });
}

/** Where all of it is in sight, no touch is taken for scrolling. */
function fit() {
  const { scrollHeight, clientHeight } = document.documentElement;
  document.documentElement.toggleAttribute("data-fits", scrollHeight <= clientHeight + 1);
}
