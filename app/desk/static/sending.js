// Forms that a script sends: busy meanwhile, and what is refused is told in the form itself.
import { named, SIGNED_OUT, toSignIn } from "../forms.js";
import { ask, Refused } from "../server.js";
import { make } from "./elements.js";

/**
 * Do `act` whenever the form is sent; what it refuses is shown above the form's buttons.
 * @param {HTMLFormElement} form
 * @param {(form: HTMLFormElement) => Promise<void>} act
 */
export function onSend(form, act) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    form.querySelector(".problem[role=alert]")?.remove();
    for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    try {
      await act(form);
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      show(form, problem);
    } finally {
      form.setAttribute("aria-busy", "false");
    }
  });
}

function show(form, problem) {
  const field = problem.field && form.elements.namedItem(problem.field);
  const signedOut = problem.code === "not_signed_in";
  const words = signedOut ? SIGNED_OUT : named(problem, field) + wrongWith(problem);
  const told = make("p", { class: "problem", role: "alert", tabindex: -1 }, words);
  if (signedOut) told.append(" ", toSignIn());
  form.querySelector(".form-acts").before(told);
  if (field instanceof HTMLElement) field.setAttribute("aria-invalid", "true");
  (field instanceof HTMLElement ? field : told).focus();
}

const wrongWith = ({ errors }) => errors.map((one) => one.message).join("；");

/** Which field a refusal of somebody's data is about. */
const FIELDS = { "citizens.bad_id_number": "id_number", "citizens.bad_phone": "phone" };

/**
 * Who stands at the window, from a form with name, id_number, phone and consent; afterwards the
 * form is empty: the ticket knows who it is, the screen need not show it on.
 * @param {HTMLFormElement} form
 * @returns {Promise<{ticket: string, said: string}>} the ticket, and who it is in masked words
 */
export async function present(form) {
  const data = new FormData(form);
  const json = { name: data.get("name"), phone: data.get("phone"), id_number: data.get("id_number") };
  try {
    const who = await ask("/api/v1/desk/applicants", {
      method: "POST",
      json: { ...json, consent: data.get("consent") === "true" },
    });
    form.reset();
    return { ticket: who.ticket, said: `${who.name}，${who.id_number}，${who.phone}` };
  } catch (problem) {
    problem.field ||= FIELDS[problem.code] ?? "";
    throw problem;
  }
}
