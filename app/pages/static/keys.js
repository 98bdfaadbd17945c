// Keyboard: data-key="a" on a link, button or field is reached by that key; j/k move along the
// links with data-row; ? or a button with data-keys lists all. Never in a text field, never with a modifier key.
const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest?.(TYPING)) return;
  const open = document.querySelector("dialog[open]");
  if (event.key === "?" && !open) return act(event, list);
  if ((event.key === "j" || event.key === "k") && !open) {
    return act(event, () => step(event.key === "j" ? 1 : -1));
  }
  const scope = open ?? document;
  const found = [...scope.querySelectorAll("[data-key]")].find(
    (element) => element.dataset.key === event.key && !element.disabled && visible(element),
  );
  if (found) act(event, () => use(found));
});

addEventListener("click", (event) => {
  if (event.target.closest?.("[data-keys]")) list();
});

function act(event, what) {
  event.preventDefault();
  what();
}

const visible = (element) => element.getClientRects().length > 0;

function use(element) {
  element.focus();
  if (!element.matches("input, textarea, select")) element.click();
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")].filter(visible);
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
  rows[Math.max(0, Math.min(rows.length - 1, next))].focus();
}

function list() {
  document.getElementById("keys-list")?.remove();
  const dialog = document.createElement("dialog");
  dialog.id = "keys-list";
  dialog.className = "drawer";
  dialog.setAttribute("aria-label", "键盘快捷键");
  const title = document.createElement("h2");
  title.textContent = "键盘快捷键";
  const table = document.createElement("dl");
  table.className = "keys";
  const keys = [...document.querySelectorAll("[data-key]")].filter(visible);
  for (const element of keys) {
    add(table, element.dataset.key, element.dataset.keyName || labelOf(element));
  }
  if (document.querySelector("[data-row]")) add(table, "j / k", "下一条 / 上一条");
  add(table, "?", "这张表");
  add(table, "Esc", "关闭");
  dialog.append(title, table);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function labelOf(element) {
  const copy = element.cloneNode(true);
  for (const kbd of copy.querySelectorAll("kbd")) kbd.remove();
  return copy.textContent.trim() || element.getAttribute("aria-label") || "";
}

function add(table, key, name) {
  const term = document.createElement("dt");
  const kbd = document.createElement("kbd");
  kbd.textContent = key;
  term.append(kbd);
  const said = document.createElement("dd");
  said.textContent = name;
  table.append(term, said);
}
