// <button name="print"> prints the page.
addEventListener("click", (event) => {
  if (event.target.closest?.('button[name="print"]')) print();
});
