// The navigation on a narrow screen: a button unfolds it, Esc folds it again.
const button = document.querySelector("[data-menu]");
if (button) {
  const fold = (open) => {
    button.setAttribute("aria-expanded", String(open));
    document.body.classList.toggle("menu-open", open);
  };
  button.addEventListener("click", () => fold(button.getAttribute("aria-expanded") !== "true"));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("menu-open")) {
      fold(false);
      button.focus();
    }
  });
}
