// The form of an item, drawn from its JSON Schema, and read back as the values that it wants. What
// is wrong with them the server says; here only the types and what is required are looked after.
import { choice, field, make } from "./elements.js";

/**
 * Draw the fields of an object.
 * @param {HTMLElement} place
 * @param {object} schema
 */
export function draw(place, schema) {
  place.replaceChildren(...parts(schema));
}

/** What was filled in, as the schema's object; what was left empty is left out. */
export function read(place, schema) {
  return object(place, schema) ?? {};
}

function namesOf(schema) {
  const names = Object.keys(schema.properties ?? {});
  const order = (schema["x-order"] ?? []).filter((name) => names.includes(name));
  return [...order, ...names.filter((name) => !order.includes(name))];
}

function parts(schema) {
  const required = new Set(schema.required ?? []);
  return namesOf(schema).map((name) => part(name, schema.properties[name], required.has(name)));
}

function part(name, schema, required) {
  const holder = make("div", { "data-field": name });
  holder.append(one(schema, required));
  return holder;
}

function one(schema, required) {
  const title = schema.title ?? "";
  const hint = schema["x-hint"] ?? schema.description ?? "";
  if (schema.type === "object") return group(title, parts(schema));
  if (schema.type === "array") return several(schema, title, hint);
  if (schema.type === "boolean") return choice("checkbox", "", "true", title, hint);
  if (schema.enum) return field(title, options(schema.enum), { required, hint });
  return field(unitOf(title, schema), control(schema), { required, hint });
}

const unitOf = (title, schema) => (schema["x-unit"] ? `${title}（${schema["x-unit"]}）` : title);

function control(schema) {
  if (schema["x-multiline"]) return make("textarea", { rows: 3, maxlength: schema.maxLength });
  const numeric = schema.type === "integer" || schema.type === "number";
  const type = numeric ? "number" : schema.format === "date" ? "date" : "text";
  const step = schema.type === "number" ? "any" : null;
  const { minimum: min, maximum: max, maxLength: maxlength } = schema;
  return make("input", { type, step, min, max, maxlength, autocomplete: "off" });
}

function options(values) {
  const all = values.map((value) => make("option", { value }, String(value)));
  return make("select", {}, make("option", { value: "" }, "请选择"), ...all);
}

function group(title, children) {
  return make("fieldset", {}, make("legend", {}, title), ...children);
}

function several(schema, title, hint) {
  if (schema.items.enum) {
    return group(title, schema.items.enum.map((value) => choice("checkbox", "", value, String(value))));
  }
  if (schema.items.type !== "object") {
    return field(title, make("textarea", { rows: 3 }), { hint: hint || "一行一项。" });
  }
  const list = make("div", { class: "stack", "data-list": true });
  const add = make("button", { type: "button", class: "button" }, `添加${title}`);
  add.addEventListener("click", () => {
    if (list.children.length >= (schema.maxItems ?? Infinity)) return;
    list.append(make("div", { class: "drop", "data-entry": true }, ...parts(schema.items)));
    list.lastElementChild.querySelector("input, select, textarea")?.focus();
  });
  return group(title, [list, add]);
}

function object(place, schema) {
  const found = {};
  for (const name of namesOf(schema)) {
    const holder = place.querySelector(`:scope > [data-field="${CSS.escape(name)}"], ` +
      `:scope > fieldset > [data-field="${CSS.escape(name)}"]`);
    const value = holder ? valueOf(holder, schema.properties[name]) : undefined;
    if (value !== undefined) found[name] = value;
  }
  return Object.keys(found).length ? found : undefined;
}

function valueOf(holder, schema) {
  if (schema.type === "object") return object(holder, schema);
  if (schema.type === "array") return listOf(holder, schema);
  if (schema.type === "boolean") return holder.querySelector("input").checked;
  const typed = holder.querySelector("input, select, textarea").value.trim();
  if (typed === "") return undefined;
  return schema.type === "integer" || schema.type === "number" ? Number(typed) : typed;
}

function listOf(holder, schema) {
  let found;
  if (schema.items.enum) {
    found = [...holder.querySelectorAll("input:checked")].map((box) => box.value);
  } else if (schema.items.type === "object") {
    const entries = holder.querySelectorAll(":scope > fieldset > [data-list] > [data-entry]");
    found = [...entries].map((entry) => object(entry, schema.items) ?? {});
  } else {
    const lines = holder.querySelector("textarea").value.split("\n");
    found = lines.map((line) => line.trim()).filter(Boolean);
    if (schema.items.type !== "string") found = found.map(Number);
  }
  return found.length ? found : undefined;
}
