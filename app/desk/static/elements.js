// Elements of a page, made by script.
let made = 0;

/** An id that nothing else in this page has. */
export const newId = (prefix) => `${prefix}-${(made += 1)}`;

/**
 * An element with attributes and children; an attribute that is false or null is left out.
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string)} children
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children);
  return element;
}

/** A labelled field: its label, the control, and a hint below it. */
export function field(label, control, { required = false, hint = "" } = {}) {
  const id = newId("f");
  control.id = id;
  if (required) control.required = true;
  const said = make("label", { for: id }, label);
  if (!required) said.append(make("span", { class: "muted" }, "（选填）"));
  const parts = [said, control];
  if (hint) {
    control.setAttribute("aria-describedby", `${id}-hint`);
    parts.push(make("p", { class: "hint", id: `${id}-hint` }, hint));
  }
  return make("div", { class: "field" }, ...parts);
}

/** A checkbox or radio button with its words. */
export function choice(kind, name, value, words, note = "") {
  const box = make("input", { type: kind, name, value });
  const label = make("label", {}, box, make("span", {}, words));
  const place = make("div", { class: "check" }, label);
  if (note) place.append(make("p", { class: "hint" }, note));
  return place;
}
