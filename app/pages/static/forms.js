// Forms with data-form are sent in place: a problem is shown beside them, what was typed stays.
// Without this module the browser sends them, and a problem is a page of its own.
import { ask, Refused } from "./server.js";
import { say } from "./say.js";

addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("form[data-form]")) return;
  event.preventDefault();
  send(form, event.submitter);
});

async function send(form, submitter) {
  if (form.getAttribute("aria-busy") === "true") return;
  if (form.dataset.confirm && !confirm(form.dataset.confirm)) return;
  const body = new URLSearchParams(new FormData(form, submitter)); // while its button is enabled
  busy(form, true);
  clear(form);
  try {
    const answer = await ask(addressOf(form, submitter), { method: "POST", body });
    go(answer?.to ?? location.href);
  } catch (problem) {
    busy(form, false);
    if (!(problem instanceof Refused)) throw problem;
    if (problem.code === "not_signed_in") location.assign(`/sign-in?next=${here()}`);
    else show(form, problem);
  }
}

// A button without an address of its own says the page's as its formAction.
const addressOf = (form, submitter) =>
  submitter?.hasAttribute("formaction") ? submitter.formAction : form.getAttribute("action");

const here = () => encodeURIComponent(location.pathname + location.search);

function go(to) {
  const target = new URL(to, location.href);
  const same = target.pathname === location.pathname && target.search === location.search;
  if (same) location.reload();
  else location.assign(target);
}

function busy(form, on) {
  form.setAttribute("aria-busy", String(on));
  for (const button of form.querySelectorAll("button")) button.disabled = on;
}

function clear(form) {
  form.querySelector(".problem")?.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

function show(form, problem) {
  const place = document.createElement("p");
  place.className = "problem";
  place.role = "alert";
  place.tabIndex = -1;
  place.textContent = problem.message;
  const field = problem.field && form.elements.namedItem(problem.field);
  form.prepend(place);
  if (field instanceof HTMLElement) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  } else {
    place.focus();
  }
  say(problem.message);
}
