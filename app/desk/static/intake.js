// Intake at the window, one step after the other. What is typed stays in this page until it is sent;
// the applicant is named by a ticket of the server's, which ends by itself.
import { ask, Refused } from "../server.js";
import { say } from "../say.js";
import { choice, make } from "./elements.js";
import * as materials from "./intake_materials.js";
import { chosen } from "./items.js";
import { draw, read } from "./schema_form.js";
import { onSend, present } from "./sending.js";

const DELIVERIES = { electronic: "电子送达", counter: "窗口领取", post: "邮寄" };
const page = document.getElementById("intake");
const steps = Object.fromEntries(
  [...page.querySelectorAll("[data-step]")].map((form) => [form.dataset.step, form]),
);
const names = Object.keys(steps);
const drawn = { form: "", materials: "" };
const state = { who: "", ticket: "", behalf: null, item: "", told: null, answers: {}, key: randomKey() };

function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const placeIn = (step) => steps[step].querySelector("[data-place]");

/** Be at a step: what comes after it is not there. */
function endAt(step) {
  const at = names.indexOf(step);
  for (const [index, name] of names.entries()) {
    if (index > at) steps[name].hidden = true;
  }
  steps[step].hidden = false;
  const marks = document.querySelectorAll(".steps li");
  for (const [index, mark] of marks.entries()) {
    if (index === at) mark.setAttribute("aria-current", "step");
    else mark.removeAttribute("aria-current");
  }
}

function open(step) {
  endAt(step);
  say(steps[step].querySelector("h2").textContent);
  const first = steps[step].querySelector("input:not([type=hidden]), select, textarea, button");
  first?.focus();
  steps[step].scrollIntoView({ block: "nearest" });
}

/** Draw a step where it asks for something else than before; else what was filled in stays. */
function anew(step, asks, how) {
  const now = JSON.stringify(asks);
  if (drawn[step] === now) return;
  how();
  drawn[step] = now;
}

/** Another applicant: nothing of the one before stays, and it is another application. */
function forget() {
  for (const form of Object.values(steps)) form.reset();
  Object.assign(drawn, { form: "", materials: "" });
  Object.assign(state, { behalf: null, item: "", answers: {}, key: randomKey() });
}

const sends = {
  async applicant(form) {
    const who = await present(form);
    if (state.who !== who.said) forget();
    state.who = who.said;
    state.ticket = who.ticket;
    known(form, who.said);
    await offerOthers();
    open("item");
  },

  async item(form) {
    const item = await chosen(form.querySelector("[data-items]"));
    if (!item) throw new Refused({ title: "请从列出的事项中选一个。" });
    if (item !== state.item) state.answers = {};
    state.item = item;
    state.behalf = others[new FormData(form).get("for_whom")] ?? null;
    await situate();
  },

  async situation(form) {
    const given = new FormData(form);
    state.answers = Object.fromEntries(
      state.told.questions.map((question) => [question.code, given.getAll(question.code)]),
    );
    await situate();
  },

  async form() {
    const lines = state.told.told.materials;
    const offers = await reusable();
    anew("materials", [state.item, state.behalf, lines, offers], () => {
      materials.draw(steps.materials, lines, offers);
    });
    open("materials");
  },

  async materials(form) {
    materials.check(form);
    const ways = state.told.told.delivery.map((way) => {
      const made = choice("radio", "way", way, DELIVERIES[way]);
      made.querySelector("input").required = true;
      return made;
    });
    placeIn("delivery").replaceChildren(...ways);
    open("delivery");
  },

  async delivery(form) {
    if (!steps.form.checkValidity()) throw new Refused({ title: "第 4 步“申请表”还没有填好，请补全。" });
    materials.check(steps.materials);
    const data = new FormData(form);
    const address = data.get("address").trim();
    const project = data.get("project_number").trim();
    const filed = await ask("/api/v1/desk/cases", {
      method: "POST",
      headers: { "Idempotency-Key": state.key },
      json: {
        applicant: state.ticket,
        item_id: state.item,
        version_id: state.told.version_id,
        answers: state.told.answers,
        form: read(placeIn("form"), state.told.told.form),
        delivery: { way: data.get("way"), ...(address && { address }) },
        ...(project && { project_number: project }),
        ...(state.behalf && { on_behalf: state.behalf }),
        ...materials.supplied(steps.materials),
      },
    });
    leaving = true;
    location.assign(`/desk/cases/${filed.id}?filed=true`);
  },
};

