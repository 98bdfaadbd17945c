// Dialogs: <button data-open="id"> opens one, [data-close], Esc or a click beside it closes it.
addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-open]");
  if (opener) {
    document.getElementById(opener.dataset.open)?.showModal();
    return;
  }
  if (event.target.closest?.("[data-close]")) event.target.closest("dialog")?.close();
  else if (event.target instanceof HTMLDialogElement) event.target.close();
});
