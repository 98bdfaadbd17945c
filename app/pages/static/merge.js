// Bringing a part of a page up to date without taking anything from under anybody's hands: what is
// the same stays the same element, with its focus, its selection and what was unfolded in it; a form
// in which somebody has begun something is left alone.
const TYPED = "input:not([type=hidden]), textarea, select";

/**
 * Make the content of `place` what `html` says.
 * @param {HTMLElement} place
 * @param {string} html
 * @returns {boolean} whether all of it was taken over; not, where a form was left alone
 */
export function merge(place, html) {
  const wanted = document.createElement("template");
  wanted.innerHTML = html;
  const focus = place.contains(document.activeElement) ? document.activeElement : null;
  const at = rows(place).indexOf(focus);
  const whole = children(place, wanted.content);
  if (focus && document.activeElement !== focus) {
    const left = rows(place);
    const next = focus.isConnected ? focus : left[Math.min(at, left.length - 1)];
    next?.focus({ preventScroll: true });
  }
  return whole;
}

const rows = (place) => [...place.querySelectorAll("[data-row]")];

/** What tells an element from its like: its id; of a row of a list, where it leads. */
function keyOf(node) {
  if (node.id) return node.id;
  return (node.matches?.("tr, li") && node.querySelector("a[href]")?.getAttribute("href")) || "";
}

function children(place, wanted) {
  const all = [...wanted.childNodes];
  const keys = new Set(all.map(keyOf));
  const kept = new Map();
  for (const node of place.childNodes) if (keyOf(node)) kept.set(keyOf(node), node);
  let at = place.firstChild;
  let whole = true;
  const drop = () => {
    const gone = at;
    at = at.nextSibling;
    if (holdsBegun(gone)) whole = false;
    else gone.remove();
  };
  for (const node of all) {
    while (at && (isGone(at, keys) || (isUnseen(at) && !isUnseen(node)))) drop();
    const key = keyOf(node);
    const found = key ? kept.get(key) : likeFrom(at, node);
    kept.delete(key);
    if (found?.nodeName !== node.nodeName) {
      place.insertBefore(node.cloneNode(true), at);
      continue;
    }
    if (found === at) at = at.nextSibling;
    else place.insertBefore(found, at);
    whole = one(found, node) && whole;
  }
  while (at) drop();
  return whole;
}

const isGone = (node, keys) => keyOf(node) !== "" && !keys.has(keyOf(node));
const isUnseen = (node) => (node.nodeType === Node.TEXT_NODE ? !node.data.trim() : node.type === "hidden");

/** The first from `at` on that nothing tells from `node` but its content. */
function likeFrom(at, node) {
  for (let found = at; found; found = found.nextSibling) {
    if (!keyOf(found) && found.nodeName === node.nodeName) return found;
  }
  return null;
}

function one(now, wanted) {
  if (isBegun(now)) return now.isEqualNode(wanted);
  if (now.isEqualNode(wanted)) return true;
  if (now.nodeType !== Node.ELEMENT_NODE) {
    now.data = wanted.data;
    return true;
  }
  attributes(now, wanted);
  return children(now, wanted);
}

/** The reader's own state stays: what is unfolded, and what a field holds. */
function attributes(now, wanted) {
  const own = { DETAILS: "open", INPUT: "value" }[now.nodeName];
  for (const { name, value } of wanted.attributes) {
    if (name !== own && now.getAttribute(name) !== value) now.setAttribute(name, value);
  }
  for (const { name } of [...now.attributes]) {
    if (name !== own && !wanted.hasAttribute(name)) now.removeAttribute(name);
  }
}

const holdsBegun = (node) =>
  isBegun(node) || [...(node.querySelectorAll?.("form, dialog") ?? [])].some(isBegun);

/** An open dialog, or a form that is on its way, was refused, is being typed in or is filled in. */
function isBegun(node) {
  if (node.nodeName === "DIALOG") return node.open;
  if (node.nodeName !== "FORM") return false;
  if (node.getAttribute("aria-busy") === "true" || node.querySelector(".problem")) return true;
  const fields = [...node.querySelectorAll(TYPED)];
  return fields.some((field) => field === document.activeElement || isFilled(field));
}

function isFilled(field) {
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (!field.options) return field.value !== field.defaultValue;
  const usual = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(0, usual);
}