/** In the place of what was typed stands who it is, masked; another one can be entered again. */
function known(form, masked) {
  const parts = [...form.children].filter((part) => part.tagName !== "H2");
  const again = make("button", { type: "button", class: "button quiet" }, "换一位申请人");
  const said = make("p", { class: "row" }, make("strong", {}, masked), again);
  for (const part of parts) part.hidden = true;
  form.append(said);
  again.addEventListener("click", () => {
    said.remove();
    for (const part of parts) part.hidden = false;
    state.ticket = "";
    open("applicant");
  });
}

let others = {};

/** For whom the applicant may file besides themselves; where there is nobody, nothing is asked. */
async function offerOthers() {
  const url = new URL("/api/v1/desk/applicants/for-whom", location.origin);
  url.searchParams.set("applicant", state.ticket);
  const { enterprises, children } = await ask(url);
  const place = steps.item.querySelector("[data-for-whom]");
  others = { self: null };
  const made = [choice("radio", "for_whom", "self", "本人")];
  for (const [n, one] of enterprises.entries()) {
    others[`e${n}`] = { enterprise_id: one.id };
    made.push(choice("radio", "for_whom", `e${n}`, one.name, `企业，信用代码 ${one.code}`));
  }
  for (const [n, one] of children.entries()) {
    others[`c${n}`] = { child_id: one.id };
    made.push(choice("radio", "for_whom", `c${n}`, one.name, `未满 14 周岁的儿童，${one.id_number}`));
  }
  for (const one of made) one.querySelector("input").required = true;
  place.querySelector("[data-place]").replaceChildren(...(made.length > 1 ? made : []));
  place.hidden = made.length === 1;
}

async function situate() {
  const url = `/api/v1/items/${state.item}/situation`;
  state.told = await ask(url, { method: "POST", json: { answers: state.answers } });
  placeIn("situation").replaceChildren(...state.told.questions.map(question));
  if (!state.told.complete) {
    open("situation");
    return;
  }
  steps.situation.hidden = state.told.questions.length === 0;
  const schema = state.told.told.form;
  anew("form", [state.item, schema], () => draw(placeIn("form"), schema));
  open("form");
}

function question(asked) {
  const kind = asked.kind === "many" ? "checkbox" : "radio";
  const chosen = state.told.answers[asked.code] ?? [];
  const all = asked.choices.map((one) => {
    const made = choice(kind, asked.code, one.code, one.text, one.note);
    made.querySelector("input").checked = chosen.includes(one.code);
    return made;
  });
  return make("fieldset", {}, make("legend", {}, asked.text), ...all);
}

async function reusable() {
  if (state.behalf?.child_id) return []; // of a child nothing is kept to be used again
  const url = new URL("/api/v1/desk/reusable", location.origin);
  url.searchParams.set("applicant", state.ticket);
  url.searchParams.set("item_id", state.item);
  if (state.behalf?.enterprise_id) url.searchParams.set("enterprise_id", state.behalf.enterprise_id);
  return (await ask(url)).requirements;
}

for (const [name, form] of Object.entries(steps)) onSend(form, sends[name]);
// What follows rests on these: whoever changes one goes on from there, and nothing is sent that was
// told of another item, or for another person.
for (const step of ["item", "situation"]) {
  steps[step].addEventListener("input", () => endAt(step));
}
materials.listen(steps.materials, () => state.ticket, Number(page.dataset.most));

let leaving = false;
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && leaving) location.reload(); // what was filed is filed: the next one begins anew
});
addEventListener("beforeunload", (event) => {
  if (state.ticket && !leaving) event.preventDefault();
});
