// Dialogs: <button data-open="id"> opens one, with the focus on its [data-first]; [data-close], Esc
// or a click beside it closes it. What was typed in it is there again when it is opened again.
let pressed = null;

addEventListener("pointerdown", (event) => (pressed = event));

addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-open]");
  if (opener) open(document.getElementById(opener.dataset.open));
  else if (event.target.closest?.("[data-close]")) event.target.closest("dialog")?.close();
  else if (isBeside(event) && isBeside(pressed)) event.target.close();
});

function open(dialog) {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.querySelector("[data-first]")?.focus();
}

/** Beside the dialog, not on its own edge; dragging out of it, as to select a text, is no click. */
function isBeside(event) {
  if (!(event?.target instanceof HTMLDialogElement)) return false;
  const { left, right, top, bottom } = event.target.getBoundingClientRect();
  return event.clientX < left || event.clientX > right || event.clientY < top || event.clientY > bottom;
}
