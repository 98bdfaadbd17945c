// Light, dark, or as the machine says; decided before the first paint, so no module.
(() => {
  const KEY = "zhangban.theme";
  const ORDER = ["auto", "light", "dark"];
  const root = document.documentElement;
  const stored = () => {
    try {
      return localStorage.getItem(KEY) ?? "auto";
    } catch {
      return "auto"; // storage is closed to us: the machine's choice holds
    }
  };
  const machine = matchMedia("(prefers-color-scheme: dark)");
  const apply = (theme) => {
    root.dataset.theme = theme === "auto" ? (machine.matches ? "dark" : "light") : theme;
    dispatchEvent(new Event("themechange"));
  };
  apply(stored());
  machine.addEventListener?.("change", () => apply(stored()));
  addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-next]")) return;
    const next = ORDER[(ORDER.indexOf(stored()) + 1) % ORDER.length];
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // it holds for this page then
    }
    apply(next);
  });
})();
