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
  const apply = (theme) => {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
  };
  apply(stored());
  addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-next]")) return;
    const next = ORDER[(ORDER.indexOf(stored()) + 1) % ORDER.length];
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // it holds for this page then
    }
    apply(next);
    dispatchEvent(new Event("themechange"));
  });
})();
